"""What stands beside the queue's list: the chosen thing, with what it takes to decide it."""

from collections.abc import Callable
from typing import Any

from announcements.models import Announcement
from justice.appeals import appeal_context
from justice.case_page import around, proof_of, summary_of
from justice.forms import DecisionForm
from justice.queue_kinds import WaitingItem
from justice.services.settling import waiting_cases
from justice.views.desk import Desk
from territory.models import BanDelivery, Case, IdentityConflict, Infraction, PlayerIdentity
from territory.pages.verdicts.evidence import record_of
from territory.rules.verdict import Hold
from territory.services.deciding import dismiss_case
from territory.services.errors import NotPossibleError
from territory.services.previews import Effect, preview


def of(item: WaitingItem, desk: Desk) -> dict[str, Any]:
    """Return what the detail's template needs; `detail` is the template."""
    build = _BUILDERS.get(item.kind)
    if build is None:
        return {"detail": "justice/_other.html"}
    return build(item.pk, desk)


def review(case: Case, desk: Desk, *, reason: str = "", ready: str = "") -> dict[str, Any]:
    """Return a waiting case with the form that decides it; `reason` is what was typed before."""
    statuses = [Infraction.Status.REVIEW] if case.waiting_since else Infraction.Status.values
    proof = proof_of(case, with_bases=desk.reader.has_perm("territory.view_base"), statuses=statuses)
    return (
        summary_of(case, proof, desk.now)
        | around(case)
        | {
            "detail": "justice/_review.html",
            "proof": proof,
            "act": proof.acts[-1] if proof.acts else None,
            "is_at_edge": bool(proof.newest and Hold.BORDER in (proof.newest.reasons or {}).get("holds", ())),
            "decision": DecisionForm(
                acts=["dismiss", "confirm"], initial={"reason": reason, "ready": ready, "seen": case.version}
            ),
            "if_dismissed": _if_dismissed(case, desk) if desk.may_decide else [],
        }
    )


def _if_dismissed(case: Case, desk: Desk) -> list[Effect]:
    try:
        return foresee(case, lambda: dismiss_case(case, by=desk.reader, reason="-"))
    except NotPossibleError:
        return []


def foresee(case: Case, act: Callable[[], object]) -> list[Effect]:
    """Return what a decision about a case would change. Raises what the decision raises."""
    return preview(act, server=case.server, player_ids=[case.player_id], cases=[case.pk], about=case.pk)


def _review(pk: int, desk: Desk) -> dict[str, Any]:
    return review(Case.objects.select_related("server", "base__owner", "ban").get(pk=pk), desk)


def _appeal(pk: int, desk: Desk) -> dict[str, Any]:
    cases = Case.objects.select_related("server", "base", "ban__server").order_by("-pk")
    case = cases.filter(ban__appeals=pk).first()
    if case is None:
        return {"detail": "justice/_other.html"}
    proof = proof_of(case, with_bases=desk.reader.has_perm("territory.view_base"))
    more = {"detail": "justice/_appeal_item.html", "proof": proof}
    return summary_of(case, proof, desk.now) | appeal_context(case, desk.reader) | more


def _delivery(pk: int, _desk: Desk) -> dict[str, Any]:
    row = BanDelivery.objects.select_related("ban__server", "ban_list").get(pk=pk)
    case = row.ban.cases.order_by("-pk").first()
    return {"detail": "justice/_delivery.html", "delivery": row, "case": case}


def _announcement(pk: int, _desk: Desk) -> dict[str, Any]:
    row = Announcement.objects.select_related("channel").get(pk=pk)
    return {"detail": "justice/_announcement.html", "announcement": row}


def _conflict(pk: int, _desk: Desk) -> dict[str, Any]:
    """Return both players of a conflict with their acts, and the cases that wait because of it."""
    one = IdentityConflict.objects.select_related("identity__user").get(pk=pk)
    return {
        "detail": "justice/_conflict.html",
        "conflict": one,
        "sides": [(side, side.player_id, record_of(side.player_id)) for side in (one.identity, _seen(one))],
        "conflict_cases": waiting_cases(one),
    }


def _seen(one: IdentityConflict) -> PlayerIdentity:
    """Return the player seen; one without an identity of its own yet is made up for the page."""
    known = PlayerIdentity.objects.select_related("user").filter(player_id=one.player_id).first()
    return known or PlayerIdentity(gamertag=one.gamertag, player_id=one.player_id)


_BUILDERS: dict[str, Callable[[int, Desk], dict[str, Any]]] = {
    "review": _review,
    "appeal": _appeal,
    "delivery": _delivery,
    "announcement": _announcement,
    "conflict": _conflict,
}
