"""An explanation for machines: codes instead of words, times in UTC, lengths in metres."""

from datetime import UTC, datetime

from clans.models import User
from territory import wording
from territory.models import Ban
from territory.rules.facts import Period
from territory.rules.verdict import RULE_VERSION
from territory.services import judging
from territory.services.explaining import Explanation, HeldRight, SeenBase, deciding_line, standing
from territory.services.naming import Named
from territory.services.troubles import Hint, find_troubles

Content = dict[str, object]


def content(found: Explanation) -> Content:
    """Return what was asked, the verdict by the names of the columns it would be stored in, and what bears on it."""
    return {
        **_asked(found),
        **_verdict(found),
        "identity": _identity(found.named),
        "bases": [_base(base) for base in found.bases],
        "memberships": [
            {"user_id": one.user_id, "clan_id": one.clan_id, "clan": str(one.clan), "role": one.role}
            | _period(Period(one.joined_at, one.left_at), found.question.at)
            for one in found.memberships
        ],
        "immunities": [
            {"user_id": one.user_id} | _period(Period(one.granted_at, one.revoked_at), found.question.at)
            for one in found.immunities
        ],
        "bans": [_ban(ban) for ban in found.bans],
        "troubles": [_trouble(found, hint) for hint in find_troubles(found)],
    }


def _asked(found: Explanation) -> Content:
    asked = found.question
    return {
        "server": asked.server.slug,
        "mode": asked.server.mode,
        "is_active": asked.server.is_active,
        "border_margin_m": asked.server.border_margin_m,
        "gamertag": asked.gamertag,
        "player_id": found.named.player_id,
        "item": asked.item,
        "x": asked.x,
        "z": asked.z,
        "occurred_at": _time(asked.at),
        "judged_at": _time(found.now),
    }


def _verdict(found: Explanation) -> Content:
    row = found.placement
    return {
        "outcome": row.outcome,
        "rule": row.rule,
        "action": row.action,
        "line": deciding_line(found.verdict),
        "base_id": row.base_id,
        "distance_m": row.distance_m,
        "user_id": row.user_id,
        "reasons": judging.explain(found.verdict),
        "rule_version": RULE_VERSION,
        "words": wording.reasons_in_words(row, {base.base_id: base.name for base in found.bases}),
    }


def _identity(named: Named) -> Content:
    return {
        "found_by": named.found_by.value,
        "player_id_is_assumed": named.is_assumed,
        "is_in_doubt": named.is_in_doubt,
        "person": _person(named.user),
        "disputed": _person(named.disputed),
        "candidates": [_person(user) for user in named.candidates],
        "known": [
            {
                "gamertag": one.gamertag,
                "player_id": one.player_id or None,
                "person": _person(one.user),
                "bears_gamertag_now": one.bears_now,
                "last_seen_at": _time(one.last_seen_at),
            }
            for one in named.bearers
        ],
    }


def _base(base: SeenBase) -> Content:
    return {
        "base_id": base.base_id,
        "name": base.name,
        "owner_id": base.owner_id,
        "owner": str(base.owner),
        "clan_id": base.clan_id,
        "clan": base.clan or None,
        "x": base.x,
        "z": base.z,
        "radius_m": base.radius_m,
        "distance_m": base.distance_m,
        "edge_m": base.edge_m,
        "holds_place": base.holds_place,
        "start": _time(base.period.start),
        "end": _time(base.period.end),
        "standing": base.standing.value,
        "rights": [_right(right) for right in base.rights],
    }


def _right(right: HeldRight) -> Content:
    return {
        "right": right.right.value,
        "user_id": right.user_id,
        "level": right.level or None,
        "start": _time(right.period.start),
        "end": _time(right.period.end),
        "standing": right.standing.value,
        "at_judging": right.at_judging,
    }


def _ban(ban: Ban) -> Content:
    return {
        "id": ban.pk,
        "gamertag": ban.gamertag,
        "player_id": ban.player_id,
        "reason": ban.reason,
        "created_at": _time(ban.created_at),
        "ends_at": _time(ban.ends_at),
        "deliveries": [one.state for one in ban.deliveries.all()],
    }


def _trouble(found: Explanation, hint: Hint) -> Content:
    values = {name: _time(one) if isinstance(one, datetime) else one for name, one in hint.values.items()}
    words = wording.trouble_in_words(hint.trouble, hint.values, found.question.server.zone)
    return {"code": hint.trouble.value, "values": values, "words": words}


def _period(period: Period, at: datetime) -> Content:
    return {"start": _time(period.start), "end": _time(period.end), "standing": standing(period, at).value}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _person(user: User | None) -> Content | None:
    return None if user is None else {"id": user.pk, "name": str(user), "discord_id": user.discord_id}
