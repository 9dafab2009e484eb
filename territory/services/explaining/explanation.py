"""The explanation of a verdict as one value, for text, JSON and pages."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from territory.models import GameServer
from territory.rules.verdict import RULE_VERSION
from territory.services.explaining.circumstances import Circumstances, SeenBase, find_circumstances
from territory.services.explaining.sections import Section, deciding_line, sections
from territory.services.explaining.troubles import Hint, find_troubles
from territory.services.hearing import Case, reasons, verdict_columns


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding with its circumstances, and the same in words."""

    seen: Circumstances
    hints: tuple[Hint, ...]
    sections: tuple[Section, ...]


def explain(server: GameServer, case: Case, *, now: datetime) -> Explanation:
    """Judge a placement that is not stored, as of `now`, in a read-only transaction.

    The case's `player_id` may be blank. The words are in the active language.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        seen = find_circumstances(server, case, now=now)
    hints = find_troubles(seen)
    return Explanation(seen, hints, sections(seen, hints))


def as_json(explanation: Explanation) -> str:
    """Return the explanation as JSON: the verdict by its columns' names, codes, times in UTC, lengths in metres."""
    seen = explanation.seen
    case, finding = seen.case, seen.finding
    content = {
        "server": seen.server.slug,
        "gamertag": case.gamertag,
        "player_id": case.player_id,
        "item": case.item,
        "x": case.act.x,
        "z": case.act.z,
        "occurred_at": case.act.occurred_at,
        "judged_at": seen.now,
        **verdict_columns(finding),
        "reasons": reasons(finding.verdict),
        "line": deciding_line(finding.verdict),
        "rule_version": RULE_VERSION,
        "words": seen.reasons,
        "identity": {
            "found_by": seen.found_by,
            "player_id_is_assumed": seen.id_is_assumed,
            "other_player_ids": seen.other_ids,
            "person": _person(seen, finding.match.user_id),
            "disputed": _person(seen, finding.match.disputed_user_id),
            "candidates": [_person(seen, user_id) for user_id in finding.match.candidate_ids],
        },
        "bases": [_base(seen, base) for base in seen.bases],
        "troubles": [asdict(hint) for hint in explanation.hints],
        "sections": [asdict(section) for section in explanation.sections],
    }
    return json.dumps(content, default=lambda time: time.astimezone(UTC).isoformat(), allow_nan=False)


def _base(seen: Circumstances, base: SeenBase) -> dict[str, object]:
    state = asdict(base.state)
    return {
        **state,
        **state.pop("period"),
        "name": base.name,
        "owner": str(seen.users[base.state.owner_id]),
        "clan": None if base.state.clan_id is None else seen.clan(base.state.clan_id),
        "distance_m": base.distance_m,
        "edge_m": base.edge_m,
        "holds_place": base.holds_place,
        "standing": seen.standing(base.state.period),
        "rights": [{**asdict(one), "standing": seen.standing(one.period)} for one in base.rights],
    }


def _person(seen: Circumstances, user_id: int | None) -> dict[str, object] | None:
    user = seen.users.get(user_id or 0)
    return None if user is None else {"id": user.pk, "name": str(user), "discord_id": user.discord_id}
