"""The realm's page in the admin: its address, its application id, and who may change them."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from clans.models import Clan
from tanks.models import Player, Realm
from tanks.tests.admin.pages import ENGLISH, act, address, messages_of, page, sign_in
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db
SECRET = "5e" * 16


def test_realm_is_added_in_one_spelling_and_its_catalogue_only_looked_at(root: Client) -> None:
    given = {"name": "eu", "url": "https://api.worldoftanks.eu/", "catalogue_version": "9.9"}
    assert root.post(address("realm", "add"), given).status_code == 302
    realm = Realm.objects.get()
    assert (realm.url, realm.catalogue_version) == ("https://api.worldoftanks.eu", "")
    assert "icon-yes" in page(root, "realm")
    Realm.objects.update(url="http://127.0.0.1:8099")
    assert "icon-no" in page(root, "realm")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("api", "is like https://api.worldoftanks.com"),
        ("https://api.worldoftanks.na", "North America&#x27;s API is https://api.worldoftanks.com"),
        ("https://api.worldoftanks.ru", "belongs to Lesta"),
    ],
)
def test_realm_at_a_wrong_address_is_refused_with_what_to_write(root: Client, url: str, said: str) -> None:
    answer = root.post(address("realm", "add"), {"name": "x", "url": url}, headers=ENGLISH)
    assert said in answer.content.decode()
    assert not Realm.objects.exists()


def save_realm(client: Client, realm: Realm, **given: str) -> Any:
    values = {"name": realm.name, "url": realm.url} | given
    return client.post(address("realm", "change", realm.pk), values, follow=True, headers=ENGLISH)


def test_application_id_is_entered_by_superusers_sealed_and_shown_to_nobody(root: Client) -> None:
    realm = rows.realm()
    assert "has no blanks" in save_realm(root, realm, new_application_id="an id").content.decode()
    save_realm(root, realm, new_application_id=SECRET)
    realm.refresh_from_db()
    assert realm.application_id == SECRET
    save_realm(root, realm, name="na-2")
    realm.refresh_from_db()
    assert realm.application_id == SECRET, "left blank it stays"
    pages = [page(root, "realm", name, realm.pk) for name in ("change", "history")]
    assert SECRET not in "".join([page(root, "realm"), *pages])
    assert SECRET not in "".join(LogEntry.objects.values_list("change_message", flat=True))
    save_realm(root, realm, forget_application_id="on")
    realm.refresh_from_db()
    assert realm.application_id == ""


def with_token(realm: Realm) -> Player:
    return rows.player(rows.clan(realm=realm), access_token="t" * 40, token_expires_at=timezone.now())


def test_changed_address_of_a_realm_forgets_its_secrets_and_no_other_realms(root: Client) -> None:
    realm, other = rows.realm(), rows.realm("eu", "https://api.worldoftanks.eu")
    Realm.objects.update(application_id=SECRET)
    own, others = with_token(realm), with_token(other)
    save_realm(root, realm, name="renamed")
    assert Player.objects.get(pk=own.pk).access_token, "another name is the same address"
    assert own.clan
    assert Clan.objects.get(pk=own.clan.pk).label == "[LBCR] Lobos do Cerrado · renamed"
    answer = save_realm(root, realm, url="https://elsewhere.example")
    assert "access tokens: 1." in messages_of(answer)
    realm.refresh_from_db()
    assert (realm.url, realm.application_id) == ("https://elsewhere.example", "")
    stored = Player.objects.get(pk=own.pk)
    assert (stored.access_token, stored.token_expires_at) == ("", None)
    assert Player.objects.get(pk=others.pk).access_token
    assert Realm.objects.get(pk=other.pk).application_id == SECRET


def test_staff_who_are_no_superusers_change_neither_address_nor_application_id(client: Client) -> None:
    realm = rows.realm()
    player = with_token(realm)
    sign_in(client, "change_realm", "view_realm")
    save_realm(client, realm, name="novo", url="https://elsewhere.example", new_application_id=SECRET)
    stored = Realm.objects.get(pk=realm.pk)
    assert (stored.name, stored.url, stored.application_id) == ("novo", realm.url, "")
    assert Player.objects.get(pk=player.pk).access_token
    assert "new_application_id" not in page(client, "realm", "change", realm.pk)


def test_realm_is_deleted_only_while_nothing_uses_it(root: Client) -> None:
    used, free = rows.clan().realm, rows.realm("eu", "https://api.worldoftanks.eu")
    assert root.post(address("realm", "delete", used.pk), {"post": "yes"}).status_code == 403
    act(root, "realm", "delete_selected", used.pk, post="yes")
    assert root.post(address("realm", "delete", free.pk), {"post": "yes"}).status_code == 302
    assert list(Realm.objects.all()) == [used]
