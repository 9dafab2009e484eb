"""What waits for a person, kind by kind: which rows, since when, who may see them, and their words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.core.cache import cache
from django.db.models import Case as Switch
from django.db.models import Count, DateTimeField, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.access import sees_links
from announcements.models import Announcement
from clans.services.account_links import waiting_links
from common.numbers import LARGEST, row_number
from face.parts import Kind, Text, isolated
from justice.access import Visitor, sees_cases
from justice.models import Appeal, AppealMessage
from territory import wording
from territory.ban_codes import code_of, number_of
from territory.item_names import item_in_words
from territory.models import Ban, BanDelivery, Case, GameServer, IdentityConflict, Infraction
from territory.services.nets import bans_not_holding

_LEAST_OF_AN_ID = 6  # signs of a player id that are searched for
_LONGEST = 120
_State = BanDelivery.State


@dataclass(frozen=True, slots=True)
class Search:
    """A search text, read as all that it may be."""

    text: str
    number: int
    ban: int

    @classmethod
    def of(cls, text: str) -> "Search":
        ban = number_of(text) or 0
        return cls(text, row_number(text.removeprefix("#")), ban if ban <= LARGEST else 0)

    def text_in(self, *lookups: str) -> Q:
        """Return the condition that one of these lookups finds the text."""
        return reduce(or_, (Q(**{lookup: self.text}) for lookup in lookups))

    def player(self, path: str = "") -> Q:
        """Return the condition on a gamertag and a player id."""
        condition = Q(**{f"{path}gamertag__icontains": self.text})
        if len(self.text) >= _LEAST_OF_AN_ID:
            condition |= Q(**{f"{path}player_id__startswith": self.text})
        return condition

    def banned(self, path: str = "") -> Q:
        """Return the condition on a ban: its player, its code, or a case of it."""
        return self.player(path) | Q(**{f"{path}pk": self.ban}) | Q(**{f"{path}cases": self.number})


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: its row's number, since when, who and what it is about; `url` is its page outside of the queue."""

    kind: str
    pk: int
    since: datetime
    name: str
    words: str
    detail: str
    url: str
    look: Kind
    icon: str


@dataclass(frozen=True, slots=True)
class _Words:
    """What a row says of itself."""

    name: str
    words: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class QueueKind:
    """A kind of thing that waits.

    `rows` returns the rows that wait at a moment, each with `since` and all that `words` reads; `server` is the path to the
    game server, blank where there is none.
    """

    key: str
    label: Text
    icon: str
    look: Kind
    may_see: Callable[[Visitor], bool]
    rows: Callable[[datetime], QuerySet[Any]]
    words: Callable[[Any], _Words]
    search: Callable[[Search], Q]
    server: str = "server"

    def waiting(self, row: Any) -> Waiting:
        said = self.words(row)
        name, detail = _cut(said.name), said.detail
        return Waiting(self.key, row.pk, row.since, name, said.words, detail, said.url, self.look, self.icon)


def _with_right(right: str) -> Callable[[Visitor], bool]:
    return lambda user: sees_cases(user) and user.has_perm(right)


def _cut(text: str) -> str:
    """Return a text of players or machines for one line."""
    return wording.shown(text, longest=_LONGEST)


def _newest_case(ban: str) -> Subquery:
    """Return the number of the newest case of the ban that stands in this column."""
    return Subquery(Case.objects.filter(ban=OuterRef(ban)).order_by("-pk").values("pk")[:1])


def _url_of_case(pk: int | None) -> str:
    return reverse("case", args=[pk]) if pk else ""


# -- Reviews --------------------------------------------------------------------------------------------------------------


def _reviews(_now: datetime) -> QuerySet[Case]:
    acts = Infraction.objects.filter(status=Infraction.Status.REVIEW)
    newest = acts.select_related("placement").defer("placement__raw_line").order_by("-pk")[:1]
    counted = acts.filter(case=OuterRef("pk")).order_by().values("case").annotate(count=Count("pk"))
    cases = Case.objects.filter(state=Case.State.WAITING)
    return cases.annotate(
        since=F("waiting_since"), acts_waiting=Subquery(counted.values("count"))
    ).prefetch_related(Prefetch("infractions", newest, to_attr="newest_acts"))


