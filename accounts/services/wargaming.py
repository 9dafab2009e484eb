"""What Wargaming is asked while somebody signs in there. The token goes to Wargaming and nowhere else."""

import logging
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from clans.models import User
from tanks.models import Player, Realm
from tanks.models.realm import OFFICIAL
from tanks.services.private import give_token
from tanks.services.realms import application_id_for, client_of, is_trusted, realm_at
from tanks.wargaming import Client
from tanks.wargaming.answers import Login
from tanks.wargaming.errors import NotConfiguredError, WargamingError
from tanks.wargaming.transport import checked_realm, is_loopback

logger = logging.getLogger(__name__)

_DOMAINS: Final = ("wargaming.net", "worldoftanks.eu", "worldoftanks.com", "worldoftanks.asia")


class ForeignTokenError(Exception):
    """The token is not that of the account which the browser names."""


def realms() -> list[Realm]:
    """Return the realms where members can sign in, that of WOT_REALM first, which may have no row yet."""
    rows = {realm.url: realm for realm in Realm.objects.order_by("name")}
    if (first := _first_realm()) is not None:
        rows = {first.url: first} | rows
    return [realm for realm in rows.values() if _is_configured(realm)]


def stored(realm: Realm) -> Realm:
    """Return the realm with its row, made if need be."""
    return realm if realm.pk else realm_at(realm.url)


def _first_realm() -> Realm | None:
    try:
        address = checked_realm(settings.WOT_REALM)
    except NotConfiguredError:
        return None
    host = urlsplit(address).netloc
    return Realm(url=address, name=OFFICIAL.get(host, host)[:40])


def _is_configured(realm: Realm) -> bool:
    try:
        application_id_for(realm)
    except NotConfiguredError:
        return False
    return True


def sign_in_address(realm: Realm, redirect_uri: str) -> str:
    """Return the address at Wargaming to which the browser is sent. Raises WargamingError."""
    with client_of(realm, is_awaited=True) as client:
        location = client.login(redirect_uri)
    if not _may_send_to(location, realm):
        raise NotConfiguredError("The address at which to sign in is not Wargaming's.")
    return location


def proven_login(realm: Realm, access_token: str, account_id: int) -> tuple[Login, str]:
    """Return a new token in place of the browser's, and the nickname.

    Raises WargamingError, or ForeignTokenError if the token is another account's.
    """
    with client_of(realm, is_awaited=True) as client:
        login = client.prolongate(access_token)
        try:
            return login, _nickname(client, login, account_id)
        except BaseException:
            _forget(client, login.access_token)
            raise


def _nickname(client: Client, login: Login, account_id: int) -> str:
    if login.account_id != account_id:
        raise ForeignTokenError
    info = client.account_info([account_id]).by_id.get(account_id)
    nickname = info.nickname if info else None
    return (nickname or "")[: Player._meta.get_field("nickname").max_length]


def forget_token(realm: Realm, access_token: str) -> None:
    """Have a token forgotten; if that fails, it ends by itself."""
    try:
        with client_of(realm, is_awaited=True) as client:
            _forget(client, access_token)
    except NotConfiguredError:
        logger.warning("A token was not forgotten at Wargaming: the realm is not configured.")


def give_garage(realm: Realm, login: Login, user: User) -> bool:
    """Keep the token for the garage of the person's own player; return False, and keep nothing, if it is not theirs."""
    player = Player.objects.filter(realm=realm, account_id=login.account_id, user=user).first()
    if player is None:
        return False
    give_token(player, login.access_token, expires_at=login.expires_at)
    return True


def _forget(client: Client, access_token: str) -> None:
    try:
        client.logout(access_token)
    except WargamingError as error:
        logger.warning("A token was not forgotten at Wargaming: %s", error)


def _may_send_to(location: str, realm: Realm) -> bool:
    """Return whether a browser may be sent there: to Wargaming by https, or to the machine of a stand-in that is trusted."""
    try:
        parts = urlsplit(location)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or not location.isprintable() or "\\" in location:
        return False
    if not realm.is_official and is_trusted(realm.url):
        own = urlsplit(realm.url)
        is_there = host == own.hostname or (is_loopback(location) and is_loopback(realm.url))
        return parts.scheme in {own.scheme, "https"} and is_there
    is_ours = any(host == domain or host.endswith(f".{domain}") for domain in _DOMAINS)
    return parts.scheme == "https" and is_ours and port in (None, 443)
