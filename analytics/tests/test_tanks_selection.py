import random
from collections.abc import Iterable
from typing import Any

import pytest
from django.core.paginator import Page
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from analytics.tanks import wording
from analytics.tanks.filters import UNKNOWN, TankFilter
from analytics.tanks.headings import headings
from analytics.tanks.selectors import (
    SelectionFigures,
    TankChoices,
    TankRow,
    choices_of,
    figures_of,
    page_of,
)
from analytics.tanks.sorting import SORTS
from analytics.tests.tank_rows import make_clan, make_many, make_player, make_tank, make_vehicle
from tanks.models import GarageTank, Mastery, Player, Vehicle


def _chosen(chance: random.Random, values: Iterable[object]) -> tuple[str, ...]:
    keys = sorted(_parameter(value) for value in values)
    return tuple(chance.sample(keys, chance.choice((0, 0, 1, 3))))


def _parameter(value: object) -> str:
    return str(value) if value else UNKNOWN


def _fits(tank: GarageTank, chosen: TankFilter) -> bool:
    vehicle = tank.tank
    return (
        (not chosen.tier or _parameter(vehicle.tier) in chosen.tier)
        and (not chosen.nation or _parameter(vehicle.nation) in chosen.nation)
        and (not chosen.type or _parameter(vehicle.type) in chosen.type)
        and tank.battles >= int(chosen.least or 0)
    )


def _figures(tanks: list[GarageTank]) -> SelectionFigures:
    """The same figures, counted row by row."""
    badges = dict.fromkeys((Mastery.THIRD, Mastery.SECOND, Mastery.FIRST, Mastery.ACE), 0)
    battles = wins = 0
    vehicles, players = set(), set()
    for tank in tanks:
        battles, wins = battles + tank.battles, wins + tank.wins
        vehicles.add(tank.tank_id)
        players.add(tank.player_id)
        if tank.mark_of_mastery:
            badges[Mastery(tank.mark_of_mastery)] += 1
    driven = sum(1 for tank in tanks if tank.battles)
    return SelectionFigures(len(tanks), driven, len(vehicles), len(players), battles, wins, badges)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(5))
def test_selection_and_figures_equal_a_plain_count_over_random_tanks(seed: int) -> None:
    chance = random.Random(seed)
    clan = make_clan()
    made = make_many(clan, players=6, vehicles=60, each=25, seed=seed)
    everybody = sorted({tank.player_id for tank in made})
    nations, types = {tank.tank.nation for tank in made}, {tank.tank.type for tank in made}
    for _attempt in range(25):
        players = chance.sample(everybody, chance.randint(0, 6))
        chosen = TankFilter(
            tier=_chosen(chance, [None, *range(1, 12)]),
            nation=_chosen(chance, nations),
            type=_chosen(chance, types),
            least=chance.choice(("", "10")),
        )
        expected = [tank for tank in made if tank.player_id in players and _fits(tank, chosen)]
        assert set(chosen.tanks_of(players)) == set(expected)
        assert figures_of(chosen.tanks_of(players)) == _figures(expected)


@pytest.mark.django_db
def test_filter_for_a_player_who_is_not_to_be_seen_finds_nothing() -> None:
    clan = make_clan()
    tank = make_tank(make_player(clan, "Ana"), make_vehicle("Maus"))
    chosen = TankFilter(player=str(tank.player_id))
    assert list(chosen.tanks_of([tank.player_id])) == [tank]
    assert not chosen.tanks_of([make_player(clan, "Bia").pk]).exists()


counts = st.integers(min_value=0, max_value=10**12)


@given(st.lists(st.tuples(counts, counts)))
def test_figures_are_ratios_of_sums_and_none_without_a_divisor(rows: list[tuple[int, int]]) -> None:
    battles, wins = sum(max(row) for row in rows), sum(min(row) for row in rows)
    driven = sum(1 for row in rows if max(row))
    figures = SelectionFigures(len(rows), driven, 0, 0, battles, wins, {Mastery.ACE: 2, Mastery.THIRD: 3})
    assert (figures.average_battles is None) is (not driven)
    assert (figures.win_percent is None) is (battles == 0)
    if battles:
        assert figures.average_battles is not None
        assert figures.win_percent is not None
        assert figures.average_battles * driven == pytest.approx(battles)
        assert figures.win_percent * battles == pytest.approx(100 * wins)
        assert 0 <= figures.win_percent <= 100
    assert figures.badges_total == 5


def test_figures_of_the_win_percentage_are_weighted_by_battles() -> None:
    figures = SelectionFigures(76, 76, 76, 1, 38_420, 21_862, {})
    assert figures.win_percent == pytest.approx(56.9027, abs=1e-4)
    assert figures.average_battles == pytest.approx(505.53, abs=0.005)


def test_vehicle_that_was_never_driven_does_not_lower_the_average() -> None:
    figures = SelectionFigures(3, 1, 3, 1, 100, 50, {})
    assert figures.average_battles == 100


# -- Sorting ------------------------------------------------------------------------------------------------------


def _key(sort: str, tank: GarageTank) -> Any:
    vehicle = tank.tank
    with translation.override("en"):
        return {
            "vehicle": vehicle.short_name.lower() or None,
            "player": tank.player.nickname.lower(),
            "tier": vehicle.tier,
            "nation": wording.nation_name(vehicle.nation).casefold() if vehicle.nation else None,
            "type": wording.types_in_order(wording.TYPES).index(vehicle.type) if vehicle.type else None,
            "battles": tank.battles,
            "wins": tank.wins,
            "win_rate": tank.wins / tank.battles if tank.battles else None,
            "mastery": tank.mark_of_mastery,
            "last_changed": tank.last_changed,
        }[sort.removeprefix("-")]


