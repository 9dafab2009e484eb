"""Refuse to start with a wrong configuration, and say what to change."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name
from django.db import connections

from tanks.models.realm import advice_for
from tanks.services.realms import checked_clan_id, is_trusted
from tanks.wargaming.errors import NotConfiguredError
from tanks.wargaming.transport import checked_realm, keeps_secrets


@register(Tags.database)
def check_database_folds_case(
    *, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[CheckMessage]:
    """Gamertags are compared without regard to case: a database that folds ASCII only would make friends strangers."""
    if "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT lower('Ã') = 'ã'")
        (folds,) = cursor.fetchone()
    hint = "Create it with a UTF-8 locale: CREATE DATABASE wotcs TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'."
    words = "The database changes the case of ASCII letters only."
    return [] if folds else [Error(words, hint=hint, id="wotcs.E001")]


@register()
def check_settings(**_kwargs: Any) -> list[CheckMessage]:
    """Find settings with which the site must not start, and those with which a part of it does not work."""
    return [*_site_faults(), *_host_faults(), *_world_of_tanks_faults()]


@register(deploy=True)
def check_safety(**_kwargs: Any) -> list[CheckMessage]:
    """Find settings that suit a developer's machine alone."""
    return [*_deployment_faults()]


def _deployment_faults() -> Iterator[CheckMessage]:
    # Where staff sign in by a password alone, one that is guessed or stolen bans players.
    if not settings.STAFF_SECOND_FACTOR:
        hint = "Leave STAFF_SECOND_FACTOR out, or set it to true: staff then set up an authenticator app or a passkey."
        yield Warning("Staff need no second factor.", hint=hint, id="wotcs.W002")
    # A site of any name sends links to set a password to whatever host a stranger's request named.
    if any(host.startswith(("*", ".")) for host in settings.ALLOWED_HOSTS):
        hint = "Write each name of the site: ALLOWED_HOSTS=territory.example.org."
        yield Warning("ALLOWED_HOSTS takes names that are not this site's.", hint=hint, id="wotcs.W003")


def _site_faults() -> Iterator[CheckMessage]:
    # Behind a proxy that is not counted all visitors have one address: one who guesses closes the sign-in for everybody.
    if settings.HTTPS and settings.TRUSTED_PROXIES <= 0:
        hint = "Set TRUSTED_PROXIES to the number of proxies in front of the site."
        words = "HTTPS says there is a proxy, TRUSTED_PROXIES says there is none."
        yield Warning(words, hint=hint, id="wotcs.W001")
    # Links in announcements begin with it: half an address would lead nowhere.
    parts = urlsplit(settings.SITE_URL)
    if settings.SITE_URL and not (parts.scheme in {"https", "http"} and parts.hostname and not parts.path):
        hint = "Write scheme and name alone: SITE_URL=https://territory.example.org."
        yield Error("SITE_URL is not a site's address.", hint=hint, id="wotcs.E006")
    # An address without a host would send every link to set a password nowhere.
    is_smtp = settings.EMAIL_URL and settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
    if is_smtp and not (settings.EMAIL_HOST and settings.EMAIL_PORT):
        hint = "Write EMAIL_URL=smtp+tls://user:password@host:587, with special characters of the password in %-form."
        yield Error("EMAIL_URL names no host with a port.", hint=hint, id="wotcs.E005")


def _host_faults() -> Iterator[CheckMessage]:
    """Yield addresses to which secrets would go in the clear, and half a configuration of signing in with Discord."""
    for name, number, host in (
        ("NITRADO_API_URL", "E011", "Nitrado"),
        ("DISCORD_API_URL", "E010", "Discord"),
    ):
        if not _keeps_secrets(getattr(settings, name)):
            hint = f"Leave it out for {host} itself; a stand-in on another machine needs https."
            yield Error(f"{name} is not an https address.", hint=hint, id=f"wotcs.{number}")
    if bool(settings.DISCORD_CLIENT_ID) != bool(settings.DISCORD_CLIENT_SECRET):
        hint = "Set DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET, or neither."
        yield Warning("Nobody can sign in with Discord: half of it is set.", hint=hint, id="wotcs.W010")


def _keeps_secrets(url: str) -> bool:
    try:
        return keeps_secrets(checked_realm(url))
    except NotConfiguredError:
        return False


def _world_of_tanks_faults() -> Iterator[CheckMessage]:
    """Yield settings that would make every sync fail, or ask Wargaming too often."""
    yield from _realm_fault()
    try:
        checked_clan_id(settings.CLAN_ID or "1")
    except NotConfiguredError as error:
        yield Error("CLAN_ID is not the number of a clan.", hint=str(error), id="wotcs.E003")
    limits = {
        "WOT_SYNC_MINUTES": (1, 1440),
        "WOT_REQUESTS_PER_SECOND": (0.01, 1000),
        "WOT_TANKS_BATCH": (1, 100),
    }
    for name, (least, most) in limits.items():
        if not least <= (value := getattr(settings, name)) <= most:
            yield Error(f"{name} is {value}.", hint=f"It goes from {least} to {most}.", id="wotcs.E004")


def _realm_fault() -> Iterator[CheckMessage]:
    try:
        address = checked_realm(settings.WOT_REALM)
    except NotConfiguredError as error:
        yield Error("WOT_REALM is not an address.", hint=str(error), id="wotcs.E002")
        return
    untrusted = "For a simulator on another machine set WOT_REALM_TRUSTED=true: it receives WOT_APP_ID and players' tokens."
    if hint := advice_for(address) or ("" if is_trusted(address) else untrusted):
        yield Error("WOT_REALM is not Wargaming's API.", hint=str(hint), id="wotcs.E002")
