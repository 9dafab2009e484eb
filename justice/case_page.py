"""What the page of a case shows: to staff everything, to the banned and to the base's owner what concerns them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clans.models import User
from face.parts import Kind, Step
from justice.case_words import history_of, name_in_words, sentence_of, stamp_of
from territory import ladder, selectors, wording
from territory.ban_codes import code_of
from territory.item_names import item_in_words
from territory.models import Case, Infraction, Placement
from territory.pages.verdicts import evidence

ACTS = 20
OTHERS = 10
_Status, _State = Infraction.Status, Case.State
_LOOKS: dict[str, Kind] = {"waiting": "review", "confirmed": "invasion", "lifted": "lifted"}


@dataclass(frozen=True, slots=True)
class ActOnPage:
    """One act of a case as the page shows it."""

    infraction: Infraction
    placement: Placement | None
    item: str
    raw_line: SafeString
    kind: Kind

    @property
    def has_place(self) -> bool:
        return self.placement is not None and self.placement.x is not None and self.placement.z is not None


@dataclass(frozen=True, slots=True)
class Proof:
    """The acts of a case, at most ACTS from the oldest, with a map of them and the rule as it was applied to the newest."""

    acts: Sequence[ActOnPage]
    count: int
    after: int | None  # the number after which the next acts follow
    newest: Placement | None = None
    map: SafeString | None = None
    facts: Sequence[wording.ConsideredBase] = ()
    steps: Sequence[Step] = ()
    holds: Sequence[str] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class OtherCase:
    """Another case, with whether it counts on the player's record."""

    case: Case
    sentence: str
    state: str
    kind: Kind
    counts: bool = True


# -- The proof ----------------------------------------------------------------------------------------------------------------


def proof_of(
    case: Case,
    *,
    with_bases: bool,
    only_base: int | None = None,
    after: int = 0,
    statuses: Sequence[str] = _Status.values,
) -> Proof:
    """Return the acts of a case and what the rule said of the newest one. A fixed number of queries."""
    rows = case.infractions.filter(status__in=statuses).select_related(
        "placement__version", "placement__server"
    )
    page = list(rows.filter(pk__gt=after).order_by("pk")[: ACTS + 1])
    acts = [_act(row) for row in page[:ACTS]]
    proof = Proof(acts, rows.count(), acts[-1].infraction.pk if len(page) > ACTS else None)
    last = rows.filter(placement__isnull=False).order_by("-pk").first()
    if last is None or (newest := last.placement) is None:
        return proof
    names = selectors.names_of_bases(wording.mentioned_base_ids([newest]))
    others = [act.placement for act in acts if act.placement and act.placement != newest]
    return replace(
        proof,
        newest=newest,
        map=evidence.map_of(newest, names, with_bases=with_bases, others=others, only_base=only_base),
        facts=wording.considered_bases(newest, names),
        steps=ladder.ladder_of(newest, names) if newest.state == Placement.State.JUDGED else [],
        holds=wording.holds_in_words(newest),
        rule=_("Rule, version %(number)d") % {"number": newest.version.number} if newest.version else "",
    )


def _act(row: Infraction) -> ActOnPage:
    placement = row.placement
    display = placement.display if placement else ""
    return ActOnPage(
        infraction=row,
        placement=placement,
        item=item_in_words(row.item, display) or _("an item without a name"),
        raw_line=evidence.raw_line(placement.raw_line if placement else ""),
        kind=ladder.kind_of(placement) if placement else "observed",
    )


def without_details(steps: Iterable[Step]) -> list[Step]:
    """Return the steps of the rule without distances, bases and people."""
    return [replace(step, detail="") for step in steps]


# -- What lies around it --------------------------------------------------------------------------------------------------------


def others_of(case: Case) -> list[OtherCase]:
    """Return other open cases of the same player or base, the newest first. One query."""
    is_open = Q(state=_State.WAITING) | Q(state=_State.CONFIRMED, ban__lifted_at=None)
    same = Q(player_id=case.player_id) if case.player_id else Q(pk__in=[])
    if case.base_id is not None:
        same |= Q(base=case.base_id)
    cases = Case.objects.filter(is_open & same, server=case.server_id).exclude(pk=case.pk)
    return [_other(one) for one in cases.select_related("ban").order_by("-pk")[:OTHERS]]


