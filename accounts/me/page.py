"""The profile as one value, read in a fixed number of queries."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.me.doors import Doors
from accounts.me.links import PLAYERS, LinkKind, Links, State, lines_of, links_of
from clans.models import ClanMembership, User
from clans.services.own_clans import stays_in_force
from face.parts import Text, isolated
from tanks.access import clan_accesses
from tanks.models import Player
from territory.models import Base, IdentityConflict
from territory.selectors import own_bans
from territory.services.permissions import permissions_in_force

_GROUPS = {
    "moderator": gettext_lazy("moderator"),
    "manager": gettext_lazy("manager"),
    "administrator": gettext_lazy("administrator"),
}
_MOST_CLANS = 5


@dataclass(frozen=True, slots=True)
class Power:
    """Something that a person may do; one that `waits` comes with what the detail says."""

    words: Text
    detail: Text = ""
    waits: bool = False


def profile_of(person: User, doors: Doors, now: datetime) -> dict[str, Any]:
    """Return who somebody is here, for the page, in a fixed number of queries.

    `step` is the one thing that is missing, blank if all is well; `factors` counts the second factors by their types.
    """
    links = links_of(person)
    troubles = [*_disputes(links), *_conflicts(person)]
    players = list(Player.objects.filter(user=person).values_list("shares_garage", flat=True))
    factors = Authenticator.objects.filter(user=person).values_list("type").annotate(Count("pk")).order_by()
    return {
        "step": _step(links, has_trouble=bool(troubles)),
        "bans": own_bans(person),
        "lines": lines_of(links, doors, now),
        "troubles": troubles,
        "powers": list(_powers(links, now)),
        "factors": dict(factors),
        "players": len(players),
        "shared_garages": sum(players),
    }


def _step(links: Links, *, has_trouble: bool) -> str:
    claimed = [one for one in links.of(*PLAYERS) if one.state == State.CLAIMED]
    if has_trouble:
        return _("staff are looking at a conflict about your gamertag or account.")
    if not links.identities and claimed:
        return _("staff still have to confirm your gamertag.")
    if not links.identities:
        return _("the DayZ server does not know your gamertag yet.")
    if not any(one.player_id for one in links.identities):
        return _("enter the DayZ server once, so that it learns who you are.")
    return ""


def _disputes(links: Links) -> Iterator[str]:
    for one in links.links:
        if one.state == State.DISPUTED:
            words = _("“%(name)s” is linked to somebody else, too.")
            yield words % {"name": isolated(one.name or one.key)}


def _conflicts(person: User) -> Iterator[str]:
    """Yield the names of the person under which the log saw another player."""
    conflicts = IdentityConflict.objects.filter(identity__user=person, resolved_at=None)
    for gamertag in conflicts.values_list("gamertag", flat=True):
        words = _("The log saw “%(name)s” with another player id.")
        yield words % {"name": isolated(gamertag)}


# -- What one may -------------------------------------------------------------------------------------------------


def _powers(links: Links, now: datetime) -> Iterator[Power]:
    person = links.person
    yield _bases(links, now)
    granted = permissions_in_force(at=now).filter(user=person)
    if count := granted.exclude(base__owner=person).count():
        words = ngettext("Build in %(count)d base of others", "Build in %(count)d bases of others", count)
        yield Power(words % {"count": count})
    stays = stays_in_force(at=now).filter(user=person)
    for stay in stays.select_related("clan"):
        commands = _("you command the clan") if stay.role == ClanMembership.Role.COMMANDER else ""
        yield Power(_("Build with %(clan)s") % {"clan": isolated(stay.clan)}, commands)
    yield from _tanks(links)
    yield from _staff(person)


def _bases(links: Links, now: datetime) -> Power:
    count = Base.objects.active_at(now).filter(owner=links.person).count()
    if not links.identities:
        return Power(_("Have bases of your own"), _("once the server knows your gamertag"), waits=True)
    if count:
        words = ngettext("Build in your base", "Build in your %(count)d bases", count)
        return Power(words % {"count": count})
    return Power(_("Have bases of your own"))


def _tanks(links: Links) -> Iterator[Power]:
    accesses = clan_accesses(links.person)
    for access in accesses[:_MOST_CLANS]:
        words = _("See the tanks of %(clan)s") if access.is_commander else _("See your tanks in %(clan)s")
        yield Power(words % {"clan": isolated(access.clan)})
    if (more := len(accesses) - _MOST_CLANS) > 0:
        yield Power(
            ngettext("and of %(count)d more clan", "and of %(count)d more clans", more) % {"count": more}
        )
    seen = {access.clan.pk for access in accesses}
    for claim in links.of(LinkKind.WARGAMING):
        player = links.claimed.get(claim.key) if claim.state == State.CLAIMED else None
        if player and player.clan and player.clan_id not in seen:
            words = _("See your tanks in %(clan)s") % {"clan": isolated(player.clan)}
            yield Power(words, _("once an officer has confirmed you"), waits=True)


def _staff(person: User) -> Iterator[Power]:
    if person.is_superuser:
        yield Power(_("Everything: you are a superuser"))
    elif person.is_staff:
        groups = [str(_GROUPS.get(name, name)) for name in person.groups.values_list("name", flat=True)]
        yield Power(_("Work as staff"), ", ".join(groups))
