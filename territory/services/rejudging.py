"""Past placements heard once more: what today's rule says of each, beside what was said then. Reads only.

Today's item rules, margin and maximum age hold, with the facts as they are stored now, as of the moment at which each placement was
judged. Modes and breakers play no part: they say nothing of the act.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from territory.models import Case as CaseRow
from territory.models import GameServer, Infraction, Placement
from territory.rules.facts import Act, Mode
from territory.rules.verdict import Action, Hold, Outcome, Verdict
from territory.services import infractions
from territory.services.errors import NotPossibleError
from territory.services.facts import load_policies, moment_of
from territory.services.hearing import Case, Finding, open_hearing
from territory.services.identities import find_matches

BATCH = 1_000


class Change(StrEnum):
    """How today's verdict differs from the one of then."""

    ACQUITTED = "acquitted"  # guilty then, not today
    ACCUSED = "accused"  # not guilty then, guilty today
    OTHER = "other"  # guilty both times, but of something else, or a ban then and a review today, or the other way


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of a placement when it was judged."""

    outcome: str
    rule: str
    action: str
    base_id: int | None
    holds: tuple[str, ...]
    version: int | None

    @property
    def guilt(self) -> tuple[str, bool]:
        """What is compared: the offence, blank if there is none, and whether something but the mode held the ban."""
        return _guilt(self.outcome, self.holds)


@dataclass(frozen=True, slots=True)
class Reheard:
    """A placement, what was said of it, and what today's rule says."""

    finding: Finding
    said: Said

    @property
    def verdict(self) -> Verdict:
        """Today's verdict, as on a server that enforces."""
        return self.finding.verdict

    @property
    def change(self) -> Change | None:
        """How the two differ; None if they say the same."""
        then, today = self.said.guilt, _guilt(self.verdict.outcome, self.verdict.holds)
        if then == today:
            return None
        if not today[0]:
            return Change.ACQUITTED
        return Change.OTHER if then[0] else Change.ACCUSED


def _guilt(outcome: str, holds: Sequence[str]) -> tuple[str, bool]:
    is_guilty = outcome in (Outcome.INVASION, Outcome.FORBIDDEN)
    is_held = any(not Hold(hold).is_of_mode for hold in holds)
    return (str(outcome), is_held) if is_guilty else ("", False)


@dataclass(slots=True)
class Rejudged:
    """The placements of a period heard so far: how many, how many differ and how, and where to go on; 0 at the end."""

    heard: int = 0
    counts: Counter[Change] = field(default_factory=Counter)
    differences: list[Reheard] = field(default_factory=list)
    next: int = 0


def rejudge(
    server: GameServer, since: datetime, until: datetime, *, after: int = 0, most: int | None = None
) -> Rejudged:
    """Hear a server's judged placements of a period again, at most so many, going on after the one with a number.

    A fixed number of queries for each BATCH.
    """
    result = Rejudged()
    while most is None or result.heard < most:
        limit = BATCH if most is None else min(BATCH, most - result.heard)
        batch = hear_again(server, stored_cases(server, since, until, after=after, limit=limit))
        for one in batch:
            result.heard += 1
            if one.change is not None:
                result.counts[one.change] += 1
                result.differences.append(one)
        after = batch[-1].finding.case.placement_id if batch else 0
        if len(batch) < limit:
            return result
    result.next = after
    return result


def hear_again(server: GameServer, cases: Sequence[tuple[Case, Said]]) -> list[Reheard]:
    """Hear stored cases by today's rule, each as of its own moment. A fixed number of queries."""
    if not cases:
        return []
    asked = [case for case, _said in cases]
    last = max(case.judged_at or case.act.occurred_at for case in asked)
    hearing = open_hearing(server, asked, now=last, match=find_matches, policies=load_policies(server))
    findings = hearing.findings(replace(server.rules, mode=Mode.ENFORCE, is_tripped=False))
    return [Reheard(finding, said) for finding, (_case, said) in zip(findings, cases, strict=True)]


_STORED = """
    SELECT p.id, p.gamertag, p.player_id, COALESCE(NULLIF(p.item, ''), p.display), p.kind = 'built', p.xuid,
        extract(epoch FROM p.judged_at)::float8, p.x, p.z, extract(epoch FROM p.occurred_at)::float8, p.clock_shift_min <> 0,
        p.outcome, p.rule, p.action, p.base_id,
        ARRAY(SELECT jsonb_array_elements_text(p.reasons -> 'holds')), v.number
    FROM territory_placement p LEFT JOIN territory_ruleversion v ON v.id = p.version_id
    WHERE p.server_id = %(server)s AND p.state = 'judged' AND p.judged_at IS NOT NULL
"""
_OF_PERIOD = f"""{_STORED}
    AND p.occurred_at >= %(since)s AND p.occurred_at < %(until)s
    AND (p.occurred_at, p.id) > (
        COALESCE((SELECT occurred_at FROM territory_placement WHERE id = %(after)s), '-infinity'), %(after)s
    )
    ORDER BY p.occurred_at, p.id
    LIMIT %(limit)s
"""
_OF_NUMBERS = f"{_STORED} AND p.id = ANY(%(numbers)s) ORDER BY p.id"


def stored_cases(
    server: GameServer, since: datetime, until: datetime, *, after: int = 0, limit: int = BATCH
) -> list[tuple[Case, Said]]:
    """Return judged placements of a period in the order of their acts, after the one with a number. One query."""
    values = {"since": since, "until": until, "after": after, "limit": limit}
    return list(_read(_OF_PERIOD, {"server": server.pk} | values))


def cases_of(server: GameServer, numbers: Sequence[int]) -> list[tuple[Case, Said]]:
    """Return those of a server's judged placements that have these numbers. One query."""
    return list(_read(_OF_NUMBERS, {"server": server.pk, "numbers": list(numbers)}))


def _read(sql: str, values: dict[str, Any]) -> Iterator[tuple[Case, Said]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for (
            number,
            gamertag,
            player_id,
            item,
            is_part,
            xuid,
            judged,
            x,
            z,
            occurred,
            is_wrong,
            *said,
        ) in cursor.fetchall():
            act = Act(x, z, moment_of(occurred), is_wrong)
            case = Case(gamertag, player_id, item, act, is_part, number, xuid, moment_of(judged))
            outcome, rule, action, base_id, holds, version = said
            yield case, Said(outcome, rule, action, base_id, tuple(holds), version)


@transaction.atomic
def accuse(number: int, *, now: datetime) -> CaseRow:
    """Open a case for staff's decision on a placement that was allowed, and that today's rule holds for guilty.

    Nobody is banned by it. Raises NotPossibleError if it has an infraction already, or today's rule allows it too.
    """
    placement = Placement.objects.select_for_update(of=("self",)).select_related("server").get(pk=number)
    if Infraction.objects.filter(placement=placement).exists():
        raise NotPossibleError(_("There is a case for this placement already."))
    reheard = next(iter(hear_again(placement.server, cases_of(placement.server, [number]))), None)
    if reheard is None or reheard.change is not Change.ACCUSED:
        raise NotPossibleError(_("Today's rule says of this placement what was said then."))
    verdict = replace(reheard.verdict, action=Action.REVIEW)
    infractions.record(placement.server, [replace(reheard.finding, verdict=verdict)], now=now)
    return CaseRow.objects.get(infractions__placement=placement)
