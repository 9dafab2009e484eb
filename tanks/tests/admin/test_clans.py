"""A clan's page in the admin: where it is synced from, and the way to the page of its syncs."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clans.models import Clan
from tanks.models import Player, RosterEvent, SyncedClan, SyncRun
from tanks.tests.admin.pages import ENGLISH, address, make_one_of_each, page, sign_in
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db
NO_MEMBERS = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


def test_clans_of_one_name_are_distinguished_wherever_one_is_chosen(root: Client) -> None:
    eu = rows.realm("eu", "https://api.worldoftanks.eu")
    for realm, tag, number in ((rows.realm(), "LBO", 1), (eu, "LBO", 2), (eu, "", 3), (eu, "", 4)):
        made = rows.clan("Lobos", realm=realm, tag=tag, wargaming_id=number)
        make_one_of_each(made)
        rows.status(made)
        rows.member(rows.user(), made)
    Clan.objects.create(name="Lobos")
    labels = ["[LBO] Lobos · na", "[LBO] Lobos · eu", "Lobos · eu #3", "Lobos · eu #4"]
    for model in ("player", "clanmembership", "rosterevent", "syncrun"):
        shown = page(root, model)
        assert [label for label in labels if f"<bdi>{label}</bdi>" not in shown] == [], model
    shown = page(root, "clanmembership", "add")
    assert [label for label in (*labels, "Lobos") if f">{label}</option>" not in shown] == []


def save_clan(client: Client, clan: Clan | None = None, **given: Any) -> Any:
    target = address("clan", "change", clan.pk) if clan else address("clan", "add")
    values = {"name": "Lobos", "tag": "", "realm": "", "wargaming_id": ""} | NO_MEMBERS
    return client.post(target, values | given, headers=ENGLISH)


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "made by staff before"])
def test_clan_with_realm_and_number_is_synced_at_once(root: Client, *, is_new: bool) -> None:
    clan = None if is_new else Clan.objects.create(name="Texugos", tag="TXG")
    stay = None if clan is None else rows.member(rows.user(), clan)
    given = {"name": "Texugos", "tag": "TXG", "realm": rows.realm().pk, "wargaming_id": "1000001"}
    assert save_clan(root, clan, **given).status_code == 302
    synced = SyncedClan.objects.get()
    assert (synced.realm, synced.wargaming_id, synced.name) == (rows.realm(), 1_000_001, "Texugos")
    assert synced.label == "[TXG] Texugos · na"
    assert synced.sync_due_at <= timezone.now()
    assert list(synced.memberships.all()) == ([stay] if stay else [])


@pytest.mark.parametrize("number", [None, "", "0", "-4"], ids=["no realm", "no number", "zero", "negative"])
@pytest.mark.parametrize("name", ["", "Lobos"])
def test_half_of_realm_and_number_is_refused_in_the_constraints_words(
    root: Client, number: str | None, name: str
) -> None:
    clan = Clan.objects.create(name=name) if name else None
    given = {"wargaming_id": "5"} if number is None else {"realm": rows.realm().pk, "wargaming_id": number}
    text = save_clan(root, clan, **given).content.decode()
    assert text.count("A clan of the game needs both: its realm and its number there.") == 1
    assert not SyncedClan.objects.exists()


def test_name_that_exists_counts_only_for_clans_without_a_number(root: Client) -> None:
    Clan.objects.create(name="Lobos")
    rows.clan("Lobos")
    refused = save_clan(root)
    assert "A clan with that name already exists." in refused.content.decode()
    assert save_clan(root, realm=rows.realm().pk, wargaming_id="77").status_code == 302
    again = save_clan(root, realm=rows.realm().pk, wargaming_id="77")
    assert "This clan of the game is there already." in again.content.decode()
    assert Clan.objects.filter(name="Lobos").count() == 3


@pytest.mark.parametrize("number", [None, 42], ids=["as before", "another"])
def test_saving_a_clan_stores_what_was_given_and_leaves_what_a_sync_writes_meanwhile(
    root: Client, monkeypatch: pytest.MonkeyPatch, number: int | None
) -> None:
    clan, later = rows.clan("Lobos"), timezone.now() + timedelta(minutes=20)
    save, number = Clan.save, number or clan.wargaming_id

    def save_after_sync(self: Clan, **options: Any) -> None:
        SyncedClan.objects.filter(pk=clan.pk).update(sync_due_at=later, missing_account_ids=[7])
        save(self, **options)

    monkeypatch.setattr(Clan, "save", save_after_sync)
    given = {"realm": clan.realm_id, "wargaming_id": number, "tag": "NOVA"}
    assert save_clan(root, Clan.objects.get(pk=clan.pk), **given).status_code == 302
    clan.refresh_from_db()
    assert (clan.wargaming_id, clan.label) == (number, "[NOVA] Lobos · na")
    assert (clan.sync_due_at, clan.missing_account_ids) == (later, [7])


@pytest.mark.parametrize("right", ["view_clan", "change_clan"])
def test_clan_leads_to_the_page_of_its_syncs(client: Client, right: str) -> None:
    sign_in(client, *{"view_clan", right})
    realm = rows.realm("asia", "https://api.worldoftanks.asia")
    clan = rows.clan("Lobos", realm=realm, wargaming_id=1_000_123)
    shown = page(client, "clan", "change", clan.pk)
    address_of_syncs = f"{reverse('sync-page')}?clan={clan.pk}"
    assert [words for words in ("asia", "1000123", address_of_syncs) if words not in shown] == []
    assert address_of_syncs not in page(client, "clan", "change", Clan.objects.create(name="Texugos").pk)


# -- Where a clan is synced from ----------------------------------------------------------------------------------


def test_clan_is_synced_no_more_once_realm_and_number_are_emptied(root: Client) -> None:
    clan = rows.clan("Lobos")
    player = make_one_of_each(clan)
    rows.status(clan)
    assert save_clan(root, Clan.objects.get(pk=clan.pk)).status_code == 302

    assert not SyncedClan.objects.exists()
    assert Clan.objects.get().label == "Lobos"
    assert (Player.objects.get().pk, RosterEvent.objects.get().clan_id) == (player.pk, clan.pk)
    assert not SyncRun.objects.exists(), "the log of syncs goes with what was synced"


def test_clans_of_the_game_and_of_a_realm_are_chosen_from_the_list(root: Client) -> None:
    Clan.objects.create(name="Texugos")
    clan, other = rows.clan(), rows.clan(realm=rows.realm("eu", "https://api.worldoftanks.eu"))
    for query, chosen in (
        ({"origin__isempty": "0"}, {clan.pk, other.pk}),
        ({"synced__realm__id__exact": str(clan.realm_id)}, {clan.pk}),
    ):
        shown = root.get(address("clan", "changelist"), query).context["cl"].result_list
        assert {row.pk for row in shown} == chosen
