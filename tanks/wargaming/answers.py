"""The API's answers as frozen values, read from the `data` part of an envelope.

Only what is used is read; unknown keys are ignored; missing keys and null become None ("unknown"). A value that cannot be
read is None too, and noted in the caller's list of faults; one id's fault spoils no other. An id of which
nothing could be read is left out, so that it never counts as one that is unknown or hidden (None). BadAnswerError is raised
where nothing at all could be read, and nothing else is. Times are aware UTC. Everything the API names by key (roles,
nations, types) keeps that key: its own words exist in no Portuguese.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from tanks.wargaming import reading
from tanks.wargaming.errors import BadAnswerError
from tanks.wargaming.methods import STATISTICS
from tanks.wargaming.reading import Faults, Fields

T = TypeVar("T")

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
    """A clan; `members` is None where the answer says nothing about them, as for a disbanded clan, and never means "nobody".

    `unreadable_members` counts those that are on the list and could not be read: whoever is not in `members` may be one of
    them. `contradicts_itself`: the clan's own count of its members fits no reading of the list.
    """

    clan_id: int
    tag: str | None
    name: str | None
    is_disbanded: bool
    members: tuple[ClanMember, ...] | None
    unreadable_members: int = 0
    contradicts_itself: bool = False


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """A player. None as `last_battle_at`: never fought; as `garage`: unknown, not empty.

    `statistics` are life-time sums over random battles by name; None for one that is unknown. Draws exist: wins + losses ≠
    battles.
    """

    account_id: int
    nickname: str | None
    global_rating: int | None
    last_battle_at: datetime | None
    created_at: datetime | None
    statistics: Mapping[str, int | None] | None
    garage: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """A player by nickname; `clan_id` is None for one in no clan, and where clans were not asked for."""

    account_id: int
    nickname: str
    clan_id: int | None = None


@dataclass(frozen=True, slots=True)
class TankStatistic:
    """A player's life-time figures in one vehicle.

    `mark_of_mastery`: 0 none, 1 third class … 3 first class, 4 Ace; None where unknown.
    """

    tank_id: int
    battles: int
    wins: int
    mark_of_mastery: int | None


@dataclass(frozen=True, slots=True)
class ListedVehicle:
    """A vehicle of the catalogue; `tier` is 1 to 11, None where unknown or beyond.

    Pictures are addresses as the API gives them: plain http, and another one with every version of the game.
    """

    tank_id: int
    name: str | None
    short_name: str | None
    tag: str | None
    nation: str | None
    type: str | None
    tier: int | None
    is_premium: bool | None
    is_gift: bool | None
    big_icon: str | None
    small_icon: str | None
    contour_icon: str | None


@dataclass(frozen=True, slots=True)
class VehiclePage:
    """One page of the catalogue; `total` and `pages` as the API counted them when it answered this page.

    `unreadable` are ids whose entry on the page cannot be read. The catalogue was read whole if its pages hold
    as many different ids as the last page counts in total: it may change while it is read.
    """

    number: int
    pages: int | None
    total: int | None
    vehicles: tuple[ListedVehicle, ...]
    unreadable: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Login:
    """A new token that replaces the one it was asked with, and whose it is."""

    account_id: int
    expires_at: datetime | None
    access_token: str = field(repr=False)


def clans(data: object, faults: Faults | None = None) -> dict[int, ClanInfo | None]:
    """Read clans/info: clans by their id, None for one that does not exist."""
    return _by_id(data, "clan_id", _clan, faults)


def accounts(data: object, faults: Faults | None = None) -> dict[int, AccountInfo | None]:
    """Read account/info: players by account id; None for one that is unknown or hidden."""
    return _by_id(data, "account_id", _account, faults)


def account_list(data: object, faults: Faults | None = None) -> tuple[ListedAccount, ...]:
    """Read account/list: players by nickname, in the API's order; one without id or nickname is left out and noted."""
    noted = _list(faults)
    listed = [_listed(Fields(reading.row(row, "player"), noted)) for row in reading.items(data, "players")]
    return tuple(player for player in listed if player)


