"""What stands beside the queue's list: the chosen thing, with what it takes to decide it."""

from collections.abc import Callable
from typing import Any

from announcements.models import Announcement
from justice.appeals import appeal_context
from justice.case_page import others_of, past_of, proof_of, summary_of
from justice.forms import ConflictForm, DecisionForm
from justice.queue_values import Waiting
from justice.services.settling import preview_conflict, waiting_cases
from justice.views.desk import Desk
from territory.models import BanDelivery, Case, IdentityConflict, Infraction, PlayerIdentity
from territory.pages.verdicts import evidence
from territory.rules.verdict import Hold
from territory.services.deciding import dismiss_case
from territory.services.errors import NotPossibleError
from territory.services.previews import Effect, preview


def of(item: Waiting, desk: Desk) -> dict[str, Any]:
    """Return what the detail's template needs; `detail` is the template."""
    build = _BUILDERS.get(item.kind)
    if build is None:
        return {"detail": "justice/_other.html"}
    return build(item.pk, desk)


def review(case: Case, desk: Desk, *, reason: str = "", ready: str = "") -> dict[str, Any]:
    """Return a waiting case with the form that decides it; `reason` is what was typed before."""
    statuses = [Infraction.Status.REVIEW] if case.waiting_since else Infraction.Status.values
    proof = proof_of(case, with_bases=desk.reader.has_perm("territory.view_base"), statuses=statuses)
    past, counted = past_of(case)
    return summary_of(case, proof, desk.now) | {
        "detail": "justice/_review.html",
        "proof": proof,
        "act": proof.acts[-1] if proof.acts else None,
        "record": evidence.record_of(case.player_id),
        "others": others_of(case),
        "past": past,
        "counted": counted,
        "is_at_edge": bool(proof.newest and Hold.BORDER in (proof.newest.reasons or {}).get("holds", ())),
        "decision": DecisionForm(
            acts=["dismiss", "confirm"], initial={"reason": reason, "ready": ready, "seen": case.version}
        ),
        "if_dismissed": _if_dismissed(case, desk) if desk.may_decide else [],
    }


def _if_dismissed(case: Case, desk: Desk) -> list[Effect]:
    try:
        return preview(
            lambda: dismiss_case(case, by=desk.reader, reason="-"),
            server=case.server,
            player_ids=[case.player_id],
            cases=[case.pk],
            about=case.pk,
        )
    except NotPossibleError:
        return []


def _review(pk: int, desk: Desk) -> dict[str, Any]:
    return review(Case.objects.select_related("server", "base__owner", "ban").get(pk=pk), desk)


def _appeal(pk: int, desk: Desk) -> dict[str, Any]:
    case = (
        Case.objects.select_related("server", "base", "ban__server")
        .filter(ban__appeals=pk)
        .order_by("pk")
        .last()
    )
    if case is None:
        return {"detail": "justice/_other.html"}
    proof = proof_of(case, with_bases=desk.reader.has_perm("territory.view_base"))
    more = {"detail": "justice/_appeal_item.html", "proof": proof}
    return summary_of(case, proof, desk.now) | appeal_context(case, desk.reader) | more


def _delivery(pk: int, desk: Desk) -> dict[str, Any]:
    row = BanDelivery.objects.select_related("ban__server", "ban_list").get(pk=pk)
    return {
        "detail": "justice/_delivery.html",
        "delivery": row,
        "case": row.ban.cases.order_by("-pk").first(),
        "may_retry": desk.reader.has_perm("territory.change_bandelivery"),
    }


def _announcement(pk: int, desk: Desk) -> dict[str, Any]:
    row = Announcement.objects.select_related("channel").get(pk=pk)
    may_retry = desk.reader.has_perm("announcements.change_announcement")
    return {"detail": "justice/_announcement.html", "announcement": row, "may_retry": may_retry}


def _conflict(pk: int, desk: Desk) -> dict[str, Any]:
    return conflict(IdentityConflict.objects.select_related("identity__user").get(pk=pk), desk)


def conflict(one: IdentityConflict, desk: Desk) -> dict[str, Any]:
    """Return both players of a conflict with their acts, and the cases that wait because of it."""
    linked = one.identity
    may_decide = desk.may_decide and desk.reader.has_perm("territory.change_identityconflict")
    return {
        "detail": "justice/_conflict.html",
        "conflict": one,
        "sides": [
            (linked, linked.player_id or "", evidence.record_of(linked.player_id)),
            (_seen(one), one.player_id, evidence.record_of(one.player_id)),
        ],
        "conflict_cases": waiting_cases(one),
        "may_tell_apart": may_decide,
        "may_link": may_decide and desk.reader.has_perm("territory.change_playeridentity"),
        "reason_form": ConflictForm(acts=[]),
    }


def _seen(one: IdentityConflict) -> PlayerIdentity:
    """Return the player seen; one without an identity of its own yet is made up for the page."""
    known = PlayerIdentity.objects.select_related("user").filter(player_id=one.player_id).first()
    return known or PlayerIdentity(gamertag=one.gamertag, player_id=one.player_id)


def effects_of_conflict(one: IdentityConflict, desk: Desk, *, is_same: bool) -> tuple[list[Effect], str]:
    """Return what an answer would change, or why it is not possible."""
    try:
        return preview_conflict(one, is_same=is_same, by=desk.reader), ""
    except NotPossibleError as refusal:
        return [], str(refusal)


_BUILDERS: dict[str, Callable[[int, Desk], dict[str, Any]]] = {
    "review": _review,
    "appeal": _appeal,
    "delivery": _delivery,
    "announcement": _announcement,
    "conflict": _conflict,
}
