from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from territory import selectors
from territory.models import Base, GameServer
from territory.tests.factories import (
    make_ban,
    make_base,
    make_infraction,
    make_placement,
    make_server,
    make_user,
    make_visitor,
)

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="chernarus-1", name="Chernarus 1")


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_user("dona"), name="Fortaleza Norte")


@pytest.fixture
def moderator(client: Client) -> Client:
    user = make_visitor("moderator")
    assert user is not None
    client.force_login(user)
    return client


def read(client: Client, address: str, language: str = "en", **query: Any) -> str:
    answer = client.get(address, query, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def listed(client: Client, **query: Any) -> str:
    return read(client, reverse("verdicts"), **query)


# -- Who may see them ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["list", "partial", "detail"])
@pytest.mark.parametrize(
    ("role", "status"),
    [("anonymous", 302), ("member", 404), ("staff", 404), ("moderator", 200), ("superuser", 200)],
)
def test_verdicts_are_for_staff_with_the_right_to_see_placements(  # noqa: PLR0917 - pytest passes by name
    client: Client, server: GameServer, base: Base, role: str, status: int, page: str
) -> None:
    placement = make_placement(server, base)
    user = make_visitor(role)
    if user:
        client.force_login(user)
    address = {
        "list": reverse("verdicts"),
        "partial": reverse("verdicts") + "?partial=1",
        "detail": reverse("verdict", args=[placement.pk]),
    }[page]
    answer = client.get(address)
    assert answer.status_code == status
    assert (b"FenceKit" in answer.content) is (status == 200)
    if status == 302:
        assert answer["Location"].startswith(reverse("login") + "?next=/staff/verdicts/")


def test_verdicts_are_not_for_members_who_have_the_permission_but_are_no_staff(
    client: Client, server: GameServer
) -> None:
    user = make_visitor("moderator")
    assert user is not None
    user.is_staff = False
    user.save()
    client.force_login(user)
    assert client.get(reverse("verdicts")).status_code == 404


def test_verdict_of_a_placement_that_is_not_there_is_404(moderator: Client) -> None:
    assert moderator.get(reverse("verdict", args=[4711])).status_code == 404
    assert moderator.get(f"/staff/verdicts/{10**30}/").status_code == 404


def test_verdicts_are_kept_from_caches_and_search_engines(moderator: Client) -> None:
    answer = moderator.get(reverse("verdicts"))
    assert "no-store" in answer["Cache-Control"]
    assert b'<meta name="robots" content="noindex, nofollow">' in answer.content


# -- The list -----------------------------------------------------------------------------------------------------


def test_list_shows_the_verdict_with_its_base_and_reasons(
    moderator: Client, server: GameServer, base: Base
) -> None:
    make_placement(server, base, occurred_at=datetime(2026, 2, 7, 22, 45, 3, tzinfo=UTC))
    page = listed(moderator)
    for shown in (
        "7 Feb 19:45:03",
        "Chernarus 1",
        "Invasor",
        "FenceKit",
        "Fortaleza Norte",
        "45.0 m",
        "stranger",
    ):
        assert shown in page


def test_partial_is_the_table_alone(moderator: Client, server: GameServer, base: Base) -> None:
    make_placement(server, base)
    partial = listed(moderator, partial="1")
    assert "Invasor" in partial
    assert "<html" not in partial
    assert "<form" not in partial
    assert partial.strip() in listed(moderator)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Judged", "Waiting", "Broken", "Elsewhere"}),
        ({"state": "pending"}, {"Waiting"}),
        ({"state": "unusable"}, {"Broken"}),
        ({"outcome": "invasion"}, {"Judged"}),
        ({"outcome": "allowed"}, {"Elsewhere"}),
        ({"server": "livonia-1"}, {"Elsewhere"}),
        ({"server": "livonia-1", "outcome": "invasion"}, set()),
        (
            {"state": "nonsense", "server": "nowhere", "before": "x"},
            {"Judged", "Waiting", "Broken", "Elsewhere"},
        ),
        ({"before": str(10**30)}, {"Judged", "Waiting", "Broken", "Elsewhere"}),
    ],
)
def test_list_is_filtered_by_the_address(
    moderator: Client, server: GameServer, base: Base, query: dict[str, str], found: set[str]
) -> None:
    make_placement(server, base, gamertag="Judged")
    make_placement(server, gamertag="Waiting", state="pending", outcome="", rule="", judged_at=None)
    broken: dict[str, Any] = {
        "state": "unusable",
        "unusable_because": "no_date",
        "outcome": "",
        "rule": "",
        "occurred_at": None,
    }
    make_placement(server, gamertag="Broken", judged_at=None, **broken)
    make_placement(make_server(slug="livonia-1"), gamertag="Elsewhere")
    page = listed(moderator, partial="1", **query)
    names = ("Judged", "Waiting", "Broken", "Elsewhere")
    assert {name for name in names if f">{name}</bdi>" in page} == found


