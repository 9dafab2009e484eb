"""Records about people: no decision is offered, they lead to their case, and say how far a ban has come."""

import re

import pytest
from django.test import Client
from django.utils import timezone, translation

from territory.models import Ban, Base, GameServer, Offence
from territory.tests.admin.pages import ENGLISH, address, enter, notes, page
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


def test_records_about_people_offer_no_decision_and_lead_to_their_case(
    client: Client, server: GameServer, base: Base
) -> None:
    ban = make_ban(server)
    infraction = make_infraction(server, base, ban=ban)
    delivery = make_delivery(ban, state="failed")
    case = f'href="/cases/{infraction.case_id}/"'
    assert case in page(client, "infraction", "change", infraction.pk)
    assert case in page(client, "ban", "change", ban.pk)
    assert f'href="/review/delivery/{delivery.pk}/"' in page(client, "bandelivery", "change", delivery.pk)
    for model, pk in (("infraction", infraction.pk), ("ban", ban.pk), ("bandelivery", delivery.pk)):
        assert 'name="action" value="' not in page(client, model, "change", pk)


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
        ("{}", []),
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


# -- History ------------------------------------------------------------------------------------------------------


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
