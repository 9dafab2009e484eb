"""Incidents: one player's acts of one kind in one base within a minute, told as one though each is an infraction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models.functions import Coalesce

from common.locks import Kind, lock_transaction
from territory.models import GameServer, Infraction

# Before or after the first act recorded. It does not chain: who goes on for an hour is told of each minute.
WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewInfraction:
    """An infraction about to be written: whose, of which type and in which base."""

    number: int
    player_id: str
    infraction_type: str
    base_id: int | None
    occurred_at: datetime

    @property
    def subject(self) -> tuple[str, str, int | None]:
        """What acts of one incident have in common."""
        return self.player_id, self.infraction_type, self.base_id


def find_repeats(server: GameServer, acts: Sequence[NewInfraction]) -> dict[int, int]:
    """Return by number which infraction an act repeats; acts that begin an incident are left out.

    Holds the server's incidents until the end of the transaction: two workers must not begin the same one.
    """
    lock_transaction(Kind.INCIDENTS, server.pk)
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
    """Return number and time of the first act of the incidents that still count and are near in time."""
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
