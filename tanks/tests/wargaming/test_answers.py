import contextlib
import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanks.tests.wargaming.conftest import unhurried
from tanks.tests.wargaming.fake import TOKEN, load
from tanks.wargaming import answers
from tanks.wargaming.answers import (
    AccountInfo,
    ClanInfo,
    ClanMember,
    ListedAccount,
    ListedVehicle,
    TankStatistic,
)
from tanks.wargaming.errors import BadAnswerError
from tanks.wargaming.methods import STATISTICS

PLAYER = 547835395
CLAN = 503343616

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def a_clan(**fields: object) -> ClanInfo:
    found = answers.clans({"7": {"clan_id": 7, **fields}})[7]
    assert found
    return found


def a_player(**fields: object) -> AccountInfo:
    found = answers.accounts({"7": {"account_id": 7, **fields}})[7]
    assert found
    return found


def vehicles_of(*rows: object) -> tuple[TankStatistic, ...]:
    found = answers.tanks({"7": list(rows)})[7]
    assert found is not None
    return found


def a_vehicle(**fields: object) -> ListedVehicle:
    return answers.vehicle_page({"7": {"tank_id": 7, **fields}}, {}, 1).vehicles[0]


def test_clan_with_its_members() -> None:
    clan = answers.clans(load("clans_info")["data"])[CLAN]
    assert clan
    assert (clan.clan_id, clan.tag, clan.name) == (CLAN, "XXXXX", "Clã Sonama")
    assert clan.members
    assert clan.members[0] == ClanMember(
        PLAYER, "Dodamo_21", "commander", datetime(2019, 10, 24, 14, 15, 8, tzinfo=UTC)
    )
    assert len(clan.members) == 12
    assert (clan.unreadable_members, clan.contradicts_itself) == (0, False)
    assert {"private", "recruit", "personnel_officer"} <= {member.role for member in clan.members}
    assert not clan.is_disbanded


def test_disbanded_clan_tells_nothing_about_members() -> None:
    (clan,) = answers.clans(load("clans_info_disbanded")["data"]).values()
    assert clan
    assert (clan.is_disbanded, clan.members) == (True, None)
    assert a_clan(is_clan_disbanded=True, members=[]).members is None
    assert a_clan(members=[]).members == ()


# What the clan counts, whom it lists, and whether that is a contradiction.
COUNTS: dict[str, tuple[object, list[object], bool]] = {
    "the-same": (2, [1, 2], False),
    "more-than-listed": (3, [1, 2], True),
    "fewer-than-listed": (1, [1, 2], True),
    "a-whole-float": (3.0, [1, 2], True),
    "null": (None, [1, 2], False),
    "no-number": ("3", [1, 2], False),
    "bots-are-not-counted": (2, [1, 2, 0], False),
    "bots-are-counted": (3, [1, 2, 0], False),
    "named-twice": (2, [1, 2, 2], False),
    "one-unreadable": (3, [1, 2, "?"], False),
}


@pytest.mark.parametrize(("count", "members", "contradicts"), COUNTS.values(), ids=COUNTS)
def test_clan_contradicts_itself_when_its_count_fits_no_reading_of_the_list(
    count: object, members: list[object], *, contradicts: bool
) -> None:
    clan = a_clan(members_count=count, members=[{"account_id": number} for number in members])
    assert clan.contradicts_itself is contradicts
    assert {member.account_id for member in clan.members or ()} - {0} == {1, 2}
    assert len(clan.members or ()) == len(set(members) - {"?"})


def test_player_with_statistics() -> None:
    player = answers.accounts(load("account_info")["data"])[PLAYER]
    assert player
    assert (player.nickname, player.global_rating) == ("Dodamo_21", 9690)
    assert player.last_battle_at == datetime(2025, 5, 4, 21, 40, 38, tzinfo=UTC)
    figures = (38439, 21873, 16160, 406, 12064, 74696992, 49918, 57382, 30290, 27623570)
    assert player.statistics == dict(zip(STATISTICS, figures, strict=True))
    assert player.garage is None


