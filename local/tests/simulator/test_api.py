import json
from pathlib import Path
from typing import Any

import pytest
import requests

from local.simulator.api import answer
from local.simulator.records import NAMES
from local.simulator.reference import RefusalError
from local.simulator.simulator import Simulator
from local.simulator.world import CLAN_ID, World
from local.tests.simulator.conftest import APPLICATION_ID, Ask

SAMPLES = next(Path(__file__).parents[3].glob("*/tests/wargaming/data"))  # answers of the real API
UNKNOWN = 123
BACK = "http://127.0.0.1:8000/back/"
LOGIN = {"redirect_uri": BACK, "nofollow": "1"}
HUNDRED_AND_ONE = ",".join(["1"] * 101)


@pytest.fixture
def world(untouched_world: World) -> World:
    """Nothing here changes the world: one is enough for all."""
    return untouched_world


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def first(data: Any) -> Any:
    return next(iter(data.values()))


def member(world: World) -> int:
    return next(iter(world.members))


def keys(value: Any) -> Any:
    """Return the tree of an object's keys; of a list those of its first item."""
    if isinstance(value, list):
        return keys(value[0]) if value else None
    return {key: keys(item) for key, item in value.items()} if isinstance(value, dict) else None


def unheard_of(ours: Any, real: Any, at: str = "") -> list[str]:
    """Return the paths of keys that our answer has and a real one has not."""
    if not isinstance(ours, dict) or not isinstance(real, dict):
        return []
    below = [path for key in ours if key in real for path in unheard_of(ours[key], real[key], f"{at}{key}.")]
    return [f"{at}{key}" for key in ours if key not in real] + below


def refused(envelope: Any) -> tuple[int, str]:
    assert envelope["status"] == "error"
    assert set(envelope["error"]) == {"code", "message", "field", "value"}
    return envelope["error"]["code"], envelope["error"]["message"]


@pytest.mark.parametrize(
    ("path", "name", "is_by_id"),
    [
        ("clans/info", "clans_info", True),
        ("account/info", "account_info_private", True),
        ("account/tanks", "account_tanks", True),
        ("encyclopedia/info", "encyclopedia_info", False),
        ("encyclopedia/vehicles", "encyclopedia_vehicles", True),
        ("auth/prolongate", "auth_prolongate", False),
    ],
)
def test_answer_has_no_field_that_a_real_one_lacks(
    path: str, name: str, world: World, *, is_by_id: bool
) -> None:
    number = member(world)
    parameters = {"account_id": str(number), "clan_id": str(CLAN_ID), "extra": "private.garage"}
    ours = answer(world, path, "POST", {**parameters, "access_token": f"sim-{number}-x"})
    real = sample(name)
    assert set(ours["meta"]) == set(real["meta"])
    found, wanted = [first(told["data"]) if is_by_id else told["data"] for told in (ours, real)]
    # The saved vehicles were asked for without these two.
    assert set(unheard_of(keys(found), keys(wanted))) <= {"is_premium", "is_gift"}


@pytest.mark.parametrize(("verb", "slash"), [("GET", ""), ("POST", "/")])
def test_both_verbs_answer_alike(
    verb: str, slash: str, simulator: Simulator, session: requests.Session, world: World
) -> None:
    told = {
        "application_id": APPLICATION_ID,
        "account_id": ",".join(map(str, world.members)),
        "fields": "nickname",
    }
    by_query, by_form = (told, None) if verb == "GET" else (None, told)
    url = f"{simulator.url}/wot/account/info{slash}"
    data = session.request(verb, url, params=by_query, data=by_form, timeout=10).json()["data"]
    assert list(data) == [str(number) for number in world.members]
    assert [row and row["nickname"] for row in data.values()] == [
        None if number in world.hidden else world.players[number].nickname for number in world.members
    ]


def test_unknown_and_hidden_ids_are_null(ask: Ask, world: World) -> None:
    hidden = next(iter(world.hidden))
    for path in ("account/info", "account/tanks"):
        told = ask(path, account_id=f"{UNKNOWN},{hidden},{member(world)}")
        assert told["meta"]["count"] == 3
        assert [bool(value) for value in told["data"].values()] == [False, False, True]
    assert ask("clans/info", clan_id=UNKNOWN)["data"] == {str(UNKNOWN): None}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("nickname,statistics.all.wins", {"nickname": None, "statistics": {"all": {"wins": None}}}),
        ("statistics,statistics.all.wins", {"statistics": {"all": dict.fromkeys(NAMES)}}),
        ("statistics.all.wins,statistics", {"statistics": {"all": dict.fromkeys(NAMES)}}),
    ],
)
def test_only_the_fields_asked_for_are_told(fields: str, told: Any, ask: Ask, world: World) -> None:
    data = ask("account/info", account_id=member(world), fields=fields)["data"]
    assert keys(first(data)) == told


