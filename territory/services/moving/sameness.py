"""Whether a row of a newer copy still speaks of what the row with its number spoke of before."""

from collections.abc import Iterable, Mapping
from typing import Any

from clans.models import User
from territory.legacy import database
from territory.services.moving.taking import Kept, plain

# What rows of a table are known by: the attribute of what is told, and the column that was kept of it.
_KNOWN_BY: Mapping[str, tuple[tuple[str, str], ...]] = {
    database.IDENTITIES: (
        ("discord_id", "user_id"),
        ("gamertag", "gamertag"),
        ("player_id", "player_id"),
        ("xuid", "xuid"),
    ),
    database.MEMBERS: (("discord_id", "user_id"), ("since", "joined_at")),
    database.BASES: (
        ("owner", "owner_id"),
        ("name", "name"),
        ("x", "x"),
        ("z", "z"),
        ("since", "registered_at"),
    ),
    database.PERMISSIONS: (("discord_id", "user_id"), ("since", "granted_at")),
}
COMPARED = tuple(_KNOWN_BY)
_PEOPLE = ("user_id", "owner_id")


def is_other(table: str, told: Any, kept: Kept, discord_ids: Mapping[int, str]) -> bool:
    """Tell whether nothing that a row is known by is as it was; what either side does not know tells nothing."""
    pairs = []
    for attribute, column in _KNOWN_BY[table]:
        before = kept.get(column)
        before = discord_ids.get(before or 0) if column in _PEOPLE else before
        pairs.append((plain(getattr(told, attribute)), before))
    compared = [now == before for now, before in pairs if now not in {None, ""} and before not in {None, ""}]
    return bool(compared) and not any(compared)


def holders(kept: Iterable[Kept]) -> dict[int, str]:
    """Return the Discord ids of the people that kept rows name. One query."""
    people = {one[column] for one in kept for column in _PEOPLE if one.get(column)}
    found = User.objects.filter(pk__in=people).values_list("pk", "discord_id")
    return {pk: discord_id or "" for pk, discord_id in found}