def _review(case: Any) -> _Words:
    act = next(iter(case.newest_acts), None)
    things = (item_in_words(act.item) if act else "") or case.kind_in_words
    if case.acts_waiting and case.acts_waiting > 1:
        count = case.acts_waiting
        things = ngettext("%(count)d act", "%(count)d acts", count) % {"count": count}
    words = _("%(thing)s in %(base)s") % {"thing": things, "base": isolated(_cut(case.base_name))}
    clause = wording.clause_of(act.placement) if act and act.placement else ""
    return _Words(case.gamertag or case.player_id, words if case.base_name else things, clause)


def _review_fits(search: Search) -> Q:
    of_number = Q(pk=search.number) | Q(pk__in=Infraction.objects.filter(pk=search.number).values("case"))
    return search.player() | of_number | Q(ban=search.ban) | Q(base_name__icontains=search.text)


# -- Appeals --------------------------------------------------------------------------------------------------------------


def _appeals(_now: datetime) -> QuerySet[Appeal]:
    first = AppealMessage.objects.filter(appeal=OuterRef("pk")).order_by("pk").values("text")[:1]
    waiting = Appeal.objects.filter(state=Appeal.State.OPEN, ban__lifted_at=None).select_related("ban")
    return waiting.annotate(since=F("opened_at"), said=Subquery(first), case=_newest_case("ban"))


def _appeal(row: Any) -> _Words:
    words = _("appeals against the ban %(code)s") % {"code": code_of(row.ban_id)}
    said = f"“{isolated(_cut(row.said))}”" if row.said is not None else ""
    return _Words(row.ban.gamertag or row.ban.player_id, words, said, _url_of_case(row.case))


# -- Identities and links ---------------------------------------------------------------------------------------------------


def _conflicts(_now: datetime) -> QuerySet[IdentityConflict]:
    conflicts = IdentityConflict.objects.filter(resolved_at=None).annotate(since=F("first_seen_at"))
    return conflicts.select_related("identity__user")


def _conflict(row: Any) -> _Words:
    names = {
        "gamertag": isolated(_cut(row.identity.gamertag)),
        "person": isolated(row.identity.user or _("nobody")),
    }
    linked = _("%(gamertag)s is linked to %(person)s") % names
    return _Words(row.gamertag, _("gamertag with another id"), linked)


def _links(_now: datetime) -> QuerySet[Any]:
    return waiting_links().annotate(since=F("created_at"))


def _link(row: Any) -> _Words:
    words = _("says that %(account)s is theirs") % {"account": isolated(_cut(row.name or row.key))}
    return _Words(
        str(row.user), words, f"{row.get_kind_display()}, {row.get_state_display()}", reverse("links")
    )


# -- Machines that do not get on ------------------------------------------------------------------------------------------


def _deliveries(now: datetime) -> QuerySet[BanDelivery]:
    since = Coalesce("ban__lifted_at", "ban__created_at")
    return BanDelivery.objects.stuck(now).annotate(since=since).select_related("ban", "ban_list")


def _delivery(row: BanDelivery) -> _Words:
    words = _("ban not delivered")
    if row.state == _State.FOREIGN:
        words = _("lifted, but a foreign line still bans")
    elif row.state == _State.LIFTING or row.ban.lifted_at:
        words = _("lifted, but the line is not off the list")
    error = f"{row.ban_list.get_kind_display()}: {_cut(row.last_error)}" if row.last_error else ""
    return _Words(row.ban.gamertag or row.ban.player_id, words, error)


def _announcements(_now: datetime) -> QuerySet[Announcement]:
    failed = Announcement.objects.filter(state=Announcement.State.FAILED)
    return failed.annotate(since=F("created_at")).select_related("channel")


