"""Read tables of the old territory system: the key and the content of each row. Our own database is not asked."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from moving.report import Reason, RowError
from moving.source import OldRow, OldSource
from moving.values import digest, moment, number, number_text, text, whole
from territory.adm.grammar import is_full_id

CLANS, MEMBERS, IDENTITIES = "clans", "clan_members_v2", "player_identities"
BASES, PERMISSIONS, INFRACTIONS = "bases_v2", "base_permissions", "infractions"
_COMMANDERS: Final = re.compile("admin|comandante|commander|dono|founder|leader|l[ií]der|owner")
_KINDS: Final = {
    **dict.fromkeys(("territory_invasion", "invasion", "invasao", "invasão"), "territory_invasion"),
    **dict.fromkeys(("forbidden_item", "banned_item"), "forbidden_item"),
}
_OFFENCE: Final = re.compile(r"'(?P<item>[^']{1,200})' na base '(?P<base>.{1,200})'", re.DOTALL)
_LONGEST_KEY, _LONGEST_NAME, _LONGEST_PLACE, _LONGEST_TEXT = 80, 100, 200, 10_000


@dataclass(slots=True)
class Row:
    """A row of the file: `values` by column, as they are stored; the Discord id of its person; the number of its clan or base.

    `since` is None if the row does not say when it began; `refusal` says what it lacks. A row that `is_missing` is not in
    the file, though others name its number.
    """

    raw: OldRow
    now: datetime
    values: dict[str, Any] = field(default_factory=dict)
    person: str = ""
    parent: str = ""
    since: datetime | None = None
    notes: list[RowError] = field(default_factory=list)
    refusal: RowError | None = None
    is_missing: bool = False

    @property
    def marks(self) -> list[str]:
        """Digests of values that newer copies seldom change: the person with the place, and the time of creation."""
        place = digest(self.person, self.values.get("x"), self.values.get("z"))
        return [place] if self.since is None else [place, digest(self.since)]

    def note(self, reason: Reason, **values: object) -> None:
        """Remark that the row is taken over without something."""
        self.notes.append(RowError(reason, **values))


def read_table(source: OldSource, table: str, now: datetime) -> Iterator[Row]:
    """Yield the rows of a table. A row is known by its id; without that column, by the first columns that are there."""
    known_by, columns_read, read = TABLES[table]
    names, columns, seen = columns_read.split(), source.columns(table), Counter[str]()
    known_by_names = [name for name in names[:known_by] if name in columns] or list(columns)[:1]
    keyed_by = ["id"] if "id" in columns else known_by_names
    for values in source.rows(table, list(dict.fromkeys([*keyed_by, "id", *names]))):
        key = _key([values[name] for name in keyed_by])
        seen[key] += 1
        row = Row(OldRow(table, key if seen[key] == 1 else f"{key}#{seen[key]}", values), now)
        try:
            read(row)
        except RowError as refusal:
            row.refusal = refusal
        if table == CLANS and seen[key] > 1:  # whoever names a clan's number means all rows with it
            row.refusal = RowError(Reason.DUPLICATE, key=key)
        yield row


def missing_clan(number: str, now: datetime) -> Row:
    """Return a clan that others name by its number and the file does not have."""
    name = f"#{number}"[:_LONGEST_NAME]
    row = Row(OldRow(CLANS, _key([number]), {"id": number}), now, {"name": name, "tag": ""}, is_missing=True)
    row.note(Reason.NOT_LISTED, name=name)
    return row


def _key(values: list[str | None]) -> str:
    """Return the one value that a row is known by, or a digest where that is not short and clean."""
    plain = number_text(values[0]) if len(values) == 1 else ""
    return plain if plain and len(plain) <= _LONGEST_KEY and plain.isprintable() else digest(*values)


def _clan(row: Row) -> None:
    row.values = {"name": _name(row), "tag": _cut(row, 16, "tag", "clan_tag", "sigla")}


def _identity(row: Row) -> None:
    """Read a gamertag; the Xbox id is the log's player id, or an XUID."""
    gamertag, xbox_id = text(row.raw.get("gamertag")), text(row.raw.get("xbox_id"))
    if not gamertag:
        raise RowError(Reason.NO_GAMERTAG)
    if len(gamertag) > _LONGEST_NAME:  # cut off, it would be somebody else's
        raise RowError(Reason.TOO_LONG, text=gamertag)
    player_id = next((spelt for spelt in (xbox_id, xbox_id.upper()) if is_full_id(spelt)), None)
    xuid = None if player_id else str(whole(xbox_id) or "") or None
    if xbox_id and not (player_id or xuid):
        row.note(Reason.BAD_XBOX_ID, text=xbox_id)
    row.values = {"gamertag": gamertag, "player_id": player_id, "xuid": xuid}
    row.person = _person(row, "discord_id")


