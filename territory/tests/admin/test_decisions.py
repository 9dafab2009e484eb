"""Decisions about one object: which are offered, where they lead back to, and whose history tells of them."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from territory.models import Ban, Base, GameServer, IdentityConflict, ItemRule, PlayerIdentity
from territory.tests.admin.pages import ENGLISH, REASON, WHY, act, address, enter, notes, page
from territory.tests.factories import (
    make_ban,
    make_base,
    make_delivery,
    make_infraction,
    make_player,
    make_server,
    make_user,
    player_id,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", ban_list="/srv/ban.txt")


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_user("dona"))


@pytest.fixture(autouse=True)
def root(client: Client) -> None:
    enter(client, "superuser")


# -- What is offered ----------------------------------------------------------------------------------------------


def offered(client: Client, model: str, pk: int) -> list[str]:
    return re.findall(r'name="action" value="(\w+)"', page(client, model, "change", pk))


@pytest.mark.parametrize(
    ("status", "actions"),
    [("review", ["confirm", "dismiss"]), ("confirmed", ["lift"]), ("dismissed", []), ("lifted", [])],
)
def test_infraction_offers_what_its_status_allows(
    client: Client, server: GameServer, base: Base, status: str, actions: list[str]
) -> None:
    infraction = make_infraction(server, base, status=status)
    assert offered(client, "infraction", infraction.pk) == actions


def test_ban_is_lifted_while_it_is_in_force(client: Client, server: GameServer) -> None:
    assert offered(client, "ban", make_ban(server).pk) == ["lift", "set_end", "retry"]
    assert offered(client, "ban", make_ban(server, lifted_at=timezone.now()).pk) == ["retry"]


@pytest.mark.parametrize("model", ["ban", "infraction"])
def test_form_made_by_hand_leaves_no_history(
    client: Client, server: GameServer, base: Base, model: str
) -> None:
    row = make_ban(server) if model == "ban" else make_infraction(server, base)
    assert client.post(address(model, "change", row.pk), {"gamertag": "X"}).status_code == 403
    assert notes(row) == []


# -- Where one comes back to --------------------------------------------------------------------------------------


def decide(client: Client, model: str, name: str, pk: int, **query: str) -> tuple[str, str]:
    """Do an action from an object's page as a browser would; where Cancel and the decision lead."""
    text = client.get(address(model, "change", pk), query, headers=ENGLISH).content.decode()
    back = re.findall(r'name="_back" value="([^"]*)"', text)[0].replace("&amp;", "&")
    data = {"action": name, "_selected_action": str(pk), "_back": back}
    asked = client.post(address(model, "changelist"), data, headers=ENGLISH).content.decode()
    cancel = re.findall(r'cancel-link" href="([^"]*)"', asked)[0].replace("&amp;", "&")
    kept = re.findall(r'name="_back" value="([^"]*)"', asked)[0].replace("&amp;", "&")
    answer = client.post(address(model, "changelist"), data | REASON | {"_back": kept})
    return cancel, str(answer.headers["Location"])


def test_decision_leads_back_to_the_list_it_came_from(client: Client, server: GameServer, base: Base) -> None:
    infraction = make_infraction(server, base)
    query = "q=Invasor&status__exact=confirmed"
    ends = decide(client, "infraction", "lift", infraction.pk, _changelist_filters=query)
    assert ends == (f"{address('infraction', 'changelist')}?{query}",) * 2


def test_decision_without_a_list_leads_to_the_infractions_that_wait(
    client: Client, server: GameServer, base: Base
) -> None:
    infraction = make_infraction(server, base)
    ends = decide(client, "infraction", "lift", infraction.pk)
    assert ends == (f"{address('infraction', 'changelist')}?status__exact=review",) * 2


def test_ban_lifted_without_a_list_leads_to_all_bans(client: Client, server: GameServer) -> None:
    assert decide(client, "ban", "lift", make_ban(server).pk) == (address("ban", "changelist"),) * 2


def test_nobody_is_led_off_the_site(client: Client, server: GameServer) -> None:
    ends = decide(client, "ban", "lift", make_ban(server).pk, _changelist_filters="//evil.example/?a=b")
    assert all(end.startswith(f"{address('ban', 'changelist')}?") for end in ends)


def test_cancel_on_a_list_keeps_its_filters(client: Client, server: GameServer) -> None:
    place = f"{address('ban', 'changelist')}?q=Invasor"
    text = client.post(place, {"action": "lift", "_selected_action": make_ban(server).pk}).content.decode()
    assert f'href="{place}"' in text


# -- Whose history tells of it ------------------------------------------------------------------------------------


def test_lifted_infraction_is_noted_with_its_ban(client: Client, server: GameServer, base: Base) -> None:
    ban = make_ban(server)
    infraction = make_infraction(server, base, ban=ban)
    act(client, "infraction", "lift", infraction.pk, **REASON)
    assert [(f"#{infraction.pk}" in note, WHY in note) for note in notes(ban)] == [(True, True)]


