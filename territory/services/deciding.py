"""Decisions of staff about cases: confirm, dismiss, ban, lift, change the end, and undo. Each is one act of its case.

Every function takes the version of the case that was `seen`, and raises StaleCaseError if the case has changed since.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import User
from common.periods import LAST
from territory.models import Ban, BanExtension, Case, CaseAct, GameServer, Infraction
from territory.services.bans import (
    BannedPlayer,
    OffenceInWords,
    ban_offenders,
    is_longer,
    lift_ban,
    put_back_ban,
    start_ban,
)
from territory.services.cases import (
    Snapshot,
    decision,
    hold_case,
    is_newest,
    lock_cases,
    record_act,
)
from territory.services.errors import NotPossibleError
from territory.services.notices import (
    again_key,
    announce_ban,
    announce_confirmed,
    announce_pardon,
    announce_undo,
)
from territory.services.offences import Kind, ban_end, stored_kinds

_Status = Infraction.Status
Act, LiftKind = CaseAct.Kind, Ban.LiftKind


@decision
def confirm_case(case: Case, *, by: User, reason: str, seen: int | None = None) -> CaseAct:
    """Confirm every waiting act of a case: the player is banned, and the acts stand on the wall and are announced.

    Raises NotPossibleError if no act waits.
    """
    now, held = timezone.now(), hold_case(case.pk, seen=seen)
    acts, before = _waiting(held), Snapshot.of(held)
    kind = stored_kinds(held.server).get(held.kind)
    ends_at = ban_end(held.server, kind, held.player_id, now=now, besides=held.pk)
    held.ban_id = _ban_for(acts[-1], ends_at, now)
    more = {"ban": held.ban_id, "asks_until": ends_at}
    _set_status(acts, _Status.CONFIRMED, by=by, reason=reason, now=now, **more)
    act = record_act(held, Act.CONFIRM, before, by=by, reason=reason, now=now)
    announce_confirmed(held.server, acts, key=again_key(act.pk))
    return act


def _ban_for(number: int, ends_at: datetime | None, now: datetime) -> int:
    """Return the active ban of an infraction's player; it is made for the infraction if there is none."""
    one = Infraction.objects.select_related("server").get(pk=number)
    offence = OffenceInWords(
        one.gamertag, one.player_id, one.xuid, one.description, one.evidence, one.base_name, ends_at
    )
    return ban_offenders(one.server, [offence], now=now)[one.player_id]


@decision
def dismiss_case(case: Case, *, by: User, reason: str, seen: int | None = None) -> CaseAct:
    """Dismiss every waiting act of a case: nothing follows from them. Raises NotPossibleError if no act waits."""
    now, held = timezone.now(), hold_case(case.pk, seen=seen)
    acts, before = _waiting(held), Snapshot.of(held)
    _set_status(acts, _Status.DISMISSED, by=by, reason=reason, now=now)
    act = record_act(held, Act.DISMISS, before, by=by, reason=reason, now=now)
    announce_pardon(acts, reason=reason)
    return act


def _waiting(held: Case) -> list[int]:
    rows = held.infractions.filter(status=_Status.REVIEW).order_by("pk")
    acts = list(rows.values_list("pk", flat=True))
    if not acts:
        raise NotPossibleError(_("Nothing in this case waits for a decision any more."))
    return acts


def _set_status(
    numbers: Iterable[int],
    status: Infraction.Status,
    *,
    by: User | None,
    reason: str,
    now: datetime,
    **more: object,
) -> None:
    """Give infractions a status, with who decided it and why; one that waits again is undecided."""
    if status == _Status.REVIEW:
        decision: dict[str, object] = {"decided_by": None, "decided_at": None, "decision_reason": ""}
    else:
        decision = {"decided_by": by, "decided_at": now, "decision_reason": reason}
    Infraction.objects.filter(pk__in=list(numbers)).update(status=status, **decision, **more)


