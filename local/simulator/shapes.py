"""A world's things in the API's shapes: the names and nulls of real answers."""

from collections.abc import Collection
from functools import cache
from typing import Any, Final

from local.simulator import people
from local.simulator.catalogue import Vehicle
from local.simulator.fields import Tree, methods, zeros
from local.simulator.records import Figures, Player
from local.simulator.world import World

_MEDIA: Final = "https://na.wargaming.net/clans/media/clans/emblems/cl_1"
_COLOUR: Final = "#00A859"
_WORDS: Final[dict[str, dict[str, Any]]] = {
    "vehicle_types": {
        "heavyTank": "Heavy Tank",
        "AT-SPG": "Tank Destroyer",
        "mediumTank": "Medium Tank",
        "lightTank": "Light Tank",
        "SPG": "SPG",
    },
    "vehicle_nations": {
        "ussr": "U.S.S.R.",
        "germany": "Germany",
        "usa": "U.S.A.",
        "china": "China",
        "france": "France",
        "uk": "U.K.",
        "japan": "Japan",
        "czech": "Czechoslovakia",
        "sweden": "Sweden",
        "poland": "Poland",
        "italy": "Italy",
    },
    "vehicle_crew_roles": {
        "commander": "Commander",
        "gunner": "Gunner",
        "driver": "Driver",
        "radioman": "Radio Operator",
        "loader": "Loader",
    },
    "languages": {
        "en": "English",
        "ru": "Русский",
        "pl": "Polski",
        "de": "Deutsch",
        "fr": "Français",
        "es": "Español",
        "zh-cn": "简体中文",
        "zh-tw": "繁體中文",
        "tr": "Türkçe",
        "cs": "Čeština",
        "th": "ไทย",
        "vi": "Tiếng Việt",
        "ko": "한국어",
    },
    "achievement_sections": {
        "battle": {"name": "Battle Heroes", "order": 0},
        "special": {"name": "Honorary Ranks", "order": 1},
        "epic": {"name": "Epic Medals", "order": 2},
        "group": {"name": "Group Awards", "order": 3},
        "memorial": {"name": "Commemorative Tokens", "order": 4},
        "class": {"name": "Stage Awards", "order": 5},
        "action": {"name": "Special", "order": 6},
    },
}
# Shown only to who asks for them.
_PRIVATE_EXTRAS: Final = ("boosters", "garage", "grouped_contacts", "personal_missions", "rented")


def clan(world: World, absent: Collection[int] = ()) -> dict[str, Any]:
    """Return the clan as clans/info tells it, without the members in `absent`."""
    if world.is_disbanded:
        return _disbanded(world)
    members = [_member(world, number) for number in world.members if number not in absent]
    leader = world.players.get(world.leader_id)
    name = leader.nickname if leader else ""
    return {
        **_disbanded(world),
        "leader_id": world.leader_id,
        "leader_name": name,
        "creator_id": world.leader_id,
        "creator_name": name,
        "color": _COLOUR,
        "tag": people.CLAN_TAG,
        "name": people.CLAN_NAME,
        "motto": people.CLAN_MOTTO,
        "description": people.CLAN_DESCRIPTION,
        "description_html": f"<p>{people.CLAN_DESCRIPTION.replace('&', '&amp;')}</p>",
        "created_at": world.clan_created_at,
        "accepts_join_requests": True,
        "is_clan_disbanded": False,
        "members_count": len(members),
        "members": members,
        "emblems": _emblems(world.clan_id),
    }


def _disbanded(world: World) -> dict[str, Any]:
    """Return what is left of a disbanded clan: its id, that it is gone, and since when."""
    empty = dict.fromkeys(
        ("tag", "name", "motto", "description", "description_html", "old_tag", "old_name"), ""
    )
    return {
        **empty,
        "clan_id": world.clan_id,
        "is_clan_disbanded": True,
        "updated_at": world.clan_updated_at,
        "color": "#FFFFFF",
        "leader_id": 0,
        "leader_name": "",
        "creator_id": 0,
        "creator_name": "",
        "created_at": 0,
        "renamed_at": 0,
        "accepts_join_requests": False,
        "members_count": 0,
        "members": None,
        "emblems": None,
        "private": None,
    }


def _member(world: World, account_id: int) -> dict[str, Any]:
    place = world.members[account_id]
    return {
        "role": place.role,
        "role_i18n": people.ROLES[place.role],
        "joined_at": place.joined_at,
        "account_id": account_id,
        "account_name": world.players[account_id].nickname,
    }


def _emblems(clan_id: int) -> dict[str, Any]:
    base = f"{_MEDIA}/{clan_id}/emblem"
    emblems = {f"x{size}": {"portal": f"{base}_{size}x{size}.png"} for size in (24, 32, 64, 195)}
    emblems["x64"]["wot"] = f"{base}_64x64_tank.png"
    emblems["x256"] = {"wowp": f"{base}_256x256.png"}
    return emblems


