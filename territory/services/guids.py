"""BattlEye's GUIDs of banned players: a wrong GUID is a wrong ban, so a delivery waits until the GUID is certain.

The log never tells a GUID. It follows from a proven Steam account; or it stands beside a name in RCON's list of players. On PC
anybody may take any name, also that of somebody who is to be banned for it. So the GUID counts only if it stands there for minutes
and the log, read beyond them, has seen nobody else under that name for days.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from clans.models import AccountLink
from territory.hosts.battleye import BattleyeBanList, OnlinePlayer, ban_line
from territory.models import Ban, BanDelivery, GameServer, LogFile
from territory.reach import HostError
from territory.rules.names import fold, is_placeholder
from territory.services.bans import NO_GUID
from territory.services.deliveries import hold_list
from territory.steam import battleye_guid_of, player_id_of

logger = logging.getLogger(__name__)

# A name that somebody else bore within this time is nobody's.
LATELY = timedelta(days=7)
# RCON lists a player who joins before the log does. Who is still there after so long stands in the log too.
JOINS_WITHIN = timedelta(minutes=2)
_NOT_CERTAIN = (
    "A GUID is seen on the server under this player's name. It counts once the log was read for some minutes beyond that moment "
    "and names nobody else so."
)
Source = BanDelivery.GuidSource


def lists_without_guids() -> list[int]:
    """Return the ids of BattlEye's active lists with deliveries that wait for a GUID."""
    waiting = BanDelivery.objects.without_guid().filter(ban_list__is_active=True)
    return list(waiting.order_by("ban_list_id").values_list("ban_list_id", flat=True).distinct())


def learn_guids(ban_list_id: int, *, now: datetime) -> int:
    """Give the deliveries of a list that wait for a GUID their line, where it is certain; return how many."""
    waiting = BanDelivery.objects.without_guid().filter(ban_list=ban_list_id)
    rows = list(waiting.select_related("ban", "ban_list__server").order_by("pk"))
    if not rows:
        return 0
    known = _known([row.ban.player_id for row in rows])
    learned = [row for row in rows if row.ban.player_id in known]
    for row in learned:
        _give(row, *known[row.ban.player_id], now)
    rest = [row for row in rows if row not in learned]
    return len(learned) + (_learn_by_name(rest, now) if rest else 0)


