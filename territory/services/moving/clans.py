"""Clans: each row of the file is a clan of its own, whatever it is called, for its members may build in its bases only."""

from collections.abc import Iterator

from clans.models import Clan
from territory.legacy import database, rows
from territory.legacy.database import LegacyFile, Raw, missing_row
from territory.legacy.rows import Reader
from territory.legacy.trouble import Reason, RefusedError
from territory.legacy.values import folded
from territory.models import ImportedRow
from territory.services.moving.taking import Kind, Moving, Values

_LONGEST_NAME = 100


def _wanted(moving: Moving, told: rows.Clan, own_id: int | None) -> Values:
    _refuse_repeated_number(moving)
    if moving.raw.is_missing and own_id is not None:
        return {}  # it had a name while the file had its row
    name = _free_name(moving, told.name, own_id)
    return {"name": name} | ({"tag": told.tag} if told.tag else {})


def _refuse_repeated_number(moving: Moving) -> None:
    """Refuse a second row with a number: whoever refers to it means both."""
    same = moving.ids[database.CLANS].get(moving.raw.number)
    if same is not None:
        raise RefusedError(Reason.DUPLICATE, key=moving.objects[database.CLANS][same], same_as=same)


def _free_name(moving: Moving, name: str, own_id: int | None) -> str:
    """Return the name that no other clan has: with its number in the file where one does."""
    if not _is_taken(moving, name, own_id):
        return name
    number = f" #{moving.raw.key}"
    numbered = name[: _LONGEST_NAME - len(number)] + number
    if _is_taken(moving, numbered, own_id):
        raise RefusedError(Reason.DUPLICATE, key=numbered)
    moving.note(Reason.NAME_TAKEN, taken=name, name=numbered)
    return numbered


def _is_taken(moving: Moving, name: str, own_id: int | None) -> bool:
    named = _named(name, own_id)
    return bool(named) and (own_id is not None or not any(_may_be(moving, clan) for clan in named))


def _named(name: str, own_id: int | None = None) -> list[Clan]:
    """Return the clans of a name. The game's clans are others: their rosters come from elsewhere."""
    own = Clan.objects.filter(origin="").exclude(pk=own_id or 0)
    return [clan for clan in own.order_by("pk") if folded(clan.name) == folded(name)]


def _may_be(moving: Moving, clan: Clan) -> bool:
    """Tell whether the row in hand may mean this clan of its name: not if another row stands for it.

    A row without a number is meant by nobody, and adds nothing to the clan of its name.
    """
    if not moving.raw.number:
        return True
    other = moving.objects[database.CLANS].get(clan.pk)
    if other is not None and other in moving.seen[database.CLANS]:
        return False
    elsewhere = ImportedRow.objects.filter(table=database.CLANS, object_id=clan.pk)
    return not elsewhere.exclude(server=moving.server).exclude(key=moving.raw.key).exists()


def _here(moving: Moving, wanted: Values) -> Clan | None:
    return next((clan for clan in _named(wanted["name"]) if _may_be(moving, clan)), None)


CLANS = Kind(
    table=database.CLANS,
    model=Clan,
    read=rows.clan_of,
    wanted=_wanted,
    here=_here,
    fills=("tag",),
)


def clan_rows(moving: Moving, file: LegacyFile) -> Iterator[Raw]:
    """Yield the file's clans, then those that only members and bases speak of: their rights do not hang on a name."""
    if file.has(database.CLANS):
        yield from file.rows(database.CLANS)
    listed = moving.numbers[database.CLANS]
    for number in sorted(_referred_to(moving, file) - listed):
        yield missing_row(database.CLANS, number)


def _referred_to(moving: Moving, file: LegacyFile) -> set[str]:
    readers: tuple[tuple[str, Reader], ...] = (
        (database.MEMBERS, rows.member_of),
        (database.BASES, rows.base_of),
    )
    found = set()
    for table, read in readers:
        for raw in file.rows(table) if file.has(table) else ():
            try:
                found.add(read(raw, moving.now).clan)
            except RefusedError:
                continue
    return found - {"", "0"}
