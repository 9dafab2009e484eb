"""What a row says, in this system's terms; RefusedError where it does not say enough."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from territory.legacy.database import Raw
from territory.legacy.trouble import Reason, RefusedError, Trouble
from territory.legacy.values import discord_id_of, key_of, moment_of, number_of, text_of, xbox_id_of

_COMMANDERS = frozenset(
    {"admin", "comandante", "commander", "dono", "founder", "leader", "lider", "líder", "owner"}
)
_MEMBERS = frozenset({"", "member", "membro"})
_LEVELS = frozenset({"admin", "build"})
_INVASIONS = frozenset({"territory_invasion", "invasion", "invasao", "invasão"})
_FORBIDDEN = frozenset({"forbidden_item", "banned_item"})
_OFFENCE = re.compile(r"'(?P<item>[^']{1,200})' na base '(?P<base>.{1,200})'", re.DOTALL)
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_LONGEST_TEXT = 10_000
_LONGEST_NAME = 100

Notes = tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class Clan:
    """A clan; `name` is never empty."""

    name: str
    tag: str
    notes: Notes = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """A gamertag of a person, with the player id or the XUID where the old system had one."""

    discord_id: str
    gamertag: str
    player_id: str
    xuid: str
    notes: Notes = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A stay in a clan, which is named by its number in the file; without `since` nobody knows from when."""

    clan: str
    discord_id: str
    role: str
    since: datetime | None
    notes: Notes = ()


@dataclass(frozen=True, slots=True)
class Base:
    """A circle, lengths in metres. Its bounds are not checked here."""

    owner: str
    name: str
    place: str
    x: float
    z: float
    radius_m: float
    clan: str
    since: datetime | None
    notes: Notes = ()


@dataclass(frozen=True, slots=True)
class Permission:
    """A right in a base, which is named by its number in the file."""

    base: str
    discord_id: str
    level: str
    since: datetime | None
    notes: Notes = ()


@dataclass(frozen=True, slots=True)
class Infraction:
    """What somebody did; `kind` is territory_invasion, forbidden_item or other."""

    gamertag: str
    kind: str
    item: str
    base_name: str
    description: str
    evidence: str
    xuid: str
    at: datetime
    notes: Notes = ()


def clan_of(raw: Raw, _now: datetime) -> Clan:
    """Read a row of `clans`."""
    notes: list[Trouble] = []
    number = f"#{raw.key}"
    if raw.is_missing:
        return Clan(number, "", (Trouble(Reason.NOT_LISTED, {"name": number}),))
    name = _name(raw.get("name"), notes, longest=_LONGEST_NAME, instead=number)
    return Clan(name, _cut(text_of(raw.get("tag", "clan_tag", "sigla")), notes, 16), tuple(notes))


def identity_of(raw: Raw, _now: datetime) -> Identity:
    """Read a row of `player_identities`."""
    gamertag, told = text_of(raw.get("gamertag")), raw.get("xbox_id")
    if not gamertag:
        raise RefusedError(Reason.NO_GAMERTAG)
    if len(gamertag) > _LONGEST_NAME:  # cut off, it would be somebody else's
        raise RefusedError(Reason.TOO_LONG, text=gamertag)
    player_id, xuid = xbox_id_of(told)
    notes = (
        () if told is None or player_id or xuid else (Trouble(Reason.BAD_XBOX_ID, {"text": text_of(told)}),)
    )
    return Identity(_person(raw, "discord_id"), gamertag, player_id, xuid, notes)


def member_of(raw: Raw, now: datetime) -> Member:
    """Read a row of `clan_members_v2`."""
    notes: list[Trouble] = []
    role = text_of(raw.get("role")).lower()
    if role not in _COMMANDERS | _MEMBERS:
        notes.append(Trouble(Reason.UNKNOWN_ROLE, {"text": role}))
    person = _person(raw, "discord_id")
    kept = "commander" if role in _COMMANDERS else "member"
    return Member(
        key_of(raw.get("clan_id")), person, kept, _since(raw, "joined_at", now, notes), tuple(notes)
    )


