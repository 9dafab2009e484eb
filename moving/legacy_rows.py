"""The old territory system's tables: their rows with the keys they are known by, and what each row says.

Readers raise RefusedError where a row does not say enough. No database of ours.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from moving.reasons import Reason, RefusedError, Trouble
from moving.source import Raw, Source
from moving.values import digest, moment, number, number_text, text, whole
from territory.adm.grammar import is_full_id

CLANS, MEMBERS, IDENTITIES = "clans", "clan_members_v2", "player_identities"
BASES, PERMISSIONS, INFRACTIONS = "bases_v2", "base_permissions", "infractions"
# The columns that are read, and how many of them a row is known by where its table has neither key nor id.
COLUMNS: Final[Mapping[str, tuple[int, tuple[str, ...]]]] = {
    CLANS: (1, ("name", "tag", "clan_tag", "sigla")),
    IDENTITIES: (1, ("discord_id", "gamertag", "xbox_id")),
    MEMBERS: (2, ("clan_id", "discord_id", "role", "joined_at")),
    BASES: (4, ("owner_id", "name", "x", "z", "location", "radius", "clan_id", "created_at")),
    PERMISSIONS: (2, ("base_id", "discord_id", "level", "granted_at")),
    INFRACTIONS: (
        5,
        ("gamertag", "description", "detected_at", "evidence", "infraction_type", "xuid", "xbox_id"),
    ),
}
_COMMANDERS: Final = frozenset(
    {"admin", "comandante", "commander", "dono", "founder", "leader", "lider", "líder", "owner"}
)
_MEMBERS: Final = frozenset({"", "member", "membro"})
_LEVELS: Final = frozenset({"admin", "build"})
_KINDS: Final = {
    **dict.fromkeys(("territory_invasion", "invasion", "invasao", "invasão"), "territory_invasion"),
    **dict.fromkeys(("forbidden_item", "banned_item"), "forbidden_item"),
}
_OFFENCE: Final = re.compile(r"'(?P<item>[^']{1,200})' na base '(?P<base>.{1,200})'", re.DOTALL)
_LONGEST_KEY, _LONGEST_NAME, _LONGEST_PLACE, _LONGEST_TEXT = 80, 100, 200, 10_000


@dataclass(frozen=True, slots=True)
class Told:
    """What a row says: `values` as they are stored, by column; the Discord id of its person; the number of its clan or base.

    Without `since` nobody knows from when it holds.
    """

    values: Mapping[str, Any]
    person: str = ""
    parent: str = ""
    since: datetime | None = None
    notes: list[Trouble] = field(default_factory=list)

    @property
    def marks(self) -> list[str]:
        """Digests of what newer copies seldom change: the time of its making, and the person with the place."""
        place = digest(self.person, self.values.get("x"), self.values.get("z"))
        return [place] if self.since is None else [place, digest(self.since)]


def read_rows(source: Source, table: str) -> Iterator[Raw]:
    """Yield the rows of a table, the first written first; SourceError where the file is damaged."""
    columns = source.columns(table)
    known_by, names = COLUMNS[table]
    keys = [name.lower() for name in source.keys(table)] or [name for name in ("id",) if name in columns]
    keyed_by = keys or [name for name in names[:known_by] if name in columns] or list(columns)[:1]
    seen: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for values in source.rows(table, list(dict.fromkeys([*keyed_by, "id", *names]))):
        key = _key([values[name] for name in keyed_by])
        seen[key] += 1
        line = "" if keys else digest(*values.values())
        lines[line] += not keys
        told = key if seen[key] == 1 else f"{key}#{seen[key]}"
        # Whoever names a clan's number means all rows with it.
        is_repeated = lines[line] > 1 or (table == CLANS and seen[key] > 1)
        yield Raw(table, told, values, is_repeated=is_repeated)


def missing_clan(number: str) -> Raw:
    """Return a clan that others name by its number and the file does not have."""
    return Raw(CLANS, _key([number]), {"id": number}, is_missing=True)


def _key(values: list[str | None]) -> str:
    """Return the one value that a row is known by, or a digest where that is not short and clean."""
    plain = number_text(values[0]) if len(values) == 1 else ""
    return plain if plain and len(plain) <= _LONGEST_KEY and plain.isprintable() else digest(*values)


def read_clan(raw: Raw, _now: datetime) -> Told:
    """Read a row of `clans`."""
    notes: list[Trouble] = []
    name = f"#{raw.key}"
    if raw.is_missing:
        notes.append(Trouble(Reason.NOT_LISTED, {"name": name}))
    else:
        name = _name(raw, notes)
    return Told({"name": name, "tag": _cut(raw.get("tag", "clan_tag", "sigla"), notes, 16)}, notes=notes)


def read_identity(raw: Raw, _now: datetime) -> Told:
    """Read a row of `player_identities`: the Xbox id is the log's player id, or an XUID."""
    gamertag, xbox_id = text(raw.get("gamertag")), text(raw.get("xbox_id"))
    if not gamertag:
        raise RefusedError(Reason.NO_GAMERTAG)
    if len(gamertag) > _LONGEST_NAME:  # cut off, it would be somebody else's
        raise RefusedError(Reason.TOO_LONG, text=gamertag)
    player_id = next((spelt for spelt in (xbox_id, xbox_id.upper()) if is_full_id(spelt)), None)
    xuid = None if player_id else _xuid(xbox_id)
    notes = [Trouble(Reason.BAD_XBOX_ID, {"text": xbox_id})] if xbox_id and not (player_id or xuid) else []
    values = {"gamertag": gamertag, "player_id": player_id, "xuid": xuid}
    return Told(values, _person(raw, "discord_id"), notes=notes)