def _member(row: Row) -> None:
    role = text(row.raw.get("role")).lower()
    commands = bool(_COMMANDERS.fullmatch(role))
    if not commands and role not in {"", "member", "membro"}:
        row.note(Reason.UNKNOWN_ROLE, text=role)
    row.values = {"role": "commander" if commands else "member"}
    row.person, row.parent = _person(row, "discord_id"), number_text(row.raw.get("clan_id"))
    row.since = _since(row, "joined_at")


def _base(row: Row) -> None:
    """Read a base. A table without a column for the radius means its default; an empty one means none."""
    row.person = _person(row, "owner_id")
    x, z = number(row.raw.get("x")), number(row.raw.get("z"))
    if x is None or z is None:
        raise RowError(Reason.NO_COORDINATES)
    radius = number(row.raw.get("radius")) if "radius" in row.raw.values else 100.0
    if radius is None:
        raise RowError(Reason.NO_RADIUS)
    place = _cut(row, _LONGEST_PLACE, "location")
    row.values = {"name": _name(row), "place": place, "x": x, "z": z, "radius_m": radius}
    clan = number_text(row.raw.get("clan_id"))
    row.parent, row.since = "" if clan == "0" else clan, _since(row, "created_at")


def _permission(row: Row) -> None:
    """Read a permission. The old system let anybody build who had a row, whatever its level."""
    level = text(row.raw.get("level")).lower()
    if level not in {"admin", "build"}:
        row.note(Reason.UNKNOWN_LEVEL, text=level)
    row.values = {"level": "admin" if level == "admin" else "build"}
    row.person, row.parent = _person(row, "discord_id"), number_text(row.raw.get("base_id"))
    row.since = _since(row, "granted_at")


def _infraction(row: Row) -> None:
    """Read an infraction; without its time it is no history."""
    gamertag, description, evidence = (
        text(row.raw.get(name))[:_LONGEST_TEXT] for name in ("gamertag", "description", "evidence")
    )
    if not gamertag:
        raise RowError(Reason.NO_GAMERTAG)
    at, kind = moment(row.raw.get("detected_at")), text(row.raw.get("infraction_type")).lower()
    if at is None or at > row.now:
        raise RowError(Reason.BAD_TIME, text=text(row.raw.get("detected_at")))
    offence = _OFFENCE.search(description)
    item, base = offence.group("item", "base") if offence else ("", "")
    if kind and kind not in _KINDS:  # the description alone keeps the old system's word for it
        description = f"[{kind[:_LONGEST_NAME]}] {description}"
    row.values = {"gamertag": gamertag, "description": description, "evidence": evidence}
    row.values |= {"infraction_type": _KINDS.get(kind, "other"), "item": item, "base_name": base}
    row.values |= {
        "occurred_at": at,
        "detected_at": at,
        "xuid": str(whole(row.raw.get("xuid", "xbox_id")) or ""),
    }


# By table: how many of the columns a row without an id is known by, the columns, the reader.
TABLES: Final[Mapping[str, tuple[int, str, Callable[[Row], None]]]] = {
    CLANS: (1, "name tag clan_tag sigla", _clan),
    IDENTITIES: (1, "discord_id gamertag xbox_id", _identity),
    MEMBERS: (2, "clan_id discord_id role joined_at", _member),
    BASES: (4, "owner_id name x z location radius clan_id created_at", _base),
    PERMISSIONS: (2, "base_id discord_id level granted_at", _permission),
    INFRACTIONS: (5, "gamertag description detected_at evidence infraction_type xuid xbox_id", _infraction),
}


def _person(row: Row, column: str) -> str:
    """Return a Discord id. Zero is what programs write for nobody."""
    discord_id = whole(row.raw.get(column))
    if discord_id:
        return str(discord_id)
    given = text(row.raw.get(column))
    raise RowError(Reason.BAD_DISCORD_ID, text=given) if given else RowError(Reason.NO_PERSON)


def _name(row: Row) -> str:
    name, number = _cut(row, _LONGEST_NAME, "name"), f"#{row.raw.key}"[:_LONGEST_NAME]
    if not name:
        row.note(Reason.NAMELESS, name=number)
    return name or number


def _cut(row: Row, longest: int, *columns: str) -> str:
    full = text(row.raw.get(*columns))
    if len(full) <= longest:
        return full
    row.note(Reason.SHORTENED, text=full, longest=longest)
    return full[: longest - 1] + "…"


def _since(row: Row, column: str) -> datetime | None:
    """Return when something began. What stands in the file has begun, so a time ahead is no better than none."""
    since = moment(row.raw.get(column))
    if since is not None and since <= row.now:
        return since
    row.note(Reason.TIME_UNKNOWN if since is None else Reason.TIME_AHEAD, text=text(row.raw.get(column)))
    return None