def _announcement(row: Announcement) -> _Words:
    words = _("“%(title)s” was not announced") % {"title": _cut(str(row.message.get("title", "")))}
    return _Words(str(row.channel), words, _cut(row.last_error))


def _breakers(_now: datetime) -> QuerySet[GameServer]:
    return GameServer.objects.filter(tripped_at__isnull=False).annotate(since=F("tripped_at"))


def _breaker(row: GameServer) -> _Words:
    url = reverse("server-breaker", args=[row.slug])
    return _Words(str(row), _("stopped banning by itself"), _cut(row.tripped_because), url)


def _not_holding(now: datetime) -> QuerySet[Ban]:
    """Bans that do not hold. They are looked up at most once a minute: the lookup reads a week of placements."""
    seen = cache.get_or_set("queue-not-holding", lambda: _last_seen(now), 60) or []
    whens = [When(pk=pk, then=Value(datetime.fromisoformat(at))) for pk, at in seen]
    since = Switch(*whens, default=Value(now), output_field=DateTimeField())
    bans = Ban.objects.filter(pk__in=[pk for pk, _at in seen], lifted_at=None)
    return bans.annotate(since=since, case=_newest_case("pk"))


def _last_seen(now: datetime) -> list[tuple[int, str]]:
    """Return the bans that do not hold, each with when its player was seen last; as the cache keeps them."""
    return [(one.ban.pk, one.seen_at.isoformat()) for one in bans_not_holding(now=now)]


def _seen_though_banned(row: Any) -> _Words:
    words = _("was seen in the game although the ban %(code)s is in force") % {"code": code_of(row.pk)}
    return _Words(row.gamertag or row.player_id, words, url=_url_of_case(row.case))


# In the order of the page.
KINDS: Sequence[QueueKind] = (
    QueueKind(
        "review",
        gettext_lazy("Reviews"),
        "v-review",
        "review",
        sees_cases,
        _reviews,
        _review,
        _review_fits,
    ),
    QueueKind(
        "appeal",
        gettext_lazy("Appeals"),
        "message-square",
        "lifted",
        _with_right("justice.view_appeal"),
        _appeals,
        _appeal,
        lambda search: search.banned("ban__"),
        "ban__server",
    ),
    QueueKind(
        "conflict",
        gettext_lazy("Identities"),
        "fingerprint",
        "observed",
        _with_right("territory.view_identityconflict"),
        _conflicts,
        _conflict,
        lambda search: search.player() | search.text_in("identity__gamertag__icontains"),
        "",
    ),
    QueueKind(
        "link",
        gettext_lazy("Links"),
        "link",
        "observed",
        sees_links,
        _links,
        _link,
        lambda search: search.text_in(
            "name__icontains", "key", "user__username__icontains", "user__display_name__icontains"
        ),
        "",
    ),
    QueueKind(
        "delivery",
        gettext_lazy("Deliveries in trouble"),
        "mail",
        "invasion",
        _with_right("territory.view_bandelivery"),
        _deliveries,
        _delivery,
        lambda search: search.banned("ban__"),
        "ban__server",
    ),
    QueueKind(
        "announcement",
        gettext_lazy("Announcements in trouble"),
        "megaphone",
        "invasion",
        _with_right("announcements.view_announcement"),
        _announcements,
        _announcement,
        lambda search: search.text_in("key__icontains", "channel__name__icontains"),
        "channel__topic",
    ),
    QueueKind(
        "breaker",
        gettext_lazy("Servers that stopped"),
        "shield-alert",
        "invasion",
        _with_right("territory.view_gameserver"),
        _breakers,
        _breaker,
        lambda search: search.text_in("name__icontains", "slug"),
        "pk",
    ),
    QueueKind(
        "holding",
        gettext_lazy("Bans that do not hold"),
        "ban",
        "invasion",
        _with_right("territory.view_ban"),
        _not_holding,
        _seen_though_banned,
        Search.banned,
    ),
)