@decision
def lift_case(
    case: Case,
    *,
    by: User | None,
    kind: Ban.LiftKind,
    reason: str,
    seen: int | None = None,
    run: uuid.UUID | None = None,
) -> CaseAct:
    """Lift a confirmed case, as a mistake or in mercy.

    A mistake pardons the case's acts, which leave wall, record and repeat counts. It lifts the ban unless that rests on other
    cases too: then the ban is only as long as these ask. Mercy lifts the ban for all its cases, and their acts stay, marked.
    Raises NotPossibleError if nothing of the case is in force.
    """
    now, held = timezone.now(), hold_case(case.pk, seen=seen)
    before = Snapshot.of(held)
    confirmed = [number for number, status in before.statuses.items() if status == _Status.CONFIRMED]
    if kind == LiftKind.MISTAKE:
        if not confirmed:
            raise NotPossibleError(_("Nothing of this case is confirmed."))
        _set_status(confirmed, _Status.LIFTED, by=by, reason=reason, now=now)
        _loosen_ban(before.ban_id, by=by, reason=reason, now=now)
    else:
        lift_ban(_running_ban(before), by=by, reason=reason, kind=kind)
    act = record_act(held, Act.LIFT, before, by=by, reason=reason, now=now, lift_kind=kind, run=run)
    announce_pardon(confirmed, reason=reason, kind=kind)
    return act


def _running_ban(snapshot: Snapshot) -> Ban:
    if not snapshot.is_banned:
        raise NotPossibleError(_("This case has no ban in force."))
    return Ban.objects.get(pk=snapshot.ban_id or 0)


def _loosen_ban(ban_id: int | None, *, by: User | None, reason: str, now: datetime) -> None:
    """Lift a ban in force as a mistake if no confirmed act is left behind it; else shorten it to what those left ask for."""
    ban = Ban.objects.filter(pk=ban_id or 0, lifted_at=None).first()
    if ban is None:
        return
    acts = Infraction.objects.filter(ban=ban, status=_Status.CONFIRMED)
    if not acts.exists():
        lift_ban(ban, by=by, reason=reason, kind=LiftKind.MISTAKE)
        return
    ends = _asked_ends(ban, acts)
    longest = None if None in ends else max(filter(None, ends))
    if is_longer(ban.ends_at, longest):
        _set_end(ban, longest, by=None, reason=reason, now=now)


def _asked_ends(ban: Ban, acts: QuerySet[Infraction]) -> list[datetime | None]:
    """Return the ends that these acts of a ban ask for; the end that staff set last stands for all acts before it."""
    by_staff = ban.extensions.exclude(changed_by=None).first()
    if by_staff is None:
        return list(acts.values_list("asks_until", flat=True))
    since = acts.annotate(since=Coalesce("decided_at", "detected_at")).filter(since__gt=by_staff.extended_at)
    return [by_staff.ends_at, *since.values_list("asks_until", flat=True)]


@decision
def change_end(
    case: Case, ends_at: datetime | None, *, by: User, reason: str, seen: int | None = None
) -> CaseAct:
    """Change the end of a case's ban; None makes it permanent. Raises NotPossibleError if it is lifted or the end is past."""
    now, held = timezone.now(), hold_case(case.pk, seen=seen)
    before = Snapshot.of(held)
    ban = _running_ban(before)
    _check_end(ends_at, now)
    _set_end(ban, ends_at, by=by, reason=reason, now=now)
    return record_act(held, Act.END, before, by=by, reason=reason, now=now)


def _check_end(ends_at: datetime | None, now: datetime) -> None:
    if ends_at is not None and not now < ends_at < LAST:
        raise NotPossibleError(_("A ban ends in the future, before the year 2200."))


def _set_end(ban: Ban, ends_at: datetime | None, *, by: User | None, reason: str, now: datetime) -> None:
    BanExtension.objects.create(
        ban=ban, extended_at=now, ended_at=ban.ends_at, ends_at=ends_at, reason=reason, changed_by=by
    )
    ban.ends_at = ends_at
    ban.save(update_fields=["ends_at"])


