"""Rows of the old database, understood: what each tells, or why it cannot be taken; pure but for the words of reasons."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from clans.moving import cells
from clans.moving.hashers import WotcsBcryptHasher, is_old_hash
from clans.moving.reasons import Reason
from clans.moving.source import Row

T = TypeVar("T")

PLAYER: Final = ("account_id", "nickname")
GARAGE_TANK: Final = (
    "account_id",
    "tank_id",
    "tank_name",
    "tier",
    "battles",
    "wins",
    "mark_of_mastery",
    "is_premium",
    "nation",
    "type",
    "image_url",
    "last_updated",
)
USER: Final = ("username", "password_hash", "role", "account_id")
ROLES: Final = ("member", "commander")
# Clocks differ by as much.
_AHEAD: Final = timedelta(minutes=5)
_TIERS: Final = range(1, 12)
# What people of whom only the Discord id is known are called here.
_RESERVED: Final = re.compile(r"discord-[0-9]+", re.IGNORECASE)
_BYTES: Final = re.compile(r"\\x(?:[0-9a-f]{2})+")

# Battles, wins, mastery badge.
Figures = tuple[int, int, int]


class Refused(Exception):  # noqa: N818 - it is an outcome
    """A row cannot be taken."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class OldPlayer:
    """An account of the game; `notes` is what was left out."""

    account_id: int
    nickname: str
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class OldVehicle:
    """What a row told of its vehicle; what could not be read is empty."""

    name: str
    tier: int | None
    nation: str
    type: str
    is_premium: bool
    image_url: str


@dataclass(frozen=True, slots=True)
class OldTank:
    """A player's vehicle: its figures (None where none were told) as they stood at a time (None where it was not told)."""

    account_id: int
    tank_id: int
    figures: Figures | None
    at: datetime | None
    vehicle: OldVehicle


@dataclass(frozen=True, slots=True)
class OldPerson:
    """An account of the old site; `password` is as ours are stored, `role` empty if unknown; `notes` is what was left out."""

    username: str
    password: str
    role: str
    account_id: int | None
    notes: tuple[Reason, ...] = ()


def read_player(row: Row) -> OldPlayer:
    """Understand a row of `player`."""
    account_id = _account(row)
    try:
        return OldPlayer(account_id, cells.name(row.get("nickname"), 100) or "")
    except cells.Unreadable:
        return OldPlayer(account_id, "", (Reason.BAD_NICKNAME,))


def read_tank(row: Row, *, now: datetime) -> OldTank:
    """Understand a row of `garagetank`."""
    account_id = _account(row)
    tank_id = _or_refuse(cells.whole, row.get("tank_id"), Reason.BAD_VEHICLE)
    if not tank_id:
        raise Refused(Reason.BAD_VEHICLE)
    at = _or_refuse(cells.moment, row.get("last_updated"), Reason.BAD_TIME)
    if at is not None and at > now + _AHEAD:
        raise Refused(Reason.BAD_TIME)
    return OldTank(account_id, tank_id, _figures(row), at, _vehicle(row))


def read_person(row: Row) -> OldPerson:
    """Understand a row of `user`."""
    notes: list[Reason] = []
    username, password = _username(row), _password(row, notes)
    account_id = _own_account(row, notes)
    role = _role(row, notes, is_member_by_default=account_id is not None)
    return OldPerson(username, password, role, account_id, tuple(notes))


def _account(row: Row) -> int:
    number = _or_refuse(cells.whole, row.get("account_id"), Reason.BAD_ACCOUNT)
    if number is None:
        raise Refused(Reason.NO_ACCOUNT)
    if number == 0:
        raise Refused(Reason.BAD_ACCOUNT)
    return number


def _or_refuse(read: Callable[[Any], T], value: object, reason: Reason) -> T:
    try:
        return read(value)
    except cells.Unreadable:
        raise Refused(reason) from None


def _figures(row: Row) -> Figures | None:
    """Read the figures; without battles or wins nothing is known, for a zero would be a figure too."""
    battles, wins, mastery = (
        _or_refuse(cells.whole, row.get(name), Reason.BAD_FIGURES)
        for name in ("battles", "wins", "mark_of_mastery")
    )
    if mastery is not None and mastery > 4:
        raise Refused(Reason.BAD_FIGURES)
    if battles is None or wins is None:
        return None
    if wins > battles:
        raise Refused(Reason.BAD_FIGURES)
    return battles, wins, mastery or 0


def _vehicle(row: Row) -> OldVehicle:
    url = _shown(row, "image_url", 300)
    return OldVehicle(
        name=_shown(row, "tank_name", 100),
        tier=_tier(row),
        nation=_shown(row, "nation", 40),
        type=_shown(row, "type", 40),
        is_premium=cells.flag(row.get("is_premium")),
        # Anything else would be run by whoever looks at the picture.
        image_url=url if url.startswith(("https://", "http://")) else "",
    )


def _tier(row: Row) -> int | None:
    try:
        tier = cells.whole(row.get("tier"))
    except cells.Unreadable:
        return None
    return tier if tier in _TIERS else None


def _shown(row: Row, column: str, longest: int) -> str:
    try:
        return cells.name(row.get(column), longest) or ""
    except cells.Unreadable:
        return ""


def _username(row: Row) -> str:
    told = cells.text(row.get("username"))
    if told is None:
        raise Refused(Reason.NO_USERNAME)
    # The sign-in form does the same to what is typed; without it such a name could not sign in.
    username = unicodedata.normalize("NFKC", told).strip()
    if not username or len(username) > 150 or not username.isprintable():
        raise Refused(Reason.BAD_USERNAME)
    if _RESERVED.fullmatch(username):
        raise Refused(Reason.RESERVED_USERNAME)
    return username


def _password(row: Row, notes: list[Reason]) -> str:
    stored = cells.text(row.get("password_hash")) or ""
    if _BYTES.fullmatch(stored):  # how PostgreSQL spells a column of bytes
        stored = bytes.fromhex(stored[2:]).decode(errors="replace")
    if is_old_hash(stored):
        return f"{WotcsBcryptHasher.algorithm}${stored}"
    notes.append(Reason.BAD_PASSWORD)
    return "!"


def _role(row: Row, notes: list[Reason], *, is_member_by_default: bool) -> str:
    """Read the role; nothing tells that who has neither role nor account belongs to the clan."""
    role = (cells.text(row.get("role")) or (ROLES[0] if is_member_by_default else "")).lower()
    if role in ROLES:
        return role
    notes.append(Reason.UNKNOWN_ROLE)
    return ""


def _own_account(row: Row, notes: list[Reason]) -> int | None:
    try:
        return cells.whole(row.get("account_id")) or None
    except cells.Unreadable:
        notes.append(Reason.BAD_OWN_ACCOUNT)
        return None
