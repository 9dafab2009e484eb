"""Whose account a player is, and the token that shows nowhere."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from clans.models import ClanMembership, User
from tanks.models import Player
from tanks.services.private import give_token
from tanks.tests.admin.pages import (
    ENGLISH,
    MODELS,
    address,
    make_one_of_each,
    page,
    sign_in,
)
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db
SECRET = "token-0123456789abcdef"


def link(client: Client, player: Player, user: User | None, *, shown: User | None = None) -> Any:
    """Choose a person on a player's page, which was opened when `shown` was linked."""
    given = {"user": user.pk if user else "", "initial-user": shown.pk if shown else ""}
    return client.post(address("player", "change", player.pk), given, headers=ENGLISH)


# -- Players ------------------------------------------------------------------------------------------------------


def test_player_is_linked_memberships_follow_and_the_history_says_so(client: Client) -> None:
    sign_in(client, "view_player", "change_player")
    player, person = rows.player(rows.clan(), role="commander"), rows.user("maria")
    assert link(client, player, person).status_code == 302
    stay = ClanMembership.objects.get()
    assert (stay.user, stay.clan_id, stay.role) == (person, player.clan_id, "commander")
    assert "maria" in LogEntry.objects.get().get_change_message()
    assert link(client, player, None, shown=person).status_code == 302
    stay.refresh_from_db()
    assert (Player.objects.get().user, stay.left_at is None) == (None, False)
    with translation.override("en"):
        assert LogEntry.objects.latest("pk").get_change_message() == "The link to a person was removed."


def test_second_of_two_who_link_at_once_is_told_and_undoes_nothing(root: Client) -> None:
    player, first, second = rows.player(rows.clan()), rows.user("maria"), rows.user("joana")
    assert link(root, player, first).status_code == 302
    answer = link(root, player, second, shown=None)
    assert answer.status_code == 200
    assert "Somebody else has changed this a moment ago: the player is maria now" in answer.content.decode()
    player.refresh_from_db()
    assert player.user == first
    assert not ClanMembership.objects.filter(user=second).exists()
    assert link(root, player, second, shown=first).status_code == 302
    player.refresh_from_db()
    assert player.user == second
    assert list(ClanMembership.objects.filter(left_at=None).values_list("user", flat=True)) == [second.pk]


def test_nothing_but_the_link_can_be_posted(root: Client) -> None:
    person = rows.user("maria")
    player = rows.player(rows.clan(), "Ana", user=person)
    given = {
        "user": person.pk,
        "initial-user": person.pk,
        "battles": "1",
        "nickname": "X",
        "access_token": "x",
    }
    assert root.post(address("player", "change", player.pk), given).status_code == 302
    player.refresh_from_db()
    assert (player.nickname, player.battles, player.access_token) == ("Ana", 1000, "")
    assert not ClanMembership.objects.exists()


def test_who_may_only_look_sees_a_player_and_decides_nothing(client: Client) -> None:
    sign_in(client, "view_player")
    player = rows.player(rows.clan(), user=rows.user("maria"))
    give_token(player, SECRET, expires_at=None)
    assert str(player) in page(client, "player", "change", player.pk)
    assert link(client, player, rows.user()).status_code == 403
    assert not ClanMembership.objects.exists()


def stored_token(player: Player) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM tanks_player WHERE id = %s", [player.pk])
        return str(cursor.fetchone()[0])


def test_access_token_shows_nowhere_neither_clear_nor_sealed(root: Client) -> None:
    player = make_one_of_each(rows.clan())
    give_token(player, SECRET, expires_at=timezone.now() + timedelta(days=10))
    sealed = stored_token(player)
    texts = [page(root, model) for model in MODELS]
    texts += [page(root, "player", name, player.pk) for name in ("change", "history")]
    query = {"app_label": "tanks", "model_name": "player", "field_name": "user", "term": ""}
    shown = "".join(texts) + root.get(reverse("admin:autocomplete"), query).content.decode()
    assert SECRET not in shown
    assert root.get(address("player", "changelist"), {"q": SECRET}).context["cl"].result_count == 0
    assert sealed[:30] not in shown
    assert sealed.startswith("gAAAA")
    guess = {"access_token__startswith": "gAAAA"}
    assert root.get(address("player", "changelist"), guess).status_code == 400
