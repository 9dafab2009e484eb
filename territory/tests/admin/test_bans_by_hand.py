"""Bans by hand: made through the service, or refused in words on a form that keeps what was typed."""

from typing import Any

import pytest
from django.test import Client

from clans.models import User
from territory.admin.bans import BanForm
from territory.models import Ban, GameServer
from territory.tests.admin.pages import ENGLISH, WHY, address, enter, notes
from territory.tests.factories import make_ban, player_id

pytestmark = pytest.mark.django_db
ADD = address("ban", "add")


@pytest.fixture(autouse=True)
def moderator(client: Client) -> User:
    return enter(client, "moderator")


def ban_form(server: GameServer, **fields: str) -> dict[str, str]:
    given = {
        "server": str(server.pk),
        "player_id": player_id("X"),
        "gamertag": "X",
        "xuid": "",
        "reason": WHY,
    }
    return given | fields


def test_ban_by_hand_goes_through_the_service_and_is_noted(
    client: Client, moderator: User, server: GameServer
) -> None:
    assert client.post(ADD, ban_form(server)).status_code == 302
    ban = Ban.objects.get()
    assert (ban.gamertag, ban.reason, ban.created_by, ban.ends_at) == ("X", WHY, moderator, None)
    assert ban.deliveries.get().ban_list == server.ban_lists.get()
    assert [WHY in note for note in notes(ban)] == [True]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"player_id": "", "gamertag": ""}, "Name the player"),
        ({"player_id": "ABC"}, "That is not a player id."),
        ({"player_id": ""}, "needs the player id of the log"),
        ({"player_id": player_id("Invasor")}, "This player is banned already."),
        ({"ends_at_0": "2020-01-01", "ends_at_1": "00:00:00"}, "A ban ends in the future."),
        ({"ends_at_0": "9999-12-31", "ends_at_1": "23:30:00"}, "errorlist"),
        ({"ends_at_0": "0001-01-01", "ends_at_1": "23:30:00"}, "errorlist"),
        ({"xuid": "12x"}, "An XUID has digits only."),
    ],
)
def test_ban_that_is_refused_keeps_what_was_typed(
    client: Client, server: GameServer, fields: dict[str, str], words: str
) -> None:
    make_ban(server)
    text = client.post(ADD, ban_form(server, **fields), headers=ENGLISH).content.decode()
    assert words in text
    assert WHY in text
    assert Ban.objects.count() == 1


def test_ban_made_by_somebody_else_in_the_same_moment_is_refused_in_words(
    client: Client, server: GameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = BanForm.clean

    def clean_and_be_overtaken(form: BanForm) -> dict[str, Any]:
        given = check(form)
        make_ban(server, gamertag="X")
        return given

    monkeypatch.setattr(BanForm, "clean", clean_and_be_overtaken)
    given = ban_form(server)
    answer = client.post(ADD, given, follow=True, headers=ENGLISH)
    assert "This player is banned already." in answer.content.decode()
    monkeypatch.undo()
    assert client.post(ADD, given).status_code == 302
