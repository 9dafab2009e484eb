"""Decisions of staff about cases: confirm, dismiss, ban, lift, change the end, and undo. Each is one act of its case.

Every function takes the version of the case that was `seen`, and raises StaleCaseError if the case has changed since.
"""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import User
from common.locks import LockKind, lock_transaction
from common.periods import LAST
from territory.models import Ban, BanExtension, Case, CaseAct, GameServer, Infraction
from territory.services.bans import Offence, Player, ban_offenders, lift_ban, put_back_ban, start_ban
from territory.services.cases import Snapshot, hold_case, others_of_ban, record_act, waiting_acts
from territory.services.errors import NotPossibleError
from territory.services.notices import (
    UNDONE,
    announce_again,
    announce_ban,
    announce_confirmed,
    announce_pardon,
)
from territory.services.offences import Kind

_Status = Infraction.Status
Act, LiftKind = CaseAct.Kind, Ban.LiftKind


@transaction.atomic
def confirm_case(case: Case, *, by: User, reason: str, seen: int | None = None) -> CaseAct:
    """Confirm every waiting act of a case: the player is banned, and the acts stand on the wall and are announced.

    Raises NotPossibleError if no act waits.
    """
    now = timezone.now()
    ban_id = _ban_for(case, now)
    held = hold_case(case.pk, seen=seen)
    acts, before = _waiting(held), Snapshot.of(held)
    held.ban_id = ban_id
    _set_status(acts, _Status.CONFIRMED, by=by, reason=reason, now=now, ban=ban_id)
    act = record_act(held, Act.CONFIRM, before, by=by, reason=reason, now=now)
    announce_confirmed(held.server, acts)
    return act


def _ban_for(case: Case, now: datetime) -> int:
    """Return the active ban of a case's player; it is made for the case's newest waiting act if there is none."""
    newest = case.infractions.filter(status=_Status.REVIEW).select_related("server").order_by("pk").last()
    if newest is None:
        raise NotPossibleError(_("Nothing in this case waits for a decision any more."))
    offence = Offence(
        newest.gamertag,
        newest.player_id,
        newest.xuid,
        newest.description,
        newest.evidence,
        newest.base_name,
    )
    return ban_offenders(newest.server, [offence], now=now)[newest.player_id]


@transaction.atomic
def dismiss_case(case: Case, *, by: User, reason: str, seen: int | None = None) -> CaseAct:
    """Dismiss every waiting act of a case: nothing follows from them. Raises NotPossibleError if no act waits."""
    now, held = timezone.now(), hold_case(case.pk, seen=seen)
    acts, before = _waiting(held), Snapshot.of(held)
    _set_status(acts, _Status.DISMISSED, by=by, reason=reason, now=now)
    act = record_act(held, Act.DISMISS, before, by=by, reason=reason, now=now)
    announce_pardon(acts, reason=reason)
    return act


def _waiting(held: Case) -> list[int]:
    acts = waiting_acts(held)
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
    ban: int | None = None,
) -> None:
    values: dict[str, object] = {
        "status": status,
        "decided_by": by,
        "decided_at": now,
        "decision_reason": reason,
    }
    if ban is not None:
        values["ban_id"] = ban
    Infraction.objects.filter(pk__in=list(numbers)).update(**values)


@transaction.atomic
def lift_case(
    case: Case,
    *,
    by: User | None,
    kind: Ban.LiftKind,
    reason: str,
    seen: int | None = None,
    run: uuid.UUID | None = None,
) -> CaseAct:
    """Lift a confirmed case.

    A mistake pardons the case's acts, which leave wall, record and repeat counts, and lifts the ban unless it rests on other
    cases too. Mercy lifts the ban for all its cases, and their acts stay, marked. Raises NotPossibleError if nothing of the
    case is in force.
    """
    now, held = timezone.now(), hold_case(case.pk, seen=seen)
    before = Snapshot.of(held)
    confirmed = [number for number, status in before.statuses.items() if status == _Status.CONFIRMED]
    is_banned = before.is_banned
    if kind == LiftKind.MISTAKE:
        if not confirmed:
            raise NotPossibleError(_("Nothing of this case is confirmed."))
        _set_status(confirmed, _Status.LIFTED, by=by, reason=reason, now=now)
    elif not is_banned:
        raise NotPossibleError(_("This case has no ban in force."))
    if before.ban_id is not None and is_banned and (kind != LiftKind.MISTAKE or not others_of_ban(held)):
        lift_ban(Ban.objects.get(pk=before.ban_id), by=by, reason=reason, kind=kind)
    act = record_act(held, Act.LIFT, before, by=by, reason=reason, now=now, lift_kind=kind, run=run)
    announce_pardon(confirmed, reason=reason, kind=kind)
    return act


