"""Kinds of offence of a game server, and how long the ban of a first, second or third one is."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from territory.models import Case, GameServer, Infraction, Offence, OffenceKind

_OWN_BY_RULE = (OffenceKind.TERRITORY_INVASION, OffenceKind.FORBIDDEN_ITEM)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of offence. `own_name` is blank for the kinds that every server has; 0 in `lengths_days` is permanent."""

    key: str
    name: str
    own_name: str = ""
    lengths_days: Sequence[int] = ()

    def ends_at(self, earlier: int, now: datetime) -> datetime | None:
        """Return the end of the ban of a player with so many earlier offences of a kind with lengths; None for a permanent one."""
        days = self.lengths_days[min(earlier, len(self.lengths_days) - 1)]
        return now + timedelta(days=days) if days else None


def kinds_of(server: GameServer) -> list[Kind]:
    """Return the kinds of offence that staff may ban for on a server: its own list, or the one of `OffenceKind`."""
    own = [kind for kind in stored_kinds(server).values() if kind.own_name]
    return own or [Kind(one.value, str(one.label)) for one in OffenceKind if one not in _OWN_BY_RULE]


def stored_kinds(server: GameServer) -> dict[str, Kind]:
    """Return the server's own kinds of offence by key; those of the rule only give lengths. One query."""
    rows = Offence.objects.filter(server=server, is_active=True)
    return {row.key: _kind(row) for row in rows}


def _kind(row: Offence) -> Kind:
    is_of_rule = row.key in _OWN_BY_RULE
    return Kind(row.key, row.name, "" if is_of_rule else row.name, tuple(row.lengths_days))


def ban_end(
    server: GameServer, kind: Kind | None, player_id: str, *, now: datetime, besides: int | None = None
) -> datetime | None:
    """Return the end of the ban that one more offence of a kind brings a player; None for a permanent one.

    `besides` is the case that is decided about.
    """
    if kind is None or not kind.lengths_days:
        return None
    earlier = earlier_offences(server, kind.key, [player_id], besides=besides)
    return kind.ends_at(earlier[player_id], now)


def earlier_offences(
    server: GameServer, key: str, player_ids: Collection[str], *, besides: int | None = None
) -> Counter[str]:
    """Return how many cases of this kind each player has had, besides the one that is decided about. One query.

    What was dismissed or lifted as a mistake does not count, and neither does what the player is banned for right now: who
    goes on for a minute, until the ban reaches the server, does not offend a second time.
    """
    cases = Case.objects.filter(server=server, kind=key, player_id__in=player_ids).exclude(pk=besides or 0)
    counted = Infraction.objects.filter(status=Infraction.Status.CONFIRMED, case__in=cases)
    over = counted.filter(Q(ban=None) | Q(ban__lifted_at__isnull=False))
    numbers = over.order_by().values_list("player_id", "case").distinct()
    return Counter(player_id for player_id, _case in numbers)
