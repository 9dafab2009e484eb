"""Bans that do not hold: the line stands in the ban list, and the player is seen in the log all the same."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from announcements.message import Field, Message, escape
from announcements.services import Announceable, announce_many
from territory.ban_codes import code_of
from territory.hosts import CAPABILITIES
from territory.models import Ban

# Placements have few indexes: one who was not seen for so long is out, or is searched for by hand.
LOOKS_BACK = timedelta(days=7)
MOST = 100
_AMBER = 0xD68910


@dataclass(frozen=True, slots=True)
class BanNotHolding:
    """A ban in force, when it was written to a ban list last, and when its player was seen last since."""

    ban: Ban
    applied_at: datetime
    seen_at: datetime


# A ban holds once its first list must have taken effect. A gamertag's use does not say on which game server it was seen, so it
# counts where there is one alone; a placement of a source with a wrong clock says nothing of when.
_NOT_HOLDING = """
    WITH applied AS (
        SELECT b.id, b.server_id, b.player_id, min(d.applied_at) AS applied_at,
            min(d.applied_at + (%(delays)s::jsonb ->> l.kind)::float8 * interval '1 second') AS holds_from
        FROM territory_ban b
            JOIN territory_bandelivery d ON d.ban_id = b.id
            JOIN territory_banlist l ON l.id = d.ban_list_id
        WHERE b.lifted_at IS NULL AND b.player_id <> '' AND d.state = 'applied' AND d.applied_at IS NOT NULL
        GROUP BY b.id
    ), seen AS (
        SELECT a.id, max(p.occurred_at) AS seen_at
        FROM applied a JOIN territory_placement p ON p.server_id = a.server_id AND p.player_id = a.player_id
        WHERE p.occurred_at > %(since)s AND p.occurred_at > a.holds_from AND p.clock_shift_min = 0
        GROUP BY a.id
        UNION ALL
        SELECT a.id, max(u.last_seen_at)
        FROM applied a
            JOIN territory_playeridentity i ON i.player_id = a.player_id
            JOIN territory_gamertaguse u ON u.identity_id = i.id
        WHERE u.last_seen_at > a.holds_from AND (SELECT count(*) FROM territory_gameserver WHERE is_active) = 1
        GROUP BY a.id
    )
    SELECT a.id, a.applied_at, max(s.seen_at) AS seen_at
    FROM applied a JOIN seen s ON s.id = a.id
    GROUP BY a.id, a.applied_at
    ORDER BY seen_at DESC, a.id
    LIMIT %(most)s
"""


def bans_not_holding(*, now: datetime, most: int = MOST) -> list[BanNotHolding]:
    """Return the bans in force whose player was seen after the list must have taken effect, the latest seen first. Two queries."""
    delays = {kind: one.within.total_seconds() for kind, one in CAPABILITIES.items()}
    with connection.cursor() as cursor:
        cursor.execute(_NOT_HOLDING, {"delays": json.dumps(delays), "since": now - LOOKS_BACK, "most": most})
        rows = cursor.fetchall()
    bans = Ban.objects.select_related("server").in_bulk([pk for pk, *_times in rows])
    return [BanNotHolding(bans[pk], applied_at, seen_at) for pk, applied_at, seen_at in rows]


@transaction.atomic
def warn_of_bans_not_holding(*, now: datetime) -> int:
    """Tell staff of each ban that does not hold, once; return how many announcements stand."""
    found = bans_not_holding(now=now)
    with translation.override(settings.LANGUAGE_CODE):
        return announce_many(_announceables(found))


def _announceables(found: Sequence[BanNotHolding]) -> list[Announceable]:
    return [
        Announceable(
            topic=one.ban.server_id, key=f"not-holding-{one.ban.pk}", messages={"staff": _warning(one)}
        )
        for one in found
    ]


def _warning(one: BanNotHolding) -> Message:
    ban = one.ban
    fields = (
        Field(_("Player"), escape(ban.gamertag) or _("n/a"), inline=True),
        Field(_("Server"), escape(str(ban.server)), inline=True),
        Field(_("Ban"), code_of(ban.pk), inline=True),
    )
    text = _(
        "The ban's line stands in the ban list, but the player was seen in the log since. Look whether the game server reads this "
        "list, and whether the line names the right player."
    )
    return Message(title=_("A ban does not hold"), description=text, fields=fields, colour=_AMBER)