@pytest.mark.django_db
@pytest.mark.parametrize("sort", sorted(SORTS))
def test_pages_in_every_order_hold_each_row_once_and_the_unknown_last(sort: str) -> None:
    made = make_many(make_clan(), players=5, vehicles=40, each=30)
    by_row = {(tank.player.nickname, str(tank.tank), tank.tank_id): tank for tank in made}
    assert len(by_row) == len(made) == 150
    players = {tank.player_id for tank in made}
    chosen, seen = TankFilter(sort=sort, size="25"), []
    with translation.override("en"):
        choices = choices_of(players)
        for number in range(1, 7):
            page = _page(chosen, players, choices, number=str(number), rows=len(made))
            seen += [(row.player, row.vehicle, row.battles, row.last_changed) for row in page.object_list]
    whole = _ordered(made, sort)
    assert [(str(tank.player), str(tank.tank), tank.battles, tank.last_changed) for tank in whole] == seen


def _page(
    chosen: TankFilter, players: set[int], choices: TankChoices, *, number: str, rows: int
) -> "Page[TankRow]":
    return page_of(chosen.tanks_of(players), chosen, choices, realm=None, number=number, rows=rows)


def _ordered(tanks: list[GarageTank], sort: str) -> list[GarageTank]:
    """The rows in the same order, by sorts of Python's own, the least important first."""
    name, falls = sort.removeprefix("-"), sort.startswith("-")
    ordered = sorted(tanks, key=lambda tank: tank.pk)
    if name != "battles":
        ordered.sort(key=lambda tank: tank.battles, reverse=True)
    if name in {"vehicle", "player"}:
        ordered.sort(key=lambda tank: tank.tank_id if name == "vehicle" else tank.player_id)
    known = [tank for tank in ordered if _key(sort, tank) is not None]
    known.sort(key=lambda tank: _key(sort, tank), reverse=falls)
    return known + [tank for tank in ordered if _key(sort, tank) is None]


@pytest.mark.django_db
@pytest.mark.parametrize("sort", sorted(SORTS))
def test_pages_of_rows_that_are_all_equal_repeat_none(sort: str) -> None:
    clan, maus = make_clan(), make_vehicle("Maus")
    # Without nicknames the players are told apart by their numbers, which no order follows.
    tanks = [make_tank(make_player(clan, ""), maus) for _number in range(60)]
    players = {tank.player_id for tank in tanks}
    chosen, choices = TankFilter(sort=sort, size="25"), choices_of(players)
    pages = [_page(chosen, players, choices, number=number, rows=60) for number in "123"]
    assert [len(page.object_list) for page in pages] == [25, 25, 10]
    assert len({row.player for page in pages for row in page.object_list}) == 60


@pytest.mark.parametrize("sort", sorted(SORTS))
def test_headings_mark_the_sorted_column_and_turn_it_round(sort: str) -> None:
    name, shown = sort.removeprefix("-"), headings(sort)
    assert [heading.name for heading in shown if heading.aria_sort] == [name]
    marked = next(heading for heading in shown if heading.name == name)
    assert marked.aria_sort == ("descending" if sort.startswith("-") else "ascending")
    assert marked.next_sort == (name if sort.startswith("-") else f"-{name}")
    assert {heading.next_sort for heading in shown} <= SORTS


def test_headings_begin_figures_with_the_highest_and_words_with_the_first() -> None:
    begun = {heading.name: heading.next_sort for heading in headings("tier")}
    assert begun["battles"] == "-battles"
    assert begun["player"] == "player"


# -- Wording ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "name"), [(1, "I"), (4, "IV"), (9, "IX"), (11, "XI"), (12, "12"), (0, "0"), (None, "Unknown")]
)
def test_tier_is_written_as_the_game_does(tier: int | None, name: str) -> None:
    with translation.override("en"):
        assert wording.tier_name(tier) == name


def test_keys_that_are_not_known_are_shown_as_they_are() -> None:
    with translation.override("en"):
        assert wording.nation_name("atlantis") == "atlantis"
        assert wording.type_name("hovercraft") == "Hovercraft"
        assert (wording.nation_name(""), wording.type_name("")) == ("Unknown", "Unknown")
        assert (wording.nation_name("czech"), wording.type_name("AT-SPG")) == (
            "Czechoslovakia",
            "Tank destroyer",
        )


@pytest.mark.django_db
def test_choices_are_of_these_players_vehicles_only() -> None:
    clan = make_clan()
    ana, bia = make_player(clan, "Ana"), make_player(clan, "Bia")
    make_tank(ana, make_vehicle("Maus"))
    make_tank(bia, make_vehicle("T-34", tier=5, nation="ussr", type="mediumTank"))
    make_tank(bia, make_vehicle())
    found = choices_of([ana.pk])
    assert (found.tiers, found.nations, found.types) == ([10], ["germany"], ["heavyTank"])
    assert choices_of([ana.pk, bia.pk]).tiers == [5, 10, None]
    assert choices_of([]).tiers == []
    assert Vehicle.objects.count() == 3
    assert Player.objects.count() == 2
