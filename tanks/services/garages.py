"""Players' vehicles: what they ever fought in, and with their token what stands in the garage."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone

from common import bulk
from tanks.diffs import GarageChanges, GarageState, StoredTank, garage_changes
from tanks.models import GarageTank, Player, TankSnapshot, Vehicle
from tanks.wargaming.answers import TankStatistic

ListedTanks = Mapping[int, Sequence[TankStatistic] | None]

_FIGURES: Final = ("battles", "wins", "mark_of_mastery")
_WITHDRAWN: Final = ("withdrawn_at", "withdrawn_battles", "withdrawn_wins")
_INSERTED: Final = bulk.columns_of(GarageTank, "player", "tank", *_FIGURES)
_UPDATED: Final = bulk.columns_of(GarageTank, "id", *_FIGURES, *_WITHDRAWN, "last_changed")
_SNAPSHOT: Final = bulk.columns_of(TankSnapshot, "player", "tank", *_FIGURES, "is_reset")
_READ: Final = bulk.columns_of(
    Player,
    *("id", "garage_read_at", "garage_battles", "garage_last_battle_at", "garage_tries", "garage_missing"),
)


@transaction.atomic
def store_tanks(listed: ListedTanks, *, at: datetime, read_for: Iterable[GarageState] = ()) -> int:
    """Store players' vehicles, by player; return how many rows were written.

    `read_for` are the account figures that these answers are at least as new as: in the same transaction they are marked as
    read, so that no player is forgotten when the next step never comes. What is not listed stays; a list that explains those
    figures withdraws the vehicles that are not on it.
    """
    player_ids = sorted(listed)
    _lock(player_ids)
    states = {state.player_id: state for state in read_for}
    changes = garage_changes(_stored(player_ids), listed, states)
    add_unlisted({tank.tank_id for _, tank in changes.new}, at=at)
    _insert(changes, at)
    _update(changes, at)
    _mark_read(states, listed, at)
    rows = len(changes.new) + len(changes.changed) + len(changes.withdrawn)
    return rows + _store_snapshots(changes, at)


def add_unlisted(tank_ids: Collection[int], *, at: datetime) -> int:
    """Make rows for vehicles that the catalogue does not list; those that are there stay as they are."""
    known = set(Vehicle.objects.filter(pk__in=tank_ids).values_list("pk", flat=True))
    return bulk.insert_rows(
        "tanks_vehicle",
        {"tank_id": "bigint"},
        [(tank_id,) for tank_id in sorted(set(tank_ids) - known)],
        constants={"not_in_catalogue_since": ("timestamptz", at), "first_seen": ("timestamptz", at)},
        conflict="ON CONFLICT DO NOTHING",
    )


def _lock(player_ids: Sequence[int]) -> None:
    # Two syncs may know one player, who has just changed clans; the second waits and then sees what the first wrote.
    list(Player.objects.filter(pk__in=player_ids).select_for_update().order_by("pk").values_list("pk"))


def _stored(player_ids: Sequence[int]) -> dict[tuple[int, int], StoredTank]:
    rows = GarageTank.objects.filter(player_id__in=player_ids).order_by()
    columns = ("player_id", "tank_id", "pk", "battles", "wins", "mark_of_mastery", *_WITHDRAWN)
    return {(player, tank): _tank_row(rest) for player, tank, *rest in rows.values_list(*columns)}


def _tank_row(columns: Sequence[Any]) -> StoredTank:
    pk, battles, wins, mastery, withdrawn_at, last_battles, last_wins = columns
    if withdrawn_at is None:
        return StoredTank(pk, battles, wins, mastery)
    return StoredTank(pk, last_battles, last_wins, mastery, is_withdrawn=True)


def _insert(changes: GarageChanges, at: datetime) -> None:
    rows = [(player, tank.tank_id, *_figures(tank)) for player, tank in changes.new]
    bulk.insert_rows("tanks_garagetank", _INSERTED, rows, constants=_first_seen(at))


def _figures(tank: TankStatistic) -> tuple[int | None, ...]:
    return tank.battles, tank.wins, tank.mark_of_mastery


def _first_seen(at: datetime) -> bulk.Constants:
    return {"first_seen": ("timestamptz", at), "last_changed": ("timestamptz", at)}


def _update(changes: GarageChanges, at: datetime) -> None:
    rows: list[bulk.Row] = [(pk, *_figures(tank), None, 0, 0, at) for pk, _player, tank in changes.changed]
    rows += [(row.pk, 0, 0, row.mark_of_mastery, at, row.battles, row.wins, at) for row in changes.withdrawn]
    bulk.update_rows("tanks_garagetank", "id", _UPDATED, rows)


def _store_snapshots(changes: GarageChanges, at: datetime) -> int:
    """Write the day's figures of every vehicle that is new or changed."""
    constants = {"day": ("date", timezone.localdate(at)), "taken_at": ("timestamptz", at)}
    touched = [*changes.new, *((player, tank) for _pk, player, tank in changes.changed)]
    rows = [
        (player, tank.tank_id, *_figures(tank), (player, tank.tank_id) in changes.reset)
        for player, tank in touched
    ]
    written = ", ".join(f"{name} = EXCLUDED.{name}" for name in (*_FIGURES, "taken_at"))
    conflict = (
        f"ON CONFLICT (player_id, tank_id, day) DO UPDATE SET {written}, "
        "is_reset = tanks_tanksnapshot.is_reset OR EXCLUDED.is_reset"
    )
    return bulk.insert_rows("tanks_tanksnapshot", _SNAPSHOT, rows, constants=constants, conflict=conflict)


