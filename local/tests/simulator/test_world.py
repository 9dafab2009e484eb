import time
from collections import Counter

import pytest

from local.simulator import people
from local.simulator.catalogue import known_vehicles, unlisted_ids
from local.simulator.records import total
from local.simulator.truth import Truth
from local.simulator.world import MOST_MEMBERS, Impossible, World

HOUR, DAY = 3600, 86_400
SINCE = 1_780_000_000


def world(**options: int) -> World:
    return World(**{"seed": 5, "members": 20, "since": SINCE, **options})


@pytest.fixture(scope="module")
def crowd() -> World:
    """A full clan at its beginning; nothing changes it."""
    return world(members=100)


def ordinary(of: World) -> int:
    return next(number for number, place in of.members.items() if place.role != "commander")


def test_world_of_the_same_seed_is_the_same_however_it_got_there() -> None:
    at_once, step_by_step = world(), world()
    at_once.advance_to(SINCE + 9 * DAY)
    for moment in range(SINCE, SINCE + 9 * DAY, 3571):
        step_by_step.advance_to(moment)
    step_by_step.advance_to(SINCE + 9 * DAY)
    assert at_once.expected() == step_by_step.expected()


def test_world_of_another_seed_is_another() -> None:
    assert world().expected() != world(seed=6).expected()


def test_time_going_back_changes_nothing() -> None:
    one = world()
    one.advance_to(SINCE + DAY)
    before = one.expected()
    one.advance_to(SINCE)
    assert one.expected() == before


def test_counters_never_fall_over_a_restart() -> None:
    first, restarted = world(), world()
    first.advance_to(SINCE + 3 * DAY + 7)
    restarted.advance_to(SINCE + 3 * DAY + 11 * HOUR)
    earlier, later = first.expected(), restarted.expected()
    for account_id, tanks in earlier.tanks.items():
        for tank_id, tank in tanks.items():
            now = later.tanks[account_id][tank_id]
            assert (now.battles, now.wins, now.mastery) >= (tank.battles, tank.wins, tank.mastery)
            assert now.wins >= tank.wins
            assert now.mastery >= tank.mastery
    assert_times_only_grow(earlier, later)


def assert_times_only_grow(earlier: Truth, later: Truth) -> None:
    for account_id, account in earlier.accounts.items():
        now = later.accounts[account_id]
        assert now.last_battle_time >= account.last_battle_time
        assert now.updated_at >= account.updated_at
        played = now.figures["battles"] > account.figures["battles"]
        assert played == (now.last_battle_time > account.last_battle_time)


def test_figures_of_an_account_are_the_sums_of_its_vehicles() -> None:
    one = world()
    one.advance_to(SINCE + 5 * DAY)
    one.play(one.some_members(0.5), 40)
    one.wipe(ordinary(one))
    for player in one.players.values():
        assert player.figures == total(tank.figures for tank in player.tanks.values())
        figures = player.figures
        assert figures.wins + figures.losses + figures.draws == figures.battles
        assert all(tank.figures.wins <= tank.figures.battles for tank in player.tanks.values())


def test_players_look_like_players(crowd: World) -> None:
    fighters = [player for player in crowd.players.values() if player.tanks]
    assert all(30 <= len(player.tanks) <= 402 for player in fighters)
    ratios = [player.figures.wins / player.figures.battles for player in fighters]
    assert 0.42 < min(ratios) < 0.47
    assert 0.55 < max(ratios) < 0.60
    assert len({player.nickname.lower() for player in crowd.players.values()}) == len(crowd.players)
    assert {tank.mastery for player in fighters for tank in player.tanks.values()} == {0, 1, 2, 3, 4}


def test_mastery_comes_with_battles(crowd: World) -> None:
    records = [
        (tank.figures.battles, tank.mastery)
        for player in crowd.players.values()
        for tank in player.tanks.values()
    ]
    few = [mastery for battles, mastery in records if battles < 20]
    many = [mastery for battles, mastery in records if battles > 500]
    assert sum(few) / len(few) + 1.5 < sum(many) / len(many)


