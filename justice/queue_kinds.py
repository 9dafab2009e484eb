"""What waits for a person, kind by kind: which rows, since when, who may see them, and their words."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, ClassVar

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
class WaitingItem:
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


class QueueKind(ABC):
    """A kind of thing that waits; `right` is what it takes to see it, `server` the path to its game server, if it has one."""

    key: ClassVar[str]
    label: ClassVar[Text]
    icon: ClassVar[str]
    look: ClassVar[Kind] = "invasion"
    right: ClassVar[str]
    server: ClassVar[str] = ""

    def may_see(self, reader: Visitor) -> bool:
        return sees_cases(reader) and reader.has_perm(self.right)

    @abstractmethod
    def rows(self, now: datetime, /) -> QuerySet[Any]:
        """Return the rows that wait at a moment, each with `since` and all that `waiting` reads."""

    @abstractmethod
    def waiting(self, row: Any) -> WaitingItem:
        """Put a row into words."""

    @abstractmethod
    def fits(self, search: Search) -> Q:
        """Return the condition that a search finds a row."""

    def said(self, row: Any, name: str, words: str, detail: str = "", url: str = "") -> WaitingItem:
        return WaitingItem(self.key, row.pk, row.since, _cut(name), words, detail, url, self.look, self.icon)


def _cut(text: str) -> str:
    """Return a text of players or machines for one line."""
    return wording.shown(text, longest=_LONGEST)


def _newest_case(ban: str) -> Subquery:
    """Return the number of the newest case of the ban that stands in this column."""
    return Subquery(Case.objects.filter(ban=OuterRef(ban)).order_by("-pk").values("pk")[:1])


def _url_of_case(pk: int | None) -> str:
    return reverse("case", args=[pk]) if pk else ""


class _Reviews(QueueKind):
    key, label, icon, look = "review", gettext_lazy("Reviews"), "v-review", "review"
    right, server = "territory.view_case", "server"

    def rows(self, _now: datetime, /) -> QuerySet[Any]:
        acts = Infraction.objects.filter(status=Infraction.Status.REVIEW)
        newest = acts.select_related("placement").defer("placement__raw_line").order_by("-pk")[:1]
        counted = acts.filter(case=OuterRef("pk")).order_by().values("case").annotate(count=Count("pk"))
        cases = Case.objects.filter(state=Case.State.WAITING)
        cases = cases.annotate(since=F("waiting_since"), acts_waiting=Subquery(counted.values("count")))
        return cases.prefetch_related(Prefetch("infractions", newest, to_attr="newest_acts"))

    def waiting(self, row: Any) -> WaitingItem:
        act = next(iter(row.newest_acts), None)
        things = (item_in_words(act.item) if act else "") or row.kind_in_words
        count = row.acts_waiting or 0
        if count > 1:
            things = ngettext("%(count)d act", "%(count)d acts", count) % {"count": count}
        words = _("%(thing)s in %(base)s") % {"thing": things, "base": isolated(_cut(row.base_name))}
        clause = wording.clause_of(act.placement) if act and act.placement else ""
        return self.said(row, row.gamertag or row.player_id, words if row.base_name else things, clause)

    def fits(self, search: Search) -> Q:
        of_number = Q(pk=search.number) | Q(pk__in=Infraction.objects.filter(pk=search.number).values("case"))
        return search.player() | of_number | Q(ban=search.ban) | Q(base_name__icontains=search.text)


class _Appeals(QueueKind):
    key, label, icon, look = "appeal", gettext_lazy("Appeals"), "message-square", "lifted"
    right, server = "justice.view_appeal", "ban__server"

    def rows(self, _now: datetime, /) -> QuerySet[Any]:
        first = AppealMessage.objects.filter(appeal=OuterRef("pk")).order_by("pk").values("text")[:1]
        waiting = Appeal.objects.filter(state=Appeal.State.OPEN, ban__lifted_at=None).select_related("ban")
        return waiting.annotate(since=F("opened_at"), text=Subquery(first), case=_newest_case("ban"))

    def waiting(self, row: Any) -> WaitingItem:
        words = _("appeals against the ban %(code)s") % {"code": code_of(row.ban_id)}
        text = f"“{isolated(_cut(row.text))}”" if row.text is not None else ""
        return self.said(row, row.ban.gamertag or row.ban.player_id, words, text, _url_of_case(row.case))

    def fits(self, search: Search) -> Q:
        return search.banned("ban__")


class _Conflicts(QueueKind):
    key, label, icon, look = "conflict", gettext_lazy("Identities"), "fingerprint", "observed"
    right = "territory.view_identityconflict"

    def rows(self, _now: datetime, /) -> QuerySet[Any]:
        conflicts = IdentityConflict.objects.filter(resolved_at=None).annotate(since=F("first_seen_at"))
        return conflicts.select_related("identity__user")

    def waiting(self, row: Any) -> WaitingItem:
        names = {
            "gamertag": isolated(_cut(row.identity.gamertag)),
            "person": isolated(row.identity.user or _("nobody")),
        }
        linked = _("%(gamertag)s is linked to %(person)s") % names
        return self.said(row, row.gamertag, _("gamertag with another id"), linked)

    def fits(self, search: Search) -> Q:
        return search.player() | search.text_in("identity__gamertag__icontains")


class _Links(QueueKind):
    key, label, icon, look = "link", gettext_lazy("Links"), "link", "observed"

    def may_see(self, reader: Visitor) -> bool:
        return sees_links(reader)

    def rows(self, _now: datetime, /) -> QuerySet[Any]:
        return waiting_links().annotate(since=F("created_at"))

    def waiting(self, row: Any) -> WaitingItem:
        words = _("says that %(account)s is theirs") % {"account": isolated(_cut(row.name or row.key))}
        kind = f"{row.get_kind_display()}, {row.get_state_display()}"
        return self.said(row, str(row.user), words, kind, reverse("links"))

    def fits(self, search: Search) -> Q:
        return search.text_in(
            "name__icontains", "key", "user__username__icontains", "user__display_name__icontains"
        )


class _Deliveries(QueueKind):
    key, label, icon = "delivery", gettext_lazy("Deliveries in trouble"), "mail"
    right, server = "territory.view_bandelivery", "ban__server"

    def rows(self, now: datetime, /) -> QuerySet[Any]:
        since = Coalesce("ban__lifted_at", "ban__created_at")
        return BanDelivery.objects.stuck(now).annotate(since=since).select_related("ban", "ban_list")

    def waiting(self, row: Any) -> WaitingItem:
        words = _("ban not delivered")
        if row.state == BanDelivery.State.FOREIGN:
            words = _("lifted, but a foreign line still bans")
        elif row.state == BanDelivery.State.LIFTING or row.ban.lifted_at:
            words = _("lifted, but the line is not off the list")
        error = f"{row.ban_list.get_kind_display()}: {_cut(row.last_error)}" if row.last_error else ""
        return self.said(row, row.ban.gamertag or row.ban.player_id, words, error)

    def fits(self, search: Search) -> Q:
        return search.banned("ban__")


class _Announcements(QueueKind):
    key, label, icon = "announcement", gettext_lazy("Announcements in trouble"), "megaphone"
    right, server = "announcements.view_announcement", "channel__topic"

    def rows(self, _now: datetime, /) -> QuerySet[Any]:
        failed = Announcement.objects.filter(state=Announcement.State.FAILED)
        return failed.annotate(since=F("created_at")).select_related("channel")

    def waiting(self, row: Any) -> WaitingItem:
        words = _("“%(title)s” was not announced") % {"title": _cut(str(row.message.get("title", "")))}
        return self.said(row, str(row.channel), words, _cut(row.last_error))

    def fits(self, search: Search) -> Q:
        return search.text_in("key__icontains", "channel__name__icontains")


class _Breakers(QueueKind):
    key, label, icon = "breaker", gettext_lazy("Servers that stopped"), "shield-alert"
    right, server = "territory.view_gameserver", "pk"

    def rows(self, _now: datetime, /) -> QuerySet[Any]:
        return GameServer.objects.filter(tripped_at__isnull=False).annotate(since=F("tripped_at"))

    def waiting(self, row: Any) -> WaitingItem:
        url = reverse("server-breaker", args=[row.slug])
        return self.said(row, str(row), _("stopped banning by itself"), _cut(row.tripped_because), url)

    def fits(self, search: Search) -> Q:
        return search.text_in("name__icontains", "slug")


class _NotHolding(QueueKind):
    key, label, icon = "holding", gettext_lazy("Bans that do not hold"), "ban"
    right, server = "territory.view_ban", "server"

    def rows(self, now: datetime, /) -> QuerySet[Any]:
        """Return bans that do not hold, looked up at most once a minute: the lookup reads a week of placements."""
        seen = cache.get_or_set("queue-not-holding", lambda: _last_seen(now), 60) or []
        whens = [When(pk=pk, then=Value(datetime.fromisoformat(at))) for pk, at in seen]
        since = Switch(*whens, default=Value(now), output_field=DateTimeField())
        bans = Ban.objects.filter(pk__in=[pk for pk, _at in seen], lifted_at=None)
        return bans.annotate(since=since, case=_newest_case("pk"))

    def waiting(self, row: Any) -> WaitingItem:
        words = _("was seen in the game although the ban %(code)s is in force") % {"code": code_of(row.pk)}
        return self.said(row, row.gamertag or row.player_id, words, url=_url_of_case(row.case))

    def fits(self, search: Search) -> Q:
        return search.banned()


def _last_seen(now: datetime) -> list[tuple[int, str]]:
    """Return the bans that do not hold, each with when its player was seen last; as the cache keeps them."""
    return [(one.ban.pk, one.seen_at.isoformat()) for one in bans_not_holding(now=now)]


REVIEWS = _Reviews()
# In the order of the page.
KINDS: Sequence[QueueKind] = (
    REVIEWS,
    _Appeals(),
    _Conflicts(),
    _Links(),
    _Deliveries(),
    _Announcements(),
    _Breakers(),
    _NotHolding(),
)
