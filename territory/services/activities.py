"""What players do besides building: stored like placements, each line once, with the right they had there; never judged."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from common import bulk
from territory.adm.grammar import EventKind, is_full_id
from territory.models import Activity, GameServer
from territory.rules.facts import Act
from territory.rules.geometry import is_on_map
from territory.rules.verdict import Hold, Rule
from territory.services import alarms, identities
from territory.services.hearing import Case, Finding, hear
from territory.services.intake import is_plausible_time, storable

Standing = Activity.Standing
KINDS = frozenset(EventKind(kind) for kind in Activity.Kind.values)
_STANDINGS = {
    Rule.OWNER: Standing.OWNER,
    Rule.PERMISSION: Standing.PERMISSION,
    Rule.CLAN: Standing.CLAN,
    Rule.IMMUNE: Standing.IMMUNE,
    Rule.INTRUDER: Standing.STRANGER,
}
# A part of a structure needs a right wherever a base is, whatever the server's item rules say.
_SOMETHING, _IS_PART = "", True


@dataclass(frozen=True, slots=True)
class LoggedActivity:
    """An activity as a log has it; one without a date, a whole player id or a place on the map is left out."""

    source_key: uuid.UUID
    kind: EventKind
    gamertag: str
    player_id: str
    item: str
    display: str
    x: float | None
    z: float | None
    occurred_at: datetime | None


_COLUMNS = {
    "source_key": "uuid",
    "kind": "text",
    "gamertag": "text",
    "player_id": "text",
    "item": "text",
    "display": "text",
    "x": "float8",
    "z": "float8",
    "occurred_at": "timestamptz",
    "user_id": "bigint",
    "base_id": "bigint",
    "standing": "text",
}


@transaction.atomic
def store_activities(server: GameServer, activities: Sequence[LoggedActivity]) -> int:
    """Store the new ones, with the base there and the player's right in it, and raise alarms; return how many are new.

    A fixed number of queries; none without activities.
    """
    usable = {one.source_key: one for one in activities if _is_usable(one, server)}
    if not usable:
        return 0
    alarms.lock(server)
    stored = Activity.objects.filter(server=server, source_key__in=usable).values_list(
        "source_key", flat=True
    )
    new = [one for key, one in usable.items() if key not in set(stored)]
    now = timezone.now()
    findings = hear(server, [_case(one) for one in new], now=now, match=identities.find_matches)
    rows = [_row(one, finding) for one, finding in zip(new, findings, strict=True)]
    bulk.insert_rows("territory_activity", _COLUMNS, rows, constants={"server_id": ("bigint", server.pk)})
    alarms.raise_alarms(server, [_act(finding) for finding in findings if _is_foreign(finding)], now=now)
    return len(new)


def _is_usable(one: LoggedActivity, server: GameServer) -> bool:
    """Return whether it is certain who did it, where and when; a name that holds an id is two lines in one."""
    if one.x is None or one.z is None or one.occurred_at is None:
        return False
    if not is_full_id(one.player_id) or "(id=" in one.gamertag:
        return False
    return is_on_map(one.x, one.z, server.map_size_m) and is_plausible_time(one.occurred_at)


def _case(one: LoggedActivity) -> Case:
    assert one.x is not None
    assert one.z is not None
    assert one.occurred_at is not None
    return Case(one.gamertag, one.player_id, _SOMETHING, Act(one.x, one.z, one.occurred_at), is_part=_IS_PART)


def _standing(finding: Finding) -> Standing:
    if Hold.DISPUTED in finding.verdict.holds:
        return Standing.DISPUTED
    return _STANDINGS.get(finding.verdict.rule, Standing.OUTSIDE)


def _is_foreign(finding: Finding) -> bool:
    return _standing(finding) is Standing.STRANGER


def _base_id(finding: Finding) -> int | None:
    """Return the base of an act: where the right is or the stranger was, for staff the nearest."""
    nearest = next(iter(finding.verdict.considered), None)
    charged = finding.verdict.charged or nearest
    return charged.base_id if charged else None


def _act(finding: Finding) -> alarms.ForeignAct:
    base_id = _base_id(finding)
    assert base_id is not None
    case = finding.case
    return alarms.ForeignAct(base_id, case.player_id, case.gamertag, case.act.occurred_at, is_invasion=False)


def _row(one: LoggedActivity, finding: Finding) -> bulk.Row:
    return (
        one.source_key,
        one.kind.value,
        storable(one.gamertag),
        storable(one.player_id),
        storable(one.item),
        storable(one.display),
        one.x,
        one.z,
        one.occurred_at,
        finding.match.user_id,
        _base_id(finding),
        _standing(finding).value,
    )
