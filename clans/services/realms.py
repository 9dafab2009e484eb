"""Which realm and which clan the settings name."""

import itertools
from urllib.parse import urlsplit

from django.conf import settings

from clans.models import Clan, Realm
from clans.models.realm import OFFICIAL
from clans.wargaming.errors import NotConfigured
from clans.wargaming.transport import checked_realm

LARGEST_ID = 2**63 - 1


def realm_at(url: str) -> Realm:
    """Return the realm at this address, made if need be; raise NotConfigured if it is no address."""
    address = checked_realm(url)
    host = urlsplit(address).hostname or address
    found = Realm.objects.filter(url=address).first()
    if found is None:
        name = OFFICIAL.get(host, urlsplit(address).netloc)[:40]
        taken = set(Realm.objects.values_list("name", flat=True))
        numbered = (f"{name[:30]} {number}" for number in itertools.count(2))
        name = next(free for free in itertools.chain([name], numbered) if free not in taken)
        found, _made = Realm.objects.get_or_create(url=address, defaults={"name": name})
    return found


def clan_in(realm: Realm, wargaming_id: int) -> Clan:
    """Return the clan with this number in the realm, made if need be; its name comes with the first sync."""
    clan, _made = Clan.objects.get_or_create(
        realm=realm, wargaming_id=wargaming_id, defaults={"name": f"#{wargaming_id}"}
    )
    return clan


def default_clan() -> Clan | None:
    """Return the clan CLAN_ID at WOT_REALM, made if need be; None where CLAN_ID is not set.

    Raises NotConfigured if one of the two is none.
    """
    if not settings.CLAN_ID:
        return None
    number = checked_clan_id(settings.CLAN_ID)  # first, so that no realm is made for a number that is none
    return clan_in(realm_at(settings.WOT_REALM), number)


def checked_clan_id(text: str) -> int:
    """Return a clan's number; raise NotConfigured with what to write instead."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= LARGEST_ID):
        raise NotConfigured(f"CLAN_ID is the clan's number at Wargaming, digits only, not {text[:30]!r}.")
    return int(text)