def account_clans(data: object, faults: Faults | None = None) -> dict[int, ListedAccount | None]:
    """Read account/info: players with their clans by account id; None for one that is unknown or hidden."""
    return _by_id(data, "account_id", _account_clan, faults)


def tanks(data: object, faults: Faults | None = None) -> dict[int, tuple[TankStatistic, ...] | None]:
    """Read account/tanks: each player's vehicles, in no order to rely on; None for one that is unknown or hidden."""
    return _each(data, "players' vehicles", _tanks, faults)


def vehicle_page(data: object, meta: object, number: int, faults: Faults | None = None) -> VehiclePage:
    """Read page `number` of encyclopedia/vehicles."""
    counts = Fields({} if meta is None else reading.row(meta, "counts of the page"), _list(faults))
    fields = reading.row(data, "vehicles")
    by_id = _by_id(fields, "tank_id", _vehicle, counts.faults)
    named = {tank_id for key, value in fields.items() if value is not None and (tank_id := _id_of(key))}
    vehicles = tuple(vehicle for vehicle in by_id.values() if vehicle)
    return VehiclePage(
        number=number,
        pages=counts.integer("page_total"),
        total=counts.integer("total"),
        vehicles=vehicles,
        unreadable=frozenset(named - by_id.keys()),
    )


def catalogue_version(data: object, faults: Faults | None = None) -> str:
    """Read encyclopedia/info: what differs whenever the catalogue has changed; empty if the API names none."""
    fields = Fields(reading.row(data, "encyclopedia/info"), _list(faults))
    stamp = fields.moment("tanks_updated_at")
    parts = [fields.text("game_version"), str(int(stamp.timestamp())) if stamp else ""]
    return " ".join(filter(None, parts))


def login(data: object) -> Login:
    """Read auth/prolongate; without an account id and a token it is no answer at all."""
    fields = reading.row(data, "auth/prolongate")
    return Login(
        account_id=reading.integer(fields.get("account_id"), "account_id"),
        expires_at=Fields(fields, []).moment("expires_at"),
        access_token=reading.text(fields.get("access_token"), "access_token"),
    )


def location(data: object) -> str:
    """Read auth/login: the address at which a player signs in."""
    return reading.text(reading.row(data, "auth/login").get("location"), "location")


def _list(faults: Faults | None) -> Faults:
    return [] if faults is None else faults


def _by_id(
    data: object, id_name: str, read: Callable[[int, Fields], T], faults: Faults | None
) -> dict[int, T | None]:
    """Read objects by their id; one that names another id is about that one, and unreadable."""

    def about(number: int, value: object, faults: Faults) -> T:
        fields = Fields(reading.row(value, f"answer for {id_name} {number}"), faults)
        if fields.integer(id_name) not in (None, number):
            raise BadAnswerError(f"The answer for {id_name} {number} is about another one.")
        return read(number, fields)

    return _each(data, f"answers by {id_name}", about, faults)


def _each(
    data: object, what: str, read: Callable[[int, object, Faults], T], faults: Faults | None
) -> dict[int, T | None]:
    """Read an answer by id; an entry that cannot be read is left out and noted, unless none can."""
    noted = _list(faults)
    by_id: dict[int, T | None] = {}
    fault: BadAnswerError | None = None
    for key, value in reading.row(data, what).items():
        number = _id_of(key)
        if number is None:  # something else beside the ids
            continue
        try:
            by_id[number] = None if value is None else read(number, value, noted)
        except BadAnswerError as error:
            fault = error
            noted.append(str(error))
    if fault is not None and not any(value is not None for value in by_id.values()):
        raise fault
    return by_id


def _id_of(key: str) -> int | None:
    # ASCII digits only: int() would also take signs, spaces, underscores and the digits of other scripts.
    if not (key.isascii() and key.isdigit() and len(key) <= 19):
        return None
    return number if (number := int(key)) <= reading.LARGEST else None


