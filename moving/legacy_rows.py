"""Read tables of the old territory system: the key and the content of each row. Our own database is not asked."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from moving.reasons import Reason, RefusedError, Remark
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


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a row: `values` by column, as they are stored; the Discord id of its person; the number of its clan or base.

    `since` is None if the row does not say when it began.
    """

    values: Mapping[str, Any]
    person: str = ""
    parent: str = ""
    since: datetime | None = None
    notes: list[Remark] = field(default_factory=list)

    @property
    def marks(self) -> list[str]:
        """Digests of values that newer copies seldom change: the person with the place, and the time of creation."""
        place = digest(self.person, self.values.get("x"), self.values.get("z"))
        return [place] if self.since is None else [place, digest(self.since)]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file with its content, or the `refusal` of a row that lacks something."""

    raw: OldRow
    content: Content = field(default_factory=lambda: Content({}))
    refusal: RefusedError | None = None
    is_missing: bool = False  # others name its number, but the file does not have it


def read_table(source: OldSource, table: str, now: datetime) -> Iterator[Row]:
    """Yield the rows of a table, the first written first; SourceError where the file is damaged."""
    known_by, columns_read, read = TABLES[table]
    names, columns = columns_read.split(), source.columns(table)
    keys = [name.lower() for name in source.keys(table)] or [name for name in ("id",) if name in columns]
    keyed_by = keys or [name for name in names[:known_by] if name in columns] or list(columns)[:1]
    seen: Counter[str] = Counter()
    for values in source.rows(table, list(dict.fromkeys([*keyed_by, "id", *names]))):
        key = _key([values[name] for name in keyed_by])
        line = "" if keys else f"line {digest(*values.values())}"
        seen[key] += 1
        seen[line] += 1
        raw = OldRow(table, key if seen[key] == 1 else f"{key}#{seen[key]}", values)
        # The same row once more, where there is no key; and whoever names a clan's number means all rows with it.
        if (line and seen[line] > 1) or (table == CLANS and seen[key] > 1):
            yield Row(raw, refusal=RefusedError(Reason.DUPLICATE, key=key))
            continue
        try:
            yield Row(raw, read(raw, now))
        except RefusedError as refusal:
            yield Row(raw, refusal=refusal)


def missing_clan(number: str) -> Row:
    """Return a clan that others name by its number and the file does not have."""
    name = f"#{number}"[:_LONGEST_NAME]
    content = Content({"name": name, "tag": ""}, notes=[Remark(Reason.NOT_LISTED, {"name": name})])
    return Row(OldRow(CLANS, _key([number]), {"id": number}), content, is_missing=True)


def _key(values: list[str | None]) -> str:
    """Return the one value that a row is known by, or a digest where that is not short and clean."""
    plain = number_text(values[0]) if len(values) == 1 else ""
    return plain if plain and len(plain) <= _LONGEST_KEY and plain.isprintable() else digest(*values)


def _clan(raw: OldRow, _now: datetime) -> Content:
    notes: list[Remark] = []
    tag = _cut(raw.get("tag", "clan_tag", "sigla"), notes, 16)
    return Content({"name": _name(raw, notes), "tag": tag}, notes=notes)


def _identity(raw: OldRow, _now: datetime) -> Content:
    """Read a gamertag; the Xbox id is the log's player id, or an XUID."""
    gamertag, xbox_id = text(raw.get("gamertag")), text(raw.get("xbox_id"))
    if not gamertag:
        raise RefusedError(Reason.NO_GAMERTAG)
    if len(gamertag) > _LONGEST_NAME:  # cut off, it would be somebody else's
        raise RefusedError(Reason.TOO_LONG, text=gamertag)
    player_id = next((spelt for spelt in (xbox_id, xbox_id.upper()) if is_full_id(spelt)), None)
    xuid = None if player_id else _xuid(xbox_id)
    notes = [Remark(Reason.BAD_XBOX_ID, {"text": xbox_id})] if xbox_id and not (player_id or xuid) else []
    values = {"gamertag": gamertag, "player_id": player_id, "xuid": xuid}
    return Content(values, _person(raw, "discord_id"), notes=notes)


def _member(raw: OldRow, now: datetime) -> Content:
    notes: list[Remark] = []
    role = text(raw.get("role")).lower()
    commands = bool(_COMMANDERS.fullmatch(role))
    if not commands and role not in {"", "member", "membro"}:
        notes.append(Remark(Reason.UNKNOWN_ROLE, {"text": role}))
    values = {"role": "commander" if commands else "member"}
    clan = number_text(raw.get("clan_id"))
    return Content(values, _person(raw, "discord_id"), clan, _since(raw, "joined_at", now, notes), notes)


