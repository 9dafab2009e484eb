"""Values of types that the API's reference does not name: read where their meaning is clear, else noted."""

from datetime import UTC, datetime

import pytest

from tanks.tests.wargaming.test_answers import a_clan, a_player, a_vehicle, vehicles_of
from tanks.wargaming import answers
from tanks.wargaming.answers import ClanMember, TankStatistic
from tanks.wargaming.errors import BadAnswerError

ODD: list[object] = [True, -1, 2**63, 1.5, "many", "5.0", " 5", "\u0665", [], {}, 1e300]


@pytest.mark.parametrize("odd", [None, -1, "x", 1.5, True, [], {}], ids=repr)
def test_member_without_an_id_is_counted_and_hides_no_other(odd: object) -> None:
    clan = a_clan(members=[{"account_name": "Nobody", "account_id": odd}, {"account_id": 2}, "?"])
    assert [member.account_id for member in clan.members or ()] == [2]
    assert clan.unreadable_members == 2


@pytest.mark.parametrize("odd", [5, -1, "Ace", True], ids=repr)
def test_unknown_class_of_mastery_takes_no_battles_away(odd: object) -> None:
    row = {"tank_id": 1, "mark_of_mastery": odd, "statistics": {"battles": 3, "wins": 1}}
    assert vehicles_of(row) == (TankStatistic(1, 3, 1, None),)


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("name", ["global_rating", "battles", "created_at", "last_battle_time"])
def test_figure_that_cannot_be_read_is_none_and_noted(name: str, odd: object) -> None:
    faults: list[str] = []
    given = {"nickname": "Ana", "statistics": {"all": {"wins": 7, name: odd}}, name: odd}
    found = answers.accounts({"7": given}, faults)[7]
    assert found
    assert found.statistics
    assert (found.nickname, found.statistics["wins"]) == ("Ana", 7)
    assert (found.global_rating, found.statistics["battles"], found.created_at) == (None, None, None)
    is_time = name in {"created_at", "last_battle_time"} and odd in (-1, 2**63, 1e300)
    assert bool(faults) is not is_time  # beyond all times is never


@pytest.mark.parametrize("given", [5.0, "5", 5], ids=repr)
def test_number_whose_meaning_is_clear_is_read(given: object) -> None:
    faults: list[str] = []
    figures = {"tank_id": given, "mark_of_mastery": 4.0, "statistics": {"battles": given, "wins": given}}
    clan = {"clan_id": given, "members": [{"account_id": given, "joined_at": given, "account_name": 100}]}
    found = answers.clans({"5": clan}, faults)[5]
    assert answers.tanks({"7": [figures]}, faults) == {7: (TankStatistic(5, 5, 5, 4),)}
    assert found
    assert found.members == (ClanMember(5, "100", None, datetime(1970, 1, 1, 0, 0, 5, tzinfo=UTC)),)
    assert faults == []


@pytest.mark.parametrize(
    ("given", "read"),
    [(True, True), (1, True), (0, False), (1.0, True), ("true", True), ("yes", None), (2, None), ([], None)],
    ids=repr,
)
def test_flag_whose_meaning_is_clear_is_read(given: object, *, read: bool | None) -> None:
    assert a_vehicle(is_premium=given).is_premium is read
    assert a_clan(is_clan_disbanded=given).is_disbanded is bool(read)


@pytest.mark.parametrize("private", [{"garage": {"1": 1}}, {"garage": [None]}, {"garage": [1, "x"]}], ids=str)
def test_garage_that_cannot_be_read_whole_is_no_answer(private: dict[str, object]) -> None:
    with pytest.raises(BadAnswerError):
        a_player(private=private)


@pytest.mark.parametrize(
    "given", [{"tier": "X"}, {"images": "x"}, {"images": {"big_icon": []}}, {"name": []}], ids=str
)
def test_vehicle_keeps_what_can_be_read_of_it(given: dict[str, object]) -> None:
    faults: list[str] = []
    page = answers.vehicle_page({"7": {"tank_id": 7, "nation": "uk", **given}}, {"total": 1}, 1, faults)
    assert [(vehicle.tank_id, vehicle.nation) for vehicle in page.vehicles] == [(7, "uk")]
    assert len(faults) == 1


def test_one_unreadable_vehicle_or_account_hides_no_other_and_nobody_is_hidden_by_it() -> None:
    faults: list[str] = []
    odd = {"tank_id": 1, "statistics": {"battles": "many", "wins": 1}}
    fine = {"tank_id": 2, "mark_of_mastery": 4, "statistics": {"battles": 3, "wins": 1}}
    found = answers.tanks({"7": [odd, fine, None, "?"], "8": {"no": "list"}, "9": None}, faults)
    assert found == {7: (TankStatistic(2, 3, 1, 4),), 9: None}, "only null is hidden"
    assert len(faults) == 5
    accounts = answers.accounts({"7": {"account_id": 8}, "8": {"account_id": 8}, "9": None})
    assert {number: bool(account) for number, account in accounts.items()} == {8: True, 9: False}
    with pytest.raises(BadAnswerError):
        answers.tanks({"7": "?", "8": None})


@pytest.mark.parametrize("odd", ["?", 5, {"tank_id": 8}], ids=repr)
def test_unreadable_vehicle_of_the_catalogue_is_named(odd: object) -> None:
    page = answers.vehicle_page({"1": odd, "2": {"tank_id": 2}, "3": None}, {"total": 2}, 1)

    assert [vehicle.tank_id for vehicle in page.vehicles] == [2]
    assert page.unreadable == {1}