def test_garage_is_known_only_from_the_players_token() -> None:
    player = answers.accounts(load("account_info_private")["data"])[PLAYER]
    assert player
    assert player.garage == frozenset({1})
    assert a_player(private={"garage": []}).garage == frozenset()
    assert a_player(private={"garage": None}).garage is None
    assert a_player(private=None).garage is None


def test_players_by_nickname() -> None:
    listed = answers.account_list(load("account_list")["data"])
    assert (len(listed), listed[0]) == (97, ListedAccount(560076984, "Dakame"))
    faults: list[str] = []
    odd = [{"account_id": 7}, {"nickname": "x"}, {"account_id": "8", "nickname": "Onça"}]
    assert answers.account_list(odd, faults) == (ListedAccount(8, "Onça"),)


def test_clan_of_a_player() -> None:
    data = {"7": {"account_id": 7, "nickname": "Onça", "clan_id": 9}, "8": {"clan_id": None}, "9": None}
    assert answers.account_clans(data) == {7: ListedAccount(7, "Onça", 9), 8: ListedAccount(8, ""), 9: None}


@pytest.mark.parametrize("read", [answers.clans, answers.accounts, answers.account_clans, answers.tanks])
def test_null_is_none(read: Callable[[object], dict[int, object]]) -> None:
    assert read(load("null")["data"]) == {0: None}


def test_vehicles_a_player_fought_in() -> None:
    found = answers.tanks(load("account_tanks")["data"])[PLAYER]
    assert found
    assert found[0] == TankStatistic(tank_id=13889, battles=3380, wins=1814, mark_of_mastery=4)
    assert found[-1] == TankStatistic(tank_id=32577, battles=45, wins=25, mark_of_mastery=3)


@pytest.mark.parametrize(
    "row",
    [
        *({}, {"tank_id": 1}, {"tank_id": 1, "statistics": {"battles": 3}}),
        {"statistics": {"battles": 3, "wins": 1}},
    ],
    ids=str,
)
def test_row_without_figures_is_left_out_instead_of_read_as_zero(row: dict[str, object]) -> None:
    fine = {"tank_id": 1, "statistics": {"battles": 3, "wins": 0}}
    assert vehicles_of(row, fine, fine) == (TankStatistic(1, 3, 0, None),)


def test_page_of_the_catalogue() -> None:
    saved = load("encyclopedia_vehicles")
    page = answers.vehicle_page(saved["data"], saved["meta"], 1)
    assert (page.number, page.pages, page.total, len(page.vehicles)) == (1, 1, 3, 3)
    vehicle = page.vehicles[0]
    assert (vehicle.tank_id, vehicle.name, vehicle.tag) == (2417, "TVP T 50/51", "Cz04_T50_51")
    assert (vehicle.nation, vehicle.type, vehicle.tier) == ("czech", "mediumTank", 10)
    assert vehicle.contour_icon
    assert vehicle.contour_icon.endswith("/contour/czech-Cz04_T50_51.png")
    assert {type(image) for image in (vehicle.big_icon, vehicle.small_icon)} == {str}


def test_page_without_counts_and_with_an_unknown_vehicle() -> None:
    saved = load("encyclopedia_vehicles_null")
    page = answers.vehicle_page(saved["data"], saved["meta"], 1)
    assert (page.pages, page.total, page.vehicles) == (None, None, ())
    assert answers.vehicle_page({}, None, 1).vehicles == ()


@unhurried
@given(meta=json_values)
def test_no_counts_of_a_page_raise_anything_but_bad_answer(meta: object) -> None:
    with contextlib.suppress(BadAnswerError):
        answers.vehicle_page({}, meta, 1)


@pytest.mark.parametrize(("tier", "read"), [(0, None), (1, 1), (11, 11), (12, None), (None, None)])
def test_tiers_run_to_eleven(tier: int | None, read: int | None) -> None:
    assert a_vehicle(tier=tier).tier == read