def test_list_shows_the_newest_50_and_leads_to_older_ones(moderator: Client, server: GameServer) -> None:
    numbers = [make_placement(server, gamertag=f"P{n}").pk for n in range(51)]
    first = listed(moderator, state="judged")
    assert first.count("<tr>") == 51
    assert f"?state=judged&amp;before={numbers[1]}" in first
    older = listed(moderator, before=str(numbers[1]))
    assert older.count("<tr>") == 2
    assert ">P0</bdi>" in older
    assert "data-live" in first
    assert "data-live" not in older


def test_list_filter_searches_the_newest_rows_only(
    moderator: Client, server: GameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "SEARCHED_PLACEMENTS", 2)
    for n in range(3):
        make_placement(server, gamertag=f"P{n}")
    page = listed(moderator, state="judged")
    assert [f">P{n}</bdi>" in page for n in range(3)] == [False, True, True]
    assert "the newest 2 placements" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_as_many_queries_for_three_rows_as_for_one(
    moderator: Client, server: GameServer, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        base = make_base(server, make_user(), x=1000.0 + 500 * n)
        make_placement(server, base, gamertag=f"P{n}")
    # session, person, permissions of the person and of groups, servers, placements, names of bases
    with django_assert_num_queries(7):
        listed(moderator)
    with django_assert_num_queries(8):
        listed(moderator, state="judged")


def test_list_escapes_and_isolates_hostile_names(moderator: Client, server: GameServer) -> None:
    base = make_base(server, make_user(), name=HOSTILE)
    make_placement(server, base, gamertag=HOSTILE, item=HOSTILE)
    page = listed(moderator)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;\u202e</bdi>") == 3


# -- One verdict --------------------------------------------------------------------------------------------------


def test_detail_shows_everything_the_verdict_rests_on(
    moderator: Client, server: GameServer, base: Base
) -> None:
    infraction = make_infraction(server, base, ban=make_ban(server))
    page = read(moderator, reverse("verdict", args=[infraction.placement_id]))
    shown = (
        infraction.player_id,
        "2535400000000017",
        "X 5045.5, Z 3033.3",
        "Player &quot;Invasor&quot; placed Fence Kit&lt;FenceKit&gt;",
        "Fortaleza Norte",
        "45.0 m",
        "100 m",
        "intruder",
        "default item rules",
        reverse("admin:territory_infraction_change", args=[infraction.pk]),
        reverse("admin:territory_ban_change", args=[infraction.ban_id]),
    )
    for text in shown:
        assert text in page


def test_detail_has_no_links_to_what_the_reader_may_not_see(
    client: Client, server: GameServer, base: Base
) -> None:
    infraction = make_infraction(server, base, ban=make_ban(server))
    user = make_visitor("moderator")
    assert user is not None
    user.user_permissions.remove(*user.user_permissions.exclude(codename="view_placement"))
    client.force_login(user)
    page = read(client, reverse("verdict", args=[infraction.placement_id]))
    assert "/admin/territory/" not in page
    assert f"#{infraction.pk}" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "unusable", "unusable_because": "no_position", "x": None, "z": None},
        {"state": "unusable", "unusable_because": "no_date", "occurred_at": None, "raw_line": ""},
        {"state": "pending"},
    ],
    ids=["no position", "no date", "pending"],
)
def test_detail_shows_what_was_not_judged(
    moderator: Client, server: GameServer, fields: dict[str, Any]
) -> None:
    placement = make_placement(server, outcome="", rule="", judged_at=None, **fields)
    page = read(moderator, reverse("verdict", args=[placement.pk]))
    assert ("Not judged" in page) is (fields["state"] == "unusable")
    assert ("It waits to be judged." in page) is (fields["state"] == "pending")


def test_detail_shows_the_time_of_the_servers_clock_too_where_it_differs(moderator: Client) -> None:
    server = make_server(time_zone="Europe/Lisbon")
    placement = make_placement(server, occurred_at=datetime(2026, 2, 7, 22, 45, 3, tzinfo=UTC))
    assert "(22:45:03 Europe/Lisbon)" in read(moderator, reverse("verdict", args=[placement.pk]))


@pytest.mark.parametrize("bases", [1, 3])
def test_detail_takes_as_many_queries_for_three_bases_as_for_one(
    moderator: Client, server: GameServer, bases: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    owner = make_user()
    made = [make_base(server, owner, name=f"B{n}") for n in range(bases)]
    placement = make_placement(server, made[0])
    assert placement.reasons is not None
    placement.reasons["considered"] = [
        {"base_id": base.pk, "distance_m": 45.0, "radius_m": 100.0, "right": "clan"} for base in made
    ]
    placement.save()
    with django_assert_num_queries(6):
        page = read(moderator, reverse("verdict", args=[placement.pk]))
    assert all(base.name in page for base in made)
