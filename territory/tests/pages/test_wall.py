"""The wall of shame: what everybody reads on it, its search and its figures."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from territory.models import Base, GameServer
from territory.tests.factories import SECRETS, make_ban, make_infraction, make_server, make_visitor
from territory.tests.pages.members import page_of, words_of

pytestmark = pytest.mark.django_db


class Wall(Protocol):
    def __call__(self, *, language: str = "en", **query: str) -> str: ...


@pytest.fixture
def wall(client: Client) -> Wall:
    return partial(page_of, client, "wall")


@pytest.mark.parametrize("role", ["anonymous", "member", "staff", "moderator", "superuser"])
def test_wall_shows_the_public_facts_and_nothing_else_to_everybody(
    client: Client, wall: Wall, server: GameServer, base: Base, role: str
) -> None:
    infraction = make_infraction(server, base, ban=make_ban(server), description="PROVA-SECRETA Invasão")
    if user := make_visitor(role):
        client.force_login(user)
    page = wall()
    facts = ("Invasor", "Invasion", "fence kit", 'title="FenceKit"', "Fortaleza Norte", "Chernarus 1")
    for shown in (f">{infraction.pk}<", *facts):
        assert shown in page
    for secret in (*SECRETS, infraction.player_id, "dona-da-base", "45.0", "5045"):
        assert secret not in page


@pytest.mark.parametrize("status", ["review", "dismissed", "lifted"])
def test_wall_leaves_out_what_is_not_confirmed(
    wall: Wall, server: GameServer, base: Base, status: str
) -> None:
    make_infraction(server, base, status=status)
    assert "Invasor" not in wall()


def test_wall_is_in_order_of_the_acts(wall: Wall, server: GameServer, base: Base) -> None:
    """An old system's infractions, or a log read late, do not stand before what happened since."""
    now = timezone.now()
    for gamertag, days in (("De hoje", 0), ("De antes", 300), ("De ontem", 1)):
        make_infraction(server, base, gamertag=gamertag, occurred_at=now - timedelta(days=days))
    page = wall()
    assert page.index("De hoje") < page.index("De ontem") < page.index("De antes")


def test_wall_answers_with_and_without_the_slash(client: Client) -> None:
    assert client.get("/wall").status_code == 200
    moved = client.get("/wall/", {"q": "a", "page": "2"})
    assert (moved.status_code, moved["Location"]) == (301, "/wall?q=a&page=2")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "permanent"),
        ({"ends_at": datetime(2126, 2, 7, 22, 45, tzinfo=UTC)}, "until 7 Feb 2126, 19:45"),
        ({"ends_at": datetime(2025, 2, 7, 22, 45, tzinfo=UTC)}, "over since 7 Feb 2025, 19:45"),
        ({"lifted_at": datetime(2025, 3, 1, 1, 0, tzinfo=UTC)}, "over since 28 Feb 2025, 22:00"),
        (None, "no ban"),
    ],
    ids=["permanent", "ends later", "has ended", "was lifted", "none"],
)
def test_wall_tells_whether_the_ban_is_in_force(
    wall: Wall, server: GameServer, base: Base, fields: dict[str, Any] | None, words: str
) -> None:
    make_infraction(server, base, ban=None if fields is None else make_ban(server, **fields))
    assert words in words_of(wall())


def test_wall_shows_the_time_of_the_act_in_the_sites_zone(wall: Wall, server: GameServer, base: Base) -> None:
    make_infraction(server, base, occurred_at=datetime(2025, 2, 7, 22, 45, tzinfo=UTC))
    assert "7 de fevereiro de 2025, 19:45:00" in wall(language="pt-br")


# -- Searching ----------------------------------------------------------------------------------------------------


FITTING: list[tuple[dict[str, str], str]] = [
    ({"q": "turbo"}, "Turbo"),
    ({"q": "barrel_"}, "Turbo"),
    ({"q": "BARREL"}, "Turbo"),
    ({"q": "watchtower kit"}, "Vizinho"),
    ({"q": "sea chest"}, ""),
    ({"q": "posto"}, "Turbo"),
    ({"q": "NUMBER"}, "Turbo"),
    ({"q": "#NUMBER"}, "Turbo"),
    ({"server": "livonia-1"}, "Turbo"),
    ({"kind": "forbidden"}, "Turbo"),
    ({"days": "7"}, "Vizinho"),
    ({"days": "90"}, "Vizinho Turbo"),
    ({"days": "90", "kind": "invasion"}, "Vizinho"),
    ({"q": "nobody"}, ""),
    ({"q": "%"}, ""),
    ({"q": "_"}, "Turbo"),
    ({"q": "'"}, ""),
    ({"q": "9" * 30}, ""),
    ({"server": "nowhere", "kind": "x", "days": "y"}, "Vizinho Turbo"),
    ({"q": "\x00"}, "Vizinho Turbo"),
    ({"q": "a" * 101}, "Vizinho Turbo"),
]


