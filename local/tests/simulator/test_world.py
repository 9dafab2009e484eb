import pytest

from local.simulator.catalogue import unlisted_ids
from local.simulator.records import total
from local.simulator.world import World

HOUR, DAY = 3600, 86_400
SINCE = 1_780_000_000


def world(**options: int) -> World:
    return World(**{"seed": 5, "members": 20, "since": SINCE, **options})


@pytest.fixture(scope="module")
def crowd() -> World:
    """A full clan at its beginning; nothing changes it."""
    return world(members=100)


def commander(of: World) -> int:
    (number,) = [number for number, place in of.members.items() if place.role == "commander"]
    return number


def test_world_of_the_same_seed_is_the_same_however_it_got_there() -> None:
    at_once, step_by_step = world(), world()
    at_once.advance_to(SINCE + 9 * DAY)
    for moment in range(SINCE, SINCE + 9 * DAY, 3571):
        step_by_step.advance_to(moment)
    step_by_step.advance_to(SINCE + 9 * DAY)
    one, same = ((of.now, of.players, of.members, of.catalogue) for of in (at_once, step_by_step))
    assert one == same
    assert world(seed=6).players != world().players


def test_figures_of_an_account_are_the_sums_of_its_vehicles() -> None:
    one = world()
    one.advance_to(SINCE + 5 * DAY)
    one.play(one.some_members(0.5), 40)
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


def test_beginning_lies_in_the_past_and_some_vehicles_are_in_no_catalogue(crowd: World) -> None:
    for account_id, place in crowd.members.items():
        player = crowd.players[account_id]
        assert player.created_at < place.joined_at < SINCE
        assert player.last_battle_time <= SINCE
    driven = {tank_id for player in crowd.players.values() for tank_id in player.tanks}
    assert driven & set(unlisted_ids())
    assert not set(unlisted_ids()) & set(crowd.catalogue.vehicles)


def test_commander_who_leaves_is_followed_by_the_next_in_rank() -> None:
    one = world()
    gone, following = list(one.members)[:2]
    assert gone == commander(one)
    one.leave(gone)
    assert gone not in one.members
    assert commander(one) == following


@pytest.mark.parametrize("members", [1, 5])
def test_small_clan_lives(members: int) -> None:
    one = world(members=members)
    one.advance_to(SINCE + 30 * DAY)
    assert commander(one)