def test_roles_are_the_games_with_one_commander(crowd: World) -> None:
    roles = Counter(place.role for place in crowd.members.values())
    assert len(people.ROLES) == 11
    assert set(roles) == set(people.ROLES)
    assert (roles["commander"], roles["executive_officer"], roles["personnel_officer"]) == (1, 2, 2)


def test_times_of_the_beginning_lie_in_the_past(crowd: World) -> None:
    for account_id, place in crowd.members.items():
        player = crowd.players[account_id]
        assert player.created_at < place.joined_at < SINCE
        assert player.last_battle_time <= player.logout_at <= player.updated_at <= SINCE


def test_one_member_never_fought_and_one_is_hidden() -> None:
    one = world()
    never = [account_id for account_id in one.members if not one.players[account_id].tanks]
    one.advance_to(SINCE + 5 * DAY)
    assert len(never) == 1
    assert len(one.hidden) == 1
    assert one.players[never[0]].last_battle_time == 0
    assert one.players[never[0]].figures.battles == 0


def test_some_players_have_vehicles_that_no_catalogue_knows(crowd: World) -> None:
    driven = {tank_id for player in crowd.players.values() for tank_id in player.tanks}
    assert driven & set(unlisted_ids())
    assert not set(unlisted_ids()) & set(crowd.catalogue.vehicles)


def test_garage_holds_driven_and_undriven_vehicles(crowd: World) -> None:
    for player in crowd.players.values():
        if player.tanks:
            driven = set(player.tanks)
            assert 0 < len(set(player.garage) & driven) < len(driven)
            assert 1 <= len(set(player.garage) - driven) <= 2


def test_share_that_plays_on_a_day_is_that_of_real_clans() -> None:
    one = world(members=50)
    one.advance_to(SINCE + DAY)
    for day in range(1, 15):
        before = {number: one.players[number].figures.battles for number in one.members}
        one.advance_to(SINCE + (day + 1) * DAY)
        played = sum(one.players[number].figures.battles > battles for number, battles in before.items())
        assert 5 <= played <= 33  # a day of 24 hours from SINCE on touches two days of the plan