def _clan(clan_id: int, fields: Fields) -> ClanInfo:
    is_disbanded = fields.flag("is_clan_disbanded") or False
    listed = None if is_disbanded else fields.items("members")
    members = None if listed is None else [_member(value, fields.faults) for value in listed]
    by_id = {member.account_id: member for member in members or () if member}
    return ClanInfo(
        clan_id=clan_id,
        tag=fields.text("tag"),
        name=fields.text("name"),
        is_disbanded=is_disbanded,
        members=None if members is None else tuple(by_id.values()),
        unreadable_members=sum(member is None for member in members or ()),
        contradicts_itself=members is not None
        and _count(fields) not in {None, len(members), len(by_id.keys() - {0})},
    )


def _count(fields: Fields) -> int | None:
    """Return the clan's own count of its members, which only a number is: it speaks against the list, and is not stored."""
    count = fields.values.get("members_count")
    return None if isinstance(count, str) else Fields({"members_count": count}, []).integer("members_count")


def _member(value: object, faults: Faults) -> ClanMember | None:
    """Read a member; None for one without an id."""
    try:
        fields = Fields(reading.row(value, "member"), faults)
        account_id = reading.integer(fields.values.get("account_id"), "account_id of a member")
    except BadAnswerError as error:
        faults.append(str(error))
        return None
    return ClanMember(
        account_id, fields.text("account_name"), fields.text("role"), fields.moment("joined_at")
    )


def _account(account_id: int, fields: Fields) -> AccountInfo:
    statistics = fields.below("statistics")
    figures = statistics.below("all") if statistics else None
    return AccountInfo(
        account_id=account_id,
        nickname=fields.text("nickname"),
        global_rating=fields.integer("global_rating"),
        last_battle_at=fields.moment("last_battle_time"),
        created_at=fields.moment("created_at"),
        statistics={name: figures.integer(name) for name in STATISTICS} if figures else None,
        garage=_garage(fields.below("private")),
    )


def _listed(fields: Fields) -> ListedAccount | None:
    account_id, nickname = fields.integer("account_id"), fields.text("nickname")
    return ListedAccount(account_id, nickname) if account_id and nickname else None


def _account_clan(account_id: int, fields: Fields) -> ListedAccount:
    return ListedAccount(account_id, fields.text("nickname") or "", fields.integer("clan_id"))


def _garage(private: Fields | None) -> frozenset[int] | None:
    """Read what stands in a garage; BadAnswerError where that cannot be read whole: a vehicle would seem to be sold."""
    listed = private.values.get("garage") if private else None
    if listed is None:
        return None
    return frozenset(
        reading.integer(value, "vehicle in a garage") for value in reading.items(listed, "garage")
    )


def _tanks(_number: int, value: object, faults: Faults) -> tuple[TankStatistic, ...]:
    rows = [_tank_or_none(row, faults) for row in reading.items(value, "a player's vehicles")]
    return tuple({tank.tank_id: tank for tank in rows if tank}.values())


def _tank_or_none(value: object, faults: Faults) -> TankStatistic | None:
    """Read one row; None for one without vehicle, battles or wins: a 0 in their place would be invented."""
    fields = Fields(value if isinstance(value, dict) else {}, faults)
    figures = fields.below("statistics")
    tank_id = fields.integer("tank_id")
    battles, wins = (figures.integer("battles"), figures.integer("wins")) if figures else (None, None)
    if tank_id is None or battles is None or wins is None:
        faults.append("A player's vehicle without its id, battles or wins.")
        return None
    return TankStatistic(tank_id, battles, wins, _mastery(fields))


def _mastery(fields: Fields) -> int | None:
    mastery = fields.integer("mark_of_mastery")
    if mastery is not None and mastery > ACE_TANKER:
        fields.faults.append("Unexpected class of mastery.")
        return None
    return mastery


def _vehicle(tank_id: int, fields: Fields) -> ListedVehicle:
    tier = fields.integer("tier")
    images = fields.below("images") or Fields({}, fields.faults)
    return ListedVehicle(
        tank_id=tank_id,
        **{name: fields.text(name) for name in ("name", "short_name", "tag", "nation", "type")},
        tier=tier if tier in TIERS else None,
        is_premium=fields.flag("is_premium"),
        is_gift=fields.flag("is_gift"),
        **{name: images.text(name) for name in ("big_icon", "small_icon", "contour_icon")},
    )
