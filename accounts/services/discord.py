"""What Discord is asked while somebody signs in with it. No answer of it is trusted, and no token is kept.

Its addresses are read from the settings with each call.
"""

import json
import re
import time
from dataclasses import dataclass
from typing import Any, Final

import requests
import urllib3
from django.conf import settings

from accounts.connections import Connection, is_storable, read_connections
from clans.models import User

IDENTIFY: Final = "identify"
CONNECTIONS: Final = "connections"
_USER_AGENT: Final = "WOTCS (sign-in)"
_TIMEOUT: Final = (5.0, 10.0)
_LONGEST_SECONDS: Final = 15.0
_LARGEST_BODY: Final = 1024 * 1024
_ID: Final = re.compile(r"[0-9]{1,32}")


class DiscordError(Exception):
    """Discord did not answer, or not as its reference says. Holds no token and no code."""


class DiscordRefusedError(DiscordError):
    """Discord said no: the code or the token is not valid, or not for this."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A token, and whether it opens the connections."""

    token: str
    opens_connections: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """A Discord account."""

    id: str
    name: str


def authorize_url() -> str:
    return f"{settings.DISCORD_API_URL}/oauth2/authorize"


def is_configured() -> bool:
    return bool(settings.DISCORD_CLIENT_ID and settings.DISCORD_CLIENT_SECRET)


def exchange(code: str, *, verifier: str, redirect_uri: str, scopes: tuple[str, ...]) -> Grant:
    """Exchange a code for a token. An answer without scopes grants those that were asked for."""
    form = {
        "client_id": settings.DISCORD_CLIENT_ID,
        "client_secret": settings.DISCORD_CLIENT_SECRET,
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
    }
    answer = _call("POST", "/oauth2/token", form=form)
    token, scope = _text(answer, "access_token"), answer.get("scope", " ".join(scopes))
    if not isinstance(scope, str) or not (token.isascii() and token.isprintable()):
        raise DiscordError("Discord's token is none.")
    return Grant(token, CONNECTIONS in scope.split())


def identity(token: str) -> Identity:
    """Return whose token it is."""
    answer = _call("GET", "/users/@me", token=token)
    number = _text(answer, "id")
    if not _ID.fullmatch(number):
        raise DiscordError("Discord's account has no id.")
    name = answer.get("global_name") or _text(answer, "username")
    return Identity(number, name[:100] if isinstance(name, str) and is_storable(name) else "")


def connections(token: str) -> tuple[Connection, ...]:
    entries = _call("GET", "/users/@me/connections", token=token, shape=list)
    return read_connections(entries)


def has_agreed(discord_id: str) -> bool:
    """Return whether the person who signs in with this account lets each sign-in read the connections."""
    account = {"socialaccount__provider": "discord", "socialaccount__uid": discord_id}
    return User.objects.filter(reads_connections=True, **account).exists()


def withdraw_connections(user: User) -> None:
    """Take back the agreement to read the connections; what they have proven stays."""
    user.reads_connections = False
    user.save(update_fields=["reads_connections"])


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value or not is_storable(value):
        raise DiscordError(f"Discord's answer lacks {name}.")
    return value


def _call(
    verb: str, path: str, *, token: str = "", form: dict[str, str] | None = None, shape: type = dict
) -> Any:
    """Send one request and read its JSON; raise DiscordError for everything else. Follows no redirect."""
    headers = {"User-Agent": _USER_AGENT, "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with (
            requests.Session() as session,
            session.request(
                verb,
                f"{settings.DISCORD_API_URL}{path}",
                data=form,
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            status, body = response.status_code, _read(response)
        content = json.loads(body) if status == 200 else None
    except (
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        OSError,
        ValueError,
        RecursionError,
    ) as error:
        failure = type(error).__name__
    else:
        if status in {400, 401, 403}:
            raise DiscordRefusedError(f"Discord answered {path} with {status}.")
        if isinstance(content, shape):
            return content
        failure = f"HTTP {status}"
    # Raised out here: the caught error may quote what was sent.
    raise DiscordError(f"Discord did not answer {path}: {failure}.")


def _read(response: requests.Response) -> bytes:
    body, give_up_at = bytearray(), time.monotonic() + _LONGEST_SECONDS
    while piece := response.raw.read1(65536, decode_content=True):
        body += piece
        if len(body) > _LARGEST_BODY or time.monotonic() > give_up_at:
            raise ValueError("The answer is too long.")
    return bytes(body)
