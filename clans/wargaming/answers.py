"""What the API answers, as frozen values, and how they are read out of the `data` part of an answer.

Unknown keys are ignored; missing keys and null become None ("not told"); a value of the wrong type raises BadAnswer and
nothing else does. Times are aware UTC. Everything the API names by key (roles, nations, types) keeps that key: its own
words exist in no Portuguese.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from clans.wargaming import reading
from clans.wargaming.errors import BadAnswer
from clans.wargaming.reading import Row, flag, integer, integers, moment, optional, text

T = TypeVar("T")
logger = logging.getLogger(__name__)

TIERS: Final = range(1, 12)
ACE_TANKER: Final = 4


@dataclass(frozen=True, slots=True)
class ClanMember:
    """A member; `role` is the game's own key, such as personnel_officer."""

    account_id: int
    name: str | None
    role: str | None
    joined_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClanInfo:
    """A clan; `members` is None where nothing was told about them, as for a disbanded clan, and never means "nobody"."""

    clan_id: int
    tag: str | None
    name: str | None
    color: str | None
    leader_id: int | None
    members_count: int | None
    is_disbanded: bool
    created_at: datetime | None
    updated_at: datetime | None
    members: tuple[ClanMember, ...] | None


@dataclass(frozen=True, slots=True)
class AccountStatistics:
    """Life-time sums over random battles; None for what was not told. Draws exist: wins + losses ≠ battles."""

    battles: int | None
    wins: int | None
    losses: int | None
    draws: int | None
    survived_battles: int | None
    damage_dealt: int | None
    frags: int | None
    spotted: int | None
    dropped_capture_points: int | None
    xp: int | None


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """A player. None as `clan_id`: in no clan; as `last_battle_at`: never fought; as `garage`: not told, not empty."""

    account_id: int
    nickname: str | None
    clan_id: int | None
    global_rating: int | None
    last_battle_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None
    statistics: AccountStatistics | None
    garage: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class TankStatistic:
    """A player's life-time figures in one vehicle.

    `mark_of_mastery`: 0 none, 1 third class … 3 first class, 4 Ace; None where not told.
    """

    tank_id: int
    battles: int
    wins: int
    mark_of_mastery: int | None


@dataclass(frozen=True, slots=True)
class VehicleImages:
    """Addresses of pictures, as the API gives them: plain http, and another one with every version of the game."""

    big_icon: str | None = None
    small_icon: str | None = None
    contour_icon: str | None = None


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle of the catalogue; `tier` is 1 to 11, None where not told or beyond."""

    tank_id: int
    name: str | None
    short_name: str | None
    tag: str | None
    nation: str | None
    type: str | None
    tier: int | None
    is_premium: bool | None
    is_gift: bool | None
    images: VehicleImages


@dataclass(frozen=True, slots=True)
class VehiclePage:
    """One page of the catalogue; `total` and `pages` as the API counted them when it answered this page.

    The catalogue was read whole if its pages hold as many different vehicles as the last page counts in total: it may
    change while it is read.
    """

    number: int
    pages: int | None
    total: int | None
    vehicles: tuple[Vehicle, ...]


@dataclass(frozen=True, slots=True)
class EncyclopediaInfo:
    """What tells whether the catalogue changed, and the API's English words for its keys."""

    game_version: str | None
    tanks_updated_at: datetime | None
    languages: Mapping[str, str]
    nations: Mapping[str, str]
    types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Login:
    """A new token that replaces the one it was asked with, and whose it is."""

    account_id: int
    expires_at: datetime | None
    access_token: str = field(repr=False)


def clans(data: object) -> dict[int, ClanInfo | None]:
    """Read clans/info: clans by their id, None for one that does not exist."""
    return _by_id(data, "clan_id", _clan)


def accounts(data: object) -> dict[int, AccountInfo | None]:
    """Read account/info: players by account id; None for one that is unknown, hidden or unreadable."""
    told = reading.row(data, "answers by account_id")
    return _each(told, lambda number, value: _about(number, value, "account_id", _account))


