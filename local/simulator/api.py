"""The methods of the API: a request in, the answer's envelope out. Pure but for the world it reads."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.simulator import shapes
from local.simulator.fields import Refusal, methods
from local.simulator.query import Query
from local.simulator.world import World

PAGE_SIZE: Final = 100
_MOST_NAMES: Final = 100
_LOGIN_SECONDS: Final = 14 * 86_400
_BY_ID: Final = frozenset(
    {"clans/info", "account/info", "account/tanks", "tanks/stats", "encyclopedia/vehicles"}
)


@dataclass(frozen=True, slots=True)
class Twist:
    """What is wrong with an answer that looks well: bad ids refuse their batch, absent ones are missing in the clan."""

    bad_ids: frozenset[int] = frozenset()
    absent: frozenset[int] = frozenset()
    all_null: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a method answers; without own counts, `count` is that of the data."""

    data: Any
    meta: Mapping[str, Any] | None = None


Answer = Callable[[World, Query, Twist], Found]


def answer(
    world: World, path: str, verb: str, parameters: Mapping[str, str], twist: Twist | None = None
) -> dict[str, Any]:
    """Answer a request for a method such as account/info; parameters include application_id.

    Raises Refusal for what the API refuses.
    """
    method = methods().get(path)
    if method is None or verb not in method.verbs:
        raise Refusal(404, "METHOD_NOT_FOUND")
    applied = twist or Twist()
    query = Query(method, parameters)
    _refuse_bad_ids(query, applied)
    _token_owner(world, query)
    found = _twisted(path, _ANSWERS[path](world, query, applied), applied)
    return {"status": "ok", "meta": {"count": len(found.data), **(found.meta or {})}, "data": found.data}


def _refuse_bad_ids(query: Query, twist: Twist) -> None:
    if twist.bad_ids.intersection(query.ids("account_id")):
        raise Refusal(407, "INVALID_ACCOUNT_ID", "account_id", query.text("account_id"))


def _token_owner(world: World, query: Query) -> int | None:
    owner = query.token_owner()
    if owner is not None and owner not in world.players:
        raise Refusal(407, "INVALID_ACCESS_TOKEN", "access_token", query.text("access_token"))
    return owner


def _twisted(path: str, found: Found, twist: Twist) -> Found:
    if twist.empty:
        return Found(type(found.data)(), found.meta)
    if twist.all_null and path in _BY_ID:
        return Found(dict.fromkeys(found.data), found.meta)
    return found


def _clans_info(world: World, query: Query, twist: Twist) -> Found:
    return Found(
        {
            str(clan_id): _clan(world, query, twist) if clan_id == world.clan_id else None
            for clan_id in query.ids("clan_id")
        }
    )


def _clan(world: World, query: Query, twist: Twist) -> dict[str, Any]:
    told = shapes.clan(world, twist.absent)
    picked: dict[str, Any] = query.selection.of(told)
    if query.text("members_key") == "id" and picked.get("members"):
        ids = [str(member["account_id"]) for member in told["members"]]
        picked["members"] = dict(zip(ids, picked["members"], strict=True))
    return picked


def _account_info(world: World, query: Query, _twist: Twist) -> Found:
    owner, extra = query.token_owner(), set(query.words("extra"))
    return Found(
        {
            str(account_id): query.selection.of(
                shapes.account(world, account_id, extra, is_owner=account_id == owner)
            )
            for account_id in query.ids("account_id")
        }
    )


def _account_tanks(world: World, query: Query, _twist: Twist) -> Found:
    only = set(query.ids("tank_id"))
    return Found(
        {
            str(account_id): query.selection.of(shapes.tanks(world, account_id, only))
            for account_id in query.ids("account_id")
        }
    )


