"""Refuse to start with a wrong configuration, and say what to change."""

from collections.abc import Sequence
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


def _realm_fault() -> Error | None:
    try:
        address = checked_realm(settings.WOT_REALM)
    except NotConfiguredError as error:
        return Error("WOT_REALM is not an address.", hint=str(error), id="wotcs.E002")
    if advice := advice_for(address):
        return Error("WOT_REALM is not Wargaming's API.", hint=str(advice), id="wotcs.E002")
    if is_trusted(address):
        return None
    return Error(
        "WOT_REALM is not Wargaming's API.",
        hint="For a simulator on another machine set WOT_REALM_TRUSTED=true: it receives WOT_APP_ID and players' tokens.",
        id="wotcs.E002",
    )


@register()
def check_proxies(**_kwargs: Any) -> list[CheckMessage]:
    """Behind a proxy that is not counted all visitors have one address: one who guesses closes the sign-in for everybody."""
    if not settings.HTTPS or settings.TRUSTED_PROXIES > 0:
        return []
    hint = "Set TRUSTED_PROXIES to the number of proxies in front of the site."
    words = "HTTPS says there is a proxy, TRUSTED_PROXIES says there is none."
    return [Warning(words, hint=hint, id="wotcs.W001")]


@register(deploy=True)
def check_second_factor(**_kwargs: Any) -> list[CheckMessage]:
    """Where staff sign in by a password alone, one that is guessed or stolen bans players."""
    if settings.STAFF_SECOND_FACTOR:
        return []
    hint = "Leave STAFF_SECOND_FACTOR out, or set it to true: staff then set up an authenticator app or a passkey."
    return [Warning("Staff need no second factor.", hint=hint, id="wotcs.W002")]


@register(deploy=True)
def check_hosts(**_kwargs: Any) -> list[CheckMessage]:
    """A site of any name sends links to set a password to whatever host a stranger's request named."""
    if not any(host.startswith(("*", ".")) for host in settings.ALLOWED_HOSTS):
        return []
    hint = "Write each name of the site: ALLOWED_HOSTS=territory.example.org."
    return [Warning("ALLOWED_HOSTS takes names that are not this site's.", hint=hint, id="wotcs.W003")]


@register()
def check_site_url(**_kwargs: Any) -> list[CheckMessage]:
    """Links in announcements begin with it: half an address would lead nowhere."""
    parts = urlsplit(settings.SITE_URL)
    if not settings.SITE_URL or (parts.scheme in {"https", "http"} and parts.hostname and not parts.path):
        return []
    hint = "Write scheme and name alone: SITE_URL=https://territory.example.org."
    return [Error("SITE_URL is not a site's address.", hint=hint, id="wotcs.E006")]


@register()
def check_email(**_kwargs: Any) -> list[CheckMessage]:
    """An address without a host would send every link to set a password nowhere."""
    is_smtp = settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
    if not settings.EMAIL_URL or not is_smtp or (settings.EMAIL_HOST and settings.EMAIL_PORT):
        return []
    hint = "Write EMAIL_URL=smtp+tls://user:password@host:587, with special characters of the password in %-form."
    return [Error("EMAIL_URL names no host with a port.", hint=hint, id="wotcs.E005")]


@register()
def check_world_of_tanks(**_kwargs: Any) -> list[CheckMessage]:
    """Find settings that would make every sync fail, or ask Wargaming too often."""
    wrong: list[CheckMessage] = []
    if (fault := _realm_fault()) is not None:
        wrong.append(fault)
    try:
        checked_clan_id(settings.CLAN_ID or "1")
    except NotConfiguredError as error:
        wrong.append(Error("CLAN_ID is not the number of a clan.", hint=str(error), id="wotcs.E003"))
    limits = {
        "WOT_SYNC_MINUTES": (1, 1440),
        "WOT_REQUESTS_PER_SECOND": (0.01, 1000),
        "WOT_TANKS_BATCH": (1, 100),
    }
    wrong += [
        Error(
            f"{name} is {getattr(settings, name)}.", hint=f"It goes from {least} to {most}.", id="wotcs.E004"
        )
        for name, (least, most) in limits.items()
        if not least <= getattr(settings, name) <= most
    ]
    return wrong


@register()
def check_nitrado(**_kwargs: Any) -> list[CheckMessage]:
    """Find an address to which the tokens of game servers would go in the clear."""
    hint = "Leave it out for Nitrado itself; a stand-in on another machine needs https."
    is_safe = _keeps_secrets(settings.NITRADO_API_URL)
    return [] if is_safe else [Error("NITRADO_API_URL is not an https address.", hint=hint, id="wotcs.E011")]


@register()
def check_discord(**_kwargs: Any) -> list[CheckMessage]:
    """Find half a configuration of signing in with Discord, and an address to which its secret would go in the clear."""
    wrong: list[CheckMessage] = []
    if bool(settings.DISCORD_CLIENT_ID) != bool(settings.DISCORD_CLIENT_SECRET):
        hint = "Set DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET, or neither."
        wrong.append(
            Warning("Nobody can sign in with Discord: half of it is set.", hint=hint, id="wotcs.W010")
        )
    if not _keeps_secrets(settings.DISCORD_API_URL):
        hint = "Leave it out for Discord itself; a stand-in on another machine needs https."
        wrong.append(Error("DISCORD_API_URL is not an https address.", hint=hint, id="wotcs.E010"))
    return wrong


def _keeps_secrets(url: str) -> bool:
    try:
        return keeps_secrets(checked_realm(url))
    except NotConfiguredError:
        return False
