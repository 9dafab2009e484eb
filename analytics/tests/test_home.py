"""The home page: what it says to a visitor, to a member and to staff, and what reading it costs."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from analytics.home.figures import KEY, count
from clans.models import AccountLink, ClanMembership, User
from tanks.models import Player, RosterEvent
from tanks.tests.factories import rows
from territory.models import Alarm, AlarmMute, BasePermission, Case, Infraction, PlayerIdentity
from territory.pages.statistics.figures import territory_figures
from territory.pages.wall.entries import wall_page
from territory.tests.factories import (
    join,
    make_ban,
    make_base,
    make_clan,
    make_infraction,
    make_placement,
    make_server,
    make_user,
    make_visitor,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def figures_are_counted_anew() -> Iterator[None]:
    cache.delete(KEY)
    yield
    cache.delete(KEY)


def words_of(client: Client, person: User | None = None) -> str:
    """Return what a reader of the home page reads, without tags."""
    if person:
        client.force_login(person)
    answer = client.get("/", headers={"accept-language": "en"})
    assert answer.status_code == 200
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|[\u2068\u2069]", " ", main))


# -- Visitors -----------------------------------------------------------------------------------------------------


def test_a_visitor_reads_the_claim_the_figures_and_the_newest_of_the_wall(client: Client) -> None:
    server = make_server()
    base = make_base(server, make_user(), name="Fortaleza Sul")
    make_infraction(server, base, gamertag="Bigode", base_name="Fortaleza Sul", ban=make_ban(server))
    make_infraction(server, base, gamertag="Antigo", base_name="")
    words = words_of(client)
    for part in ("Your base is yours.", "Protected bases 1", "Infractions in 7 days 2", "Fortaleza Sul"):
        assert part in words
    for player in ("Bigode", "Antigo"):
        assert f"{player} Invasion" in words


def test_a_visitor_reads_of_the_clan_of_tanks_once_there_is_one(client: Client) -> None:
    assert "clan of tanks" not in words_of(client)
    clan = rows.clan("Sertão")
    for name in ("Ana", "Bia"):
        player = rows.player(clan, name)
        Player.objects.filter(pk=player.pk).update(battles=100, wins=53)
        rows.garage_tank(player, rows.vehicle(f"T {name}", tier=10), battles=5)
    cache.delete(KEY)
    words = words_of(client)
    assert "Sertão follows 2 players" in words
    assert "Players 2 Wins 53.0% Tier X 2" in words


def test_the_figures_are_counted_once_a_minute(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    community, newest = 1, 1
    silent = 2  # without entries: whether a server publishes its wall, or there is any
    with django_assert_num_queries(5 + community + newest + silent):
        words_of(client)
    with django_assert_num_queries(community + newest + silent):
        words_of(client)


def test_home_works_while_the_cache_is_down(client: Client, settings: Settings) -> None:
    down = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": down}
    assert "Protected bases" in words_of(client)


def test_figures_count_what_holds_now() -> None:
    now = datetime(2026, 2, 7, 1, 30, tzinfo=ZoneInfo("America/Sao_Paulo"))
    server, staff = make_server(), make_user("ana")
    base = make_base(server, make_user(), registered_at=now - timedelta(days=90))
    make_base(server, make_user(), x=9000.0, removed_at=now, registered_at=now - timedelta(days=90))
    for days in (0, 6, 7, 13, 14):  # half past one at night: days begin at midnight
        make_infraction(server, base, occurred_at=now - timedelta(days=days))
    make_infraction(server, base, occurred_at=now, status=Infraction.Status.REVIEW)
    first = make_infraction(server, base, occurred_at=now, infraction_type=Infraction.Type.FORBIDDEN_ITEM)
    make_infraction(server, base, occurred_at=now, repeats=first)
    make_placement(server, state="pending", outcome="", rule="")
    make_ban(server, gamertag="A")
    make_ban(server, gamertag="B", lifted_at=now)
    make_ban(server, gamertag="C", lifted_at=now, lifted_by=staff)
    figures = count(now)
    assert (figures.active_bases, figures.placements_judged) == (1, 8)
    assert (figures.infractions_week, figures.infractions_week_before) == (3, 2)
    assert (figures.bans, figures.bans_lifted) == (3, 1)


def test_the_figures_of_home_the_wall_and_the_statistics_agree() -> None:
    now, server = timezone.now(), make_server()
    base = make_base(server, make_user())
    for days in (0, 1, 3, 9, 20, 40):
        make_infraction(server, base, occurred_at=now - timedelta(days=days))
    make_infraction(server, base, status=Infraction.Status.LIFTED)
    make_ban(server, lifted_at=now, lifted_by=make_user())
    figures, home = territory_figures(make_user(), None, now), count(now)
    wall = wall_page({"kind": "invasion"}, number=None, now=now)
    assert figures.month == wall.in_chart["invasion"]
    assert figures.week == wall.in_week == home.infractions_week
    assert (figures.bases, figures.bans, figures.bans_lifted) == (
        home.active_bases,
        home.bans,
        home.bans_lifted,
    )


# -- Members ------------------------------------------------------------------------------------------------------


def test_a_member_reads_first_whether_all_is_well(client: Client) -> None:
    server, rafa = make_server(), make_user("Rafa")
    base = make_base(server, rafa, name="Fortaleza Norte")
    assert "Hi, Rafa . All calm at your bases." in words_of(client, rafa)
    noon = timezone.localtime().replace(hour=0, minute=1)
    make_infraction(
        server,
        base,
        gamertag="Sgt Farofa",
        base_name="Fortaleza Norte",
        occurred_at=noon,
        item="WatchtowerKit",
        ban=make_ban(server),
    )
    words = words_of(client, rafa)
    assert "1 invasion of your bases today." in words
    assert "The last one was in Fortaleza Norte , at 00:01" in words
    assert re.search(r"Sgt Farofa *invaded *Fortaleza Norte *watchtower kit *· Banned\.", words)
    assert "1 today" in words


def test_a_member_reads_of_invasions_what_the_wall_says(client: Client) -> None:
    server, rafa, now = make_server(), make_user("Rafa"), timezone.now()
    base = make_base(server, rafa)
    dismissed = make_infraction(server, base, gamertag="Primeiro", occurred_at=now, status="dismissed")
    make_infraction(server, base, gamertag="Segundo", occurred_at=now, repeats=dismissed)
    forbidden = Infraction.Type.FORBIDDEN_ITEM
    make_infraction(server, base, gamertag="Mina", occurred_at=now, infraction_type=forbidden)
    words = words_of(client, rafa)
    assert "1 invasion of your bases today." in words
    assert re.search(r"Segundo invaded Fortaleza\b.* fence kit · Nobody was banned for it\.", words)
    assert "Primeiro" not in words
    assert "Mina" not in words


@pytest.mark.parametrize(
    ("field", "days", "consequence"),
    [
        pytest.param("ends_at", None, "Banned.", id="for ever"),
        pytest.param("ends_at", 1, "Banned.", id="for a time"),
        pytest.param("ends_at", -1, "The ban is over.", id="served"),
        pytest.param("lifted_at", 0, "The ban is over.", id="lifted"),
    ],
)
def test_a_member_reads_whether_the_ban_still_holds(
    client: Client, field: str, days: int | None, consequence: str
) -> None:
    server, rafa, now = make_server(), make_user("Rafa"), timezone.now()
    fields: dict[str, Any] = {field: None if days is None else now + timedelta(days=days)}
    ban = make_ban(server, created_at=now - timedelta(days=2), **fields)
    make_infraction(server, make_base(server, rafa), occurred_at=now, ban=ban)
    assert f"fence kit · {consequence}" in words_of(client, rafa)


def test_a_permission_that_was_taken_back_is_no_news(client: Client) -> None:
    server, rafa, now = make_server(), make_user("Rafa"), timezone.now()
    base = make_base(server, make_user("Ana"), name="Mirante")
    granted = {"granted_at": now - timedelta(days=2), "revoked_at": now - timedelta(days=1)}
    BasePermission.objects.create(base=base, user=rafa, **granted)
    assert "Mirante" not in words_of(client, rafa)


def test_a_member_without_a_gamertag_is_told_why_it_matters(client: Client) -> None:
    rafa = make_user("Rafa")
    assert "Without your gamertag" in words_of(client, rafa)
    AccountLink.objects.create(user=rafa, kind=AccountLink.Kind.GAMERTAG, key="rafabr", name="RafaBR")
    words = words_of(client, rafa)
    assert "Staff still have to confirm your gamertag" in words
    assert "Without your gamertag" not in words
    PlayerIdentity.objects.create(user=rafa, gamertag="RafaBR")
    assert "Without your gamertag" not in words_of(client, rafa)


def test_a_member_sees_bases_rights_clans_tanks_and_what_happened(client: Client) -> None:
    server, rafa, ana = make_server(), make_user("Rafa"), make_user("Ana")
    own, other = make_base(server, rafa, name="Doca 7"), make_base(server, ana, x=9000.0, name="Mirante")
    ended = make_base(server, ana, x=12000.0, name="Vila")
    long_ago, yesterday = timezone.now() - timedelta(days=20), timezone.now() - timedelta(days=1)
    BasePermission.objects.create(base=other, user=rafa, granted_at=yesterday)
    BasePermission.objects.create(base=ended, user=rafa, granted_at=long_ago, revoked_at=yesterday)
    BasePermission.objects.create(base=own, user=ana, granted_at=yesterday)
    clan = rows.clan("Sertão")
    ClanMembership.objects.create(clan=clan.clan, user=rafa, joined_at=long_ago)
    player = rows.player(clan, "Rafa_T34", user=rafa)
    rows.garage_tank(player, rows.vehicle("Maus", tier=10), battles=10, wins=6)
    RosterEvent.objects.create(clan=clan.clan, player=player, kind="joined", occurred_at=yesterday)
    words = words_of(client, rafa)
    assert "My bases See all Doca 7" in words
    assert "Where I may build Mirante" in words
    assert "Vila all calm" not in words
    assert "Tanks 1 Wins 60.0% Tier X 1" in words
    assert "Sertão" in words
    for sentence in ("You may build in Mirante", "Ana may build in Doca 7", "Rafa_T34 joined the clan"):
        assert sentence in words


def test_a_member_reads_nothing_of_others(client: Client) -> None:
    server, rafa = make_server(), make_user("Rafa")
    base = make_base(server, make_user("Ana"), name="Segredo da Ana")
    make_infraction(
        server, base, gamertag="Intruso", base_name="Segredo da Ana", status=Infraction.Status.REVIEW
    )
    words = words_of(client, rafa)
    assert "Segredo" not in words
    assert "cases are waiting" not in words
    assert "How fresh" not in words


@pytest.mark.parametrize("rows", [1, 8])
def test_a_members_home_takes_the_same_queries_for_one_row_and_for_many(
    client: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    server, rafa = make_server(), make_user("Rafa")
    for n in range(rows):
        base = make_base(server, rafa, x=1000.0 + 500 * n)
        make_infraction(server, base, gamertag=f"P{n}", ban=make_ban(server, gamertag=f"P{n}"))
        BasePermission.objects.create(base=base, user=make_user(f"F{n}"))
    client.force_login(rafa)
    with django_assert_num_queries(16):
        client.get("/")


# -- Staff --------------------------------------------------------------------------------------------------------


def test_staff_read_what_waits_and_how_fresh_the_data_are(client: Client) -> None:
    server = make_server(name="Fronteira")
    base = make_base(server, make_user())
    make_infraction(server, base, status=Infraction.Status.REVIEW)
    Case.objects.update(waiting_since=datetime(2020, 2, 4, 22, 16, tzinfo=UTC))
    words = words_of(client, make_visitor("moderator"))
    assert "1 case is waiting for you" in words
    assert re.search(r"Oldest: *4 Feb 2020, 19:16", words), "since when it waits, as the queue says it"
    page = client.get("/").content.decode()
    assert 'class="tally">1<' in page


@pytest.mark.parametrize("role", ["staff", "member"])
def test_who_may_not_decide_reads_no_cases(client: Client, role: str) -> None:
    server = make_server()
    make_infraction(server, make_base(server, make_user()), status=Infraction.Status.REVIEW)
    assert "waiting for you" not in words_of(client, make_visitor(role))
    assert "tally" not in client.get("/").content.decode()


def test_an_owner_reads_who_joined_and_left_the_clan_of_a_base(client: Client) -> None:
    now, owner, clan = timezone.now(), make_user("dono"), make_clan("TXS")
    make_base(make_server(), owner, clan=clan, name="Toca")
    join(clan, make_user("Bia"), joined_at=now - timedelta(days=2))
    join(clan, make_user("Caio"), joined_at=now - timedelta(days=99), left_at=now - timedelta(days=1))
    join(clan, make_user("Antiga"), joined_at=now - timedelta(days=99))
    words = words_of(client, owner)
    assert "Bia joined the clan TXS and may build in Toca" in words
    assert "Caio left the clan TXS and may no longer build by it in Toca" in words
    assert "Antiga" not in words


def test_an_owner_reads_of_strangers_until_they_are_muted(client: Client) -> None:
    now, owner = timezone.now(), make_user("dono")
    base = make_base(make_server(), owner, name="Toca")
    other = make_base(base.server, make_user(), x=9000.0, name="Alheia")
    for one in (base, other):
        Alarm.objects.create(
            base=one, gamertag="Bigode", player_id="X", began_at=now, last_at=now, activities=2
        )
    words = words_of(client, owner)
    assert "Somebody was in your base Toca : Bigode , 2 other acts" in words
    assert "Bigode did something in Toca without a right" in words
    assert "Alheia" not in words
    AlarmMute.objects.create(base=base, player_id="X", ends_at=now + timedelta(days=1))
    assert "Bigode" not in words_of(client, owner)


def test_an_owner_reads_that_a_base_falls_asleep_and_was_released(client: Client) -> None:
    now, owner = timezone.now(), make_user("dono")
    make_base(make_server(), owner, name="Toca", sleeps_at=now + timedelta(days=3))
    gone = now - timedelta(days=1)
    make_base(make_server(), owner, name="Velha", sleeps_at=gone, removed_at=gone)
    make_base(make_server(), owner, name="Removida", sleeps_at=now, removed_at=gone)
    words = words_of(client, owner)
    assert "Toca is falling asleep" in words
    assert "Velha fell asleep and was released" in words
    assert "Removida" not in words
