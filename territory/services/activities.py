"""What players do besides building: stored like placements, each line once, with the right they had there; never judged."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from territory.adm.clock import to_utc
from territory.adm.grammar import EventKind, is_full_id
from territory.adm.reader import LoggedEvent, source_key
from territory.models import Activity, GameServer
from territory.rules.facts import Act
from territory.rules.geometry import is_on_map
from territory.rules.verdict import Hold, Rule
from territory.services import alarms, identities
from territory.services.hearing import Case, Finding, hear
from territory.services.intake import is_plausible_time, storable

Standing = Activity.Standing
_KINDS = frozenset(EventKind(kind) for kind in Activity.Kind.values)
_STANDINGS = {
    Rule.OWNER: Standing.OWNER,
    Rule.PERMISSION: Standing.PERMISSION,
    Rule.CLAN: Standing.CLAN,
    Rule.IMMUNE: Standing.IMMUNE,
    Rule.INTRUDER: Standing.STRANGER,
}


def logged_activity(server: GameServer, log_name: str, logged: LoggedEvent) -> Activity | None:
    """Return what a line of a log says, not stored yet; None unless it is certain who did something, where and when."""
    event = logged.event
    if event.kind not in _KINDS or event.x is None or event.z is None or logged.at is None:
        return None
    gamertag, player_id, at = event.gamertag or "", event.player_id or "", to_utc(logged.at, server.zone)
    if not is_full_id(player_id) or "(id=" in gamertag:  # a name that holds an id is two lines in one
        return None
    if not is_on_map(event.x, event.z, server.map_size_m) or not is_plausible_time(at):
        return None
    return Activity(
        server=server,
        source_key=source_key(log_name, logged),
        kind=event.kind.value,
        gamertag=storable(gamertag),
        player_id=player_id,
        item=storable(event.item or ""),
        display=storable(event.display or ""),
        x=event.x,
        z=event.z,
        occurred_at=at,
    )


@transaction.atomic
def store_activities(server: GameServer, activities: Sequence[Activity]) -> int:
    """Store the new ones, with the base there and the player's right in it, and raise alarms; return how many are new.

    A fixed number of queries; none without activities.
    """
    if not activities:
        return 0
    alarms.lock(server)
    by_key = {one.source_key: one for one in activities}
    stored = Activity.objects.filter(server=server, source_key__in=by_key)
    known = set(stored.values_list("source_key", flat=True))
    new = [one for key, one in by_key.items() if key not in known]
    now = timezone.now()
    findings = hear(server, [_case(one) for one in new], now=now, match=identities.find_matches)
    for one, finding in zip(new, findings, strict=True):
        one.user_id, one.base_id, one.standing = finding.match.user_id, _base_id(finding), _standing(finding)
    Activity.objects.bulk_create(new)
    foreign = [_act(one) for one in findings if _standing(one) is Standing.STRANGER]
    alarms.raise_alarms(server, foreign, now=now)
    return len(new)


def _case(one: Activity) -> Case:
    # A part of a structure needs a right wherever a base is, whatever the server's item rules say.
    return Case(one.gamertag, one.player_id, "", Act(one.x, one.z, one.occurred_at), is_part=True)


def _standing(finding: Finding) -> Standing:
    if Hold.DISPUTED in finding.verdict.holds:
        return Standing.DISPUTED
    return _STANDINGS.get(finding.verdict.rule, Standing.OUTSIDE)


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