def _known(player_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the GUIDs that are certain, with their source: of proven Steam accounts, or learned for another delivery.

    A ban that was a mistake may have had the wrong GUID, and so may one whose line somebody removed at the host.
    """
    doubtful = [Ban.LiftKind.MISTAKE, Ban.LiftKind.REMOVED]
    learned = BanDelivery.objects.exclude(guid="").exclude(line="").exclude(ban__lift_kind__in=doubtful)
    rows = learned.filter(ban__player_id__in=player_ids).order_by("pk")
    known = {one.ban.player_id: (one.guid, one.guid_source) for one in rows.select_related("ban")}
    by_steam = {player_id_of(one): battleye_guid_of(one) for one in _steam_ids()}
    return known | {one: (by_steam[one], Source.STEAM.value) for one in player_ids if one in by_steam}


def _steam_ids() -> Iterable[str]:
    """Return the proven Steam accounts: whoever's they are, the player id follows from the account."""
    links = AccountLink.objects.filter(kind=AccountLink.Kind.STEAM, state=AccountLink.State.PROVEN)
    return links.values_list("key", flat=True)


def _give(row: BanDelivery, guid: str, source: str, now: datetime) -> None:
    moment = now.astimezone(row.ban_list.server.zone)
    line = ban_line(guid, gamertag=row.ban.gamertag, reason=row.ban.reason, moment=moment)
    BanDelivery.objects.without_guid().filter(pk=row.pk).restart(
        BanDelivery.State.PENDING, now, line=line, guid=guid, guid_source=source, guid_seen_at=now
    )


# -- By name ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Names:
    """The names in a server's logs of the last days: the players of each, folded, and each player's, as logged."""

    players: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    of_player: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    read_until: datetime | None = None

    def own(self, row: BanDelivery) -> set[str]:
        """Return the names that the banned player alone bore, without those that the game gives to anybody."""
        player_id = row.ban.player_id
        names = self.of_player[player_id]
        return {one for one in names if self.players[fold(one)] == {player_id} and not is_placeholder(one)}


def _names(server: GameServer, now: datetime) -> _Names:
    names = _Names()
    is_recent = Q(last_event_at__gte=now - LATELY) | Q(players_until__gte=now - LATELY)
    for log in LogFile.objects.filter(is_recent, source__server=server):
        times = [one for one in (log.last_event_at, log.players_until, names.read_until) if one]
        if not log.clock_shift_min:
            names.read_until = max(times)
        for name, player_ids in log.names.items():
            names.players[fold(name)].update(player_ids)
            for player_id in player_ids:
                names.of_player[player_id].add(name)
    return names


def _learn_by_name(rows: Sequence[BanDelivery], now: datetime) -> int:
    """Look for players on the server, and give or note the GUIDs beside their names; return how many were given."""
    names = _names(rows[0].ban_list.server, now)
    named = [row for row in rows if names.own(row)]
    for row in rows:
        if row not in named:
            _note_sighting(row, None, now)
    online = _online(named)
    return sum(_learn(row, _sighting(row, online, names), names, now) for row in named if online is not None)


def _online(rows: Sequence[BanDelivery]) -> list[OnlinePlayer] | None:
    """Return who is on the server; None if nobody need know, another worker holds the list, or the server does not say."""
    if not rows:
        return None
    ban_list = rows[0].ban_list
    with hold_list(ban_list) as is_ours:
        if not is_ours:
            return None
        try:
            return BattleyeBanList(ban_list.host_address).players()
        except HostError as error:
            logger.warning("Ban list %s: %s", ban_list, error)
            for row in rows:
                _note(row, str(error))
            return None


def _learn(row: BanDelivery, one: OnlinePlayer | None, names: _Names, now: datetime) -> bool:
    """Give the GUID of a player who is still on the server, once the log was read well beyond the first sighting."""
    is_known = one is not None and (one.guid, one.name) == (row.guid, row.guid_name)
    read_until, seen_at = names.read_until, row.guid_seen_at
    # By our clock too: the host's may be ahead.
    is_certain = is_known and seen_at and read_until and min(read_until, now) > seen_at + JOINS_WITHIN
    if is_certain:
        _give(row, row.guid, Source.PLAYERS.value, now)
    elif is_known:
        _note(row, _NOT_CERTAIN)
    else:
        _note_sighting(row, one, now)
    return bool(is_certain)


def _sighting(row: BanDelivery, online: Sequence[OnlinePlayer], names: _Names) -> OnlinePlayer | None:
    """Return the banned player on the server: the only one with a name that is the banned player's alone."""
    own = names.own(row)
    folded = {fold(name) for name in own}
    alike = [one for one in online if fold(one.name) in folded]
    if len(alike) != 1 or not alike[0].guid or alike[0].name not in own:
        return None
    is_once = [one.guid for one in online].count(alike[0].guid) == 1
    return alike[0] if is_once and not _is_somebody_elses(alike[0].guid, row.ban.player_id) else None


def _is_somebody_elses(guid: str, player_id: str) -> bool:
    """Return whether a GUID is known to be another player's: by a Steam account, or from another ban."""
    others = BanDelivery.objects.filter(guid=guid).exclude(ban__player_id=player_id)
    return others.exists() or any(
        battleye_guid_of(one) == guid and player_id_of(one) != player_id for one in _steam_ids()
    )


def _note_sighting(row: BanDelivery, one: OnlinePlayer | None, now: datetime) -> None:
    if one is None:
        _note(row, NO_GUID, guid="", guid_name="", guid_seen_at=None)
    else:
        _note(row, _NOT_CERTAIN, guid=one.guid, guid_name=one.name, guid_seen_at=now)


def _note(row: BanDelivery, words: str, **values: object) -> None:
    """Store why a delivery waits, where that is news."""
    changed = {
        name: value for name, value in {"last_error": words, **values}.items() if getattr(row, name) != value
    }
    if changed:
        BanDelivery.objects.without_guid().filter(pk=row.pk).update(**changed)


def forget_names(*, now: datetime) -> int:
    """Forget the names of logs that are too old to say anything; return how many logs they were."""
    return LogFile.objects.filter(last_read_at__lt=now - LATELY).exclude(names={}).update(names={})