def _mark_read(states: Mapping[int, GarageState], listed: ListedTanks, at: datetime) -> None:
    of_players = GarageTank.objects.filter(player_id__in=states).order_by().values_list("player_id")
    counted: dict[int, int] = dict(of_players.annotate(all_battles=Sum("battles")))
    rows: list[bulk.Row] = []
    for number, before in states.items():
        state = before.after(listed.get(number), counted=counted.get(number, 0))
        read_at = state.read_at if state.tries else at
        figures = (state.read_battles, state.read_last_battle_at)
        rows.append((number, read_at, *figures, state.tries, state.missing))
    bulk.update_rows("tanks_player", "id", _READ, rows)


@transaction.atomic
def store_private_garage(player: Player, garage: Collection[int], *, at: datetime) -> int:
    """Store what stands in a garage, as its owner's token shows it; return how many rows were written.

    An empty one proves nothing: nobody owns none of the game's vehicles.
    """
    _lock([player.pk])
    still_given = Player.objects.filter(pk=player.pk).exclude(access_token="")
    if not still_given.update(private_read_at=at) or not garage:
        return 0  # taken back while we asked, or an empty garage
    add_unlisted(garage, at=at)
    added = _add_never_driven(player, garage, at)
    own = GarageTank.objects.filter(player=player)
    gained = own.filter(tank_id__in=garage).exclude(in_garage=True)
    lost = own.exclude(tank_id__in=garage).exclude(in_garage=False)
    # The time of the last change is shown to others, who must not see by it what was bought and sold.
    return added + gained.update(in_garage=True) + lost.update(in_garage=False)


def _add_never_driven(player: Player, garage: Collection[int], at: datetime) -> int:
    """Make rows for vehicles that stand in the garage and were never fought in."""
    return bulk.insert_rows(
        "tanks_garagetank",
        {"tank_id": "bigint"},
        [(tank_id,) for tank_id in sorted(garage)],
        constants={
            "player_id": ("bigint", player.pk),
            "battles": ("bigint", 0),
            "wins": ("bigint", 0),
            "in_garage": ("boolean", True),
            **_first_seen(at),
        },
        conflict="ON CONFLICT DO NOTHING",
    )


@transaction.atomic
def take_token_back(player: Player) -> None:
    """Forget a player's token and what it showed: the player took it back."""
    _lock([player.pk])
    own = GarageTank.objects.filter(player=player)
    # What was fought in has a snapshot; a row without one was made by the token's answer alone.
    fought_in = TankSnapshot.objects.filter(player=player, tank=OuterRef("tank"))
    own.filter(~Exists(fought_in), battles=0, withdrawn_at=None).delete()
    own.exclude(in_garage=None).update(in_garage=None)
    Player.objects.filter(pk=player.pk).update(access_token="", token_expires_at=None, private_read_at=None)
