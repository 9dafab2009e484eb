import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clans.models import User
from territory import selectors
from territory.models import Base, GameServer, Placement
from territory.tests.factories import (
    make_ban,
    make_base,
    make_delivery,
    make_infraction,
    make_placement,
    make_server,
    make_user,
    player_id,
)
from territory.tests.pages.members import page_of, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture(name="moderator")
def moderators_browser(client: Client, moderator: User) -> Client:
    client.force_login(moderator)
    return client


def listed(client: Client, **query: Any) -> str:
    return page_of(client, "verdicts", **query)


def detail(client: Client, placement: Placement | int | None) -> str:
    return page_of(client, "verdict", placement.pk if isinstance(placement, Placement) else placement)


# -- Who may see them ---------------------------------------------------------------------------------------------


def test_verdicts_are_not_for_members_who_have_the_permission_but_are_no_staff(
    moderator: Client,
) -> None:
    User.objects.update(is_staff=False)
    assert moderator.get(reverse("verdicts")).status_code == 404


@pytest.mark.parametrize("pk", [4711, 10**30])
def test_verdict_of_a_placement_that_is_not_there_is_404(moderator: Client, pk: int) -> None:
    assert moderator.get(f"/staff/verdicts/{pk}/").status_code == 404


# -- The list -----------------------------------------------------------------------------------------------------


def test_list_says_each_act_in_one_line(moderator: Client, server: GameServer, base: Base) -> None:
    placement = make_placement(server, base, occurred_at=datetime(2026, 2, 7, 22, 45, 3, tzinfo=UTC))
    placement.reasons = (placement.reasons or {}) | {"holds": ["border", "item"]}
    placement.action = Placement.Action.REVIEW
    placement.save()
    page = listed(moderator)
    assert '<meta name="robots" content="noindex, nofollow">' in page
    assert "7 Feb, 19:45:03 Invasor fence kit Invasion staff review" in words_of(page)
    assert "Fortaleza Norte 45.0 m" in words_of(page)
    assert "Chernarus 1 at the edge, trap or charge" in words_of(page)
    assert f'href="/staff/verdicts/{placement.pk}/"' in page
    assert 'title="FenceKit"' in page


def test_list_says_what_waits_for_staff(moderator: Client, server: GameServer, base: Base) -> None:
    assert "No case waits for staff." in listed(moderator)
    make_infraction(server, base, status="review")
    assert "1 case waits for staff." in listed(moderator)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Judged", "Waiting", "Broken", "Elsewhere"}),
        ({"state": "pending"}, {"Waiting"}),
        ({"state": "unusable"}, {"Broken"}),
        ({"outcome": "invasion"}, {"Judged"}),
        ({"outcome": "allowed"}, {"Elsewhere"}),
        ({"action": "ban"}, {"Judged"}),
        ({"action": "none"}, {"Elsewhere"}),
        ({"q": "judg"}, {"Judged"}),
        ({"q": "fortaleza"}, {"Judged"}),
        ({"q": "PLAYER_ID"}, {"Broken"}),
        ({"q": "#NUMBER"}, {"Waiting"}),
        ({"q": "NUMBER", "state": "judged"}, set()),
        ({"q": "%"}, set()),
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
    waiting = make_placement(server, gamertag="Waiting", state="pending", outcome="", rule="", judged_at=None)
    broken: dict[str, Any] = {
        "state": "unusable",
        "unusable_because": "no_date",
        "outcome": "",
        "rule": "",
        "occurred_at": None,
    }
    make_placement(server, gamertag="Broken", judged_at=None, **broken)
    make_placement(make_server(slug="livonia-1"), gamertag="Elsewhere")
    words = {"NUMBER": str(waiting.pk), "PLAYER_ID": player_id("Broken")[:12]}
    for word, value in words.items():
        query = {name: text.replace(word, value) for name, text in query.items()}
    page = listed(moderator, **query)
    names = ("Judged", "Waiting", "Broken", "Elsewhere")
    assert {name for name in names if f">{name}</bdi>" in page} == found


def test_list_shows_the_newest_50_and_leads_to_older_ones(moderator: Client, server: GameServer) -> None:
    numbers = [make_placement(server, gamertag=f"P{n}").pk for n in range(51)]
    first = listed(moderator, state="judged")
    assert first.count("<tr data-row") == 50
    assert f"?state=judged&amp;before={numbers[1]}" in first
    older = listed(moderator, before=str(numbers[1]))
    assert older.count("<tr data-row") == 1
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
    # session, person, permissions of the person and of groups, servers, placements, community, what waits in the queue
    with django_assert_num_queries(9):
        listed(moderator)
    with django_assert_num_queries(9):
        listed(moderator, state="judged", q="P")
    with django_assert_num_queries(6):
        listed(moderator, partial="1")