def account(
    world: World, account_id: int, extra: Collection[str], *, is_owner: bool
) -> dict[str, Any] | None:
    """Return a player as account/info tells it; None for one that is unknown or hidden."""
    player = _visible(world, account_id)
    if player is None:
        return None
    return {
        "account_id": account_id,
        "nickname": player.nickname,
        "clan_id": world.clan_of(account_id),
        "created_at": player.created_at,
        "last_battle_time": player.last_battle_time,
        "logout_at": player.logout_at,
        "updated_at": player.updated_at,
        "global_rating": player.global_rating,
        "client_language": "",
        "private": _private(player, extra) if is_owner else None,
        "statistics": _account_statistics(player, extra),
    }


def _private(player: Player, extra: Collection[str]) -> dict[str, Any]:
    extras: dict[str, Any] = {name: {} for name in _PRIVATE_EXTRAS if f"private.{name}" in extra}
    if "garage" in extras:
        extras["garage"] = player.garage
    return {
        "gold": 1250,
        "credits": 4_200_000,
        "free_xp": 31_000,
        "bonds": 900,
        "is_premium": False,
        "premium_expires_at": player.created_at,
        "is_bound_to_phone": True,
        "ban_time": None,
        "ban_info": None,
        "restrictions": {"chat_ban_time": None},
        "battle_life_time": player.figures.battles * 300,
        **extras,
    }


def _account_statistics(player: Player, extra: Collection[str]) -> dict[str, Any]:
    sections = _sections("account/info", "statistics")
    told = {name: figures for name, (figures, key) in sections.items() if key is None or key in extra}
    counted = _counted(player.figures)
    told |= {name: {**told[name], **counted} for name in ("all", "random") if name in told}
    return {**told, "trees_cut": player.figures.battles // 2, "frags": None}


def tanks(world: World, account_id: int, only: Collection[int] = ()) -> list[dict[str, Any]] | None:
    """Return a player's vehicles as account/tanks tells them, the most driven first; None as for account."""
    player = _visible(world, account_id)
    if player is None:
        return None
    return [
        {
            "statistics": {"wins": tank.figures.wins, "battles": tank.figures.battles},
            "mark_of_mastery": tank.mastery,
            "tank_id": tank_id,
        }
        for tank_id, tank in sorted(player.tanks.items(), key=lambda item: -item[1].figures.battles)
        if not only or tank_id in only
    ]


def tank_statistics(
    world: World, account_id: int, extra: Collection[str], *, is_owner: bool
) -> list[dict[str, Any]] | None:
    """Return a player's vehicles as tanks/stats tells them; None as for account."""
    player = _visible(world, account_id)
    if player is None:
        return None
    sections = _sections("tanks/stats", None)
    shown = {name: figures for name, (figures, key) in sections.items() if key is None or key in extra}
    rows = []
    for tank_id, tank in player.tanks.items():
        counted = _counted(tank.figures)
        row = {
            name: {**figures, **counted} if name in {"all", "random"} else figures
            for name, figures in shown.items()
        }
        rows.append(
            {
                **row,
                "account_id": account_id,
                "tank_id": tank_id,
                "mark_of_mastery": tank.mastery,
                "max_xp": 0,
                "max_frags": 0,
                "frags": None,
                "in_garage": not tank.is_sold if is_owner else None,
            }
        )
    return rows


def vehicle(told: Vehicle) -> dict[str, Any]:
    """Return a vehicle as encyclopedia/vehicles tells it, without what no clan's statistics need."""
    return {
        "tank_id": told.tank_id,
        "name": told.name,
        "short_name": told.short_name,
        "tag": told.tag,
        "nation": told.nation,
        "type": told.type,
        "tier": told.tier,
        "is_premium": told.is_premium,
        "is_gift": told.is_gift,
        "is_wheeled": False,
        "is_premium_igr": False,
        "images": told.images,
        "description": "",
        "price_credit": None if told.is_premium else 1000 * told.tier**3,
        "price_gold": 0,
        "prices_xp": None,
        "next_tanks": None,
        "crew": [],
        "modules_tree": {},
        "multination": None,
    }


def encyclopedia(world: World) -> dict[str, Any]:
    """Return what encyclopedia/info tells."""
    return {
        "game_version": world.catalogue.game_version,
        "tanks_updated_at": world.catalogue.updated_at,
        **_WORDS,
    }


def _visible(world: World, account_id: int) -> Player | None:
    return None if account_id in world.hidden else world.players.get(account_id)


def _counted(figures: Figures) -> dict[str, Any]:
    return {
        **figures.told(),
        "battle_avg_xp": figures.xp // max(1, figures.battles),
        "hits_percents": 100 * figures.hits // max(1, figures.shots),
    }


@cache
def _sections(path: str, below: str | None) -> dict[str, tuple[dict[str, Any], str | None]]:
    """Return the kinds of battle with figures of 0, and for those not told unasked the word to ask with."""
    method = methods()[path]
    tree: Tree = method.fields if below is None else method.fields[below]
    extras = set(method.parameters["extra"].values)
    keys = {name: name if below is None else f"{below}.{name}" for name, fields in tree.items() if fields}
    return {name: (zeros(tree[name]), key if key in extras else None) for name, key in keys.items()}
