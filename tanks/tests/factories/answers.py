"""Answers of the API, short to write: every field has a plain default."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tanks.wargaming.answers import AccountInfo, ClanInfo, ClanMember, ListedVehicle, TankStatistic
from tanks.wargaming.methods import STATISTICS

JOINED = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=20)
LATER = NOW + timedelta(minutes=40)
TEN = range(1, 11)  # account ids


def clan_member(
    number: int, name: str | None = "", role: str | None = "private", joined_at: datetime | None = JOINED
) -> ClanMember:
    """A member of an answer; named after the number unless another is given."""
    return ClanMember(number, f"Jogador_{number}" if name == "" else name, role, joined_at)


def roster(*members: ClanMember | int, **fields: Any) -> ClanInfo:
    """An answer about a clan with these members, a number standing for a plain one."""
    values: dict[str, Any] = {
        "clan_id": 1,
        "tag": "LBCR",
        "name": "Lobos do Cerrado",
        "is_disbanded": False,
        "members": tuple(clan_member(member) if isinstance(member, int) else member for member in members),
    }
    return ClanInfo(**values | fields)


def disbanded() -> ClanInfo:
    return roster(tag="", name="", is_disbanded=True, members=None)


def account(number: int, *, battles: int | None = 1000, **fields: Any) -> AccountInfo:
    """An answer about a player; counters given by name are figures, everything else is about the account."""
    counters: dict[str, int | None] = dict.fromkeys(STATISTICS) | {"battles": battles}
    counters |= {name: fields.pop(name) for name in tuple(fields) if name in counters}
    values: dict[str, Any] = {
        "account_id": number,
        "nickname": f"Jogador_{number}",
        "global_rating": None,
        "last_battle_at": None,
        "created_at": None,
        "statistics": counters,
        "garage": None,
    }
    return AccountInfo(**values | fields)


def tank(tank_id: int, battles: int = 100, wins: int = 52, mastery: int = 0) -> TankStatistic:
    return TankStatistic(tank_id, battles, wins, mastery)


def listed(tank_id: int, name: str | None = "", **fields: Any) -> ListedVehicle:
    """A vehicle as the catalogue lists it."""
    values: dict[str, Any] = {
        "name": f"Veículo {tank_id}" if name == "" else name,
        "short_name": f"V {tank_id}",
        "tag": f"G{tank_id}",
        "nation": "germany",
        "type": "heavyTank",
        "tier": 10,
        "is_premium": False,
        "is_gift": False,
        "big_icon": "http://api/big.png",
        "small_icon": "http://api/small.png",
        "contour_icon": "http://api/contour.png",
    }
    return ListedVehicle(tank_id=tank_id, **values | fields)
