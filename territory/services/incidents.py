"""Incidents: the acts of one player, of one type, in one base, within a minute. They are announced as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models.functions import Coalesce

from common.locks import LockKind, lock_transaction
from territory.models import GameServer, Infraction

# Before or after the first act recorded. Windows do not chain: an hour of building makes sixty incidents.
WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewInfraction:
    """An infraction that is not stored yet."""

    number: int
    player_id: str
    infraction_type: str
    base_id: int | None
    occurred_at: datetime

    @property
    def subject(self) -> tuple[str, str, int | None]:
        """The values that all acts of an incident share."""
        return self.player_id, self.infraction_type, self.base_id


def find_repeats(server: GameServer, acts: Sequence[NewInfraction]) -> dict[int, int]:
    """Return the number of the infraction that an act repeats, by the act's number; acts that begin an incident are left out.

    Locks the server's incidents until the end of the transaction, so that two workers do not begin the same incident.
    """
    lock_transaction(LockKind.INCIDENTS, server.pk)
    firsts = _known(server, acts)
    repeats: dict[int, int] = {}
    for act in acts:
        known = firsts.setdefault(act.subject, [])
        first = next((number for number, at in known if abs(act.occurred_at - at) <= WINDOW), None)
        if first is None:
            known.append((act.number, act.occurred_at))
        else:
            repeats[act.number] = first
    return repeats


def _known(
    server: GameServer, acts: Sequence[NewInfraction]
) -> dict[tuple[str, str, int | None], list[tuple[int, datetime]]]:
    """Return number and time of the first act of each incident that still counts and is near in time."""
    moments = [act.occurred_at for act in acts]
    near = Infraction.objects.filter(
        server=server,
        player_id__in={act.player_id for act in acts},
        status__in=[Infraction.Status.REVIEW, Infraction.Status.CONFIRMED],
        occurred_at__range=(min(moments) - 2 * WINDOW, max(moments) + 2 * WINDOW),
        from_old_system=False,
    )
    firsts = near.order_by("pk").values_list(
        "player_id",
        "infraction_type",
        "base_id",
        Coalesce("repeats_id", "pk"),
        Coalesce("repeats__occurred_at", "occurred_at"),
    )
    known: dict[tuple[str, str, int | None], list[tuple[int, datetime]]] = {}
    for *subject, number, at in firsts:
        known.setdefault(tuple(subject), []).append((number, at))
    return known
