"""Read rows of the old clan system; RowError for rows that lack something. Our own database is not asked."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from clans.hashers import WotcsBcryptHasher
from moving.report import Reason, RowError
from moving.source import OldRow
from moving.values import moment, text, whole

PLAYER, GARAGE_TANK, USER = "player", "garagetank", "user"
NO_PASSWORD: Final = "!"  # noqa: S105 - Django's mark for none
_LARGEST: Final = 2**63 - 1
_AHEAD: Final = timedelta(minutes=5)  # clocks differ by as much
# How people of whom only the Discord id is known are called on this site.
_RESERVED: Final = re.compile(r"discord-[0-9]+", re.IGNORECASE)
# Each step of the cost doubles the time: with more than 15 a sign-in would hold a web worker for many seconds.
_BCRYPT: Final = re.compile(r"\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")


@dataclass(frozen=True, slots=True)
class OldPlayer:
    """A player; `nickname` is empty if unknown."""

    key: int  # the account id
    nickname: str = ""


@dataclass(frozen=True, slots=True)
class OldTank:
    """A player's vehicle: battles, wins and badge as they stood at a time, if the row has them, and what describes it."""

    key: tuple[int, int]  # the account id and the vehicle's number
    figures: tuple[int, int, int] | None
    at: datetime | None
    description: tuple[Any, ...]  # name, tier, nation, type, is_premium, address of its picture


@dataclass(frozen=True, slots=True)
class OldPerson:
    """An account of the old site; `password` is as ours are stored, `role` empty if unknown."""

    key: str  # the user name
    password: str
    role: str
    account_id: int | None
    notes: tuple[Reason, ...]


def read_player(raw: OldRow, _now: datetime) -> OldPlayer:
    """Read a row of `player`; a nickname that cannot be shown is left to the next sync."""
    return OldPlayer(_account(raw), _shown(raw, "nickname", 100))


def read_tank(raw: OldRow, now: datetime) -> OldTank:
    """Read a row of `garagetank`."""
    account_id, tank_id = _account(raw), _id(raw.get("tank_id"))
    if tank_id is None:
        raise RowError(Reason.BAD_VEHICLE)
    given, at = text(raw.get("last_updated")), moment(raw.get("last_updated"))
    if given and (at is None or at > now + _AHEAD):
        raise RowError(Reason.BAD_TIME, text=given)
    tier, url = whole(raw.get("tier")), _shown(raw, "image_url", 300)
    description = (
        _shown(raw, "tank_name", 100),
        tier if tier in range(1, 12) else None,
        _shown(raw, "nation", 40),
        _shown(raw, "type", 40),
        text(raw.get("is_premium")).lower() in {"true", "t", "1", "yes", "y", "on"},
        # Anything else would be run by whoever looks at the picture.
        url if url.startswith(("https://", "http://")) else "",
    )
    return OldTank((account_id, tank_id), _figures(raw), at, description)


def read_person(raw: OldRow, _now: datetime) -> OldPerson:
    """Read a row of `user`. A person with neither role nor account gets no role."""
    notes: list[Reason] = []
    username, stored = _username(raw), text(raw.get("password_hash"))
    password = f"{WotcsBcryptHasher.algorithm}${stored}" if _BCRYPT.fullmatch(stored) else NO_PASSWORD
    if password == NO_PASSWORD:
        notes.append(Reason.BAD_PASSWORD)
    account_id = _id(raw.get("account_id"))
    if account_id is None and whole(raw.get("account_id") or "0") != 0:
        notes.append(Reason.BAD_OWN_ACCOUNT)
    role = text(raw.get("role")).lower() or ("member" if account_id else "")
    if role not in {"member", "commander"}:
        role = ""
        notes.append(Reason.NO_ROLE)
    return OldPerson(username, password, role, account_id, tuple(notes))


def _id(value: str | None) -> int | None:
    number = whole(value)
    return number if number and number <= _LARGEST else None


def _account(raw: OldRow) -> int:
    account_id = _id(raw.get("account_id"))
    if account_id is None:
        raise RowError(Reason.BAD_ACCOUNT)
    return account_id


def _figures(raw: OldRow) -> tuple[int, int, int] | None:
    """Read the figures; without battles or wins nothing is known, for a zero would be a figure too."""
    given = [text(raw.get(column)) for column in ("battles", "wins", "mark_of_mastery")]
    if not all(given[:2]):
        return None
    battles, wins, mastery = (
        -1 if figure is None else figure for figure in map(whole, (*given[:2], given[2] or "0"))
    )
    if not (0 <= wins <= battles <= _LARGEST and 0 <= mastery <= 4):
        raise RowError(Reason.BAD_FIGURES)
    return battles, wins, mastery


def _shown(raw: OldRow, column: str, longest: int) -> str:
    value = text(raw.get(column))
    return value if len(value) <= longest and value.isprintable() else ""


def _username(raw: OldRow) -> str:
    # The sign-in form does the same to what is typed; without it such a name could not sign in.
    username = unicodedata.normalize("NFKC", text(raw.get("username"))).strip()
    if not username:
        raise RowError(Reason.NO_USERNAME)
    if len(username) > 150 or not username.isprintable():
        raise RowError(Reason.BAD_USERNAME)
    if _RESERVED.fullmatch(username):
        raise RowError(Reason.RESERVED_USERNAME)
    return username


# By table: how many of the columns tell which row it is, the columns, and how rows are sorted, for of several with one key the
# first counts; and their reader.
TABLES: Final[
    Mapping[str, tuple[int, str, str, Callable[[OldRow, datetime], OldPlayer | OldTank | OldPerson]]]
] = {
    PLAYER: (1, "account_id nickname", "nickname DESC", read_player),
    GARAGE_TANK: (
        2,
        "account_id tank_id tank_name tier battles wins mark_of_mastery is_premium nation type image_url last_updated",
        "last_updated DESC",
        read_tank,
    ),
    USER: (1, "username password_hash role account_id", "id", read_person),
}
