"""Judge the due placements: claim, hear, and write everything that follows, in one short transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from common import bulk
from territory.models import GameServer, Placement
from territory.rules.facts import Act
from territory.rules.verdict import RULE_VERSION, Action
from territory.services import identities, infractions
from territory.services.facts import moment_of
from territory.services.hearing import Case, Finding, hear, verdict_columns

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed placement."""

    id: int
    kind: str
    gamertag: str
    player_id: str
    xuid: str
    item: str
    display: str
    x: float
    z: float
    epoch: float
    clock_shift_min: int

    @property
    def occurred_at(self) -> datetime:
        """The time of the act."""
        return moment_of(self.epoch)

    @property
    def item_name(self) -> str:
        """The item's class, or its display name if the log has no class."""
        return self.item or self.display


@dataclass(frozen=True, slots=True)
class Judged:
    """A claimed placement and its finding."""

    due: Due
    finding: Finding


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The number of placements judged, and of the bans and announcements that now wait for delivery."""

    judged: int = 0
    bans: int = 0
    announcements: int = 0


@transaction.atomic
def judge_due(server_id: int, *, now: datetime, limit: int = BATCH) -> BatchResult:
    """Judge the server's oldest waiting placements, at most `limit`, leaving those that another worker holds.

    Verdicts, infractions, bans, deliveries and announcements commit together: a worker that dies leaves the rows waiting.
    """
    claimed = _claim(server_id, limit)
    if not claimed:
        return BatchResult()
    server = GameServer.objects.get(pk=server_id)
    judged = _judge(server, claimed, now)
    _write(judged, now)
    bans, announcements = infractions.record(server, _guilty(judged), now=now)
    return BatchResult(len(judged), bans, announcements)


_CLAIM = """
    SELECT id, kind, gamertag, player_id, xuid, item, display, x, z, extract(epoch FROM occurred_at)::float8,
        clock_shift_min
    FROM territory_placement
    WHERE server_id = %s AND state = 'pending'
    ORDER BY occurred_at, id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
"""


def _claim(server_id: int, limit: int) -> list[Due]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [server_id, limit])
        return [Due(*row) for row in cursor.fetchall()]


def _judge(server: GameServer, claimed: Sequence[Due], now: datetime) -> list[Judged]:
    cases = [
        Case(
            due.gamertag,
            due.player_id,
            due.item_name,
            Act(due.x, due.z, due.occurred_at, clock_is_wrong=due.clock_shift_min != 0),
            is_part=due.kind == Placement.Kind.BUILT,
        )
        for due in claimed
    ]
    findings = hear(server, cases, now=now, match=identities.match_players)
    return [Judged(due, finding) for due, finding in zip(claimed, findings, strict=True)]


_VERDICT_COLUMNS = {
    "id": "bigint",
    "outcome": "text",
    "rule": "text",
    "action": "text",
    "base_id": "bigint",
    "distance_m": "float8",
    "user_id": "bigint",
    "reasons": "jsonb",
}
# The staging table has no statistics, and without a hint the planner likes to read all placements ever stored.
_WRITE = """
    SET LOCAL enable_seqscan = off;
    UPDATE territory_placement p
    SET state = 'judged', judged_at = %s, rule_version = %s, outcome = s.outcome, rule = s.rule, action = s.action,
        base_id = s.base_id, distance_m = s.distance_m, user_id = s.user_id, reasons = s.reasons
    FROM stage_verdict s
    WHERE p.id = s.id;
    SET LOCAL enable_seqscan TO DEFAULT
"""


def _write(judged: Sequence[Judged], now: datetime) -> None:
    bulk.stage_rows("stage_verdict", _VERDICT_COLUMNS, (_verdict_row(one) for one in judged))
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [now, RULE_VERSION])


def _verdict_row(one: Judged) -> bulk.Row:
    row = {"id": one.due.id} | verdict_columns(one.finding)
    if row["reasons"] is not None:
        row["reasons"] = json.dumps(row["reasons"])
    return tuple(row[name] for name in _VERDICT_COLUMNS)


def _guilty(judged: Sequence[Judged]) -> list[infractions.Guilty]:
    """Return the placements that become infractions; on an observing server there are none."""
    return [
        infractions.Guilty(
            placement_id=due.id,
            gamertag=due.gamertag,
            player_id=due.player_id,
            xuid=due.xuid,
            item=due.item_name,
            x=due.x,
            z=due.z,
            occurred_at=due.occurred_at,
            verdict=one.finding.verdict,
            user_id=one.finding.match.user_id,
        )
        for one in judged
        if (due := one.due) and one.finding.verdict.action in (Action.BAN, Action.REVIEW)
    ]
