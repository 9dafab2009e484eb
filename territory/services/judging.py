"""Judge the due placements: claim, hear, and write everything that follows, in one short transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from common import bulk
from common.locks import LockKind, lock_transaction
from territory.models import GameServer, RuleVersion
from territory.rules.facts import Act
from territory.rules.items import ItemPolicies
from territory.rules.verdict import Action
from territory.services import identities, infractions
from territory.services.allowed import announce_allowed
from territory.services.breaker import watched_findings
from territory.services.facts import load_rules, moment_of
from territory.services.hearing import Case, Finding, open_hearing, verdict_columns
from territory.services.versions import current_version

BATCH = 1_000


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
    # While two people become one, half of their rights would make an intruder of an owner.
    lock_transaction(LockKind.PEOPLE, 0, shared=True)
    claimed = _claim(server_id, limit)
    if not claimed:
        return BatchResult()
    server = GameServer.objects.get(pk=server_id)
    rules = load_rules(server)
    version = current_version(server, rules, now=now)
    hearing = open_hearing(
        server, claimed, now=now, match=identities.match_players, policies=ItemPolicies(rules)
    )
    findings, warnings = watched_findings(server, hearing, now=now)
    _write(findings, version, now)
    # On an observing server there are none.
    guilty = [one for one in findings if one.verdict.action in (Action.BAN, Action.REVIEW)]
    bans, announcements = infractions.record(server, guilty, now=now)
    announce_allowed(server, findings, now=now)
    return BatchResult(len(findings), bans, announcements + warnings)


_CLAIM = """
    SELECT gamertag, player_id, COALESCE(NULLIF(item, ''), display), kind = 'built', id, xuid,
        x, z, extract(epoch FROM occurred_at)::float8, clock_shift_min <> 0
    FROM territory_placement
    WHERE server_id = %s AND state = 'pending'
    ORDER BY occurred_at, id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
"""


def _claim(server_id: int, limit: int) -> list[Case]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [server_id, limit])
        return [
            Case(gamertag, player_id, item, Act(x, z, moment_of(epoch), is_wrong), is_part, number, xuid)
            for gamertag, player_id, item, is_part, number, xuid, x, z, epoch, is_wrong in cursor.fetchall()
        ]


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
    SET state = 'judged', judged_at = %s, version_id = %s, outcome = s.outcome, rule = s.rule, action = s.action,
        base_id = s.base_id, distance_m = s.distance_m, user_id = s.user_id, reasons = s.reasons
    FROM stage_verdict s
    WHERE p.id = s.id;
    SET LOCAL enable_seqscan TO DEFAULT
"""


def _write(findings: Sequence[Finding], version: RuleVersion, now: datetime) -> None:
    bulk.stage_rows("stage_verdict", _VERDICT_COLUMNS, (_verdict_row(one) for one in findings))
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [now, version.pk])


def _verdict_row(finding: Finding) -> bulk.Row:
    row = {"id": finding.case.placement_id} | verdict_columns(finding)
    if row["reasons"] is not None:
        row["reasons"] = json.dumps(row["reasons"])
    return tuple(row[name] for name in _VERDICT_COLUMNS)