@decision
def ban_by_staff(
    server: GameServer,
    player: BannedPlayer,
    *,
    kind: Kind,
    by: User,
    reason: str,
    evidence: str = "",
    ends_at: datetime | None = None,
    is_on_wall: bool = True,
    replaces: int | None = None,
) -> Case:
    """Ban a player by hand, and open a case for it. An active ban with the number `replaces` is lifted as superseded.

    Raises NotPossibleError if the player has another active ban or is named badly, or if the end is past.
    """
    now = timezone.now()
    _check_end(ends_at, now)
    lock_cases(server.pk)
    running = Ban.objects.filter(server=server, player_id=player.player_id, lifted_at=None)
    old = running.exclude(player_id="").filter(pk=replaces or 0).first()
    if old is not None:
        end_for_all(old, LiftKind.SUPERSEDED, by=by, reason=reason, now=now)
    ban = start_ban(server, player, reason=reason, by=by, ends_at=ends_at, now=now)
    case = Case.objects.create(
        server=server,
        gamertag=player.gamertag,
        player_id=player.player_id,
        kind=kind.key,
        kind_name=kind.own_name,
        state=Case.State.CONFIRMED,
        is_on_wall=is_on_wall,
        evidence=evidence,
        opened_at=now,
        last_act_at=now,
    )
    before = Snapshot.of(case)
    case.ban = ban
    infraction = _infraction_by_staff(case, player, by=by, reason=reason, now=now)
    record_act(case, Act.BAN, before, by=by, reason=reason, now=now)
    announce_ban(infraction, is_public=is_on_wall)
    return case


def end_for_all(ban: Ban, kind: Ban.LiftKind, *, by: User | None, reason: str, now: datetime) -> None:
    """Lift a ban for all its cases, as an act of the newest one."""
    case = ban.cases.select_related("server").order_by("-pk").first()
    before = Snapshot.of(case) if case else None
    lift_ban(ban, by=by, reason=reason, kind=kind)
    if case and before:
        record_act(case, Act.LIFT, before, by=by, reason=reason, now=now, lift_kind=kind)


def _infraction_by_staff(
    case: Case, player: BannedPlayer, *, by: User, reason: str, now: datetime
) -> Infraction:
    assert case.ban is not None
    return Infraction.objects.create(
        server=case.server,
        case=case,
        ban=case.ban,
        infraction_type=Infraction.Type.BY_STAFF,
        status=_Status.CONFIRMED,
        gamertag=player.gamertag,
        player_id=player.player_id,
        xuid=player.xuid,
        description=reason,
        evidence=case.evidence,
        occurred_at=now,
        detected_at=now,
        asks_until=case.ban.ends_at,
        decided_at=now,
        decided_by=by,
        decision_reason=reason,
    )


@decision
def undo_act(
    act: CaseAct, *, by: User | None, reason: str, seen: int | None = None, run: uuid.UUID | None = None
) -> CaseAct:
    """Put a case back to the state before its newest act, everywhere: acts, ban, lists, wall and announcements.

    Acts that joined the case since stay as they are. A ban in place of another goes together with the lifting of that other.
    An undo is an act too, and can be undone. Acts that were undone since do not count: the newest that stands can be undone.
    Raises NotPossibleError for any other, or if the player was banned anew since. What the same run has undone already is returned.
    """
    now, held = timezone.now(), hold_case(act.case_id, seen=seen)
    if run is not None and (done := CaseAct.objects.filter(undoes=act, run=run).first()):
        return done
    if not is_newest(act):
        raise NotPossibleError(_("Only the newest act of a case can be undone. Somebody has decided since."))
    how: dict[str, Any] = {"by": by, "reason": reason, "now": now}
    undone = {one.pk: _undo(one, run=run, **how) for one in _done_together(act, held)}
    return undone[act.pk]


