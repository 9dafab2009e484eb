"""The one hearing: it loads the facts of a batch of placements and asks the rule for the verdict on each.

Judging stores its findings and learns player ids. `explain` hears too, and learns and stores nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from territory.models import GameServer
from territory.rules.facts import Act, Actor, BaseState, ServerRules
from territory.rules.items import ItemPolicies
from territory.rules.judge import judge
from territory.rules.verdict import Rule, Verdict
from territory.services import facts
from territory.services.identities import Match, SeenPlayer, linked_until


@dataclass(frozen=True, slots=True)
class Case:
    """A placement to be judged. `item` is a class, a display name if the log has no class, or a part.

    `placement_id` and `xuid` are the stored placement's; a case that somebody only asks about has none. One with `judged_at` is
    heard as of that moment.
    """

    gamertag: str
    player_id: str
    item: str
    act: Act
    is_part: bool = False
    placement_id: int = 0
    xuid: str = ""
    judged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A case and its verdict, the match of its player, and the people of that match with their rights."""

    case: Case
    verdict: Verdict
    match: Match
    actor: Actor


# `identities.match_players`, which also learns player ids, or `identities.find_matches`, which only reads.
Matching = Callable[..., Mapping[tuple[str, str], Match]]


@dataclass(frozen=True, slots=True)
class Hearing:
    """A batch of cases with all their facts, so that it can be judged by the server's rules and by others."""

    cases: Sequence[Case]
    policies: ItemPolicies
    bases: facts.BaseIndex
    matches: Mapping[tuple[str, str], Match]
    actors: Mapping[tuple[str, str], Actor]
    now: datetime

    def findings(self, rules: ServerRules) -> list[Finding]:
        """Judge the cases, in their order. No query."""
        return [self._finding(case, rules) for case in self.cases]

    def _finding(self, case: Case, rules: ServerRules) -> Finding:
        player = case.player_id, case.gamertag
        verdict = judge(
            case.act,
            item=self.policies.decide(case.item, is_part=case.is_part),
            actor=self.actors[player],
            nearby=self.bases.near(case.act.x, case.act.z),
            server=rules,
            now=case.judged_at or self.now,
        )
        return Finding(case, verdict, self.matches[player], self.actors[player])


def hear(
    server: GameServer,
    cases: Sequence[Case],
    *,
    now: datetime,
    match: Matching,
    instead: BaseState | None = None,
    policies: ItemPolicies | None = None,
) -> list[Finding]:
    """Judge cases of one game server as of `now`, in their order, as `open_hearing` loads them."""
    opened = open_hearing(server, cases, now=now, match=match, instead=instead, policies=policies)
    return opened.findings(server.rules)


def open_hearing(
    server: GameServer,
    cases: Sequence[Case],
    *,
    now: datetime,
    match: Matching,
    instead: BaseState | None = None,
    policies: ItemPolicies | None = None,
) -> Hearing:
    """Load the facts of cases of one game server as of `now`. The number of queries is fixed.

    `instead` tries a base out: it stands for all states of that base, or for one that is not registered yet.
    """
    policies = policies or facts.load_policies(server)
    # Bases that existed at the earliest act or later.
    bases = facts.load_bases(server, since=min([now, *_moments(cases)]), instead=instead)
    matches = match(_players(cases), platform=server.platform)
    people = facts.load_people(
        server,
        (user for m in matches.values() for user in (m.user_id, *m.doubtful_ids) if user is not None),
    )
    until = linked_until(matches)
    actors = {player: _actor(one, people, until.get(player[0])) for player, one in matches.items()}
    return Hearing(cases, policies, bases, matches, actors, now)


def verdict_columns(finding: Finding) -> dict[str, Any]:
    """Return the columns of a placement that store a finding, by name."""
    verdict, charged = finding.verdict, finding.verdict.charged
    return {
        "outcome": verdict.outcome.value,
        "rule": verdict.rule.value,
        "action": verdict.action.value,
        "base_id": charged.base_id if charged else None,
        "distance_m": charged.distance_m if charged else None,
        "user_id": finding.match.user_id,
        # Most placements lie outside every base, and the rule's name says it all.
        "reasons": None if verdict.rule is Rule.OUTSIDE else reasons(verdict),
    }


def reasons(verdict: Verdict) -> dict[str, object]:
    """Return the reasons of a verdict, as the placement stores them."""
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


def _moments(cases: Iterable[Case]) -> Iterator[datetime]:
    """Yield every moment as of which something is asked: acts may be dated ahead of their judging."""
    for case in cases:
        yield case.act.occurred_at
        if case.judged_at is not None:
            yield case.judged_at


def _players(cases: Iterable[Case]) -> list[SeenPlayer]:
    """Return each player at the first and at the last act: the first may be too early to prove the gamertag."""
    first: dict[tuple[str, str], Case] = {}
    last: dict[tuple[str, str], Case] = {}
    for case in sorted(cases, key=lambda case: case.act.occurred_at):
        first.setdefault((case.player_id, case.gamertag), case)
        last[case.player_id, case.gamertag] = case
    both = (*first.values(), *last.values())
    return [SeenPlayer(case.gamertag, case.player_id, case.act.occurred_at) for case in both]


def _actor(match: Match, people: facts.People, until: datetime | None) -> Actor:
    disputed = people.get(match.disputed_user_id) if match.disputed_user_id is not None else None
    candidates = tuple(people.get(user_id) for user_id in match.candidate_ids)
    return Actor(people.get(match.user_id), disputed, candidates, until)
