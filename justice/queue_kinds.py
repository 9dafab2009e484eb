"""What waits for a person, kind by kind: which rows, since when, and how each is put into words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.access import sees_links
from clans.services.account_links import waiting_links
from face.parts import isolated
from justice.access import sees_cases
from justice.models import Appeal, AppealMessage
from justice.queue_machines import MACHINES
from justice.queue_values import QueueKind, Search, Waiting, cut, urls_of_bans, with_right
from territory import wording
from territory.ban_codes import code_of
from territory.item_names import item_in_words
from territory.models import Case, IdentityConflict, Infraction

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
    open_ones = Appeal.objects.filter(state=Appeal.State.OPEN, ban__lifted_at=None)
    return open_ones.annotate(since=F("opened_at")).select_related("ban")


def _appeals_in_words(rows: Sequence[Any]) -> list[Waiting]:
    words = AppealMessage.objects.filter(appeal__in=rows).order_by("appeal_id", "pk").distinct("appeal_id")
    first = dict(words.values_list("appeal", "text"))
    urls = urls_of_bans([row.ban_id for row in rows])
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
            urls.get(row.ban_id, ""),
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


# In the order of the page.
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
        with_right("justice.view_appeal"),
        _appeals,
        _appeals_in_words,
        _appeal_fits,
        "ban__server",
    ),
    QueueKind(
        "conflict",
        gettext_lazy("Identities"),
        "fingerprint",
        with_right("territory.view_identityconflict"),
        _conflicts,
        _conflicts_in_words,
        _conflict_fits,
        "",
    ),
    QueueKind("link", gettext_lazy("Links"), "link", sees_links, _links, _links_in_words, _link_fits, ""),
    *MACHINES,
)
