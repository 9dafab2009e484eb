"""Decisions about one object: which are offered, where they lead back to, and whose history tells of them."""

import re

import pytest
from django.test import Client
from django.utils import timezone, translation

from territory.models import Ban, Base, GameServer, IdentityConflict, Offence, PlayerIdentity
from territory.tests.admin.pages import ENGLISH, REASON, address, enter, notes, page
from territory.tests.factories import (
    make_ban,
    make_delivery,
    make_infraction,
    make_server,
    player_id,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def root(client: Client) -> None:
    enter(client, "superuser")


# -- What is offered ----------------------------------------------------------------------------------------------


def offered(client: Client, model: str, pk: int) -> list[str]:
    return re.findall(r'name="action" value="(\w+)"', page(client, model, "change", pk))


@pytest.mark.parametrize("status", ["review", "confirmed", "dismissed", "lifted"])
def test_infraction_leads_to_its_case_where_people_decide(
    client: Client, server: GameServer, base: Base, status: str
) -> None:
    infraction = make_infraction(server, base, status=status, ban=make_ban(server))
    assert offered(client, "infraction", infraction.pk) == []
    for model, pk in (
        ("infraction", infraction.pk),
        ("ban", infraction.ban_id),
        ("case", infraction.case_id),
    ):
        assert f'href="/cases/{infraction.case_id}/"' in page(client, model, "change", pk)


def test_ban_is_delivered_again_from_its_page(client: Client, server: GameServer) -> None:
    assert offered(client, "ban", make_ban(server).pk) == ["retry"]
    assert offered(client, "ban", make_ban(server, lifted_at=timezone.now()).pk) == ["retry"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("[1, 7, 0]", [1, 7, 0]),
        ("[]", []),
        ("", []),
        ("null", []),
        ("7", None),
        ('["7"]', None),
        ("[1.5]", None),
        ("[true]", None),
        ("[-1]", None),
        ("[36501]", None),
        ("{}", None),
        ("1, 7", None),
    ],
)
def test_lengths_of_bans_are_a_list_of_days(
    client: Client, server: GameServer, typed: str, stored: list[int] | None
) -> None:
    given = {"server": server.pk, "key": "cheating", "name": "Trapaça", "is_active": "on"}
    answer = client.post(address("offence", "add"), given | {"lengths_days": typed}, headers=ENGLISH)
    made = Offence.objects.first()
    assert (made and made.lengths_days) == stored
    if stored is None:
        assert "errorlist" in answer.content.decode()


@pytest.mark.parametrize("model", ["ban", "infraction"])
def test_form_made_by_hand_leaves_no_history(
    client: Client, server: GameServer, base: Base, model: str
) -> None:
    row = make_ban(server) if model == "ban" else make_infraction(server, base)
    assert client.post(address(model, "change", row.pk), {"gamertag": "X"}).status_code == 403
    assert notes(row) == []


# -- Where one comes back to --------------------------------------------------------------------------------------


def make_conflict(base: Base) -> IdentityConflict:
    identity = PlayerIdentity.objects.create(user=base.owner, gamertag="Dono", player_id=player_id("Dono"))
    seen = {"first_seen_at": timezone.now(), "last_seen_at": timezone.now()}
    return IdentityConflict.objects.create(
        identity=identity, player_id=player_id("Outro"), gamertag="Dono", **seen
    )


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
            "identityconflict",
            {"_changelist_filters": "q=X&resolved_at__isempty=1"},
            "?q=X&resolved_at__isempty=1",
        ),
        ("identityconflict", {"_changelist_filters": "//evil.example/?a=b"}, "?%2F%2Fevil.example%2F%3Fa=b"),
    ],
    ids=["its list", "nowhere else"],
)
def test_decision_and_cancelling_it_lead_back(  # noqa: PLR0917 - pytest passes by name
    client: Client, server: GameServer, base: Base, model: str, came_from: dict[str, str], back: str
) -> None:
    row = make_conflict(base)
    assert (
        decide(client, model, "resolve", row.pk, **came_from)
        == (f"{address(model, 'changelist')}{back}",) * 2
    )


def test_cancel_on_a_list_keeps_its_filters(client: Client, base: Base) -> None:
    place = f"{address('identityconflict', 'changelist')}?q=Invasor"
    chosen = {"action": "resolve", "_selected_action": make_conflict(base).pk}
    assert f'href="{place}"' in client.post(place, chosen).content.decode()


# -- Whose history tells of it ------------------------------------------------------------------------------------


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