@pytest.mark.parametrize(
    ("path", "told", "error"),
    [
        ("account/nothing", {}, (404, "METHOD_NOT_FOUND")),
        ("auth/prolongate", {"access_token": "sim-1-x"}, (404, "METHOD_NOT_FOUND")),
        ("account/info", {}, (402, "ACCOUNT_ID_NOT_SPECIFIED")),
        ("clans/info", {}, (402, "CLAN_ID_NOT_SPECIFIED")),
        ("account/info", {"account_id": "1,x"}, (407, "INVALID_ACCOUNT_ID")),
        ("account/info", {"account_id": "1,"}, (407, "INVALID_ACCOUNT_ID")),
        ("account/info", {"account_id": "-5"}, (407, "INVALID_ACCOUNT_ID")),
        ("account/info", {"account_id": HUNDRED_AND_ONE}, (407, "ACCOUNT_ID_LIST_LIMIT_EXCEEDED")),
        ("account/tanks", {"account_id": HUNDRED_AND_ONE}, (407, "ACCOUNT_ID_LIST_LIMIT_EXCEEDED")),
        ("clans/info", {"clan_id": HUNDRED_AND_ONE}, (407, "CLAN_ID_LIST_LIMIT_EXCEEDED")),
        ("encyclopedia/info", {"fields": "game_version,name"}, (407, "INVALID_FIELDS")),
        ("encyclopedia/info", {"fields": "game_version.first"}, (407, "INVALID_FIELDS")),
        ("account/info", {"account_id": "1", "extra": "private.money"}, (407, "INVALID_EXTRA")),
        ("account/info", {"account_id": "1", "access_token": "stolen"}, (407, "INVALID_ACCESS_TOKEN")),
        ("account/info", {"account_id": "1", "access_token": "sim-123-x"}, (407, "INVALID_ACCESS_TOKEN")),
        ("encyclopedia/vehicles", {"page_no": "99"}, (404, "PAGE_NO_NOT_FOUND")),
        ("encyclopedia/vehicles", {"page_no": "0"}, (407, "INVALID_PAGE_NO")),
        ("encyclopedia/vehicles", {"limit": "many"}, (407, "INVALID_LIMIT")),
        ("account/list", {"search": "ab"}, (407, "NOT_ENOUGH_SEARCH_LENGTH")),
        ("auth/login", {"redirect_uri": BACK}, (407, "INVALID_NOFOLLOW")),
        ("auth/login", LOGIN | {"redirect_uri": f"{BACK}?a=1"}, (407, "INVALID_REDIRECT_URI")),
        ("auth/login", LOGIN | {"redirect_uri": "javascript:alert(1)"}, (407, "INVALID_REDIRECT_URI")),
        ("auth/login", LOGIN | {"expires_at": "1300000"}, (407, "INVALID_EXPIRES_AT")),
    ],
)
def test_what_the_reference_does_not_allow_is_refused(
    path: str, told: dict[str, str], error: tuple[int, str], world: World
) -> None:
    with pytest.raises(RefusalError) as caught:
        answer(world, path, "GET", told)
    assert refused(caught.value.envelope()) == error


def test_garage_is_told_to_its_owner_who_asks(ask: Ask, world: World) -> None:
    own, other = list(world.members)[:2]
    asked = {"account_id": f"{own},{other}", "access_token": f"sim-{own}-x", "fields": "private.garage"}
    assert ask("account/info", extra="private.garage", **asked)["data"] == {
        str(own): {"private": {"garage": world.players[own].garage}},
        str(other): {"private": None},
    }
    assert ask("account/info", **asked)["data"][str(own)] == {"private": None}


def test_vehicles_come_in_pages_that_hold_each_once(ask: Ask, world: World) -> None:
    pages = [ask("encyclopedia/vehicles", page_no=1, limit=500)]
    assert pages[0]["meta"]["limit"] == 100
    pages += [ask("encyclopedia/vehicles", page_no=n) for n in range(2, pages[0]["meta"]["page_total"] + 1)]
    ids = [int(key) for page in pages for key in page["data"]]
    assert sorted(ids) == sorted(world.catalogue.vehicles)
    assert len(ids) == pages[0]["meta"]["total"]


def test_accounts_are_found_by_name(ask: Ask, world: World) -> None:
    player = next(iter(world.players.values()))
    listed = {"nickname": player.nickname, "account_id": player.account_id}
    assert ask("account/list", search=player.nickname.upper(), type="exact")["data"] == [listed]
    assert listed in ask("account/list", search=player.nickname[:3])["data"]