# -- The list asks for what it lacks ------------------------------------------------------------------------------


def rows(client: Client, **query: Any) -> list[int]:
    """The numbers of the rows that a list gets which asks for what it lacks."""
    answer = listed(client, partial="1", **query)
    assert "<html" not in answer
    assert "<table" not in answer
    return [int(number) for number in re.findall(r'<tr data-row="(\d+)"', answer)]


def test_list_gets_only_rows_that_are_newer_and_not_shown(moderator: Client, server: GameServer) -> None:
    first, second, third = (make_placement(server, gamertag=f"P{n}").pk for n in range(3))
    assert rows(moderator, after=str(second)) == [third]
    assert rows(moderator, after=str(first), shown=f"{third},{first}") == [second]
    assert rows(moderator, after=str(third)) == []


def test_list_gets_a_row_again_once_it_is_judged(moderator: Client, server: GameServer) -> None:
    waiting: dict[str, Any] = {"state": "pending", "outcome": "", "rule": "", "judged_at": None}
    first, second = (make_placement(server, **waiting) for _ in range(2))
    shown = {"after": str(first.pk), "pending": f"{second.pk},{first.pk}", "state": "pending"}
    assert rows(moderator, **shown) == []
    Placement.objects.filter(pk=first.pk).update(state="judged", outcome="allowed", rule="outside")
    assert rows(moderator, **shown) == [first.pk]


def test_news_keep_to_the_filter(moderator: Client, server: GameServer, base: Base) -> None:
    guilty = make_placement(server, base)
    make_placement(server)
    assert rows(moderator, after="0", outcome="invasion") == [guilty.pk]


@pytest.mark.parametrize(
    "given", ["", "x", "-1", "1,,2", "9" * 40, ",".join(["1"] * 5000), "\x00", "\N{ARABIC-INDIC DIGIT ONE}"]
)
def test_news_survive_any_numbers(moderator: Client, server: GameServer, given: str) -> None:
    placement = make_placement(server)
    assert rows(moderator, after=given, shown=given, pending=given) in ([], [placement.pk])


# -- One verdict --------------------------------------------------------------------------------------------------


def test_detail_shows_everything_the_verdict_rests_on(
    moderator: Client, server: GameServer, base: Base
) -> None:
    ban = make_ban(server)
    infraction = make_infraction(server, base, ban=ban)
    make_delivery(ban)
    page = detail(moderator, infraction.placement_id)
    for text in (
        infraction.player_id,
        "2535400000000017",
        "placed Fence Kit&lt;FenceKit&gt;</mark>",
        reverse("case", args=[infraction.case_id]),
        reverse("admin:territory_ban_change", args=[ban.pk]),
        reverse("admin:territory_base_change", args=[base.pk]),
    ):
        assert text in page
    for words in (
        "Invasor invaded Fortaleza Norte",
        "Banned permanent",
        "X 5045.5 · Z 3033.3",
        "45.0 m from the centre, radius 100 m",
        "default item rules",
        "a ban.txt on this machine to be written",
        "nobody is linked to this player",
    ):
        assert words in words_of(page)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Invasor placed fence kit outside every base"),
        ({"rule": "clan"}, "Invasor placed fence kit in Fortaleza Norte"),
        ({"outcome": "forbidden", "rule": "item_forbidden"}, "Invasor placed fence kit , a forbidden item"),
        (
            {"outcome": "ignored", "rule": "item_ignored"},
            "Invasor placed fence kit , which may lie anywhere",
        ),
        ({"state": "pending", "outcome": "", "rule": ""}, "Invasor placed fence kit"),
        ({"item": "wall_gate", "kind": "built"}, "Invasor built gate outside every base"),
        ({"item": "", "display": "Мина"}, "Invasor placed Мина outside every base"),
    ],
)
def test_heading_says_what_the_act_was(
    moderator: Client, server: GameServer, base: Base, fields: dict[str, Any], sentence: str
) -> None:
    is_inside = fields.get("rule") == "clan"
    fields = {"outcome": "allowed"} | fields
    placement = make_placement(server, base if is_inside else None, **fields)
    assert f"{sentence} " in words_of(detail(moderator, placement.pk))