def test_battles_are_fought_in_the_evening_of_sao_paulo() -> None:
    one = world(members=30)
    hours: Counter[int] = Counter()
    for hour in range(1, 24 * 8):
        before = {number: player.last_battle_time for number, player in one.players.items()}
        one.advance_to(SINCE + hour * HOUR)
        for number, player in one.players.items():
            if player.last_battle_time > before.get(number, 0) and player.last_battle_time > SINCE:
                hours[(player.last_battle_time // HOUR - 3) % 24] += 1
    evening, morning = sum(hours[h] for h in range(18, 24)), sum(hours[h] for h in range(3, 9))
    assert evening > 5 * morning


def test_people_come_go_and_change_over_months() -> None:
    one = world(members=40)
    before = one.expected()
    one.advance_to(SINCE + 120 * DAY)
    after = one.expected()
    stayed = set(before.members) & set(after.members)
    assert set(before.members) - set(after.members)
    assert all(after.members[number].joined_at > SINCE for number in set(after.members) - set(before.members))
    assert any(after.members[number].nickname != before.members[number].nickname for number in stayed)
    assert any(after.members[number].role != before.members[number].role for number in stayed)
    assert 20 <= len(after.members) <= 40
    assert after.clan.leader_id == before.clan.leader_id


def test_play_moves_counters_and_times_of_those_asked_only() -> None:
    one = world()
    chosen = one.some_members(0.25)
    before = one.expected()
    assert one.play(chosen, 7) == chosen
    after = one.expected()
    assert len(chosen) == 5
    for account_id, account in after.accounts.items():
        was = before.accounts[account_id]
        fought = account.figures["battles"] - was.figures["battles"]
        assert fought == (7 if account_id in chosen else 0)
        assert (account.last_battle_time > was.last_battle_time) == (account_id in chosen)


def test_each_session_moves_the_times_although_the_clock_stands() -> None:
    one = world(members=5)
    player = one.players[one.leader_id]
    told = []
    for _ in range(3):
        one.play([player.account_id], 1)
        told.append((player.last_battle_time, player.updated_at))
    assert told == sorted(set(told))
    assert len({last for last, _ in told}) == 3


def test_nothing_happens_before_the_beginning() -> None:
    late = 20_000 * DAY + 3 * HOUR - 60  # a minute before midnight in São Paulo
    one = world(since=late)
    before = one.expected()
    one.advance_to(late + 1)
    assert one.expected().accounts == before.accounts
    assert one.expected().members == before.members


def test_commander_who_leaves_is_followed_by_the_next_in_rank() -> None:
    one = world()
    gone = one.leader_id
    one.leave(gone)
    assert gone not in one.members
    assert one.leader_id in one.members
    assert one.clan_of(gone) is None


def test_new_commander_takes_the_place_of_the_old() -> None:
    one = world()
    old, new = one.leader_id, ordinary(one)
    one.change_role(new, "commander")
    assert one.leader_id == new
    assert one.members[old].role == "executive_officer"


def test_joining_never_ends() -> None:
    one = world(members=1)
    joined = [one.join() for _ in range(MOST_MEMBERS - 1)]
    assert len(set(joined)) == MOST_MEMBERS - 1
    with pytest.raises(Impossible):
        one.join()


def test_wiped_account_has_smaller_counters() -> None:
    one = world()
    account_id = ordinary(one)
    before = one.expected()
    one.wipe(account_id)
    after = one.expected()
    assert 0 < after.accounts[account_id].figures["battles"] < before.accounts[account_id].figures["battles"]
    assert all(tank.battles for tank in after.tanks[account_id].values())


def test_catalogue_changes_with_the_games_version() -> None:
    catalogue = world().catalogue
    version, updated_at, count = catalogue.game_version, catalogue.updated_at, len(catalogue.vehicles)
    added = catalogue.add(2, SINCE)
    assert catalogue.updated_at > updated_at
    assert catalogue.game_version != version
    assert len(catalogue.vehicles) == count + 2
    assert catalogue.drop([*added, 999_999], SINCE) == added
    assert len(catalogue.vehicles) == count


def test_known_vehicles_are_those_of_the_game() -> None:
    vehicles = known_vehicles()
    assert len({vehicle.tank_id for vehicle in vehicles}) == len(vehicles) > 850
    assert {vehicle.tier for vehicle in vehicles} == set(range(1, 12))
    assert len({vehicle.nation for vehicle in vehicles}) == 11
    assert {vehicle.type for vehicle in vehicles} == {"lightTank", "mediumTank", "heavyTank", "AT-SPG", "SPG"}
    assert all(vehicle.name and vehicle.short_name and vehicle.tag for vehicle in vehicles)


@pytest.mark.parametrize("nickname", ["ab", "Zé_da_Silva", "a" * 25, "", "with space"])
def test_nickname_that_the_game_does_not_allow_is_refused(nickname: str, crowd: World) -> None:
    with pytest.raises(Impossible):
        crowd.rename(ordinary(crowd), nickname)


@pytest.mark.parametrize("members", [0, 101])
def test_clan_of_impossible_size_is_refused(members: int) -> None:
    with pytest.raises(Impossible):
        World(members=members)


@pytest.mark.parametrize("members", [1, 2, 4, 5])
def test_small_clan_lives(members: int) -> None:
    one = world(members=members)
    one.advance_to(SINCE + 30 * DAY)
    assert one.leader_id in one.members


@pytest.mark.timed
def test_world_is_made_within_a_second() -> None:
    began = time.perf_counter()
    World(members=100)
    assert time.perf_counter() - began < 1
