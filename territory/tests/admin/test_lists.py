"""The lists: quick however long they are, filters that offer what occurs, and a search that finds by what one has."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.admin.parts import CappedPaginator, PlainAdmin
from territory import models
from territory.admin import filters
from territory.models import GameServer, Placement
from territory.tests.admin.pages import address, enter, listed, page
from territory.tests.admin.rows import make_another_of_each
from territory.tests.factories import (
    make_ban,
    make_base,
    make_delivery,
    make_infraction,
    make_placement,
    make_player,
    make_server,
    make_user,
    player_id,
)

pytestmark = pytest.mark.django_db
MODELS = sorted(
    model._meta.model_name or "" for model in admin.site._registry if model._meta.app_label == "territory"
)


def model_admin(name: str) -> Any:
    return next(
        one
        for model, one in admin.site._registry.items()
        if (model._meta.app_label, model._meta.model_name) == ("territory", name)
    )


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", name="Sul")


@pytest.fixture(autouse=True)
def moderator(client: Client) -> None:
    enter(client, "moderator")
    client.cookies["django_language"] = "en"


def test_list_takes_the_same_few_queries_however_many_rows(client: Client) -> None:
    enter(client, "superuser")
    counts: dict[str, list[int]] = {name: [] for name in MODELS}
    for number in range(5):
        make_another_of_each(make_server(), number)
        for name in MODELS if number in {1, 4} else ():
            listed(client, name)
            with CaptureQueriesContext(connection) as queries:
                assert listed(client, name).result_count == number + 1, name
            counts[name].append(len(queries))
    assert {name: few for name, few in counts.items() if len(set(few)) > 1 or max(few) > 12} == {}


@pytest.mark.parametrize("name", MODELS)
def test_no_list_is_counted_or_sorted_to_its_end(name: str) -> None:
    admin_of_list = model_admin(name)
    assert isinstance(admin_of_list, PlainAdmin)
    assert admin_of_list.paginator is CappedPaginator
    assert (admin_of_list.date_hierarchy, admin_of_list.show_full_result_count) == (None, False)


@pytest.mark.parametrize("column", ["occurred_at", "gamertag", "outcome"])
def test_placements_are_sorted_by_their_number_alone(client: Client, column: str) -> None:
    index = 1 + model_admin("placement").list_display.index({"gamertag": "player"}.get(column, column))
    with CaptureQueriesContext(connection) as queries:
        listed(client, "placement", o=str(index))
    assert not [
        q["sql"] for q in queries if re.search(rf'ORDER BY "territory_placement"."{column}"', q["sql"])
    ]


def test_list_of_placements_leaves_raw_lines_in_the_database(client: Client, server: GameServer) -> None:
    make_placement(server)
    with CaptureQueriesContext(connection) as queries:
        listed(client, "placement")
    assert not [query["sql"] for query in queries if '"raw_line"' in query["sql"]]


# -- Filters ------------------------------------------------------------------------------------------------------


def offered(client: Client, model: str, title: str, **query: Any) -> list[str]:
    """What a filter of the list offers besides everything; nothing where it is not shown."""
    found = listed(client, model, **query)
    specs = {str(spec.title): spec for spec in found.filter_specs}
    if title not in specs:
        return []
    return [str(choice["display"]) for choice in specs[title].choices(found)][1:]


def test_filters_offer_only_what_occurs(client: Client, server: GameServer) -> None:
    make_server(slug="vazio", name="Vazio")
    base = make_base(server, make_user())
    assert offered(client, "placement", "verdict") == []
    make_placement(server)
    assert offered(client, "placement", "verdict", outcome__exact="invasion") == ["allowed", "invasion"]
    make_placement(server, base)
    assert offered(client, "placement", "verdict") == ["allowed", "invasion"]
    assert offered(client, "placement", "consequence") == ["nothing", "ban"]
    make_placement(make_server(slug="norte", name="Norte"))
    assert offered(client, "placement", "game server") == ["Norte", "Sul"]


def test_what_occurs_is_looked_for_among_the_newest_rows(
    client: Client, server: GameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_placement(server, make_base(server, make_user()))
    make_placement(server)
    make_placement(server)
    monkeypatch.setattr(filters, "LOOKED_AT", 2)
    assert offered(client, "placement", "verdict") == ["allowed"]


def test_period_filter_finds_what_happened_since(client: Client, server: GameServer) -> None:
    for days in (0, 2, 8, 31):
        make_placement(
            server, gamertag=f"P{days}", occurred_at=timezone.now() - timedelta(days=days, minutes=1)
        )
    for chosen, names in (("1", {"P0"}), ("7", {"P0", "P2"}), ("30", {"P0", "P2", "P8"})):
        rows = listed(client, "placement", occurred=chosen).result_list
        assert {row.gamertag for row in rows} == names


@pytest.mark.parametrize(("chosen", "names"), [("yes", {"Hoje", "Até amanhã"}), ("no", {"Antiga"})])
def test_base_is_in_force_until_it_ends(
    client: Client, server: GameServer, chosen: str, names: set[str]
) -> None:
    now = timezone.now()
    for x, name, removed_at in [
        (1000.0, "Hoje", None),
        (2000.0, "Até amanhã", now + timedelta(days=1)),
        (3000.0, "Antiga", now - timedelta(days=1)),
    ]:
        make_base(server, make_user(), name=name, x=x, removed_at=removed_at)
    assert {base.name for base in listed(client, "base", in_force=chosen).result_list} == names


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_bans_are_found_by_the_state_of_their_delivery(
    client: Client, server: GameServer, state: str
) -> None:
    make_ban(server, gamertag="Sem lista")
    bans = {one: make_ban(server, gamertag=one) for one in ("pending", "failed")}
    for one, ban in bans.items():
        for target in ("/a.txt", "/b.txt"):
            make_delivery(ban, target, state=one)
    assert list(listed(client, "ban", deliveries__state__exact=state).result_list) == [bans[state]]


# -- Search -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["infraction", "ban"])
def test_decided_records_are_found_by_what_one_has(client: Client, server: GameServer, model: str) -> None:
    base = make_base(server, make_user())
    make_ban(server, gamertag="Outra", xuid="")
    make_infraction(server, base, gamertag="Outra", xuid="")
    ban = make_ban(server, gamertag="Fulano")
    infraction = make_infraction(server, base, gamertag="Fulano")
    row = ban if model == "ban" else infraction
    number, known = row.pk, (player_id("Fulano"), "2535400000000017")
    for term in (f"{number}", f"#{number}", f" {number} ", "FULANO", "lano", *known):
        assert list(listed(client, model, q=term).result_list) == [row], term


@pytest.mark.parametrize(
    ("term", "by_index"),
    [(" {pk} ", True), ("{player_id}", True), ("fulano", False)],
    ids=["number", "player id", "words"],
)
def test_placement_is_found_and_what_an_index_finds_is_not_read_as_text(
    client: Client, server: GameServer, term: str, *, by_index: bool
) -> None:
    placement = make_placement(server, gamertag="Fulano 7", player_id=player_id("Fulano"))
    make_placement(server, gamertag=f"P{placement.pk}")
    query = term.format(pk=placement.pk, player_id=player_id("Fulano"))
    with CaptureQueriesContext(connection) as queries:
        assert list(listed(client, "placement", q=query).result_list) == [placement]
    assert any("UPPER" in q["sql"] for q in queries) is not by_index


def test_number_of_no_placement_finds_nothing(client: Client, server: GameServer) -> None:
    make_placement(server)
    for term in ("9" * 18, "9" * 19, "9" * 5000, "²"):
        assert list(listed(client, "placement", q=term).result_list) == []


def test_placements_are_not_counted_to_the_end(
    client: Client, server: GameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("A", "B", "C"):
        make_placement(server, gamertag=name)
    monkeypatch.setattr("common.admin.parts.MOST_COUNTED", 2)
    with CaptureQueriesContext(connection) as queries:
        assert listed(client, "placement", state__exact="judged").result_count == 2
    counts = [q["sql"] for q in queries if "COUNT(" in q["sql"] and "territory_placement" in q["sql"]]
    assert counts
    assert all("LIMIT 2" in sql for sql in counts)


def test_identity_is_found_by_a_former_gamertag_once(client: Client) -> None:
    identity = make_player("Novo").player_identities.get()
    make_player("Outra")
    moment = timezone.now()
    for name in ("Antigo 1", "Antigo 2"):
        models.GamertagUse.objects.create(
            identity=identity, gamertag=name, first_seen_at=moment, last_seen_at=moment
        )
    assert list(listed(client, "playeridentity", q="antigo").result_list) == [identity]


def test_list_cuts_long_names(client: Client, server: GameServer) -> None:
    make_placement(server, gamertag="W" * 4000)
    assert "W" * 25 not in page(client, "placement")


@pytest.mark.parametrize(
    ("language", "moment"), [("pt-br", "4 fev 2020, 19:16"), ("en", "4 Feb 2020, 19:16")]
)
def test_list_says_moments_short_and_asks_for_an_action_in_words(
    client: Client, server: GameServer, language: str, moment: str
) -> None:
    act_at = datetime(2020, 2, 4, 22, 16, tzinfo=UTC)
    make_infraction(server, make_base(server, make_user()), occurred_at=act_at)
    client.cookies["django_language"] = language
    text = client.get(address("infraction", "changelist")).content.decode()
    for shown in (moment, "FenceKit", {"en": "fence kit"}.get(language, "kit de cerca")):
        assert shown in text
    assert "---" not in text.partition('<form id="changelist-form"')[2].partition("</select>")[0]


# -- Links --------------------------------------------------------------------------------------------------------


def test_base_leads_to_what_happened_in_it(client: Client, server: GameServer) -> None:
    base, other = (
        make_base(server, make_user(), name=name, x=x) for name, x in (("A", 1000.0), ("B", 9000.0))
    )
    infraction = make_infraction(server, base)
    make_infraction(server, other, gamertag="Outro")
    text = page(client, "base", "change", base.pk)
    for model, row in (("placement", infraction.placement), ("infraction", infraction)):
        link = f"{address(model, 'changelist')}?base__id__exact={base.pk}"
        assert link in text
        assert list(listed(client, model, base__id__exact=base.pk).result_list) == [row]
    assert offered(client, "placement", "base", base__id__exact=base.pk) == ["A"]


def test_placement_shows_raw_line_words_and_what_followed(client: Client, server: GameServer) -> None:
    ban = make_ban(server)
    infraction = make_infraction(server, make_base(server, make_user()), ban=ban)
    text = page(client, "placement", "change", infraction.placement_id)
    assert "stranger in every base" in text
    assert "placed Fence Kit" in text
    assert address("infraction", "change", infraction.pk) in text
    assert address("ban", "change", ban.pk) in text
    assert reverse("verdict", args=[infraction.placement_id]) in text


def test_unusable_placement_says_why(client: Client, server: GameServer) -> None:
    placement = Placement.objects.create(
        server=server, gamertag="Sem data", state="unusable", unusable_because="no_date"
    )
    assert "does not say the date" in page(client, "placement", "change", placement.pk)