def base_of(raw: Raw, now: datetime) -> Base:
    """Read a row of `bases_v2`. A table without a column for the radius means its default; an empty one means none."""
    notes: list[Trouble] = []
    owner = _person(raw, "owner_id", missing=Reason.NO_OWNER)
    x, z = number_of(raw.get("x")), number_of(raw.get("z"))
    if x is None or z is None:
        raise RefusedError(Reason.NO_COORDINATES)
    radius = number_of(raw.get("radius")) if "radius" in raw.values else 100.0
    if radius is None:
        raise RefusedError(Reason.NO_RADIUS)
    clan = key_of(raw.get("clan_id"))
    return Base(
        owner=owner,
        name=_name(raw.get("name"), notes, longest=_LONGEST_NAME, instead=f"#{raw.key}"),
        place=_cut(text_of(raw.get("location")), notes, 200),
        x=x,
        z=z,
        radius_m=radius,
        clan="" if clan == "0" else clan,
        since=_since(raw, "created_at", now, notes),
        notes=tuple(notes),
    )


def permission_of(raw: Raw, now: datetime) -> Permission:
    """Read a row of `base_permissions`. The old system let anybody build who had a row, whatever its level."""
    notes: list[Trouble] = []
    level = text_of(raw.get("level")).lower()
    if level not in _LEVELS:
        notes.append(Trouble(Reason.UNKNOWN_LEVEL, {"text": level}))
    person = _person(raw, "discord_id")
    kept = level if level in _LEVELS else "build"
    since = _since(raw, "granted_at", now, notes)
    return Permission(key_of(raw.get("base_id")), person, kept, since, tuple(notes))


def infraction_of(raw: Raw, now: datetime) -> Infraction:
    """Read a row of `infractions`; without its time it is no history."""
    gamertag = text_of(raw.get("gamertag"))[:_LONGEST_TEXT]
    if not gamertag:
        raise RefusedError(Reason.NO_GAMERTAG)
    at = moment_of(raw.get("detected_at"))
    if at is None or at > now:
        raise RefusedError(Reason.BAD_TIME, text=text_of(raw.get("detected_at")))
    kind = text_of(raw.get("infraction_type")).lower()
    known = (
        "territory_invasion" if kind in _INVASIONS else "forbidden_item" if kind in _FORBIDDEN else "other"
    )
    description = text_of(raw.get("description"))[:_LONGEST_TEXT]
    offence = _OFFENCE.search(description)
    if known == "other" and kind:  # the only place where the old system's word for it is kept
        description = f"[{kind[:_LONGEST_NAME]}] {description}"
    return Infraction(
        gamertag=gamertag,
        kind=known,
        item=offence["item"] if offence else "",
        base_name=offence["base"] if offence else "",
        description=description,
        evidence=text_of(raw.get("evidence"))[:_LONGEST_TEXT],
        xuid=xbox_id_of(raw.get("xuid", "xbox_id"))[1],
        at=at,
    )


def _person(raw: Raw, column: str, *, missing: Reason = Reason.NO_PERSON) -> str:
    value = raw.get(column)
    if not text_of(value):
        raise RefusedError(missing)
    found = discord_id_of(value)
    if not found:
        raise RefusedError(Reason.BAD_DISCORD_ID, text=text_of(value))
    return found


def _name(value: object, notes: list[Trouble], *, longest: int, instead: str) -> str:
    name = _cut(text_of(value), notes, longest)
    if not name:
        notes.append(Trouble(Reason.NAMELESS, {"name": instead}))
    return name or instead[:longest]


def _cut(text: str, notes: list[Trouble], longest: int) -> str:
    if len(text) <= longest:
        return text
    notes.append(Trouble(Reason.SHORTENED, {"text": text, "longest": longest}))
    return text[: longest - 1] + "…"


def _since(raw: Raw, column: str, now: datetime, notes: list[Trouble]) -> datetime | None:
    """Return when something began. What stands in the file has begun, so a time ahead is no better than none."""
    value = raw.get(column)
    since = moment_of(value)
    if since is not None and since <= now:
        return since
    reason = Reason.TIME_UNKNOWN if since is None else Reason.TIME_AHEAD
    notes.append(Trouble(reason, {"text": text_of(value)}))
    return None


Reader = Callable[[Raw, datetime], Any]


def in_order_of_time(found: Iterator[tuple[Raw, Base]]) -> list[tuple[Raw, Base]]:
    """Return bases the oldest first, those of unknown age last: where two overlap, who came first stays."""
    in_file = list(enumerate(found))
    in_file.sort(key=lambda one: (one[1][1].since is None, one[1][1].since or _NEVER, one[0]))
    return [pair for _position, pair in in_file]
