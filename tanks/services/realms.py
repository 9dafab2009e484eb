"""Which realm and which clan the settings name, and to which realms secrets may go."""

import itertools
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from django.conf import settings

from clans.models import Clan
from common.numbers import row_number
from tanks import wargaming
from tanks.models import Player, Realm, SyncedClan
from tanks.models.realm import OFFICIAL, advice_for, is_official
from tanks.wargaming.client import Client, Keep
from tanks.wargaming.errors import NotConfiguredError
from tanks.wargaming.transport import checked_realm, is_loopback


def realm_at(url: str) -> Realm:
    """Return the realm at this address, made if need be; raise NotConfiguredError if it is no address."""
    address = checked_realm(url)
    host = urlsplit(address).hostname or address
    if realm := Realm.objects.filter(url=address).first():
        return realm
    name = OFFICIAL.get(host, urlsplit(address).netloc)[:40]
    used = set(Realm.objects.values_list("name", flat=True))
    numbered = (f"{name[:30]} {number}" for number in itertools.count(2))
    name = next(free for free in itertools.chain([name], numbered) if free not in used)
    return Realm.objects.get_or_create(url=address, defaults={"name": name})[0]


def is_trusted(url: str) -> bool:
    """Return whether the application id and members' tokens may go to an address: realms are rows that staff can change.

    They go to Wargaming's own hosts. To this machine they go where WOT_REALM is on it too, so that WOT_APP_ID is a
    simulator's; to any other machine only as WOT_REALM itself, and with WOT_REALM_TRUSTED.
    """
    if is_official(url):
        return True
    configured = checked_realm(settings.WOT_REALM)
    if is_loopback(url):
        return is_loopback(configured)
    return bool(settings.WOT_REALM_TRUSTED) and url == configured


def application_id_for(realm: Realm) -> str:
    """Return the application id that requests to a realm carry; raise NotConfiguredError where there is none, or where it may not go."""
    if advice := advice_for(realm.url):
        raise NotConfiguredError(str(advice))
    if not realm.asked_as:
        raise NotConfiguredError("WOT_APP_ID is not set: nothing can be asked of Wargaming's API without it.")
    if not is_trusted(realm.url):
        raise NotConfiguredError(
            "This realm's address is not Wargaming's own: the application id is not sent there. A simulator on this "
            "machine gets it as WOT_REALM, one on another machine also needs WOT_REALM_TRUSTED=true."
        )
    return realm.asked_as


def client_of(
    realm: Realm, *, keep: Keep | None = None, is_awaited: bool = False
) -> AbstractContextManager[Client]:
    """Open a client of a realm; raise NotConfiguredError where nothing may be asked. `is_awaited`: by somebody before a page."""
    return wargaming.open_client(
        realm.url,
        application_id_for(realm),
        redis_url=settings.REDIS_URL,
        requests_per_second=settings.WOT_REQUESTS_PER_SECOND,
        keep=keep,
        is_awaited=is_awaited,
    )


def forget_tokens(realm: Realm) -> int:
    """Forget the tokens of a realm's players: they gave them to another address. Returns how many there were."""
    given = Player.objects.filter(realm=realm).exclude(access_token="")
    return given.update(access_token="", token_expires_at=None)


def clan_in(realm: Realm, wargaming_id: int) -> SyncedClan:
    """Return the clan with this number in the realm, made if need be; its name comes with the first sync."""
    defaults = {"name": f"#{wargaming_id}"}
    return SyncedClan.objects.get_or_create(realm=realm, wargaming_id=wargaming_id, defaults=defaults)[0]


def sync_from(clan: Clan, realm: Realm, wargaming_id: int) -> None:
    """Have a clan synced by its number in a realm; what a sync may be writing at this moment stays."""
    values = {"realm": realm, "wargaming_id": wargaming_id}
    if not SyncedClan.objects.filter(pk=clan.pk).update(**values):
        of_clan = {field.attname: getattr(clan, field.attname) for field in Clan._meta.concrete_fields}
        SyncedClan(pk=clan.pk, **of_clan, **values).save()


def stop_syncing(clan: Clan) -> None:
    """Sync a clan no more: the log of its syncs goes, its players and roster events stay."""
    for synced in SyncedClan.objects.filter(pk=clan.pk):
        synced.delete(keep_parents=True)


def name_origins(realm: Realm) -> None:
    """Name a realm's clans after it, once it has another name."""
    for clan in SyncedClan.objects.filter(realm=realm).select_related("realm"):
        clan.save(update_fields=["origin"])


def default_clan() -> SyncedClan | None:
    """Return the clan CLAN_ID at WOT_REALM, made if need be; None where CLAN_ID is not set.

    Raises NotConfiguredError if one of the two is none.
    """
    if not settings.CLAN_ID:
        return None
    number = checked_clan_id(settings.CLAN_ID)  # first, so that no realm is made for a number that is none
    return clan_in(realm_at(settings.WOT_REALM), number)


def checked_clan_id(text: str) -> int:
    """Return a clan's number; raise NotConfiguredError with what to write instead."""
    if not (number := row_number(text)):
        raise NotConfiguredError(
            f"CLAN_ID is the clan's number at Wargaming, digits only, not {text[:30]!r}."
        )
    return number