def test_version_of_the_catalogue() -> None:
    assert answers.catalogue_version(load("encyclopedia_info")["data"]) == "1.28.1 1746503591"
    assert answers.catalogue_version({"tanks_updated_at": 5}) == "5"
    assert answers.catalogue_version({}) == ""


def test_login_proves_an_account_and_hides_its_token() -> None:
    login = answers.login({"account_id": 7, "access_token": TOKEN, "expires_at": 1747690351})
    assert (login.account_id, login.access_token) == (7, TOKEN)
    assert login.expires_at == datetime(2025, 5, 19, 21, 32, 31, tzinfo=UTC)
    assert TOKEN not in repr(login)
    assert answers.login(load("auth_prolongate")["data"]).account_id == PLAYER


@pytest.mark.parametrize("missing", ["account_id", "access_token"])
def test_login_without_account_or_token_is_no_answer(missing: str) -> None:
    answer = {"account_id": 7, "access_token": TOKEN, missing: None}
    with pytest.raises(BadAnswerError, match=missing) as refused:
        answers.login(answer)
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize("key", ["", "x", "-1", " 7", "1_0", "٣", "7.0", "9" * 19, "9" * 5000])
def test_key_that_is_no_id_stands_beside_the_answers(key: str) -> None:
    assert answers.tanks({key: {"anything": 1}, "7": None}) == {7: None}


def test_answer_about_somebody_else_is_no_answer() -> None:
    with pytest.raises(BadAnswerError, match="about another"):
        answers.accounts({"7": {"account_id": 8}})
    assert answers.accounts({"7": {}})[7]


@pytest.mark.parametrize("seconds", [0, None, -5, 7_258_118_400, 10**30], ids=str)
def test_time_that_cannot_be_is_none(seconds: int | None) -> None:
    assert a_player(created_at=seconds).created_at is None
    assert a_player(created_at=7_258_118_399).created_at == datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)


SAVED = [
    (answers.clans, "clans_info"),
    (answers.accounts, "account_info_private"),
    (answers.tanks, "account_tanks"),
    (answers.catalogue_version, "encyclopedia_info"),
    (answers.login, "auth_prolongate"),
    (lambda data: answers.vehicle_page(data, None, 1), "encyclopedia_vehicles"),
]


@pytest.mark.parametrize(("read", "name"), SAVED, ids=[name for _, name in SAVED])
@unhurried
@given(choices=st.data(), wrong=json_values)
def test_no_wrong_value_anywhere_raises_anything_but_bad_answer(
    read: Callable[[object], object], name: str, choices: st.DataObject, wrong: object
) -> None:
    answer = {"data": copy.deepcopy(load(name)["data"])}
    holder, spot = choices.draw(st.sampled_from(list(_spots(answer))))
    holder[spot] = wrong
    message = ""
    try:
        assert read(answer["data"]) is not None
    except BadAnswerError as error:
        message = str(error)
    assert len(message) < 200


@pytest.mark.parametrize(("read", "name"), SAVED, ids=[name for _, name in SAVED])
@unhurried
@given(choices=st.data())
def test_no_missing_key_but_those_of_identity_spoils_an_answer(
    read: Callable[[object], object], name: str, choices: st.DataObject
) -> None:
    data = copy.deepcopy(load(name)["data"])
    needed = {"account_id", "access_token"} if name in {"auth_prolongate", "clans_info"} else set()
    spots = [(holder, key) for holder, key in _spots(data) if isinstance(holder, dict) and key not in needed]
    holder, spot = choices.draw(st.sampled_from(spots))
    del holder[spot]
    assert read(data) is not None


def _spots(node: Any) -> list[tuple[Any, Any]]:
    keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    return [(node, key) for key in keys] + [spot for key in keys for spot in _spots(node[key])]
