"""Players' account figures, and one snapshot of them a day."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from common import bulk
from tanks.diffs import has_fallen, or_stored
from tanks.models import AccountSnapshot, Player
from tanks.wargaming.answers import AccountInfo
from tanks.wargaming.batches import Answers
from tanks.wargaming.methods import STATISTICS

_FIGURES: Final = ("global_rating", "last_battle_at", *STATISTICS)
_STORED: Final = (*_FIGURES, "nickname", "account_created_at", "hidden_since", "refused_since")
_COLUMNS: Final = bulk.columns_of(Player, "id", *_STORED)
_SNAPSHOT_COLUMNS: Final = bulk.columns_of(AccountSnapshot, "player", "is_reset", *_FIGURES)


@transaction.atomic
def store_accounts(player_ids: Iterable[int], answers: Answers[AccountInfo], *, at: datetime) -> int:
    """Store the API's answer about these players at a moment; return how many rows were written.

    An account that is null is marked as hidden. A null figure, and an account that is left out or unreadable, change nothing.
    """
    players = list(Player.objects.filter(pk__in=list(player_ids)).select_for_update().order_by("pk"))
    rows, snapshots = [], []
    for player in players:
        before = _values(player)
        resets = _take_over(player, answers, at)
        if _values(player) != before:
            rows.append((player.pk, *_values(player)))
        if resets is not None:
            snapshots.append((player, resets))
    return bulk.update_rows("tanks_player", "id", _COLUMNS, rows) + _store_snapshots(snapshots, at)


def _values(player: Player) -> tuple[Any, ...]:
    return tuple(getattr(player, name) for name in _STORED)


def _take_over(player: Player, answers: Answers[AccountInfo], at: datetime) -> bool | None:
    """Change a player by an answer; return whether a counter fell, None if the answer has no figures."""
    if player.account_id in answers.bad_ids:
        player.refused_since = player.refused_since or at
        return None
    player.refused_since = None  # the API accepts the number
    if player.account_id not in answers.by_id:  # left out, or unreadable
        return None
    info = answers.by_id[player.account_id]
    if info is None:
        player.hidden_since = player.hidden_since or at
        return None
    player.hidden_since = None
    # On a roster the clan's answer names the player: two answers of different age must not take turns.
    if info.nickname and (player.clan_id is None or not player.nickname):
        player.nickname = info.nickname[:100]
    player.account_created_at = or_stored(info.created_at, player.account_created_at)
    figures = _figures(info)
    has_reset = has_fallen(
        [getattr(player, name) for name in STATISTICS], [figures[name] for name in STATISTICS]
    )
    for name, value in figures.items():
        setattr(player, name, or_stored(value, getattr(player, name)))
    return None if info.statistics is None else has_reset


def _figures(info: AccountInfo) -> dict[str, Any]:
    counters = info.statistics or dict.fromkeys(STATISTICS)
    return {"global_rating": info.global_rating, "last_battle_at": info.last_battle_at, **counters}


def _store_snapshots(players: list[tuple[Player, bool]], at: datetime) -> int:
    """Write the day's snapshot of those of whom none says the same."""
    day = timezone.localdate(at)
    known = _snapshots(day, [player.pk for player, _ in players])
    rows = [
        (player.pk, has_reset, *figures)
        for player, has_reset in players
        if (figures := tuple(getattr(player, name) for name in _FIGURES)) != known.get(player.pk)
    ]
    written = [*_FIGURES, "taken_at"]
    conflict = (
        f"ON CONFLICT (player_id, day) DO UPDATE SET {', '.join(f'{name} = EXCLUDED.{name}' for name in written)}, "
        "is_reset = tanks_accountsnapshot.is_reset OR EXCLUDED.is_reset"
    )
    constants = {"day": ("date", day), "taken_at": ("timestamptz", at)}
    return bulk.insert_rows(
        "tanks_accountsnapshot", _SNAPSHOT_COLUMNS, rows, constants=constants, conflict=conflict
    )


def _snapshots(day: date, player_ids: list[int]) -> Mapping[int, tuple[Any, ...]]:
    snapshots = AccountSnapshot.objects.filter(day=day, player_id__in=player_ids)
    return {row[0]: row[1:] for row in snapshots.values_list("player_id", *_FIGURES)}
