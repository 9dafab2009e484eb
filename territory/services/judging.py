"""Judging what is due: claim, load facts, judge, write everything that follows, all in one short transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from database import bulk
from territory.models import GameServer, Placement
from territory.rules.facts import Act, Actor
from territory.rules.judge import judge
from territory.rules.verdict import RULE_VERSION, Action, Rule, Verdict
from territory.services import facts, identities, infractions
from territory.services.facts import moment_of

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed placement, as the claim reads it."""

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
        """When the item was placed."""
        return moment_of(self.epoch)

    @property
    def item_name(self) -> str:
        """The item's class, or what the log shows where it has no class."""
        return self.item or self.display


@dataclass(frozen=True, slots=True)
class Judged:
    """A claimed placement with its verdict and the person it was matched to."""

    due: Due
    verdict: Verdict
    user_id: int | None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How many placements a batch judged, and whether bans or announcements now wait for delivery."""

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
    policies = facts.load_policies(server)
    # Bases that existed at the earliest act or later; the claim is in order of occurrence.
    bases = facts.load_bases(server, since=min(claimed[0].occurred_at, now))
    matches = identities.match_players(_players(claimed), platform=server.platform)
    people = facts.load_people(
        server,
        (user for m in matches.values() for user in (m.user_id, *m.doubtful_ids) if user is not None),
    )
    rules, judged = server.rules, []
    for due in claimed:
        match = matches[due.player_id, due.gamertag]
        disputed = people.get(match.disputed_user_id) if match.disputed_user_id is not None else None
        candidates = tuple(people.get(user_id) for user_id in match.candidate_ids)
        verdict = judge(
            Act(due.x, due.z, due.occurred_at, clock_is_wrong=due.clock_shift_min != 0),
            item=policies.decide(due.item_name, is_part=due.kind == Placement.Kind.BUILT),
            actor=Actor(people.get(match.user_id), disputed, candidates),
            nearby=bases.near(due.x, due.z),
            server=rules,
            now=now,
        )
        judged.append(Judged(due, verdict, match.user_id))
    return judged


def _players(claimed: Sequence[Due]) -> list[identities.Seen]:
    """Return each player by his first and by his last act: what the one is too early to teach, the other may."""
    first: dict[tuple[str, str], Due] = {}
    last: dict[tuple[str, str], Due] = {}
    for due in claimed:
        first.setdefault((due.player_id, due.gamertag), due)
        last[due.player_id, due.gamertag] = due
    both = (*first.values(), *last.values())
    return [identities.Seen(due.gamertag, due.player_id, due.occurred_at) for due in both]


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
    verdict, charged = one.verdict, one.verdict.charged
    return (
        one.due.id,
        verdict.outcome.value,
        verdict.rule.value,
        verdict.action.value,
        charged.base_id if charged else None,
        charged.distance_m if charged else None,
        one.user_id,
        # Most placements lie outside every base, and the rule's name says it all.
        None if verdict.rule is Rule.OUTSIDE else json.dumps(explain(verdict)),
    )


def explain(verdict: Verdict) -> dict[str, object]:
    """Return everything a verdict rests on, as it is stored with the placement."""
    return {
        "policy": verdict.item.policy.value,
        "policy_source": verdict.item.source.value,
        "holds": [hold.value for hold in verdict.holds],
        "since": verdict.since,
        "considered": [
            {
                "base_id": base.base_id,
                "distance_m": round(base.distance_m, 2),
                "radius_m": base.radius_m,
                "right": base.right.value if base.right else None,
            }
            for base in verdict.considered
        ],
    }


def _guilty(judged: Sequence[Judged]) -> list[infractions.Guilty]:
    """Return what infractions are made of; a server that only observes has verdicts and nothing else."""
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
            verdict=one.verdict,
            user_id=one.user_id,
        )
        for one in judged
        if (due := one.due) and one.verdict.action in (Action.BAN, Action.REVIEW)
    ]
