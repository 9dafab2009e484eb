"""The shell around every page: the community, the halves of the site with their pages, and what waits for staff."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import seems_to_command, sees_links
from accounts.waiting import claims_waiting_for
from clans.models import User
from clans.services.account_links import waiting_links
from face.models import Community
from face.parts import Text
from justice.access import runs_servers, sees_cases
from justice.queue import waiting_count

Reader = User | AnonymousUser


def _anybody(_reader: Reader) -> bool:
    return True


def _staff(reader: Reader) -> bool:
    return reader.is_active and reader.is_staff


def _with(right: str) -> Callable[[Reader], bool]:
    return lambda reader: _staff(reader) and reader.has_perm(right)


def _rejudges(reader: Reader) -> bool:
    return sees_cases(reader) and reader.has_perm("territory.view_placement")


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the navigation: its words, its route, and the routes of the pages below it."""

    label: Text
    route: str
    icon: str
    below: tuple[str, ...] = ()
    may_see: Callable[[Reader], bool] = _anybody
    # Asks the database whether it is seen: only while its half is open, as `count` does for what waits there.
    is_costly: bool = False
    count: Callable[[Reader], int] | None = None
    waits: int = 0

    @property
    def url(self) -> str:
        return reverse(self.route)


@dataclass(frozen=True, slots=True)
class Half:
    """An index tab of the site: a subject with its pages."""

    key: str
    label: Text
    icon: str
    places: tuple[Place, ...]
    may_see: Callable[[Reader], bool] = _anybody


HOME = Place(_("Home"), "home", "house")
BASES = Place(
    _("My bases"),
    "bases",
    "map-pin",
    (
        *("base", "base-new", "base-remove", "base-activity", "base-permissions"),
        *("permission-revoke", "invitation-new", "invitation"),
    ),
)
CLANS = Place(_("Clans"), "dayz-clans", "users", ("dayz-clan", "clan-end", "clan-invitation"))
WALL = Place(_("Wall of shame"), "wall", "ban", ("appeal", "appeal-thread"))
STATISTICS = Place(_("Statistics"), "territory-statistics", "chart-column")
RULES = Place(_("Rules"), "rules", "file-text", ("rule-version", "fairness"))
STATUS = Place(_("Status"), "status", "activity")
MAP = Place(_("Map"), "map", "map")
CAN_BUILD = Place(_("Can I build?"), "can-build", "crosshair")
HALVES = (
    Half("home", _("Home"), "house", (HOME,)),
    Half("territory", _("Territory"), "territory", (BASES, MAP, CAN_BUILD, CLANS, WALL, STATISTICS, RULES)),
    Half(
        "tanks",
        _("Tanks"),
        "tank",
        (
            Place(_("Panel"), "tanks", "tank", ("sync-page",)),
            Place(
                _("Accounts"),
                "clan-claims",
                "user-check",
                may_see=lambda reader: sees_links(reader) or seems_to_command(reader).exists(),
                is_costly=True,
                count=claims_waiting_for,
            ),
        ),
    ),
    Half(
        "staff",
        _("Staff"),
        "shield-check",
        (
            Place(
                _("Queue"),
                "review",
                "inbox",
                (
                    *("review-item", "case", "case-decide", "case-new"),
                    *("conflict-settle", "appeal-grant", "appeal-keep"),
                ),
                sees_cases,
            ),
            Place(_("Verdicts"), "verdicts", "crosshair", ("verdict",), _with("territory.view_placement")),
            Place(_("Judge again"), "rejudge", "history", may_see=_rejudges),
            Place(
                _("Servers"),
                "servers",
                "server",
                (
                    *("server-breaker", "server-mode", "undo-period", "undo-run"),
                    *("server-new", "server-setup", "server-token", "place-new", "place"),
                ),
                runs_servers,
            ),
            Place(
                _("Links"),
                "links",
                "link",
                ("link-confirm", "link-refuse"),
                sees_links,
                count=lambda _reader: waiting_links().count(),
            ),
            Place(_("Admin"), "admin:index", "settings"),
        ),
        _staff,
    ),
)
# Reached by the account menu, and on a phone by the bar at the bottom.
ACCOUNT = Half(
    "account",
    _("Account"),
    "user",
    (Place(_("My profile"), "profile", "user", ("unlink", "garage", "delete-account", "my-bans", "my-ban")),),
)
# Visitors have no halves: their few pages stand in the top bar themselves.
FOR_VISITORS = (HOME, WALL, STATISTICS, RULES, STATUS)


class Shell:
    """What the shell shows to one reader on one page; each figure is read when a template asks for it."""

    account = ACCOUNT

    def __init__(self, request: HttpRequest) -> None:
        self._reader: Reader = getattr(request, "user", AnonymousUser())
        self._lacks_factor = getattr(request, "lacks_factor", False)
        match = request.resolver_match
        self._route = match.view_name if match else ""

    @cached_property
    def community(self) -> Community:
        return Community.objects.current()

    @cached_property
    def halves(self) -> list[Half]:
        """Return the halves that the reader may see, with the pages they may see there.

        There are none for visitors, nor for staff who still have to give their second factor.
        """
        if not self._reader.is_authenticated or self._lacks_factor:
            return []
        halves = [half for half in HALVES if half.may_see(self._reader)]
        return [replace(half, places=tuple(self._places_of(half))) for half in halves]

    def _places_of(self, half: Half) -> Iterator[Place]:
        is_open = any(map(self.is_open, half.places))
        for place in half.places:
            if (is_open or not place.is_costly) and place.may_see(self._reader):
                yield replace(place, waits=self._waits(place)) if is_open else place

    def _waits(self, place: Place) -> int:
        if place.route == "review":
            return self.waiting
        return place.count(self._reader) if place.count else 0

    @cached_property
    def open_half(self) -> Half:
        """Return the half in which the page lies; an unknown page lies in the first one."""
        halves = self.halves or list(HALVES)
        if self._route.startswith("admin:"):
            return halves[-1]
        if self.is_open(ACCOUNT.places[0]):
            return ACCOUNT
        return next((half for half in halves if any(map(self.is_open, half.places))), halves[0])

    @cached_property
    def places(self) -> Sequence[Place]:
        """Return the pages in the second row: those of the open half; for visitors all they have."""
        return self.open_half.places if self.halves else FOR_VISITORS

    @cached_property
    def open_place(self) -> Place | None:
        return next((place for place in self.places if self.is_open(place)), None)

    def is_open(self, place: Place) -> bool:
        if place.route.startswith("admin:"):
            return self._route.startswith("admin:")
        return self._route == place.route or self._route in place.below

    @cached_property
    def waiting(self) -> int:
        """Return how much waits in the queue for this reader."""
        return waiting_count(self._reader, timezone.now()) if sees_cases(self._reader) else 0


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give every template the shell; a page that does not draw it asks the database nothing."""
    return {"shell": Shell(request)}
