"""The methods of the API: a request in, the answer's envelope out. Pure but for the world it reads."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from local.simulator.records import Account
from local.simulator.reference import METHODS, POST_ONLY, Query, RefusalError
from local.simulator.serving import Reply, Request, choice_page
from local.simulator.world import CLAN_NAME, CLAN_TAG, World

PAGE_SIZE: Final = 100
SIGN_IN: Final = "/id/signin/"
_LOGIN_SECONDS: Final = 14 * 86_400
_LONGEST_NICKNAME: Final = 24


def answer(world: World, path: str, verb: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Answer a request for a method such as account/info; parameters include application_id.

    Raises RefusalError for what the API refuses.
    """
    if path not in METHODS or (path in POST_ONLY and verb != "POST"):
        raise RefusalError(404, "METHOD_NOT_FOUND")
    query = Query(path, parameters)
    token, owner = query.text("access_token"), query.token_owner()
    if token and (owner not in world.players or token in world.forgotten_tokens):
        raise RefusalError(407, "INVALID_ACCESS_TOKEN", "access_token", token)
    data = _ANSWERS[path](world, query)
    counts = _page_counts(world, query) if path == "encyclopedia/vehicles" else {}
    return {"status": "ok", "meta": {"count": len(data), **counts}, "data": data}


def _clans_info(world: World, query: Query) -> dict[str, Any]:
    clans = {world.clan_id: query.pick(_clan(world))}
    return {str(clan_id): clans.get(clan_id) for clan_id in query.ids("clan_id")}


def _clan(world: World) -> dict[str, Any]:
    members = [
        {
            "role": place.role,
            "joined_at": place.joined_at,
            "account_id": number,
            "account_name": world.players[number].nickname,
        }
        for number, place in world.members.items()
    ]
    clan = {"clan_id": world.clan_id, "is_clan_disbanded": False, "tag": CLAN_TAG, "name": CLAN_NAME}
    return clan | {"members_count": len(members), "members": members}


def _account_info(world: World, query: Query) -> dict[str, Any]:
    owner, with_garage = query.token_owner(), bool(query.words("extra"))

    def account(player: Account) -> dict[str, Any]:
        own = {"garage": player.garage} if with_garage else None
        return {
            "account_id": player.account_id,
            "nickname": player.nickname,
            "clan_id": world.clan_id if player.account_id in world.members else None,
            "created_at": player.created_at,
            "last_battle_time": player.last_battle_time,
            "global_rating": player.global_rating,
            "private": own if player.account_id == owner else None,
            "statistics": {"all": asdict(player.figures)},
        }

    return _by_account(world, query, account)


def _account_list(world: World, query: Query) -> Any:
    """Return the players with one of these whole nicknames, or with one that begins like this, by nickname."""
    is_start = query.text("type") != "exact"
    names = [name.lower() for name in query.words("search")]
    if is_start and not 3 <= len(names[0]) <= _LONGEST_NICKNAME:
        raise RefusalError(407, "NOT_ENOUGH_SEARCH_LENGTH", "search", names[0])

    def fits(nickname: str) -> bool:
        return nickname.startswith(names[0]) if is_start else nickname in names

    found = [player for player in world.players.values() if fits(player.nickname.lower())]
    found.sort(key=lambda player: player.nickname.lower())
    listed = [{"account_id": player.account_id, "nickname": player.nickname} for player in found]
    return query.pick(listed[: query.number("limit", default=PAGE_SIZE)])


def _account_tanks(world: World, query: Query) -> dict[str, Any]:
    return _by_account(world, query, _tanks)


def _tanks(player: Account) -> list[dict[str, Any]]:
    """Return a player's vehicles, the most driven first."""
    return [
        {
            "statistics": {"wins": tank.figures.wins, "battles": tank.figures.battles},
            "mark_of_mastery": tank.mastery,
            "tank_id": tank_id,
        }
        for tank_id, tank in sorted(player.tanks.items(), key=lambda item: -item[1].figures.battles)
    ]


def _by_account(world: World, query: Query, shape: Callable[[Account], Any]) -> dict[str, Any]:
    """Return the answer for each account of the query; null for one that is unknown or hidden."""
    known = {number: world.players.get(number) for number in query.ids("account_id")}
    return {
        str(number): query.pick(shape(player)) if player and number not in world.hidden else None
        for number, player in known.items()
    }


