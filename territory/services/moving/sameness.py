"""Whether a row of a newer copy still speaks of what the row with its number spoke of before."""

from collections.abc import Iterable, Mapping
from typing import Any

from clans.models import User
from territory.legacy import database
from territory.services.moving.taking import Kept, plain

# What rows of a table are known by: attributes of what is told, and the columns that were kept of them. A place is known by
# both its numbers: one of them alone is as round as that of many others.
_KNOWN_BY: Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    database.IDENTITIES: (
        (("discord_id",), ("user_id",)),
        (("gamertag",), ("gamertag",)),
        (("player_id",), ("player_id",)),
        (("xuid",), ("xuid",)),
    ),
    database.MEMBERS: ((("discord_id",), ("user_id",)), (("since",), ("joined_at",))),
    database.BASES: (
        (("owner",), ("owner_id",)),
        (("name",), ("name",)),
        (("x", "z"), ("x", "z")),
        (("since",), ("registered_at",)),
    ),
    database.PERMISSIONS: ((("discord_id",), ("user_id",)), (("since",), ("granted_at",))),
}
COMPARED = tuple(_KNOWN_BY)
_PEOPLE = ("user_id", "owner_id")
_UNKNOWN = (None, "")


def is_other(table: str, told: Any, kept: Kept, discord_ids: Mapping[int, str]) -> bool:
    """Tell whether nothing that a row is known by is as it was; what either side does not know tells nothing."""
    compared = []
    for attributes, columns in _KNOWN_BY[table]:
        now = [plain(getattr(told, attribute)) for attribute in attributes]
        before = [
            discord_ids.get(kept.get(column) or 0) if column in _PEOPLE else kept.get(column)
            for column in columns
        ]
        if not any(value in _UNKNOWN for value in (*now, *before)):
            compared.append(now == before)
    return bool(compared) and not any(compared)


def holders(kept: Iterable[Kept]) -> dict[int, str]:
    """Return the Discord ids of the people that kept rows name. One query."""
    people = {one[column] for one in kept for column in _PEOPLE if one.get(column)}
    found = User.objects.filter(pk__in=people).values_list("pk", "discord_id")
    return {pk: discord_id or "" for pk, discord_id in found}
