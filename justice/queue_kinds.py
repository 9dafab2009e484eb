"""What waits for a person, kind by kind: which rows, since when, and how each is put into words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.access import sees_links
from announcements.models import Announcement
from clans.services.account_links import waiting_links
from face.parts import Kind, Text, isolated
from justice.access import Visitor, sees_cases
from justice.models import Appeal, AppealMessage
from territory import wording
from territory.ban_codes import code_of, number_of
from territory.item_names import item_in_words
from territory.models import BanDelivery, Case, GameServer, IdentityConflict, Infraction

_BIGGEST_NUMBER = 2**63 - 1
_LEAST_OF_AN_ID = 6  # signs of a player id that are searched for
_LONGEST = 120
_State = BanDelivery.State


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: its row's number, since when, who and what it is about; `url` is its page outside of the queue."""

    kind: str
    pk: int
    since: datetime
    name: str
    words: str
    detail: str = ""
    look: Kind = "review"
    icon: str = "v-review"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """A search text, read as all that it may be."""

    text: str
    number: int
    ban: int

    @classmethod
    def of(cls, text: str) -> "Search":
        digits = text.removeprefix("#")
        is_number = digits.isascii() and digits.isdigit() and int(digits) <= _BIGGEST_NUMBER
        ban = number_of(text) or 0
        return cls(text, int(digits) if is_number else 0, ban if ban <= _BIGGEST_NUMBER else 0)

    def player(self, path: str = "") -> Q:
        """Return the condition on a gamertag and a player id."""
        condition = Q(**{f"{path}gamertag__icontains": self.text})
        if len(self.text) >= _LEAST_OF_AN_ID:
            condition |= Q(**{f"{path}player_id__startswith": self.text})
        return condition


@dataclass(frozen=True, slots=True)
class QueueKind:
    """A kind of thing that waits.

    `rows` returns the rows that wait at a moment, each with `since`; `server` is the path to the game server; `in_words`
    puts a page of rows into words in a fixed number of queries.
    """

    key: str
    label: Text
    icon: str
    may_see: Callable[[Visitor], bool]
    rows: Callable[[datetime], QuerySet[Any]]
    in_words: Callable[[Sequence[Any]], list[Waiting]]
    search: Callable[[Search], Q]
    server: str = "server"


def _with(right: str) -> Callable[[Visitor], bool]:
    return lambda user: sees_cases(user) and user.has_perm(right)


def cut(text: str) -> str:
    """Return a text of players or machines for one line."""
    return wording.shown(text, longest=_LONGEST)


# -- Reviews --------------------------------------------------------------------------------------------------------------


def _reviews(_now: datetime) -> QuerySet[Case]:
    return Case.objects.filter(state=Case.State.WAITING).annotate(since=F("waiting_since"))


def _reviews_in_words(rows: Sequence[Any]) -> list[Waiting]:
    acts = Infraction.objects.filter(case__in=rows, status=Infraction.Status.REVIEW)
    newest = acts.order_by("case_id", "-pk").distinct("case_id").select_related("placement")
    last = {act.case_id: act for act in newest.defer("placement__raw_line")}
    counts = dict(acts.order_by().values_list("case").annotate(Count("pk")))
    return [_review(case, last.get(case.pk), counts.get(case.pk, 0)) for case in rows]


def _review(case: Any, act: Infraction | None, count: int) -> Waiting:
    item = item_in_words(act.item) if act else ""
    things = item or case.kind_in_words
    if count > 1:
        things = ngettext("%(count)d act", "%(count)d acts", count) % {"count": count}
    words = _("%(thing)s in %(base)s") % {"thing": things, "base": isolated(cut(case.base_name))}
    clause = wording.clause_of(act.placement) if act and act.placement else ""
    name = cut(case.gamertag or case.player_id)
    return Waiting("review", case.pk, case.since, name, words if case.base_name else things, clause)


def _review_fits(search: Search) -> Q:
    of_number = Q(pk=search.number) | Q(pk__in=Infraction.objects.filter(pk=search.number).values("case"))
    return search.player() | of_number | Q(ban=search.ban) | Q(base_name__icontains=search.text)


# -- Appeals --------------------------------------------------------------------------------------------------------------


def _appeals(_now: datetime) -> QuerySet[Appeal]:
    appeals = Appeal.objects.filter(state=Appeal.State.OPEN).annotate(since=F("opened_at"))
    return appeals.select_related("ban")


def _appeals_in_words(rows: Sequence[Any]) -> list[Waiting]:
    words = AppealMessage.objects.filter(appeal__in=rows).order_by("appeal_id", "pk").distinct("appeal_id")
    first = dict(words.values_list("appeal", "text"))
    cases = dict(
        Case.objects.filter(ban__in=[row.ban_id for row in rows]).order_by("pk").values_list("ban", "pk")
    )
    return [
        Waiting(
            "appeal",
            row.pk,
            row.since,
            cut(row.ban.gamertag or row.ban.player_id),
            _("appeals against the ban %(code)s") % {"code": code_of(row.ban_id)},
            f"“{isolated(cut(first[row.pk]))}”" if row.pk in first else "",
            "lifted",
            "message-square",
            reverse("case", args=[cases[row.ban_id]]) if row.ban_id in cases else "",
        )
        for row in rows
    ]


def _appeal_fits(search: Search) -> Q:
    return search.player("ban__") | Q(ban=search.ban) | Q(ban__cases=search.number)


# -- Identities and links ---------------------------------------------------------------------------------------------------


def _conflicts(_now: datetime) -> QuerySet[IdentityConflict]:
    conflicts = IdentityConflict.objects.filter(resolved_at=None).annotate(since=F("first_seen_at"))
    return conflicts.select_related("identity__user")