def _base(raw: OldRow, now: datetime) -> Content:
    """Read a base. A table without a column for the radius means its default; an empty one means none."""
    notes: list[Remark] = []
    owner = _person(raw, "owner_id", missing=Reason.NO_OWNER)
    x, z = number(raw.get("x")), number(raw.get("z"))
    if x is None or z is None:
        raise RefusedError(Reason.NO_COORDINATES)
    radius = number(raw.get("radius")) if "radius" in raw.values else 100.0
    if radius is None:
        raise RefusedError(Reason.NO_RADIUS)
    place = _cut(raw.get("location"), notes, _LONGEST_PLACE)
    values = {"name": _name(raw, notes), "place": place, "x": x, "z": z, "radius_m": radius}
    clan = number_text(raw.get("clan_id"))
    return Content(values, owner, "" if clan == "0" else clan, _since(raw, "created_at", now, notes), notes)


def _permission(raw: OldRow, now: datetime) -> Content:
    """Read a permission. The old system let anybody build who had a row, whatever its level."""
    notes: list[Remark] = []
    level = text(raw.get("level")).lower()
    if level not in {"admin", "build"}:
        notes.append(Remark(Reason.UNKNOWN_LEVEL, {"text": level}))
    values = {"level": "admin" if level == "admin" else "build"}
    base = number_text(raw.get("base_id"))
    return Content(values, _person(raw, "discord_id"), base, _since(raw, "granted_at", now, notes), notes)


def _infraction(raw: OldRow, now: datetime) -> Content:
    """Read an infraction; without its time it is no history."""
    gamertag = text(raw.get("gamertag"))[:_LONGEST_TEXT]
    if not gamertag:
        raise RefusedError(Reason.NO_GAMERTAG)
    at = moment(raw.get("detected_at"))
    if at is None or at > now:
        raise RefusedError(Reason.BAD_TIME, text=text(raw.get("detected_at")))
    kind = text(raw.get("infraction_type")).lower()
    description = text(raw.get("description"))[:_LONGEST_TEXT]
    offence = _OFFENCE.search(description)
    if kind and kind not in _KINDS:  # the description alone keeps the old system's word for it
        description = f"[{kind[:_LONGEST_NAME]}] {description}"
    values = {
        "gamertag": gamertag,
        "infraction_type": _KINDS.get(kind, "other"),
        "item": offence["item"] if offence else "",
        "base_name": offence["base"] if offence else "",
        "description": description,
        "evidence": text(raw.get("evidence"))[:_LONGEST_TEXT],
        "xuid": _xuid(raw.get("xuid", "xbox_id")) or "",
        "occurred_at": at,
        "detected_at": at,
    }
    return Content(values)


# By table: how many of the columns a row is known by where its table has neither key nor id, the columns, the reader.
TABLES: Final[Mapping[str, tuple[int, str, Callable[[OldRow, datetime], Content]]]] = {
    CLANS: (1, "name tag clan_tag sigla", _clan),
    IDENTITIES: (1, "discord_id gamertag xbox_id", _identity),
    MEMBERS: (2, "clan_id discord_id role joined_at", _member),
    BASES: (4, "owner_id name x z location radius clan_id created_at", _base),
    PERMISSIONS: (2, "base_id discord_id level granted_at", _permission),
    INFRACTIONS: (5, "gamertag description detected_at evidence infraction_type xuid xbox_id", _infraction),
}


def _xuid(value: str | None) -> str | None:
    xuid = whole(value)
    return str(xuid) if xuid else None


def _person(raw: OldRow, column: str, *, missing: Reason = Reason.NO_PERSON) -> str:
    """Return a Discord id. Zero is what programs write for nobody."""
    if not text(raw.get(column)):
        raise RefusedError(missing)
    discord_id = whole(raw.get(column))
    if not discord_id:
        raise RefusedError(Reason.BAD_DISCORD_ID, text=text(raw.get(column)))
    return str(discord_id)


def _name(raw: OldRow, notes: list[Remark]) -> str:
    name, number = _cut(raw.get("name"), notes, _LONGEST_NAME), f"#{raw.key}"[:_LONGEST_NAME]
    if not name:
        notes.append(Remark(Reason.NAMELESS, {"name": number}))
    return name or number


def _cut(value: str | None, notes: list[Remark], longest: int) -> str:
    full = text(value)
    if len(full) <= longest:
        return full
    notes.append(Remark(Reason.SHORTENED, {"text": full, "longest": longest}))
    return full[: longest - 1] + "…"


def _since(raw: OldRow, column: str, now: datetime, notes: list[Remark]) -> datetime | None:
    """Return when something began. What stands in the file has begun, so a time ahead is no better than none."""
    since = moment(raw.get(column))
    if since is not None and since <= now:
        return since
    reason = Reason.TIME_UNKNOWN if since is None else Reason.TIME_AHEAD
    notes.append(Remark(reason, {"text": text(raw.get(column))}))
    return None
