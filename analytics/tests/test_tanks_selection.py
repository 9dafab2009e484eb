import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.core.paginator import Page
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from analytics.tanks.facets import facets_of
from analytics.tanks.filters import UNKNOWN, TankFilter, key_of
from analytics.tanks.form import options_of
from analytics.tanks.parts import columns
from analytics.tanks.selectors import (
    SelectionFigures,
    TankChoices,
    TankRow,
    choices_of,
    figures_of,
    page_of,
)
from analytics.tanks.sentences import count_in_words, owner_in_words, title_of
from analytics.tanks.sorting import SORTS
from analytics.tests.tank_rows import many_tanks
from tanks import wording
from tanks.models import GarageTank, Mastery
from tanks.tests.factories import rows


def _chosen(chance: random.Random, values: Iterable[int | str | None]) -> tuple[str, ...]:
    keys = sorted(key_of(value) for value in values)
    return tuple(chance.sample(keys, chance.choice((0, 0, 1, 3))))


def _fits(tank: GarageTank, chosen: TankFilter) -> bool:
    vehicle = tank.tank
    return (
        (not chosen.tier or key_of(vehicle.tier) in chosen.tier)
        and (not chosen.nation or key_of(vehicle.nation) in chosen.nation)
        and (not chosen.type or key_of(vehicle.type) in chosen.type)
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
    clan = rows.clan()
    made = many_tanks(clan, players=6, vehicles=60, each=25, seed=seed)
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
    clan = rows.clan()
    tank = rows.garage_tank(rows.player(clan, "Ana"), rows.vehicle("Maus"))
    chosen = TankFilter(player=str(tank.player_id))
    assert list(chosen.tanks_of([tank.player_id])) == [tank]
    assert not chosen.tanks_of([rows.player(clan, "Bia").pk]).exists()


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
def test_pages_in_every_order_hold_each_row_once_and_the_unknown_last() -> None:
    made = many_tanks(rows.clan(), players=5, vehicles=40, each=30)
    players = {tank.player_id for tank in made}
    with translation.override("en"):
        choices = choices_of(players)
        for sort in sorted(SORTS):
            chosen, seen = TankFilter(sort=sort, size="25"), []
            for number in range(1, 7):
                page = _page(chosen, players, choices, number=str(number), rows=len(made))
                seen += [row.owned for row in page.object_list]
            assert seen == _ordered(made, sort), sort


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
def test_pages_of_rows_that_are_all_equal_repeat_none() -> None:
    clan, maus = rows.clan(), rows.vehicle("Maus")
    # Without nicknames the players are told apart by their numbers, which no order follows.
    tanks = [rows.garage_tank(rows.player(clan, ""), maus) for _number in range(60)]
    players = {tank.player_id for tank in tanks}
    choices = choices_of(players)
    for sort in sorted(SORTS):
        chosen = TankFilter(sort=sort, size="25")
        pages = [_page(chosen, players, choices, number=number, rows=60) for number in "123"]
        assert [len(page.object_list) for page in pages] == [25, 25, 10], sort
        assert len({row.owned.pk for page in pages for row in page.object_list}) == 60, sort


def test_columns_mark_the_sorted_one_and_turn_it_round() -> None:
    urls = {TankFilter(sort=sort).url for sort in SORTS}
    for sort in sorted(SORTS):
        name, shown = sort.removeprefix("-"), columns(TankFilter(sort=sort))
        (marked,) = [column for column in shown if column.aria_sort]
        assert marked.aria_sort == ("descending" if sort.startswith("-") else "ascending")
        assert marked.url == TankFilter(sort=name if sort.startswith("-") else f"-{name}").url
        assert {column.url for column in shown if column.url} <= urls


def test_columns_begin_figures_with_the_highest_and_words_with_the_first() -> None:
    urls = {column.url for column in columns(TankFilter(sort="tier"))}
    assert {"?", "?sort=player"} <= urls
    assert not {"?sort=battles", "?sort=-player"} & urls


# -- Facets -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_facets_count_the_rows_that_each_choice_would_give(
    seed: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    chance = random.Random(seed)
    made = many_tanks(rows.clan(), players=5, vehicles=50, each=25, seed=seed)
    players = dict.fromkeys(sorted({tank.player_id for tank in made}), "")
    options = options_of([], players, choices_of(players))
    for _attempt in range(10):
        chosen = TankFilter(
            tier=_chosen(chance, [None, *range(1, 12)]),
            nation=_chosen(chance, {tank.tank.nation for tank in made}),
            type=_chosen(chance, {tank.tank.type for tank in made}),
            least=chance.choice(("", "10")),
        )
        with django_assert_num_queries(1):
            facets = facets_of(chosen, players, options)
        for facet in facets:
            assert [choice.key for choice in facet.choices] == list(options[facet.name])
            for choice in facet.choices:
                keys: Any = {facet.name: (choice.key,)}
                alone = replace(chosen, **keys)
                assert choice.count == sum(_fits(tank, alone) for tank in made)
                assert choice.is_chosen is (choice.key in getattr(chosen, facet.name))


# -- Sentences ----------------------------------------------------------------------------------------------------

HEAVY, SPG, DESTROYER = ("heavyTank",), ("SPG",), ("AT-SPG",)


TITLES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "All tanks", "Todos os tanques"),
    ({"tier": ("10",)}, "Tanks of tier X", "Tanques de tier X"),
    ({"tier": ("10", "8"), "type": HEAVY}, "Heavy tanks of tier VIII and X", "Pesados de tier VIII e X"),
    ({"tier": ("8", UNKNOWN)}, "Tanks of tier VIII and unknown", "Tanques de tier VIII e desconhecido"),
    ({"type": DESTROYER + HEAVY}, "Heavy tanks and tank destroyers", "Pesados e caça-tanques"),
    ({"type": ("lightTank", "mediumTank", "heavyTank", "SPG")}, "Tanks of 4 types", "Tanques de 4 classes"),
    (
        {"type": (UNKNOWN, *SPG)},
        "Artillery vehicles and vehicles of an unknown type",
        "Artilharias e veículos de classe desconhecida",
    ),
    ({"type": ("hovercraft",)}, "Hovercraft", "Hovercraft"),
    (
        {"nation": ("usa", "germany"), "type": HEAVY, "tier": ("6",)},
        "Heavy tanks (Germany, USA) of tier VI",
        "Pesados (Alemanha, EUA) de tier VI",
    ),
    ({"nation": ("usa", "uk", "china", "japan")}, "Tanks of 4 nations", "Tanques de 4 nações"),
    ({"nation": ("atlantis", UNKNOWN)}, "Tanks (Atlantis, Unknown)", "Tanques (Atlantis, Sem informação)"),
]