def test_wall_shows_what_fits_the_filter(wall: Wall, server: GameServer, base: Base) -> None:
    make_infraction(server, base, gamertag="Vizinho", item="WatchtowerKit")
    turbo = make_infraction(
        make_server(slug="livonia-1"),
        base,
        gamertag="Turbo",
        item="Barrel_Blue",
        base_name="Posto Novy",
        infraction_type="forbidden_item",
        occurred_at=timezone.now() - timedelta(days=20),
    )
    for query, shown in FITTING:
        page = wall(**{name: value.replace("NUMBER", str(turbo.pk)) for name, value in query.items()})
        assert [name for name in ("Vizinho", "Turbo") if f">{name}</bdi>" in page] == shown.split(), query


def test_wall_says_its_figures_from_the_rows_of_the_table(wall: Wall, server: GameServer, base: Base) -> None:
    """A chip, the lede and the bars count incidents: an act that repeats another is in none of them."""
    now = timezone.now()
    first = make_infraction(server, base)
    make_infraction(server, base, repeats=first)
    make_infraction(server, base, infraction_type="forbidden_item", occurred_at=now - timedelta(days=10))
    make_infraction(server, base, occurred_at=now - timedelta(days=40))
    page = words_of(wall())
    for words in (
        "1 infraction in 7 days",
        "Invasions 1 Forbidden items 1",
        "Everything 3 Invasion 2 Forbidden item 1",
        "3 of 3",
        "2 acts within a minute",
    ):
        assert words in page
    week = words_of(wall(days="7", kind="forbidden"))
    assert "No infraction in 7 days with this filter" in week
    assert "Everything 1 Invasion 1 Forbidden item 0" in week


def test_wall_counts_the_days_of_the_sites_zone(wall: Wall, server: GameServer, base: Base) -> None:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    for seconds in (0, -1):
        make_infraction(server, base, occurred_at=midnight - timedelta(days=6) + timedelta(seconds=seconds))
    page = words_of(wall(days="7"))
    assert "1 infraction in 7 days" in page
    assert "1 of 1" in page


def test_wall_keeps_the_other_choices_when_one_is_made_or_taken_away(wall: Wall, server: GameServer) -> None:
    page = wall(q="turbo", days="30", kind="invasion", page="2")
    assert 'value="turbo"' in page
    assert '<input type="hidden" name="kind" value="invasion"' in page
    for address in (
        "?q=turbo&amp;days=30&amp;kind=forbidden",
        "?q=turbo&amp;kind=invasion",
        "?days=30&amp;kind=invasion",
    ):
        assert f'href="{address}"' in page


@pytest.mark.parametrize("entries", [0, 1, 3])
def test_wall_takes_as_many_queries_for_three_entries_as_for_none(
    wall: Wall,
    server: GameServer,
    base: Base,
    entries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for n in range(entries):
        make_infraction(server, base, gamertag=f"R{n}", ban=make_ban(server, gamertag=f"R{n}"))
    # servers, counts by kind, counts by day, the community, and the entries if there are any
    with django_assert_num_queries(4 + bool(entries)):
        wall()


def test_wall_has_25_a_page_and_keeps_the_search_between_pages(
    wall: Wall, server: GameServer, base: Base
) -> None:
    numbers = [make_infraction(server, base, gamertag=f"Raider{n}").pk for n in range(26)]
    first, second = wall(q="raider"), wall(q="raider", page="2")
    assert first.count("Raider") == 50  # each in its title, too
    assert "25 of 26" in words_of(first)
    assert f">{numbers[-1]}<" in first
    assert "?q=raider&amp;page=2" in first
    assert f">{numbers[0]}<" in second
    assert "26 of 26" in words_of(second)
    assert "25 of 26" in words_of(wall(page="nonsense"))


def test_wall_cuts_a_name_of_4000_characters(wall: Wall, server: GameServer, base: Base) -> None:
    make_infraction(server, base, gamertag="W" * 4000)
    page = wall()
    assert f'<bdi class="clip" title="{"W" * 300}">{"W" * 300}</bdi>' in page
    assert "W" * 301 not in page


def test_wall_says_so_when_it_is_empty(wall: Wall) -> None:
    assert "Nobody is on the wall" in (page := wall())
    assert "No infraction in 7 days" in page
    assert "Nobody fits this search" in wall(q="x")