def _encyclopedia_info(world: World, query: Query) -> Any:
    catalogue = world.catalogue
    return query.pick({"game_version": catalogue.game_version, "tanks_updated_at": catalogue.updated_at})


def _page_counts(world: World, query: Query) -> dict[str, int]:
    limit = min(PAGE_SIZE, query.number("limit", default=PAGE_SIZE))
    page, total = query.number("page_no", default=1), len(world.catalogue.vehicles)
    return {"page_total": -(-total // limit), "total": total, "limit": limit, "page": page}


def _encyclopedia_vehicles(world: World, query: Query) -> dict[str, Any]:
    counts = _page_counts(world, query)
    page, limit = counts["page"], counts["limit"]
    if page > max(1, counts["page_total"]):
        raise RefusalError(404, "PAGE_NO_NOT_FOUND", "page_no", str(page))
    shown = [world.catalogue.vehicles[tank_id] for tank_id in sorted(world.catalogue.vehicles)]
    return {
        str(vehicle.tank_id): query.pick({**asdict(vehicle), "images": vehicle.images})
        for vehicle in shown[(page - 1) * limit : page * limit]
    }


def _prolongate(world: World, query: Query) -> Any:
    """Answer with a successor of the token that came."""
    return query.pick(_token(query.token_owner(), _expiry(world, query)))


def _login(world: World, query: Query) -> dict[str, Any]:
    """Answer where a browser signs in: on a page of the simulator itself. `redirect_uri` must not have a query."""
    if query.text("nofollow") != "1":
        raise RefusalError(407, "INVALID_NOFOLLOW", "nofollow")  # only a browser can follow
    redirect_uri = query.text("redirect_uri")
    parts = urlsplit(redirect_uri)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise RefusalError(407, "INVALID_REDIRECT_URI", "redirect_uri", redirect_uri)
    _expiry(world, query)
    return {"location": f"{SIGN_IN}?{urlencode({'redirect_uri': redirect_uri})}"}


def _logout(world: World, query: Query) -> dict[str, Any]:
    world.forgotten_tokens.add(query.text("access_token"))
    return {}


def sign_in(world: World, request: Request) -> Reply:
    """Let a browser choose whose account it signs in with, and send it back: with a token, or as somebody who cancelled."""
    redirect_uri = request.form.get("redirect_uri", "")
    if request.verb == "GET":
        members = {number: world.players[number].nickname for number in world.members}
        choices = [
            (str(number), f"{members[number]} ({world.members[number].role})")
            for number in sorted(members, key=lambda number: members[number].lower())
        ]
        return choice_page(
            "Stand-in for Wargaming", "account", [("", "Cancel"), *choices], {"redirect_uri": redirect_uri}
        )
    player = world.players.get(int(request.form.get("account") or 0))
    said: dict[str, object] = {"status": "error", "message": "AUTH_CANCEL", "code": 401}
    if player is not None:
        token = _token(player.account_id, world.now + _LOGIN_SECONDS)
        said = {"status": "ok", "nickname": player.nickname, **token}
    return Reply(b"", 302, location=f"{redirect_uri}?{urlencode(said)}")


def _token(account_id: int | None, expires_at: int) -> dict[str, object]:
    access_token = f"sim-{account_id}-{secrets.token_hex(12)}"
    return {"access_token": access_token, "account_id": account_id, "expires_at": expires_at}


def _expiry(world: World, query: Query) -> int:
    """Return when a login ends that is asked for in seconds from now."""
    asked = query.number("expires_at", default=_LOGIN_SECONDS)
    if asked > _LOGIN_SECONDS:
        raise RefusalError(407, "INVALID_EXPIRES_AT", "expires_at", str(asked))
    return world.now + asked


_ANSWERS: Final[dict[str, Callable[[World, Query], Any]]] = {
    "clans/info": _clans_info,
    "account/info": _account_info,
    "account/list": _account_list,
    "account/tanks": _account_tanks,
    "encyclopedia/info": _encyclopedia_info,
    "encyclopedia/vehicles": _encyclopedia_vehicles,
    "auth/login": _login,
    "auth/logout": _logout,
    "auth/prolongate": _prolongate,
}
