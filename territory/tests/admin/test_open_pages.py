"""Pages of players that stay open while judging learns who they are."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clans.models import User
from territory.models import PlayerIdentity
from territory.tests.admin.pages import enter, posted
from territory.tests.factories import make_player, player_id

pytestmark = pytest.mark.django_db


def identity_pages(person: User) -> list[tuple[str, str]]:
    identity = person.player_identities.get()
    return [
        (reverse("admin:territory_playeridentity_change", args=[identity.pk]), ""),
        (reverse("admin:clans_user_change", args=[person.pk]), "player_identities-0-"),
    ]


@pytest.mark.parametrize("which", [0, 1], ids=["identity", "person"])
def test_player_id_learned_while_the_page_was_open_stays(client: Client, which: int) -> None:
    enter(client, "superuser")
    address, prefix = identity_pages(make_player("Fulano", known=False))[which]
    given = posted(client.get(address).content.decode())
    assert given[f"{prefix}player_id"] == ""
    PlayerIdentity.objects.update(player_id=player_id("Fulano"), gamertag="Fulano Novo")
    assert client.post(address, given | {f"{prefix}platform": "xbox"}).status_code == 302
    identity = PlayerIdentity.objects.get()
    assert (identity.player_id, identity.gamertag) == (player_id("Fulano"), "Fulano Novo")
    assert identity.platform == "xbox"


@pytest.mark.parametrize("which", [0, 1], ids=["identity", "person"])
def test_player_id_is_set_and_taken_away_on_purpose(client: Client, which: int) -> None:
    enter(client, "superuser")
    person = make_player("Fulano", known=False)
    address, prefix = identity_pages(person)[which]
    for typed, kept in ((player_id("Fulano"), player_id("Fulano")), ("", None)):
        given = posted(client.get(address).content.decode())
        assert client.post(address, given | {f"{prefix}player_id": typed}).status_code == 302
        identity = PlayerIdentity.objects.get()
        assert (identity.player_id, identity.user) == (kept, person)


def test_identity_saves_no_column_that_the_page_did_not_change(client: Client) -> None:
    enter(client, "superuser")
    address, _ = identity_pages(make_player("Fulano", known=False))[0]
    given = posted(client.get(address).content.decode())
    with CaptureQueriesContext(connection) as queries:
        client.post(address, given | {"platform": "pc"})
        client.post(address, given)
    updates = [q["sql"] for q in queries if q["sql"].startswith('UPDATE "territory_playeridentity"')]
    assert len(updates) == 1
    assert '"player_id" =' not in updates[0]


@pytest.mark.parametrize("which", [0, 1], ids=["identity", "person"])
def test_what_another_player_has_by_now_hinders_no_change_of_something_else(
    client: Client, which: int
) -> None:
    enter(client, "superuser")
    person = make_player("Fulano", known=False)
    person.player_identities.update(xuid="2535400000000017")
    address, prefix = identity_pages(person)[which]
    given = posted(client.get(address).content.decode())
    person.player_identities.update(xuid=None)
    PlayerIdentity.objects.create(gamertag="Beltrano", xuid="2535400000000017")
    assert client.post(address, given | {f"{prefix}platform": "xbox"}).status_code == 302
    identity = person.player_identities.get()
    assert (identity.platform, identity.xuid) == ("xbox", None)
