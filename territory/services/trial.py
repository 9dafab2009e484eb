"""A base tried out before it is saved: what judging would have said of the last days' placements, had it counted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from clans.models import User
from territory.models import Base
from territory.rules.facts import Act, BaseState, Period
from territory.rules.geometry import distance_m
from territory.rules.verdict import Outcome
from territory.services.bases import BaseDraft
from territory.services.facts import moment_of
from territory.services.hearing import Case, Finding, hear
from territory.services.identities import find_matches

LOOKS_BACK = timedelta(days=7)
MOST = 5_000  # of more placements in one circle the newest are heard


@dataclass(frozen=True, slots=True)
class TriedAct:
    """A friend's placement inside the circle, and its outcome had the base counted.

    `is_shown`: the friend is the owner or in the base's clan, or it was placed in the base. A permission is given without
    asking: whoever gave one to somebody would read where else that person builds.
    """

    gamertag: str
    item: str
    x: float
    z: float
    occurred_at: datetime
    outcome: Outcome
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """The placements of the last days in a circle: those of friends one by one, those of strangers as a number."""

    friends: Sequence[TriedAct]
    strangers: int

    @property
    def shown(self) -> list[TriedAct]:
        """The placements whose place and player the owner may read."""
        return [act for act in self.friends if act.is_shown]

    @property
    def friends_refused(self) -> int:
        """The number of friends' placements that would be an invasion or a forbidden item."""
        return sum(act.outcome in (Outcome.INVASION, Outcome.FORBIDDEN) for act in self.friends)


def try_base(owner: User, draft: BaseDraft, *, now: datetime, base: Base | None = None) -> Trial:
    """Hear the placements in the draft's circle as if it had been in force for as long as they reach back.

    `base` is the one that the draft changes. Friends are whoever the verdict allows by a right in this very base. Nothing is
    written, and no place of a stranger's placement is returned.
    """
    since = now - LOOKS_BACK
    state = BaseState(
        base.pk if base else 0,
        owner.pk,
        draft.clan.pk if draft.clan else None,
        draft.x,
        draft.z,
        draft.radius_m,
        Period(since - LOOKS_BACK),
    )
    findings = hear(draft.server, _cases(draft, since), now=now, match=find_matches, instead=state)
    friends = [_act(one, state, base, now) for one in findings if _is_friend(one, state, now)]
    return Trial(friends, len(findings) - len(friends))


def _is_friend(finding: Finding, state: BaseState, now: datetime) -> bool:
    moments = (finding.case.act.occurred_at, now)
    return any(finding.actor.person.right_in(state, moment) is not None for moment in moments)


def _act(finding: Finding, state: BaseState, base: Base | None, now: datetime) -> TriedAct:
    case, act, person = finding.case, finding.case.act, replace(finding.actor.person, permissions={})
    is_there = (
        base is not None
        and (base.changed_at or base.registered_at) <= act.occurred_at
        and distance_m(base.x, base.z, act.x, act.z) <= base.radius_m
    )
    is_shown = is_there or _is_friend(
        replace(finding, actor=replace(finding.actor, person=person)), state, now
    )
    return TriedAct(
        case.gamertag, case.item, act.x, act.z, act.occurred_at, finding.verdict.outcome, is_shown
    )


_IN_CIRCLE = """
    SELECT gamertag, player_id, COALESCE(NULLIF(item, ''), display), kind = 'built', id, xuid,
        x, z, extract(epoch FROM occurred_at)::float8, clock_shift_min <> 0
    FROM territory_placement
    WHERE server_id = %(server)s AND occurred_at >= %(since)s AND state <> 'unusable'
        AND x BETWEEN %(x)s - %(radius)s AND %(x)s + %(radius)s
        AND z BETWEEN %(z)s - %(radius)s AND %(z)s + %(radius)s
        AND sqrt((x - %(x)s) ^ 2 + (z - %(z)s) ^ 2) <= %(radius)s
    ORDER BY occurred_at DESC, id DESC
    LIMIT %(most)s
"""


def _cases(draft: BaseDraft, since: datetime) -> list[Case]:
    values: dict[str, Any] = {
        "server": draft.server.pk,
        "since": since,
        "x": draft.x,
        "z": draft.z,
        "radius": draft.radius_m,
    }
    with connection.cursor() as cursor:
        cursor.execute(_IN_CIRCLE, values | {"most": MOST})
        return [
            Case(gamertag, player_id, item, Act(x, z, moment_of(epoch), is_wrong), is_part, number, xuid)
            for gamertag, player_id, item, is_part, number, xuid, x, z, epoch, is_wrong in cursor.fetchall()
        ]