def _tanks_stats(world: World, query: Query, _twist: Twist) -> Found:
    (account_id,) = query.ids("account_id")
    is_owner = query.token_owner() == account_id
    rows = shapes.tank_statistics(world, account_id, set(query.words("extra")), is_owner=is_owner)
    only, garage = set(query.ids("tank_id")), query.text("in_garage")
    if rows is not None and only:
        rows = [row for row in rows if row["tank_id"] in only]
    if rows is not None and garage and is_owner:
        rows = [row for row in rows if row["in_garage"] == (garage == "1")]
    return Found({str(account_id): query.selection.of(rows)})


def _account_list(world: World, query: Query, _twist: Twist) -> Found:
    search = (query.text("search") or "").lower()
    if query.text("type") == "exact":
        names = set(search.split(","))
        if search.count(",") >= _MOST_NAMES:
            raise Refusal(407, "SEARCH_LIST_LIMIT_EXCEEDED", "search", query.text("search"))
    elif len(search) < 3:
        raise Refusal(407, "NOT_ENOUGH_SEARCH_LENGTH", "search", query.text("search"))
    else:
        names = set()
    limit = min(PAGE_SIZE, query.number("limit", default=PAGE_SIZE))
    found = sorted(
        (player.nickname, player.account_id)
        for player in world.players.values()
        if player.nickname.lower() in names or (not names and player.nickname.lower().startswith(search))
    )
    rows = [{"nickname": nickname, "account_id": account_id} for nickname, account_id in found[:limit]]
    return Found(query.selection.of(rows))


def _encyclopedia_info(world: World, query: Query, _twist: Twist) -> Found:
    return Found(query.selection.of(shapes.encyclopedia(world)))


def _encyclopedia_vehicles(world: World, query: Query, _twist: Twist) -> Found:
    known = world.catalogue.vehicles
    limit = min(PAGE_SIZE, query.number("limit", default=PAGE_SIZE))
    page = query.number("page_no", default=1)
    asked = query.ids("tank_id") or sorted(known)
    filters = {name: set(query.words(name)) for name in ("nation", "type", "tier")}
    chosen = [
        tank_id
        for tank_id in asked
        if tank_id in known
        and all(not words or str(getattr(known[tank_id], name)) in words for name, words in filters.items())
    ]
    unknown = {str(tank_id): None for tank_id in query.ids("tank_id") if tank_id not in known}
    pages = -(-len(chosen) // limit)
    if page > max(1, pages):
        raise Refusal(404, "PAGE_NO_NOT_FOUND", "page_no", query.text("page_no"))
    shown = chosen[(page - 1) * limit : page * limit]
    rows = {str(tank_id): query.selection.of(shapes.vehicle(known[tank_id])) for tank_id in shown}
    counts: dict[str, int | None] = dict.fromkeys(("page_total", "total", "limit", "page"))
    if chosen:
        counts = {"page_total": pages, "total": len(chosen), "limit": limit, "page": page}
    return Found({**rows, **unknown}, counts)


def _prolongate(world: World, query: Query, _twist: Twist) -> Found:
    owner, token = query.token_owner(), query.text("access_token") or ""
    asked = query.number("expires_at", default=_LOGIN_SECONDS)
    expires_at = world.now + asked if asked <= _LOGIN_SECONDS else asked
    if not world.now < expires_at <= world.now + _LOGIN_SECONDS:
        raise Refusal(407, "INVALID_EXPIRES_AT", "expires_at", query.text("expires_at"))
    successor = hashlib.sha256(token.encode()).hexdigest()[:24]
    told = {"access_token": f"sim-{owner}-{successor}", "account_id": owner, "expires_at": expires_at}
    return Found(query.selection.of(told))


_ANSWERS: Final[dict[str, Answer]] = {
    "clans/info": _clans_info,
    "account/info": _account_info,
    "account/tanks": _account_tanks,
    "account/list": _account_list,
    "tanks/stats": _tanks_stats,
    "encyclopedia/info": _encyclopedia_info,
    "encyclopedia/vehicles": _encyclopedia_vehicles,
    "auth/prolongate": _prolongate,
}