def _done_together(act: CaseAct, held: Case) -> list[CaseAct]:
    """Return an act with the ones done in the same moment about another case of the player; what ended with them goes first."""
    of_player = CaseAct.objects.filter(case__server=held.server, case__player_id=held.player_id, at=act.at)
    others = of_player.exclude(case=held)
    acts = [act, *(one for one in others if is_newest(one))]
    return sorted(acts, key=lambda one: Snapshot.from_json(one.before).is_banned)


def _undo(act: CaseAct, *, by: User | None, reason: str, now: datetime, run: uuid.UUID | None) -> CaseAct:
    case = Case.objects.select_related("server").get(pk=act.case_id)
    before = Snapshot.of(case)
    was, became = Snapshot.from_json(act.before), Snapshot.from_json(act.after)
    how: dict[str, Any] = {"by": by, "reason": reason, "now": now}
    for status in _Status:
        _set_status(_to_put_back(status, before, was, became), status, **how)
    _put_back(act, case, was, became, **how)
    undo = record_act(case, Act.UNDO, before, **how, undoes=act, run=run)
    announce_undo(case, before, Snapshot.from_json(undo.after), undo)
    return undo


def _to_put_back(status: str, now: Snapshot, was: Snapshot, became: Snapshot) -> list[int]:
    """Return the infractions that an act brought from this status to another. What it brought into being is lifted."""
    return [
        number
        for number, present in became.statuses.items()
        if now.statuses.get(number) == present
        and was.statuses.get(number, _Status.LIFTED) == status != present
    ]


def _put_back(act: CaseAct, case: Case, was: Snapshot, became: Snapshot, **how: Any) -> None:
    """Put the ban of a case back, as far as nobody else has changed it since."""
    if was.is_banned:
        _ban_again(act, case, was, became, **how)
    elif became.is_banned:
        _ban_no_more(case, was, became, **how)


def _ban_again(act: CaseAct, case: Case, was: Snapshot, became: Snapshot, **how: Any) -> None:
    ban = Ban.objects.get(pk=was.ban_id or 0)
    is_same = became.ban_id == ban.pk
    if case.ban_id == became.ban_id:  # else an act that joined since has a newer one
        case.ban = ban
    if ban.lifted_at is not None:
        if (is_same and became.is_lifted) or ban.lift_kind == LiftKind.MISTAKE:
            put_back_ban(ban.pk, now=how["now"])
            case.ban = ban
    elif act.kind == Act.CONFIRM:
        _loosen_ban(ban.pk, **how)
    elif (ban.ends_at == became.ends_at != was.ends_at) if is_same else is_longer(was.ends_at, ban.ends_at):
        _set_end(ban, was.ends_at, **how)


def _ban_no_more(case: Case, was: Snapshot, became: Snapshot, **how: Any) -> None:
    """End the ban that an act began. One that is in force for others alone is this case's no longer."""
    ban = Ban.objects.get(pk=became.ban_id or 0)
    if ban.lifted_at is None:
        if was.ban_id == ban.pk and was.lift_kind not in ("", LiftKind.MISTAKE):
            lift_ban(ban, by=how["by"], reason=how["reason"], kind=LiftKind(was.lift_kind))
        else:
            _loosen_ban(ban.pk, **how)
    is_for_others = Ban.objects.filter(pk=ban.pk, lifted_at=None).exists()
    if is_for_others and not case.infractions.filter(ban=ban, status=_Status.CONFIRMED).exists():
        case.ban_id = was.ban_id


def lift_ended_bans(*, now: datetime) -> int:
    """Lift the bans that have reached their end; return how many. Each is an act of the machine."""
    lifted = 0
    for ban in Ban.objects.filter(lifted_at=None, ends_at__lte=now).order_by("ends_at")[:500]:
        try:
            _expire(ban)
        except NotPossibleError:
            continue
        lifted += 1
    return lifted


@transaction.atomic
def _expire(ban: Ban) -> None:
    lock_cases(ban.server_id)
    words = _("The ban's time is over.")
    end_for_all(ban, LiftKind.EXPIRED, by=None, reason=words, now=timezone.now())