def test_infraction_lifted_alone_is_not_noted_with_the_ban(
    client: Client, server: GameServer, base: Base
) -> None:
    ban = make_ban(server, created_by=make_user())
    act(client, "infraction", "lift", make_infraction(server, base, ban=ban).pk, **REASON)
    assert notes(ban) == []


def test_lifted_ban_is_noted_with_what_it_pardons(client: Client, server: GameServer, base: Base) -> None:
    ban = make_ban(server)
    pardoned = [make_infraction(server, base, gamertag=name, ban=ban) for name in ("A", "B")]
    other = make_infraction(server, base, gamertag="C", status="dismissed", ban=ban)
    act(client, "ban", "lift", ban.pk, **REASON)
    assert notes(other) == []
    for infraction in pardoned:
        assert [(f"#{ban.pk}" in note, WHY in note) for note in notes(infraction)] == [(True, True)]


def test_confirmed_infraction_is_noted_with_its_ban(client: Client, server: GameServer, base: Base) -> None:
    infraction = make_infraction(server, base, status="review")
    act(client, "infraction", "confirm", infraction.pk, **REASON)
    assert [WHY in note for note in notes(Ban.objects.get())] == [True]


def test_linked_account_is_noted_with_both_identities(client: Client) -> None:
    linked, now = make_player("Fulano").player_identities.get(), timezone.now()
    seen = {"gamertag": "Fulano", "player_id": player_id("Outro"), "first_seen_at": now, "last_seen_at": now}
    conflict = IdentityConflict.objects.create(identity=linked, **seen)
    act(client, "identityconflict", "link_account", conflict.pk, **REASON)
    for identity in (linked, PlayerIdentity.objects.get(player_id=player_id("Outro"))):
        assert [(player_id("Outro") in note, WHY in note) for note in notes(identity)] == [(True, True)]


def test_history_names_fields_in_the_readers_language(client: Client, server: GameServer, base: Base) -> None:
    rows = {f"{name}-{n}_FORMS": "0" for name in ("permissions", "revisions") for n in ("TOTAL", "INITIAL")}
    given = {"server": server.pk, "owner": base.owner_id, "name": "Toca", "x": "5000", "z": "3000"}
    end = {"radius_m": "90", "removed_at_0": "2100-01-01", "removed_at_1": "00:00:00"}
    client.post(address("base", "change", base.pk), given | rows | end)
    with translation.override("pt-br"):
        [note] = notes(base)
    assert "removida em" in note
    assert "emoved at" not in note


# -- How far a ban has come ---------------------------------------------------------------------------------------


def words_of(client: Client, ban: Ban) -> str:
    row = page(client, "ban", q=str(ban.pk))
    return str(re.findall(r'class="field-delivered">([^<]*)<', row)[0])


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (["applied"], "written"),
        (["pending"], "to be written"),
        (["applied", "pending"], "to be written"),
        (["applied", "failed", "pending"], "failed"),
        (["lifting"], "to be removed"),
        (["lifted"], "removed"),
        ([], "to be written"),
    ],
)
def test_list_says_how_far_a_ban_has_come(
    client: Client, server: GameServer, states: list[str], words: str
) -> None:
    ban = make_ban(server)
    for state in states:
        make_delivery(ban, f"/srv/{state}.txt", state=state)
    assert words_of(client, ban) == words


def test_ban_of_a_server_without_a_list_says_so(client: Client) -> None:
    assert words_of(client, make_ban(make_server())) == "no list"


def test_ban_that_no_line_will_ever_be_written_for_says_nothing(client: Client, server: GameServer) -> None:
    assert words_of(client, make_ban(server, lifted_at=timezone.now())) == "-"


def test_words_take_no_query_a_row(client: Client, server: GameServer) -> None:
    counts = []
    for name in ("A", "B", "C"):
        make_delivery(make_ban(server, gamertag=name))
        with CaptureQueriesContext(connection) as queries:
            page(client, "ban")
        counts.append(len(queries))
    assert counts[0] == counts[2]


# -- What is read first -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "first"),
    [
        ("infraction", ["number", "player", "status", "base_name", "what", "occurred_at"]),
        ("ban", ["number", "player", "in_force", "delivered"]),
        ("base", ["name", "owner", "in_force", "x", "z", "radius_m", "clan", "server"]),
    ],
)
def test_list_begins_with_what_staff_look_for(client: Client, model: str, first: list[str]) -> None:
    shown = client.get(address(model, "changelist")).context["cl"].list_display
    assert [name for name in shown if name != "action_checkbox"][: len(first)] == first


def test_headings_say_states_and_policies_in_words(server: GameServer) -> None:
    with translation.override("pt-br"):
        assert str(make_delivery(make_ban(server))).endswith(" · a gravar")
        assert str(ItemRule(pattern="Barrel_*", policy="ignored")) == "Barrel_* → ignorado"
