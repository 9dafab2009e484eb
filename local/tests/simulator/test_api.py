import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from local.simulator.api import answer
from local.simulator.fields import Refusal, methods
from local.simulator.simulator import Simulator
from local.simulator.world import CLAN_ID, World
from local.tests.simulator.conftest import APPLICATION_ID, Ask

SAMPLES = next(Path(__file__).parents[3].glob("*/tests/wargaming/data"))  # real answers
UNKNOWN = 123


@pytest.fixture
def world(untouched_world: World) -> World:
    """Here nothing changes it: one is enough for all."""
    return untouched_world


@pytest.fixture
def disbanded(simulator: Simulator) -> Iterator[None]:
    simulator.disband()
    yield
    simulator.restore()


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def first(data: Any) -> Any:
    return next(iter(data.values()))


def member(world: World) -> int:
    return next(iter(world.members))


def joined(world: World) -> str:
    return ",".join(map(str, world.members))


def keys(value: Any, depth: int) -> Any:
    """Return the keys of an object, down to a depth; of a list those of its first item."""
    if isinstance(value, list) and value:
        return keys(value[0], depth)
    if not isinstance(value, dict) or not depth:
        return None
    return {key: keys(item, depth - 1) for key, item in value.items()}


def missing(real: Any, ours: Any, at: str = "") -> list[str]:
    """Return the paths of keys that a real answer has and ours has not."""
    if not isinstance(real, dict) or not isinstance(ours, dict):
        return []
    gone = [f"{at}{key}" for key in real if key not in ours]
    return gone + [
        path for key in real if key in ours for path in missing(real[key], ours[key], f"{at}{key}.")
    ]


def refused(envelope: Any) -> tuple[int, str]:
    assert envelope["status"] == "error"
    assert set(envelope["error"]) == {"code", "message", "field", "value"}
    return envelope["error"]["code"], envelope["error"]["message"]


@pytest.mark.parametrize("name", ["account_info", "account_info_no_battles"])
def test_account_has_the_keys_of_a_real_one(name: str, ask: Ask, world: World) -> None:
    extra = ",".join(methods()["account/info"].parameters["extra"].values)
    ours = ask("account/info", account_id=member(world), extra=extra)
    assert not missing(keys(first(sample(name)["data"]), 3), keys(first(ours["data"]), 3))


def test_player_who_never_fought_looks_as_a_real_one(ask: Ask, world: World) -> None:
    idle = next(number for number in world.members if not world.players[number].tanks)
    ours, real = (
        first(ask("account/info", account_id=idle)["data"]),
        first(sample("account_info_no_battles")["data"]),
    )
    assert ours["last_battle_time"] == real["last_battle_time"] == 0
    assert ours["logout_at"] == real["logout_at"] == 0
    assert {
        name: value for name, value in ours["statistics"]["all"].items() if name in real["statistics"]["all"]
    } == (real["statistics"]["all"])
    assert ask("account/tanks", account_id=idle)["data"] == {str(idle): []}


def test_private_part_has_the_keys_of_a_real_one(ask: Ask, world: World) -> None:
    number = member(world)
    extra = (
        "private.garage,private.rented,private.boosters,private.grouped_contacts,private.personal_missions"
    )
    ours = ask("account/info", account_id=number, access_token=f"sim-{number}-x", extra=extra)
    real = first(sample("account_info_private")["data"])["private"]
    assert set(first(ours["data"])["private"]) >= set(real)


def test_clan_has_the_keys_of_a_real_one(ask: Ask) -> None:
    ours, real = first(ask("clans/info", clan_id=CLAN_ID)["data"]), first(sample("clans_info")["data"])
    assert keys(ours, 1) == keys(real, 1)
    assert not missing(keys(real, 3), keys(ours, 3))