def tanks(data: object) -> dict[int, tuple[TankStatistic, ...] | None]:
    """Read account/tanks: each player's vehicles, in no order to rely on; None for one unknown, hidden or unreadable."""
    return _each(reading.row(data, "players' vehicles"), lambda _number, value: _tanks(value))


def _each(told: Row, read: Callable[[int, object], T]) -> dict[int, T | None]:
    """Read what is told by id; one that cannot be read keeps no other from being read, unless none can."""
    found: dict[int, T | None] = {}
    fault: BadAnswer | None = None
    for key, value in told.items():
        number = _id_of(key)
        try:
            found[number] = None if value is None else read(number, value)
        except BadAnswer as error:
            found[number], fault = None, error
            logger.warning("What is told of %d cannot be read: %s", number, error)
    if fault is not None and not any(value is not None for value in found.values()):
        raise fault
    return found


def vehicle_page(data: object, meta: object, number: int) -> VehiclePage:
    """Read page `number` of encyclopedia/vehicles; ids that it does not know, or tells unreadably, are left out."""
    counts = {} if meta is None else reading.row(meta, "counts of the page")
    told = reading.row(data, "answers by tank_id")
    found = _each(told, lambda key, value: _about(key, value, "tank_id", _vehicle))
    return VehiclePage(
        number=number,
        pages=optional(integer, counts, "page_total"),
        total=optional(integer, counts, "total"),
        vehicles=tuple(vehicle for vehicle in found.values() if vehicle),
    )


def encyclopedia(data: object) -> EncyclopediaInfo:
    """Read encyclopedia/info."""
    told = reading.row(data, "encyclopedia/info")
    return EncyclopediaInfo(
        game_version=optional(text, told, "game_version"),
        tanks_updated_at=moment(told, "tanks_updated_at"),
        languages=optional(reading.texts_by_key, told, "languages") or {},
        nations=optional(reading.texts_by_key, told, "vehicle_nations") or {},
        types=optional(reading.texts_by_key, told, "vehicle_types") or {},
    )


def login(data: object) -> Login:
    """Read auth/prolongate; without an account id and a token it is no answer at all."""
    told = reading.row(data, "auth/prolongate")
    return Login(
        account_id=integer(told.get("account_id"), "account_id"),
        expires_at=moment(told, "expires_at"),
        access_token=text(told.get("access_token"), "access_token"),
    )


def _by_id(data: object, id_name: str, read: Callable[[int, Row], T]) -> dict[int, T | None]:
    answers: dict[int, T | None] = {}
    for key, value in reading.row(data, f"answers by {id_name}").items():
        number = _id_of(key)
        answers[number] = None if value is None else _about(number, value, id_name, read)
    return answers


def _about(number: int, value: object, id_name: str, read: Callable[[int, Row], T]) -> T:
    told = reading.row(value, f"answer for {id_name} {number}")
    if optional(integer, told, id_name) not in (None, number):
        raise BadAnswer(f"The answer for {id_name} {number} is about another one.")
    return read(number, told)


def _id_of(key: str) -> int:
    # ASCII digits only: int() would also take signs, spaces, underscores and the digits of other scripts.
    if not (key.isascii() and key.isdigit() and len(key) <= 19):
        raise BadAnswer("An answer's key is no id.")
    return integer(int(key), "id")


def _clan(clan_id: int, told: Row) -> ClanInfo:
    is_disbanded = optional(flag, told, "is_clan_disbanded") or False
    return ClanInfo(
        clan_id=clan_id,
        tag=optional(text, told, "tag"),
        name=optional(text, told, "name"),
        color=optional(text, told, "color"),
        leader_id=optional(integer, told, "leader_id"),
        members_count=optional(integer, told, "members_count"),
        is_disbanded=is_disbanded,
        created_at=moment(told, "created_at"),
        updated_at=moment(told, "updated_at"),
        members=None if is_disbanded else optional(_members, told, "members"),
    )