@pytest.mark.parametrize(("chosen", "english", "portuguese"), TITLES, ids=[title for _, title, _ in TITLES])
def test_title_says_the_selection(chosen: dict[str, Any], english: str, portuguese: str) -> None:
    for language, title, owner in (("en", english, "of the clan"), ("pt-br", portuguese, "do clã")):
        with translation.override(language):
            shown = owner_in_words("", is_commander=True, accounts=40)
            assert title_of(TankFilter(**chosen), shown) == f"{title} {owner}"


@pytest.mark.parametrize(
    ("player", "is_commander", "accounts", "english", "portuguese"),
    [
        ("Ana", True, 40, "of \u2068Ana\u2069", "de \u2068Ana\u2069"),
        ("Ana", False, 2, "of \u2068Ana\u2069", "de \u2068Ana\u2069"),
        ("", True, 1, "of the clan", "do clã"),
        ("", False, 1, "of your account", "da sua conta"),
        ("", False, 2, "of your accounts", "das suas contas"),
    ],
)
def test_title_says_whose_tanks_they_are(
    player: str, *, is_commander: bool, accounts: int, english: str, portuguese: str
) -> None:
    for language, owner in (("en", english), ("pt-br", portuguese)):
        with translation.override(language):
            assert owner_in_words(player, is_commander=is_commander, accounts=accounts) == owner


@pytest.mark.parametrize(
    ("tanks", "players", "english", "portuguese"),
    [
        (0, 0, "No tank", "Nenhum tanque"),
        (1, 1, "1 tank", "1 tanque"),
        (12345, 79, "12,345 tanks of 79 players", "12.345 tanques de 79 jogadores"),
    ],
)
def test_count_says_tanks_and_players(tanks: int, players: int, english: str, portuguese: str) -> None:
    for language, said in (("en", english), ("pt-br", portuguese)):
        with translation.override(language):
            assert count_in_words(tanks, players) == said


# -- Wording ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "name"), [(1, "I"), (4, "IV"), (9, "IX"), (11, "XI"), (12, "12"), (0, "0"), (None, "Unknown")]
)
def test_tier_is_written_as_the_game_does(tier: int | None, name: str) -> None:
    with translation.override("en"):
        assert wording.tier_name(tier) == name


def test_keys_that_are_not_known_are_shown_with_a_capital() -> None:
    with translation.override("en"):
        assert wording.nation_name("atlantis") == "Atlantis"
        assert wording.type_name("hovercraft") == "Hovercraft"
        assert (wording.nation_name(""), wording.type_name("")) == ("Unknown", "Unknown")
        assert (wording.nation_name("czech"), wording.type_name("AT-SPG")) == (
            "Czechoslovakia",
            "Tank destroyer",
        )