@pytest.mark.usefixtures("disbanded")
def test_disbanded_clan_tells_nothing_but_that(ask: Ask) -> None:
    ours = first(ask("clans/info", clan_id=CLAN_ID)["data"])
    real = first(sample("clans_info_disbanded")["data"])
    same = {"clan_id": CLAN_ID, "updated_at": 0}
    assert {**ours, **same} == {**real, **same}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("account/tanks", "account_tanks"),
        ("encyclopedia/vehicles", "encyclopedia_vehicles"),
        ("encyclopedia/info", "encyclopedia_info"),
    ],
)
def test_answer_has_the_shape_of_a_real_one(path: str, name: str, ask: Ask, world: World) -> None:
    ours = ask(path, **({"account_id": member(world)} if "account" in path else {}))
    real = sample(name)
    assert set(ours["meta"]) == set(real["meta"])
    found, wanted = ours["data"], real["data"]
    if "info" not in path:
        found, wanted = first(found), first(wanted)
    gone = missing(keys(wanted, 2), keys(found, 2))
    assert set(gone) <= {"vehicle_crew_roles.ver"}  # the saved answer has this key mutilated


def test_every_field_of_every_answer_is_in_the_reference(ask: Ask, world: World) -> None:
    number = member(world)
    asked: dict[str, dict[str, Any]] = {
        "clans/info": {"clan_id": CLAN_ID},
        "account/info": {"account_id": number, "access_token": f"sim-{number}-x", "extra": "private.garage"},
        "account/tanks": {"account_id": number},
        "tanks/stats": {"account_id": number},
        "account/list": {"search": world.players[number].nickname},
        "encyclopedia/vehicles": {"limit": 1},
    }
    for path, parameters in asked.items():
        data = ask(path, **parameters)["data"]
        row = data[0] if isinstance(data, list) else first(data)
        told = keys(row, 1)
        assert set(told) <= set(methods()[path].fields), path


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_both_verbs_answer_alike(
    verb: str, slash: str, simulator: Simulator, session: requests.Session, world: World
) -> None:
    told = {"application_id": APPLICATION_ID, "account_id": joined(world), "fields": "nickname"}
    by_query, by_form = (told, None) if verb == "GET" else (None, told)
    url = f"{simulator.url}/wot/account/info{slash}"
    data = session.request(verb, url, params=by_query, data=by_form, timeout=10).json()["data"]
    assert list(data) == [str(number) for number in world.members]
    assert [row and row["nickname"] for row in data.values()] == [
        None if number in world.hidden else world.players[number].nickname for number in world.members
    ]


def test_prolongate_goes_by_post_only(simulator: Simulator, session: requests.Session, world: World) -> None:
    number = member(world)
    form = {"application_id": APPLICATION_ID, "access_token": f"sim-{number}-old", "expires_at": "600"}
    url = f"{simulator.url}/wot/auth/prolongate/"
    told = session.post(url, data=form, timeout=10).json()
    assert told["meta"] == sample("auth_prolongate")["meta"]
    assert told["data"]["account_id"] == number
    assert told["data"]["expires_at"] == world.now + 600
    assert told["data"]["access_token"].startswith(f"sim-{number}-")
    assert told["data"]["access_token"] != form["access_token"]
    assert refused(session.get(url, params=form, timeout=10).json()) == (404, "METHOD_NOT_FOUND")


def test_unknown_and_hidden_ids_are_null(ask: Ask, world: World) -> None:
    hidden = next(iter(world.hidden))
    for path in ("account/info", "account/tanks"):
        told = ask(path, account_id=f"{UNKNOWN},{hidden},{member(world)}")
        assert told["meta"]["count"] == 3
        assert [bool(value) for value in told["data"].values()] == [False, False, True]
    assert ask("clans/info", clan_id=UNKNOWN)["data"] == {str(UNKNOWN): None}
    assert ask("encyclopedia/vehicles", tank_id="0") == sample("encyclopedia_vehicles_null")


def test_fields_nest_and_exclude(ask: Ask, world: World) -> None:
    told = ask("account/info", account_id=member(world), fields="nickname,statistics.all.battles")
    player = world.players[member(world)]
    assert first(told["data"]) == {
        "nickname": player.nickname,
        "statistics": {"all": {"battles": player.figures.battles}},
    }
    whole = first(
        ask("account/info", account_id=member(world), fields="statistics,statistics.all.wins")["data"]
    )
    assert "clan" in whole["statistics"]
    without = first(ask("account/info", account_id=member(world), fields="-statistics.all,-nickname")["data"])
    assert "nickname" not in without
    assert "all" not in without["statistics"]
    assert "clan" in without["statistics"]