def _conflicts_in_words(rows: Sequence[Any]) -> list[Waiting]:
    words = _("gamertag with another id")
    return [
        Waiting(
            "conflict", row.pk, row.since, cut(row.gamertag), words, _linked(row), "observed", "fingerprint"
        )
        for row in rows
    ]


def _linked(conflict: IdentityConflict) -> str:
    names = {
        "gamertag": isolated(cut(conflict.identity.gamertag)),
        "person": isolated(conflict.identity.user or _("nobody")),
    }
    return _("%(gamertag)s is linked to %(person)s") % names


def _conflict_fits(search: Search) -> Q:
    return search.player() | Q(identity__gamertag__icontains=search.text)


def _links(_now: datetime) -> QuerySet[Any]:
    return waiting_links().annotate(since=F("created_at"))


def _links_in_words(rows: Sequence[Any]) -> list[Waiting]:
    words = _("says that %(account)s is theirs")
    return [
        Waiting(
            "link",
            row.pk,
            row.since,
            cut(str(row.user)),
            words % {"account": isolated(cut(row.name or row.key))},
            f"{row.get_kind_display()}, {row.get_state_display()}",
            "observed",
            "link",
            reverse("links"),
        )
        for row in rows
    ]


def _link_fits(search: Search) -> Q:
    return (
        Q(name__icontains=search.text)
        | Q(key=search.text)
        | Q(user__username__icontains=search.text)
        | Q(user__display_name__icontains=search.text)
    )


# -- Deliveries, announcements, servers ---------------------------------------------------------------------------------------


def _deliveries(now: datetime) -> QuerySet[BanDelivery]:
    since = Coalesce("ban__lifted_at", "ban__created_at")
    return BanDelivery.objects.stuck(now).annotate(since=since).select_related("ban", "ban_list")


def _deliveries_in_words(rows: Sequence[Any]) -> list[Waiting]:
    return [
        Waiting(
            "delivery",
            row.pk,
            row.since,
            cut(row.ban.gamertag or row.ban.player_id),
            _delivery_in_words(row),
            f"{row.ban_list.get_kind_display()}: {cut(row.last_error)}" if row.last_error else "",
            "invasion",
            "mail",
        )
        for row in rows
    ]


def _delivery_in_words(row: BanDelivery) -> str:
    if row.state == _State.FOREIGN:
        return _("lifted, but a foreign line still bans")
    if row.state == _State.LIFTING or row.ban.lifted_at:
        return _("lifted, but the line is not off the list")
    return _("ban not delivered")


def _delivery_fits(search: Search) -> Q:
    return search.player("ban__") | Q(ban=search.ban) | Q(ban__cases=search.number)


def _announcements(_now: datetime) -> QuerySet[Announcement]:
    failed = Announcement.objects.filter(state=Announcement.State.FAILED)
    return failed.annotate(since=F("created_at")).select_related("channel")


def _announcements_in_words(rows: Sequence[Any]) -> list[Waiting]:
    words = _("“%(title)s” was not announced")
    return [
        Waiting(
            "announcement",
            row.pk,
            row.since,
            cut(str(row.channel)),
            words % {"title": cut(str(row.message.get("title", "")))},
            cut(row.last_error),
            "invasion",
            "megaphone",
        )
        for row in rows
    ]


def _announcement_fits(search: Search) -> Q:
    return Q(key__icontains=search.text) | Q(channel__name__icontains=search.text)


def _breakers(_now: datetime) -> QuerySet[GameServer]:
    return GameServer.objects.filter(tripped_at__isnull=False).annotate(since=F("tripped_at"))


def _breakers_in_words(rows: Sequence[Any]) -> list[Waiting]:
    return [
        Waiting(
            "breaker",
            row.pk,
            row.since,
            cut(str(row)),
            _("stopped banning by itself"),
            cut(str(row.get_tripped_because_display())),
            "invasion",
            "shield-alert",
            f"/servers/{row.slug}/breaker/",
        )
        for row in rows
    ]


def _breaker_fits(search: Search) -> Q:
    return Q(name__icontains=search.text) | Q(slug=search.text)


# In the order of the page. Kinds of other things that wait are added here.
KINDS: Sequence[QueueKind] = (
    QueueKind(
        "review",
        gettext_lazy("Reviews"),
        "v-review",
        sees_cases,
        _reviews,
        _reviews_in_words,
        _review_fits,
    ),
    QueueKind(
        "appeal",
        gettext_lazy("Appeals"),
        "message-square",
        _with("justice.view_appeal"),
        _appeals,
        _appeals_in_words,
        _appeal_fits,
        "ban__server",
    ),
    QueueKind(
        "conflict",
        gettext_lazy("Identities"),
        "fingerprint",
        _with("territory.view_identityconflict"),
        _conflicts,
        _conflicts_in_words,
        _conflict_fits,
        "",
    ),
    QueueKind("link", gettext_lazy("Links"), "link", sees_links, _links, _links_in_words, _link_fits, ""),
    QueueKind(
        "delivery",
        gettext_lazy("Deliveries in trouble"),
        "mail",
        _with("territory.view_bandelivery"),
        _deliveries,
        _deliveries_in_words,
        _delivery_fits,
        "ban__server",
    ),
    QueueKind(
        "announcement",
        gettext_lazy("Announcements in trouble"),
        "megaphone",
        _with("announcements.view_announcement"),
        _announcements,
        _announcements_in_words,
        _announcement_fits,
        "channel__topic",
    ),
    QueueKind(
        "breaker",
        gettext_lazy("Servers that stopped"),
        "shield-alert",
        _with("territory.view_gameserver"),
        _breakers,
        _breakers_in_words,
        _breaker_fits,
        "pk",
    ),
)
