"""Cases: acts join or open them, and each decision about one is recorded with the states before and after it.

Whoever writes cases, or bans and infractions that belong to them, holds the game server's lock first (`lock_cases`): the judge,
staff and the beat take turns on one server, and nobody waits in a circle.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Self, TypeVar

from django.db import connection, transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from clans.models import User
from common import bulk
from common.causes import cause
from common.locks import LockKind, lock_transaction
from territory.models import Ban, Case, CaseAct, GameServer
from territory.services.errors import NotPossibleError


class StaleCaseError(NotPossibleError):
    """The case has changed since the reader saw it; `acts` are the decisions since then."""

    def __init__(self, case: Case, seen: int) -> None:
        super().__init__(_("This case has changed since you opened it. Read it again before you decide."))
        self.case = case
        self.acts = list(case.acts.filter(version__gt=seen).select_related("by"))


Subject = tuple[str, str, int | None]  # player id, kind of offence, base id


@dataclass(frozen=True, slots=True)
class GuiltyAct:
    """An infraction that is about to be stored, with what decides which case and incident it belongs to.

    Without a ban it waits for staff.
    """

    number: int
    player_id: str
    gamertag: str
    kind: str
    base_id: int | None
    base_name: str
    occurred_at: datetime
    ban_id: int | None = None

    @property
    def subject(self) -> Subject:
        """The values that all acts of a case, and of an incident, share."""
        return self.player_id, self.kind, self.base_id


def lock_cases(server_id: int) -> None:
    """Wait for the turn to write cases of a game server, and keep it until the end of the transaction."""
    lock_transaction(LockKind.INCIDENTS, server_id)


def join_cases(server: GameServer, acts: Sequence[GuiltyAct], *, now: datetime) -> dict[int, int]:
    """Return the case of each act by the act's number: an open one of the same subject, or a new one.

    A case is open while an act of it waits, or while it is confirmed and its ban is in force. The caller holds the lock of
    the server's cases. Four queries at most.
    """
    by_subject: dict[Subject, list[GuiltyAct]] = {}
    for act in acts:
        by_subject.setdefault(act.subject, []).append(act)
    cases = _open_cases(server, {act.player_id for act in acts})
    _extend({cases[subject]: group for subject, group in by_subject.items() if subject in cases}, now)
    fresh = {subject: group for subject, group in by_subject.items() if subject not in cases}
    cases |= _open(server, fresh, now)
    return {act.number: cases[act.subject] for act in acts}


def _open_cases(server: GameServer, player_ids: Collection[str]) -> dict[Subject, int]:
    of_players = Case.objects.filter(server=server, player_id__in=player_ids).order_by("pk")
    waiting = of_players.filter(state=Case.State.WAITING)
    banned = of_players.filter(state=Case.State.CONFIRMED, ban__lifted_at=None, ban__isnull=False)
    rows = [*banned.values_list("player_id", "kind", "base_id", "pk")]
    rows += waiting.values_list("player_id", "kind", "base_id", "pk")
    return {(player, kind, base): pk for player, kind, base, pk in rows}


def _extend(groups: Mapping[int, Sequence[GuiltyAct]], now: datetime) -> None:
    """Note new acts with their open cases; whoever decides then must have read them."""
    if not groups:
        return
    rows = [(pk, _last_at(group), _waits(group), _newest_ban(group)) for pk, group in groups.items()]
    with connection.cursor() as cursor:
        cursor.execute(_EXTEND, [now, *(list(column) for column in zip(*rows, strict=True))])


_EXTEND = """
    UPDATE territory_case c
    SET last_act_at = greatest(c.last_act_at, n.last_at), ban_id = coalesce(n.ban_id, c.ban_id),
        state = CASE WHEN n.waits THEN 'waiting' ELSE c.state END,
        waiting_since = CASE WHEN n.waits THEN coalesce(c.waiting_since, %s) ELSE c.waiting_since END,
        version = c.version + 1
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::boolean[], %s::bigint[]) AS n(id, last_at, waits, ban_id)
    WHERE c.id = n.id
