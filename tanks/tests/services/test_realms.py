import pytest
from django.db import connection
from pytest_django import Settings

from tanks.models import Realm, SyncedClan
from tanks.models.realm import advice_for
from tanks.services.realms import (
    application_id_for,
    checked_clan_id,
    clan_in,
    default_clan,
    is_trusted,
    realm_at,
)
from tanks.wargaming.errors import NotConfiguredError

pytestmark = pytest.mark.django_db
NA = "https://api.worldoftanks.com"


NAMES = {
    "na": (NA, "na", True),
    "eu": ("https://api.worldoftanks.eu", "eu", True),
    "asia-with-a-slash": ("https://api.worldoftanks.asia/", "asia", True),
    "simulator": ("http://127.0.0.1:8701", "127.0.0.1:8701", False),
    "with-a-path": ("http://simulator:8080/na", "simulator:8080", False),
    "alike": ("https://api.worldoftanks.com.evil.example", "api.worldoftanks.com.evil.example", False),
    "long": ("http://" + "x" * 60, "x" * 40, False),
}


@pytest.mark.parametrize(("url", "name", "official"), NAMES.values(), ids=NAMES)
def test_realm_is_named_after_its_address(url: str, name: str, *, official: bool) -> None:
    realm = realm_at(url)
    assert (realm.name, realm.is_official) == (name, official)
    assert realm.url == url.rstrip("/")


HERE, SIMULATOR = "http://127.0.0.1:1", "http://simulator:8080"
# By case: the realm's address, WOT_REALM, WOT_REALM_TRUSTED, and whether the realm is shown secrets.
TRUSTED = {
    "wargamings": ("https://api.worldoftanks.eu", NA, False, True),
    "another-port": ("https://api.worldoftanks.eu:8443", NA, False, False),
    "wargamings-without-tls": ("http://api.worldoftanks.eu", NA, True, False),
    "alike": ("https://api.worldoftanks.eu.elsewhere.example", NA, True, False),
    "not-wargamings-any-more": ("https://api.worldoftanks.ru", NA, True, False),
    "this-machine-beside-the-real-one": ("http://127.0.0.1:8950", NA, False, False),
    "this-machine-and-another-trusted": ("http://127.0.0.1:8950", NA, True, False),
    "a-simulator": ("http://127.0.0.1:8950", HERE, False, True),
    "another-machine": (SIMULATOR, f"{SIMULATOR}/", False, False),
    "trusted-machine": (SIMULATOR, f"{SIMULATOR}/", True, True),
    "not-the-one-trusted": (SIMULATOR, HERE, True, False),
    "elsewhere": ("https://elsewhere.example", NA, True, False),
}


@pytest.mark.parametrize(("url", "wot_realm", "trusted", "is_shown"), TRUSTED.values(), ids=TRUSTED)
def test_secrets_go_to_wargaming_and_to_simulators_of_the_settings_only(
    settings: Settings, url: str, wot_realm: str, *, trusted: bool, is_shown: bool
) -> None:
    settings.WOT_REALM, settings.WOT_REALM_TRUSTED = wot_realm, trusted
    assert is_trusted(url) is is_shown


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://api.worldoftanks.na", "https://api.worldoftanks.com"),
        ("https://api.worldoftanks.ru", "Lesta"),
        ("https://api.tanki.su", "Lesta"),
        ("https://worldoftanks.eu", "https://api.worldoftanks.eu"),
        ("http://api.worldoftanks.eu", "https://api.worldoftanks.eu"),
        ("https://api.worldoftanks.kr", "https://api.worldoftanks.asia"),
        ("https://api.worldoftanks.eu", None),
        ("http://127.0.0.1:8950", None),
        ("https://elsewhere.example", None),
    ],
)
def test_address_that_people_take_for_wargamings_gets_advice(url: str, word: str | None) -> None:
    assert (word or "") in str(advice_for(url))
    assert (advice_for(url) is None) is (word is None)


def test_realm_of_its_own_application_id_needs_no_other(settings: Settings) -> None:
    settings.WOT_APP_ID = ""
    realm = realm_at(NA)
    with pytest.raises(NotConfiguredError, match="WOT_APP_ID"):
        application_id_for(realm)
    realm.application_id = "b" * 32
    realm.save()
    assert application_id_for(Realm.objects.get()) == "b" * 32
    with connection.cursor() as cursor:
        cursor.execute("SELECT application_id FROM tanks_realm")
        assert "b" * 32 not in str(cursor.fetchall())


def test_realm_at_one_address_is_one_row_and_others_never_share_a_name() -> None:
    for again in (NA, NA + "/", f" {NA} "):
        assert realm_at(again).url == NA
    assert Realm.objects.count() == 1
    addresses = [NA, "http://api.worldoftanks.com", f"{NA}/a", f"{NA}/b", f"{NA}/c"]
    assert len({realm_at(address).name for address in addresses}) == 5


def test_default_clan_is_the_one_of_the_settings_made_once_and_named_by_its_number_at_first(
    settings: Settings,
) -> None:
    settings.CLAN_ID, settings.WOT_REALM = "1000000001", NA
    clan = default_clan()
    assert clan is not None
    assert (clan.name, clan.wargaming_id, clan.realm.name) == ("#1000000001", 1000000001, "na")
    SyncedClan.objects.update(name="Lobos")
    assert clan_in(clan.realm, 1000000001).name == "Lobos"


@pytest.mark.parametrize(
    "text", ["0", "-5", "1.5", "LBCR", " 5", "\u0665", "²", str(2**63), "9" * 5000, "1_000"]
)
def test_clan_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(NotConfiguredError, match="CLAN_ID"):
        checked_clan_id(text)
