"""The territory in figures: what counts, who reads which names, and what reading it costs."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from clans.models import User
from territory.models import Base, GameServer, Infraction
from territory.pages.statistics.figures import finding, territory_figures
from territory.tests.factories import (
    SECRETS,
    join,
    make_base,
    make_clan,
    make_infraction,
    make_placement,
    make_server,
    make_user,
    make_visitor,
    permit,
)
from territory.tests.pages import members

pytestmark = pytest.mark.django_db
# A Saturday, half past one at night: days begin at midnight.
NOW = datetime(2026, 2, 7, 1, 30, tzinfo=ZoneInfo("America/Sao_Paulo"))


def words_of(client: Client, person: User | None = None, **query: Any) -> str:
    if person:
        client.force_login(person)
    return members.words_of(members.page_of(client, "territory-statistics", **query))


def test_days_are_the_sites_and_only_confirmed_incidents_count(server: GameServer, base: Base) -> None:
    for days in (0, 6, 7, 13, 14, 29, 30, 59, 60):
        make_infraction(server, base, occurred_at=NOW - timedelta(days=days))
    for status in (Infraction.Status.REVIEW, Infraction.Status.DISMISSED, Infraction.Status.LIFTED):
        make_infraction(server, base, occurred_at=NOW, status=status)
    first = make_infraction(server, base, occurred_at=NOW - timedelta(hours=1))
    make_infraction(server, base, occurred_at=NOW - timedelta(hours=1), repeats=first)
    make_infraction(
        server, base, occurred_at=NOW, infraction_type=Infraction.Type.FORBIDDEN_ITEM, item="ShelterKit"
    )
    figures = territory_figures(make_user(is_staff=True, is_superuser=True), None, NOW)
    assert (figures.today, figures.week, figures.week_before) == (2, 3, 2)
    assert (figures.month, figures.month_before) == (7, 2)
    assert [(one.words, one.count) for one in figures.attacked] == [("Fortaleza Norte", 7)]
    assert [(one.title, one.count) for one in figures.forbidden] == [("ShelterKit", 1)]


def test_hours_are_those_of_the_game_server_and_else_of_the_site() -> None:
    server = make_server(time_zone="Asia/Tokyo")
    base = make_base(server, make_user())
    make_infraction(server, base, occurred_at=NOW)
    with translation.override("en"):
        assert territory_figures(make_user(), None, NOW).busiest == "Saturday, 01:00"
        assert territory_figures(make_user(), server, NOW).busiest == "Saturday, 13:00"


def test_one_game_server_alone(client: Client, server: GameServer, base: Base) -> None:
    other = make_server(slug="livonia", name="Livonia")
    make_infraction(other, make_base(other, make_user(), name="Outra"))
    assert "Invasions today 0" in words_of(client, server=server.slug)
    assert "Invasions today 1" in words_of(client, server="livonia")
    assert "Invasions today 1" in words_of(client, server="no-such-server")


@pytest.mark.parametrize(
    ("month", "before", "words"),
    [
        (0, 3, "No invasion in 30 days."),
        (2, 0, "2 invasions in 30 days; in the 30 days before: 0."),
        (5, 5, "As many invasions as in the 30 days before: 5."),
        (2, 8, "Invasions fell by 75% in 30 days."),
        (9, 6, "Invasions rose by 50% in 30 days."),
    ],
)
def test_the_finding_is_a_sentence(
    server: GameServer, base: Base, month: int, before: int, words: str
) -> None:
    for days in [1] * month + [40] * before:
        make_infraction(server, base, occurred_at=NOW - timedelta(days=days))
    with translation.override("en"):
        assert finding(territory_figures(make_user(), None, NOW)) == words


# -- Whereabouts ----------------------------------------------------------------------------------------------------


def test_names_of_bases_are_for_their_people_and_staff(
    client: Client, server: GameServer, base: Base
) -> None:
    make_infraction(server, base, base_name="")
    clan, friend, mate, former, ended = make_clan(), make_user(), make_user(), make_user(), make_user()
    Base.objects.filter(pk=base.pk).update(clan=clan)
    permit(base, friend)
    permit(base, ended, revoked_at=timezone.now() - timedelta(minutes=1))
    join(clan, mate)
    join(clan, former, left_at=timezone.now() - timedelta(minutes=1))
    for person in (base.owner, friend, mate, make_visitor("moderator"), make_visitor("superuser")):
        assert "1 Fortaleza Norte 1" in words_of(client, person)
    for stranger in (None, former, ended, make_visitor("member"), make_visitor("staff")):
        client.logout()
        words = words_of(client, stranger)
        assert "Invasions today 1" in words
        assert "Fortaleza Norte" not in words


def test_other_bases_are_a_number_without_rank(client: Client, server: GameServer, base: Base) -> None:
    mine = make_base(server, make_user("eu"), name="Minha", x=9000.0)
    make_infraction(server, mine)
    for _ in range(3):
        make_infraction(server, base)
    words = words_of(client, mine.owner)
    assert "1 Minha 1" in words
    assert "3 more invasions were in bases of others." in words


@pytest.mark.parametrize("role", ["anonymous", "member", "staff"])
def test_the_page_holds_no_place_and_no_secret(
    client: Client, server: GameServer, base: Base, role: str
) -> None:
    make_infraction(server, base)
    if person := make_visitor(role):
        client.force_login(person)
    page = client.get(reverse("territory-statistics")).content.decode()
    for secret in (*SECRETS, "dona-da-base", "Fortaleza", "Invasor", "5000.0"):
        assert secret not in page


def test_clans_are_for_members_of_the_site(client: Client, server: GameServer, base: Base) -> None:
    clan = make_clan("Os Garimpeiros")
    Base.objects.filter(pk=base.pk).update(clan=clan)
    for _ in range(2):
        make_placement(server, rule="clan", outcome="allowed", base=base)
    make_placement(server, rule="intruder", outcome="invasion", base=base)
    make_placement(server, rule="owner", base=base, occurred_at=timezone.now() - timedelta(days=31))
    assert "Os Garimpeiros" not in words_of(client)
    assert "Os Garimpeiros 2" in words_of(client, make_user())


def test_the_number_of_queries_is_fixed(
    client: Client, server: GameServer, base: Base, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = make_user()
    for number in range(5):
        make_infraction(server, base, gamertag=f"G{number}")
    counted, servers, community = 5, 1, 1
    with django_assert_num_queries(counted + servers + community):
        words_of(client)
    session_and_user, attacked, clans = 2, 1, 1
    client.force_login(person)
    with django_assert_num_queries(counted + servers + community + session_and_user + attacked + clans):
        words_of(client)
