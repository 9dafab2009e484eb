"""Decisions about one object: which are offered, where they lead back to, and whose history tells of them."""

import re

import pytest
from django.test import Client
from django.utils import timezone, translation

from territory.models import Ban, Base, GameServer
from territory.tests.admin.pages import ENGLISH, REASON, WHY, act, address, enter, notes, page
from territory.tests.factories import (
    make_ban,
    make_delivery,
    make_infraction,
    make_server,
)

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize(
    ("model", "came_from", "back"),
    [
        (
            "infraction",
            {"_changelist_filters": "q=X&status__exact=confirmed"},
            "?q=X&status__exact=confirmed",
        ),
        ("infraction", {}, "?status__exact=review"),
        ("ban", {}, ""),
        ("ban", {"_changelist_filters": "//evil.example/?a=b"}, "?%2F%2Fevil.example%2F%3Fa=b"),
    ],
    ids=["its list", "those that wait", "all bans", "nowhere else"],
)
def test_decision_and_cancelling_it_lead_back(  # noqa: PLR0917 - pytest passes by name
    client: Client, server: GameServer, base: Base, model: str, came_from: dict[str, str], back: str
) -> None:
    row = make_ban(server) if model == "ban" else make_infraction(server, base)
    assert (
        decide(client, model, "lift", row.pk, **came_from) == (f"{address(model, 'changelist')}{back}",) * 2
    )


def test_cancel_on_a_list_keeps_its_filters(client: Client, server: GameServer) -> None:
    place = f"{address('ban', 'changelist')}?q=Invasor"
    text = client.post(place, {"action": "lift", "_selected_action": make_ban(server).pk}).content.decode()
    assert f'href="{place}"' in text


# -- Whose history tells of it ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "status", "by_hand", "noted"),
    [
        ("lift", "confirmed", False, True),
        ("lift", "confirmed", True, False),
        ("confirm", "review", None, True),
    ],
    ids=["lifted with its ban", "lifted alone", "confirmed"],
)
def test_decided_infraction_is_noted_with_the_ban_it_changes(
    client: Client,
    server: GameServer,
    base: Base,
    action: str,
    status: str,
    *,
    by_hand: bool | None,
    noted: bool,
) -> None:
    ban = None if by_hand is None else make_ban(server, created_by=base.owner if by_hand else None)
    infraction = make_infraction(server, base, status=status, ban=ban)
    act(client, "infraction", action, infraction.pk, **REASON)
    found = [(f"#{infraction.pk}" in note, WHY in note) for note in notes(Ban.objects.get())]
    assert found == [(True, True)] * noted


def test_lifted_ban_is_noted_with_what_it_pardons(client: Client, server: GameServer, base: Base) -> None:
    ban = make_ban(server)
    pardoned = [make_infraction(server, base, gamertag=name, ban=ban) for name in ("A", "B")]
    other = make_infraction(server, base, gamertag="C", status="dismissed", ban=ban)
    act(client, "ban", "lift", ban.pk, **REASON)
    assert notes(other) == []
    for infraction in pardoned:
        assert [(f"#{ban.pk}" in note, WHY in note) for note in notes(infraction)] == [(True, True)]


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
    assert words_of(client, make_ban(make_server(), gamertag="Sem lista")) == "no list"
    lifted = make_ban(
        server, gamertag="Livre", lifted_at=timezone.now()
    )  # no line will ever be written for it
    assert words_of(client, lifted) == "-"


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
    names = [getattr(column, "__name__", column) for column in shown]
    assert [name for name in names if name != "action_checkbox"][: len(first)] == first