def test_fields_cut_members_also_by_their_key(ask: Ask, world: World) -> None:
    told = ask("clans/info", clan_id=CLAN_ID, fields="members.role,tag", members_key="id")
    clan = first(told["data"])
    assert set(clan) == {"members", "tag"}
    assert clan["members"] == {str(number): {"role": place.role} for number, place in world.members.items()}


@pytest.mark.parametrize(
    ("path", "told", "error"),
    [
        ("account/nothing", {}, (404, "METHOD_NOT_FOUND")),
        ("account/info", {}, (402, "ACCOUNT_ID_NOT_SPECIFIED")),
        ("clans/info", {}, (402, "CLAN_ID_NOT_SPECIFIED")),
        ("account/list", {}, (402, "SEARCH_NOT_SPECIFIED")),
        ("account/list", {"search": "ab"}, (407, "NOT_ENOUGH_SEARCH_LENGTH")),
        ("account/list", {"search": "abc", "type": "contains"}, (407, "INVALID_TYPE")),
        (
            "account/list",
            {"search": ",".join("x" * 101), "type": "exact"},
            (407, "SEARCH_LIST_LIMIT_EXCEEDED"),
        ),
        ("account/info", {"account_id": "1,x"}, (407, "INVALID_ACCOUNT_ID")),
        ("account/info", {"account_id": "1,"}, (407, "INVALID_ACCOUNT_ID")),
        ("account/info", {"account_id": "-5"}, (407, "INVALID_ACCOUNT_ID")),
        ("account/info", {"account_id": ",".join(["1"] * 101)}, (407, "ACCOUNT_ID_LIST_LIMIT_EXCEEDED")),
        ("account/tanks", {"account_id": ",".join(["1"] * 101)}, (407, "ACCOUNT_ID_LIST_LIMIT_EXCEEDED")),
        ("clans/info", {"clan_id": ",".join(["1"] * 101)}, (407, "CLAN_ID_LIST_LIMIT_EXCEEDED")),
        ("tanks/stats", {"account_id": "1,2"}, (407, "INVALID_ACCOUNT_ID")),
        ("account/info", {"account_id": "1", "fields": "nickname,name"}, (407, "INVALID_FIELDS")),
        ("account/info", {"account_id": "1", "fields": "nickname.first"}, (407, "INVALID_FIELDS")),
        (
            "account/info",
            {"account_id": "1", "fields": ",".join(["nickname"] * 101)},
            (407, "FIELDS_LIST_LIMIT_EXCEEDED"),
        ),
        ("account/info", {"account_id": "1", "extra": "private.money"}, (407, "INVALID_EXTRA")),
        ("account/info", {"account_id": "1", "language": "pt"}, (407, "INVALID_LANGUAGE")),
        ("account/info", {"account_id": "1", "access_token": "stolen"}, (407, "INVALID_ACCESS_TOKEN")),
        ("account/info", {"account_id": "1", "access_token": "sim-123-x"}, (407, "INVALID_ACCESS_TOKEN")),
        ("encyclopedia/vehicles", {"page_no": "99"}, (404, "PAGE_NO_NOT_FOUND")),
        ("encyclopedia/vehicles", {"page_no": "0"}, (407, "INVALID_PAGE_NO")),
        ("encyclopedia/vehicles", {"limit": "many"}, (407, "INVALID_LIMIT")),
    ],
)
def test_what_the_reference_does_not_allow_is_refused(
    path: str, told: dict[str, str], error: tuple[int, str], untouched_world: World
) -> None:
    with pytest.raises(Refusal) as caught:
        answer(untouched_world, path, "GET", {"application_id": APPLICATION_ID, **told})
    assert refused(caught.value.envelope()) == error