def read_member(raw: Raw, now: datetime) -> Told:
    """Read a row of `clan_members_v2`."""
    notes: list[Trouble] = []
    role = text(raw.get("role")).lower()
    if role not in _COMMANDERS | _MEMBERS:
        notes.append(Trouble(Reason.UNKNOWN_CLAN_ROLE, {"text": role}))
    values = {"role": "commander" if role in _COMMANDERS else "member"}
    clan = number_text(raw.get("clan_id"))
    return Told(values, _person(raw, "discord_id"), clan, _since(raw, "joined_at", now, notes), notes)


def read_base(raw: Raw, now: datetime) -> Told:
    """Read a row of `bases_v2`. A table without a column for the radius means its default; an empty one means none."""
    notes: list[Trouble] = []
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
    return Told(values, owner, "" if clan == "0" else clan, _since(raw, "created_at", now, notes), notes)


def read_permission(raw: Raw, now: datetime) -> Told:
    """Read a row of `base_permissions`. The old system let anybody build who had a row, whatever its level."""
    notes: list[Trouble] = []
    level = text(raw.get("level")).lower()
    if level not in _LEVELS:
        notes.append(Trouble(Reason.UNKNOWN_LEVEL, {"text": level}))
    values = {"level": level if level in _LEVELS else "build"}
    base = number_text(raw.get("base_id"))
    return Told(values, _person(raw, "discord_id"), base, _since(raw, "granted_at", now, notes), notes)


def read_infraction(raw: Raw, now: datetime) -> Told:
    """Read a row of `infractions`; without its time it is no history."""
    gamertag = text(raw.get("gamertag"))[:_LONGEST_TEXT]
    if not gamertag:
        raise RefusedError(Reason.NO_GAMERTAG)
    at = moment(raw.get("detected_at"))
    if at is None or at > now:
        raise RefusedError(Reason.BAD_TIME, text=text(raw.get("detected_at")))
    kind = text(raw.get("infraction_type")).lower()
    description = text(raw.get("description"))[:_LONGEST_TEXT]
    offence = _OFFENCE.search(description)
    if kind and kind not in _KINDS:  # the only place where the old system's word for it is kept
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
    return Told(values)


def _xuid(value: str | None) -> str | None:
    xuid = whole(value)
    return str(xuid) if xuid else None


def _person(raw: Raw, column: str, *, missing: Reason = Reason.NO_PERSON) -> str:
    """Return a Discord id. Zero is what programs write for nobody."""
    if not text(raw.get(column)):
        raise RefusedError(missing)
    discord_id = whole(raw.get(column))
    if not discord_id:
        raise RefusedError(Reason.BAD_DISCORD_ID, text=text(raw.get(column)))
    return str(discord_id)


def _name(raw: Raw, notes: list[Trouble]) -> str:
    name, number = _cut(raw.get("name"), notes, _LONGEST_NAME), f"#{raw.key}"[:_LONGEST_NAME]
    if not name:
        notes.append(Trouble(Reason.NAMELESS, {"name": number}))
    return name or number


def _cut(value: str | None, notes: list[Trouble], longest: int) -> str:
    whole_text = text(value)
    if len(whole_text) <= longest:
        return whole_text
    notes.append(Trouble(Reason.SHORTENED, {"text": whole_text, "longest": longest}))
    return whole_text[: longest - 1] + "…"


def _since(raw: Raw, column: str, now: datetime, notes: list[Trouble]) -> datetime | None:
    """Return when something began. What stands in the file has begun, so a time ahead is no better than none."""
    since = moment(raw.get(column))
    if since is not None and since <= now:
        return since
    reason = Reason.TIME_UNKNOWN if since is None else Reason.TIME_AHEAD
    notes.append(Trouble(reason, {"text": text(raw.get(column))}))
    return None