@transaction.atomic
def change_end(
    case: Case, ends_at: datetime | None, *, by: User, reason: str, seen: int | None = None
) -> CaseAct:
    """Change the end of a case's ban; None makes it permanent. Raises NotPossibleError if it is lifted or the end is past."""
    now, held = timezone.now(), hold_case(case.pk, seen=seen)
    before = Snapshot.of(held)
    if before.ban_id is None or before.is_lifted:
        raise NotPossibleError(_("This case has no ban in force."))
    if ends_at is not None and not now < ends_at < LAST:
        raise NotPossibleError(_("A ban ends in the future, before the year 2200."))
    _set_end(before.ban_id, ends_at, by=by, reason=reason, now=now)
    return record_act(held, Act.END, before, by=by, reason=reason, now=now)


def _set_end(ban_id: int, ends_at: datetime | None, *, by: User | None, reason: str, now: datetime) -> None:
    ban = Ban.objects.get(pk=ban_id)
    BanExtension.objects.create(
        ban=ban, extended_at=now, ended_at=ban.ends_at, ends_at=ends_at, reason=reason, changed_by=by
    )
    ban.ends_at = ends_at
    ban.save(update_fields=["ends_at"])


@transaction.atomic
def ban_by_staff(
    server: GameServer,
    player: Player,
    *,
    kind: Kind,
    by: User,
    reason: str,
    evidence: str = "",
    ends_at: datetime | None = None,
    is_on_wall: bool = True,
    instead: bool = False,
) -> Case:
    """Ban a player by hand, and open a case for it.

    With `instead` an active ban of the player is lifted as superseded; without, NotPossibleError is raised. It is raised too
    if the player is named badly (`territory.services.bans.check_ban`), or the end is past.
    """
    now = timezone.now()
    if ends_at is not None and not now < ends_at < LAST:
        raise NotPossibleError(_("A ban ends in the future, before the year 2200."))
    # Before the lock of the incidents: a judge that bans the same player holds the ban first, too.
    replaced = _lift_running(server, player, by=by, reason=reason) if instead else []
    ban = start_ban(server, player, reason=reason, by=by, ends_at=ends_at, now=now)
    lock_transaction(LockKind.INCIDENTS, server.pk)
    for old, was in replaced:
        record_act(old, Act.LIFT, was, by=by, reason=reason, now=now, lift_kind=LiftKind.SUPERSEDED)
    case = Case.objects.create(
        server=server,
        ban=ban,
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
    before = Snapshot(None, is_lifted=False, lift_kind="", ends_at=None, statuses={})
    infraction = Infraction.objects.create(
        server=server,
        case=case,
        ban=ban,
        infraction_type=Infraction.Type.BY_STAFF,
        status=_Status.CONFIRMED,
        gamertag=player.gamertag,
        player_id=player.player_id,
        xuid=player.xuid,
        description=reason,
        evidence=evidence,
        occurred_at=now,
        detected_at=now,
        decided_at=now,
        decided_by=by,
        decision_reason=reason,
    )
    record_act(case, Act.BAN, before, by=by, reason=reason, now=now)
    announce_ban(infraction, is_public=is_on_wall)
    return case


def _lift_running(
    server: GameServer, player: Player, *, by: User, reason: str
) -> list[tuple[Case, Snapshot]]:
    """Lift the player's active ban as superseded; return its newest case as it was."""
    running = Ban.objects.select_for_update().filter(server=server, lifted_at=None)
    replaced = []
    for ban in running.filter(player_id=player.player_id) if player.player_id else ():
        case = ban.cases.order_by("-pk").first()
        replaced += [(case, Snapshot.of(case))] if case else []
        lift_ban(ban, by=by, reason=reason, kind=LiftKind.SUPERSEDED)
    return replaced


@transaction.atomic
def undo_act(
    act: CaseAct, *, by: User | None, reason: str, seen: int | None = None, run: uuid.UUID | None = None
) -> CaseAct:
    """Put a case back to the state before its newest act, everywhere: acts, ban, lists, wall and announcements.

    An undo is an act too, and can be undone. Acts that were undone since do not count: the newest that stands can be undone.
    Raises NotPossibleError for any other, or if the player was banned anew since.
    """
    now, target = timezone.now(), Snapshot.from_json(act.before)
    was_lifted = _put_back_ban(target, now)
    held = hold_case(act.case_id, seen=seen)
    if not cancel_out(held.acts.filter(version__gt=act.version)) or held.acts.filter(undoes=act).exists():
        raise NotPossibleError(_("Only the newest act of a case can be undone. Somebody has decided since."))
    current = replace(Snapshot.of(held), **was_lifted)
    _put_back_statuses(current, target, by=by, reason=reason, now=now)
    if target.ban_id is None or target.is_lifted:
        _end_ban(held, current, act, by=by, reason=reason, now=now)
    elif target.ends_at != current.ends_at:
        _set_end(target.ban_id, target.ends_at, by=by, reason=reason, now=now)
    undo = record_act(held, Act.UNDO, current, by=by, reason=reason, now=now, undoes=act, run=run)
    _announce_difference(held, current, undo)
    return undo


def cancel_out(acts: Iterable[CaseAct]) -> bool:
    """Tell whether acts of a case, in any order, leave it as it was before them: each was undone by the next that stands."""
    standing: list[CaseAct] = []
    for act in sorted(acts, key=lambda one: one.version):
        if standing and act.undoes_id == standing[-1].pk:
            standing.pop()
        else:
            standing.append(act)
    return not standing


def _put_back_ban(target: Snapshot, now: datetime) -> dict[str, Any]:
    """Put the ban of a snapshot in force again if it was then; return how it was lifted until now."""
    if target.ban_id is None or target.is_lifted:
        return {}
    ban = Ban.objects.select_for_update().get(pk=target.ban_id)
    if ban.lifted_at is None:
        return {}
    put_back_ban(ban.pk, now=now)
    return {"is_lifted": True, "lift_kind": ban.lift_kind}


def _put_back_statuses(
    current: Snapshot, target: Snapshot, *, by: User | None, reason: str, now: datetime
) -> None:
    """Give each infraction its former status.

    Acts that joined and were confirmed since go to review. The one of a ban by hand, before which was nothing, is lifted.
    """
    unknown = _Status.REVIEW if target.statuses else _Status.LIFTED
    former = {
        number: target.statuses.get(number, unknown if present == _Status.CONFIRMED else present)
        for number, present in current.statuses.items()
    }
    for status in _Status:
        changed = [n for n, one in former.items() if one == status and current.statuses[n] != status]
        _set_status(changed, status, by=by, reason=reason, now=now)


def _end_ban(
    held: Case, current: Snapshot, act: CaseAct, *, by: User | None, reason: str, now: datetime
) -> None:
    """End the ban that an undone act began; if other cases rest on it, only take back what the act added to its length."""
    if current.ban_id is None or current.is_lifted:
        return
    if not others_of_ban(held):
        lift_ban(Ban.objects.get(pk=current.ban_id), by=by, reason=reason, kind=LiftKind.MISTAKE)
        return
    added = BanExtension.objects.filter(ban=current.ban_id, extended_at=act.at, changed_by=None).first()
    if added is not None:
        _set_end(current.ban_id, added.ended_at, by=by, reason=reason, now=now)


def _announce_difference(held: Case, before: Snapshot, undo: CaseAct) -> None:
    after = dict(held.infractions.order_by("pk").values_list("pk", "status"))
    cleared = [
        number
        for number, status in after.items()
        if before.statuses.get(number) == _Status.CONFIRMED and status != _Status.CONFIRMED
    ]
    accused = [
        number
        for number, status in after.items()
        if status == _Status.CONFIRMED
        and (before.statuses.get(number) != _Status.CONFIRMED or before.is_lifted)
    ]
    announce_pardon(cleared, reason=undo.reason, kind=UNDONE)
    announce_again(accused, key=f"again-{undo.pk}")


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
    words, case = _("The ban's time is over."), ban.cases.order_by("-pk").first()
    if case is None:
        lift_ban(ban, by=None, reason=words, kind=LiftKind.EXPIRED)
        return
    held = hold_case(case.pk)
    before = Snapshot.of(held)
    lift_ban(ban, by=None, reason=words, kind=LiftKind.EXPIRED)
    record_act(held, Act.LIFT, before, by=None, reason=words, now=timezone.now(), lift_kind=LiftKind.EXPIRED)