def test_refusal_comes_with_what_it_is_about(ask: Ask) -> None:
    assert ask("account/info", account_id="1,x") == {
        "status": "error",
        "error": {"code": 407, "message": "INVALID_ACCOUNT_ID", "field": "account_id", "value": "1,x"},
    }


def test_a_hundred_ids_are_allowed(ask: Ask) -> None:
    ids = ",".join(map(str, range(1, 101)))
    assert ask("account/info", account_id=ids)["meta"]["count"] == 100


def test_application_id_must_be_there(ask: Ask) -> None:
    assert refused(ask("account/info", application_id="", account_id="1")) == (
        402,
        "APPLICATION_ID_NOT_SPECIFIED",
    )


def test_garage_is_told_to_its_owner_who_asks(ask: Ask, world: World) -> None:
    own, other = list(world.members)[:2]
    token = f"sim-{own}-anything"
    asked = {"account_id": f"{own},{other}", "access_token": token, "fields": "private.garage"}
    with_extra = ask("account/info", extra="private.garage", **asked)["data"]
    assert with_extra == {
        str(own): {"private": {"garage": list(world.expected().garages[own])}},
        str(other): {"private": None},
    }
    assert ask("account/info", **asked)["data"][str(own)] == {"private": {}}


def test_vehicles_come_in_pages_that_hold_each_once(ask: Ask, world: World) -> None:
    pages = [ask("encyclopedia/vehicles", page_no=1, limit=500)]
    assert pages[0]["meta"]["limit"] == 100
    pages += [ask("encyclopedia/vehicles", page_no=n) for n in range(2, pages[0]["meta"]["page_total"] + 1)]
    ids = [int(key) for page in pages for key in page["data"]]
    assert sorted(ids) == sorted(world.catalogue.vehicles)
    assert len(ids) == pages[0]["meta"]["total"]


def test_vehicles_are_filtered(ask: Ask) -> None:
    told = ask("encyclopedia/vehicles", tier="11,10", nation="poland", type="heavyTank")
    assert told["data"]
    assert all(
        (row["nation"], row["type"]) == ("poland", "heavyTank") and row["tier"] in {10, 11}
        for row in told["data"].values()
    )


def test_tanks_are_those_of_the_player(ask: Ask, world: World) -> None:
    number = member(world)
    rows = ask("account/tanks", account_id=number)["data"][str(number)]
    told = {row["tank_id"]: (row["statistics"]["battles"], row["mark_of_mastery"]) for row in rows}
    truth = world.expected().tanks[number]
    assert told == {tank_id: (tank.battles, tank.mastery) for tank_id, tank in truth.items()}
    chosen = rows[3]["tank_id"]
    assert ask("account/tanks", account_id=number, tank_id=chosen)["data"][str(number)] == [rows[3]]


def test_statistics_of_vehicles_sum_up_to_the_account(ask: Ask, world: World) -> None:
    number = member(world)
    rows = ask("tanks/stats", account_id=number, fields="all.damage_dealt,tank_id")["data"][str(number)]
    account = ask("account/info", account_id=number, fields="statistics.all.damage_dealt")["data"][
        str(number)
    ]
    assert sum(row["all"]["damage_dealt"] for row in rows) == account["statistics"]["all"]["damage_dealt"]


def test_statistics_tell_the_owner_what_is_in_the_garage(ask: Ask, world: World) -> None:
    number = member(world)
    asked = {"account_id": number, "fields": "tank_id,in_garage", "access_token": f"sim-{number}-x"}
    rows = ask("tanks/stats", in_garage="1", **asked)["data"][str(number)]
    driven = set(world.players[number].tanks)
    assert {row["tank_id"] for row in rows} == set(world.expected().garages[number]) & driven


def test_players_are_found_by_their_names(ask: Ask, world: World) -> None:
    number = member(world)
    name = world.players[number].nickname
    exact = ask("account/list", search=f"{name.upper()},Nobody_at_all", type="exact")
    assert exact["data"] == [{"nickname": name, "account_id": number}]
    assert number in [row["account_id"] for row in ask("account/list", search=name[:3].lower())["data"]]
    assert ask("account/list", search="zzzz")["meta"] == {"count": 0}