"""


def _last_at(group: Iterable[GuiltyAct]) -> datetime:
    return max(act.occurred_at for act in group)


def _waits(group: Iterable[GuiltyAct]) -> bool:
    return any(act.ban_id is None for act in group)


def _newest_ban(group: Iterable[GuiltyAct]) -> int | None:
    return max((act.ban_id for act in group if act.ban_id is not None), default=None)


def _open(
    server: GameServer, groups: Mapping[Subject, Sequence[GuiltyAct]], now: datetime
) -> dict[Subject, int]:
    if not groups:
        return {}
    ids = dict(zip(groups, bulk.next_ids(Case, len(groups)), strict=True))
    rows = [_row(server, ids[subject], group, now) for subject, group in groups.items()]
    bulk.copy_rows("territory_case", list(rows[0]), (tuple(row.values()) for row in rows))
    return ids


def _row(server: GameServer, pk: int, group: Sequence[GuiltyAct], now: datetime) -> dict[str, object]:
    first, waits = group[0], _waits(group)
    return {
        "id": pk,
        "server_id": server.pk,
        "base_id": first.base_id,
        "base_name": first.base_name,
        "ban_id": _newest_ban(group),
        "gamertag": first.gamertag,
        "player_id": first.player_id,
        "kind": first.kind,
        "state": Case.State.WAITING.value if waits else Case.State.CONFIRMED.value,
        "opened_at": now,
        "last_act_at": _last_at(group),
        "waiting_since": now if waits else None,
    }


# -- Decisions --------------------------------------------------------------------------------------------------------


Decision = TypeVar("Decision", bound=Callable[..., Any])


def decision(decide: Decision) -> Decision:
    """Run a decision in one transaction, and give everything that it changes its reason, for the audit."""

    @wraps(decide)
    def decided(*args: Any, **kwargs: Any) -> Any:
        with cause(reason=kwargs["reason"]), transaction.atomic():
            return decide(*args, **kwargs)

    return decided  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How a case stands: its ban with state and end, and the status of each infraction by number."""

    ban_id: int | None
    is_lifted: bool
    lift_kind: str
    ends_at: datetime | None
    statuses: Mapping[int, str]

    @classmethod
    def of(cls, case: Case) -> Self:
        """Read the snapshot of a case as the database has it now. Two queries."""
        ban = Ban.objects.filter(pk=case.ban_id).first() if case.ban_id else None
        statuses = dict(case.infractions.order_by("pk").values_list("pk", "status"))
        if ban is None:
            return cls(None, is_lifted=False, lift_kind="", ends_at=None, statuses=statuses)
        return cls(ban.pk, ban.lifted_at is not None, ban.lift_kind, ban.ends_at, statuses)

    @property
    def is_banned(self) -> bool:
        """True if the case's ban is in force."""
        return self.ban_id is not None and not self.is_lifted

    def to_json(self) -> dict[str, Any]:
        """Return the snapshot as `CaseAct` stores it."""
        return asdict(self) | {"ends_at": self.ends_at.isoformat() if self.ends_at else None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read a snapshot as `CaseAct` stores it."""
        ends_at = parse_datetime(stored["ends_at"]) if stored["ends_at"] else None
        statuses = {int(number): status for number, status in stored["statuses"].items()}
        return cls(**{**stored, "ends_at": ends_at, "statuses": statuses})


def hold_case(pk: int, *, seen: int | None = None) -> Case:
    """Lock the cases of a case's server for a decision, until the end of the transaction, and return the case as it is then.

    Raises StaleCaseError if the case has another version than the one `seen`.
    """
    lock_cases(Case.objects.values_list("server_id", flat=True).get(pk=pk))
    held = Case.objects.select_related("server").get(pk=pk)
    if seen is not None and held.version != seen:
        raise StaleCaseError(held, seen)
    return held


def settle(cases: Iterable[int], *, now: datetime) -> None:
    """Derive the state of cases from their infractions and their bans, and count their versions up. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, {"ids": list(cases), "now": now})


_SETTLE = """
    UPDATE territory_case c
    SET state = n.state, version = c.version + 1,
        waiting_since = CASE WHEN n.state = 'waiting' THEN coalesce(c.waiting_since, %(now)s) END
    FROM (
        SELECT k.id,
            CASE
                WHEN bool_or(i.status = 'review') THEN 'waiting'
                WHEN bool_or(i.status = 'confirmed') AND bool_and(b.lifted_at IS NULL) THEN 'confirmed'
                WHEN bool_or(i.status IN ('confirmed', 'lifted')) THEN 'lifted'
                ELSE 'dismissed'
            END AS state
        FROM territory_case k
        LEFT JOIN territory_infraction i ON i.case_id = k.id
        LEFT JOIN territory_ban b ON b.id = k.ban_id
        WHERE k.id = ANY(%(ids)s)
        GROUP BY k.id
    ) n
    WHERE c.id = n.id
"""


def record_act(
    case: Case,
    kind: CaseAct.Kind,
    before: Snapshot,
    *,
    by: User | None,
    reason: str,
    now: datetime,
    **more: Any,
) -> CaseAct:
    """Settle a held case after a decision, with all cases of its ban, and record the decision."""
    case.save(update_fields=["ban"])
    settle(_of_one_ban(case), now=now)
    case.refresh_from_db(fields=["state", "version", "waiting_since", "ban"])
    return CaseAct.objects.create(
        case=case,
        version=case.version,
        kind=kind,
        by=by,
        at=now,
        reason=reason,
        before=before.to_json(),
        after=Snapshot.of(case).to_json(),
        **more,
    )


def _of_one_ban(case: Case) -> set[int]:
    if case.ban_id is None:
        return {case.pk}
    return {case.pk, *Case.objects.filter(ban=case.ban_id).values_list("pk", flat=True)}


def is_newest(act: CaseAct) -> bool:
    """Tell whether an act is the newest of its case that stands."""
    of_case = CaseAct.objects.filter(case=act.case_id)
    return cancel_out(of_case.filter(version__gt=act.version)) and not of_case.filter(undoes=act).exists()


def cancel_out(acts: Iterable[CaseAct]) -> bool:
    """Tell whether acts of a case leave it as it was before them: each was undone by the next of them that stands."""
    standing: list[CaseAct] = []
    for act in sorted(acts, key=lambda one: one.version):
        if standing and act.undoes_id == standing[-1].pk:
            standing.pop()
        else:
            standing.append(act)
    return not standing