def past_of(case: Case) -> tuple[list[OtherCase], int]:
    """Return the player's other cases, the newest first, and how many count on the record, this one too. Two queries.

    A case that was dismissed, or lifted as a mistake, does not count.
    """
    if not case.player_id:
        return [], 0
    cases = Case.objects.filter(player_id=case.player_id).exclude(pk=case.pk)
    confirmed = Infraction.objects.filter(player_id=case.player_id, status=_Status.CONFIRMED)
    counted = set(confirmed.order_by().values_list("case", flat=True).distinct())
    shown = cases.select_related("ban", "server").order_by("-pk")[:OTHERS]
    return [replace(_other(one), counts=one.pk in counted) for one in shown], len(counted)


def _other(case: Case) -> OtherCase:
    sentence = f"{name_in_words(case.gamertag or case.player_id)}: {case.kind_in_words}"
    sentence += f", {name_in_words(case.base_name)}" if case.base_name else ""
    state = case.get_state_display()
    if case.state == _State.LIFTED and case.ban and case.ban.lift_kind:
        state = f"{state}: {case.ban.get_lift_kind_display()}"
    return OtherCase(case, sentence, state, _LOOKS.get(case.state, "observed"))


def around(case: Case) -> dict[str, Any]:
    """Return what lies around a case: other open cases, the player's past ones, how many count, and the player's record."""
    past, counted = past_of(case)
    record = evidence.record_of(case.player_id)
    return {"others": others_of(case), "past": past, "counted": counted, "record": record}


def staff_view(case: Case, reader: User, *, after: int, now: datetime) -> dict[str, Any]:
    """Return what staff read on the page of a case, in a fixed number of queries."""
    proof = proof_of(case, with_bases=reader.has_perm("territory.view_base"), after=after)
    return (
        summary_of(case, proof, now)
        | around(case)
        | {
            "proof": proof,
            "deliveries": evidence.deliveries_of(case.ban) if case.ban else [],
            "history": history_of(case),
            "notes": case.notes.select_related("by").order_by("pk"),
        }
    )


def summary_of(case: Case, proof: Proof, now: datetime, *, with_distance: bool = True) -> dict[str, Any]:
    """Return the head of the page: sentence, stamp, ban."""
    newest = proof.acts[-1].infraction if proof.acts else None
    return {
        "case": case,
        "sentence": sentence_of(case, newest, proof.count, with_distance=with_distance),
        "stamp": stamp_of(case, now),
        "code": code_of(case.ban_id) if case.ban_id else "",
        "is_banned": case.ban is not None and case.ban.lifted_at is None,
        "is_waiting": case.state == _State.WAITING,
        "is_confirmed": case.state == _State.CONFIRMED,
        "first_at": proof.acts[0].infraction.occurred_at if proof.acts else case.last_act_at,
    }


def banned_view(case: Case, now: datetime) -> dict[str, Any]:
    """Return what the banned player reads: no whereabouts, no names of staff, nothing of the base but its name."""
    proof = proof_of(case, with_bases=False, statuses=[_Status.CONFIRMED, _Status.LIFTED])
    return summary_of(case, proof, now, with_distance=False) | {
        "steps": without_details(proof.steps),
        "rule": proof.rule,
        "history": history_of(case, with_names=False),
        "acts": [(act.infraction.occurred_at, act.item) for act in proof.acts],
        "more_acts": proof.count - len(proof.acts),
    }


def owner_view(case: Case, *, after: int, now: datetime) -> dict[str, Any]:
    """Return what the base's owner reads: what was done there, and where; nothing else of the player."""
    proof = proof_of(case, with_bases=True, only_base=case.base_id, after=after)
    return summary_of(case, proof, now) | {"proof": proof, "steps": without_details(proof.steps)}