@pytest.mark.parametrize(
    ("status", "ban", "words"),
    [
        ("review", None, "In review"),
        ("dismissed", None, "Dismissed"),
        ("lifted", None, "Lifted"),
        ("confirmed", None, "Confirmed no ban"),
        ("confirmed", {"ends_at": datetime(2126, 2, 7, tzinfo=UTC)}, "Banned until Feb. 6, 2126"),
        ("confirmed", {"ends_at": datetime(2025, 2, 7, tzinfo=UTC)}, "Ban over"),
        ("confirmed", {"lifted_at": datetime(2025, 2, 7, tzinfo=UTC)}, "Lifted"),
    ],
)
def test_stamp_says_what_came_of_the_infraction(  # noqa: PLR0917 - pytest passes by name
    moderator: Client, server: GameServer, base: Base, status: str, ban: dict[str, Any] | None, words: str
) -> None:
    made = None if ban is None else make_ban(server, **ban)
    infraction = make_infraction(server, base, ban=made, status=status)
    page = detail(moderator, infraction.placement_id)
    stamps = re.findall(r'<span class="stamp[^>]*>(.*?)</span>', page)
    assert [" ".join(re.sub("<[^>]*>", " ", stamp).split()) for stamp in stamps] == [words]


def test_detail_lists_the_holds(moderator: Client, server: GameServer, base: Base) -> None:
    placement = make_placement(server, base, action="review")
    placement.reasons = (placement.reasons or {}) | {"holds": ["reviewing", "clock"]}
    placement.save()
    page = words_of(detail(moderator, placement.pk))
    assert "Why nobody was banned at once The server has staff confirm each ban. The source" in page


def test_detail_shows_the_players_other_acts(moderator: Client, server: GameServer, base: Base) -> None:
    others = [make_placement(server, item="SeaChest") for _ in range(11)]
    guilty = make_infraction(server, base)
    make_placement(server, gamertag="Outro", item="Barrel_Blue")
    page = detail(moderator, guilty.placement_id)
    assert "11 allowed, 0 against the rule" in words_of(page)
    assert "Infractions 1 " in words_of(page)
    shown = [one.pk for one in others if f'href="/staff/verdicts/{one.pk}/">sea chest' in page]
    assert shown == [one.pk for one in others[1:]]
    assert "barrel" not in page


def test_map_shows_the_base_as_it_was_at_the_act(moderator: Client, server: GameServer, base: Base) -> None:
    placement = make_placement(server, base)
    base.x, base.radius_m = 9000.0, 55.0
    base.save()
    page = detail(moderator, placement.pk)
    # 250 m across, 320 units wide: the circle of 100 m has 128 units.
    assert re.findall(r'<circle class="b-own" cx="180" cy="180" r="([\d.]+)"', page) == ["128"]
    assert ">56.4 m</text>" in page  # from the centre that the base had then
    assert 'aria-label="Where the act was: 45 m from the base&#x27;s centre"' in page


def test_detail_shows_no_base_and_has_no_links_to_what_the_reader_may_not_see(
    moderator: Client, server: GameServer, base: Base
) -> None:
    ban = make_ban(server)
    make_delivery(ban)
    infraction = make_infraction(server, base, ban=ban)
    rights = User.objects.get(username="visitor-moderator").user_permissions
    rights.remove(*rights.exclude(codename="view_placement"))
    page = detail(moderator, infraction.placement_id)
    assert 'class="pt invasion"' in page
    assert 'class="b-own"' not in page
    assert "/admin/territory/" not in page
    assert "/admin/clans/" not in page
    assert f"Infraction {infraction.pk}" in page
    assert "ban.txt" not in page


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
    page = detail(moderator, placement.pk)
    assert ("Not judged" in page) is (fields["state"] == "unusable")
    assert ("It waits to be judged." in page) is (fields["state"] == "pending")


def test_detail_shows_the_time_of_the_servers_clock_too_where_it_differs(moderator: Client) -> None:
    server = make_server(time_zone="Europe/Lisbon")
    placement = make_placement(server, occurred_at=datetime(2026, 2, 7, 22, 45, 3, tzinfo=UTC))
    assert "22:45:03 Europe/Lisbon" in detail(moderator, placement.pk)


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
    # session, person, permissions (2), placement, names; bases then and now; record: newest, counts, acts, infractions,
    # names; community, what waits
    with django_assert_num_queries(15):
        page = detail(moderator, placement.pk)
    assert all(base.name in page for base in made)