def _members(value: object, what: str) -> tuple[ClanMember, ...]:
    # A member without an id is no missing detail: left out, somebody would seem to have left the clan.
    members = (
        ClanMember(
            account_id=integer(told.get("account_id"), "account_id of a member"),
            name=optional(text, told, "account_name"),
            role=optional(text, told, "role"),
            joined_at=moment(told, "joined_at"),
        )
        for told in reading.rows(value, what)
    )
    return tuple({member.account_id: member for member in members}.values())


def _account(account_id: int, told: Row) -> AccountInfo:
    statistics = optional(reading.row, told, "statistics") or {}
    private = optional(reading.row, told, "private") or {}
    garage = optional(integers, private, "garage")
    return AccountInfo(
        account_id=account_id,
        nickname=optional(text, told, "nickname"),
        clan_id=optional(integer, told, "clan_id") or None,
        global_rating=optional(integer, told, "global_rating"),
        last_battle_at=moment(told, "last_battle_time"),
        created_at=moment(told, "created_at"),
        updated_at=moment(told, "updated_at"),
        statistics=optional(_statistics, statistics, "all"),
        garage=None if garage is None else frozenset(garage),
    )


def _statistics(value: object, what: str) -> AccountStatistics:
    told = reading.row(value, what)
    return AccountStatistics(
        battles=optional(integer, told, "battles"),
        wins=optional(integer, told, "wins"),
        losses=optional(integer, told, "losses"),
        draws=optional(integer, told, "draws"),
        survived_battles=optional(integer, told, "survived_battles"),
        damage_dealt=optional(integer, told, "damage_dealt"),
        frags=optional(integer, told, "frags"),
        spotted=optional(integer, told, "spotted"),
        dropped_capture_points=optional(integer, told, "dropped_capture_points"),
        xp=optional(integer, told, "xp"),
    )


def _tanks(value: object) -> tuple[TankStatistic, ...]:
    found = [_tank_or_none(told) for told in reading.items(value, "a player's vehicles")]
    return tuple({tank.tank_id: tank for tank in found if tank}.values())


def _tank_or_none(value: object) -> TankStatistic | None:
    """Read one row; None for one that cannot be read, which takes nothing from the others."""
    try:
        return _tank(reading.row(value, "vehicle of a player"))
    except BadAnswer as error:
        logger.warning("A player's vehicle cannot be read: %s", error)
        return None


def _tank(told: Row) -> TankStatistic | None:
    """Read one row; None for one that does not tell vehicle, battles and wins: a 0 in their place would be invented."""
    figures = optional(reading.row, told, "statistics") or {}
    tank_id = optional(integer, told, "tank_id")
    battles = optional(integer, figures, "battles")
    wins = optional(integer, figures, "wins")
    mastery = optional(integer, told, "mark_of_mastery")
    if mastery is not None and mastery > ACE_TANKER:
        raise BadAnswer("Unexpected class of mastery.")
    if tank_id is None or battles is None or wins is None:
        return None
    return TankStatistic(tank_id, battles, wins, mastery)


def _vehicle(tank_id: int, told: Row) -> Vehicle:
    tier = optional(integer, told, "tier")
    images = optional(reading.row, told, "images") or {}
    return Vehicle(
        tank_id=tank_id,
        name=optional(text, told, "name"),
        short_name=optional(text, told, "short_name"),
        tag=optional(text, told, "tag"),
        nation=optional(text, told, "nation"),
        type=optional(text, told, "type"),
        tier=tier if tier in TIERS else None,
        is_premium=optional(flag, told, "is_premium"),
        is_gift=optional(flag, told, "is_gift"),
        images=VehicleImages(
            big_icon=optional(text, images, "big_icon"),
            small_icon=optional(text, images, "small_icon"),
            contour_icon=optional(text, images, "contour_icon"),
        ),
    )
