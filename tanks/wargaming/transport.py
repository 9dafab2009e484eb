"""One request and its whole answer, or NoAnswerError: this module bounds what a request costs in bytes and time."""

import time
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

import requests
import urllib3

from tanks.wargaming.errors import NoAnswerError, NotConfiguredError
from tanks.wargaming.methods import Verb

# A hundred players with every vehicle of the game are less than a third of this.
LARGEST_BODY_BYTES: Final = 32 * 1024 * 1024
_PIECE_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Received:
    """An HTTP answer; `wire_bytes` is what its body took on the wire, compressed."""

    status: int
    body: bytes
    wire_bytes: int


def checked_realm(url: str) -> str:
    """Return the address of a realm's API without a slash at its end; NotConfiguredError unless it can be one.

    That is any http or https address, be it with a path in front of the API's own.
    """
    parts = _parts(url.strip())
    if parts is None:
        # The address itself stays out of the message: it may hold a password.
        raise NotConfiguredError(
            "The address of the realm is none. Write it like https://api.worldoftanks.com or http://simulator:8080."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        is_reachable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # an impossible port or machine
        return None
    is_plain = url.isprintable() and not set(url) & set("@?# ")
    return parts if is_reachable and is_plain else None


def keeps_secrets(realm_url: str) -> bool:
    """Whether nobody on the way can read what is sent there."""
    return urlsplit(realm_url).scheme == "https" or is_loopback(realm_url)


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def open_session(realm_url: str) -> requests.Session:
    """Open a session that keeps its connection; no proxy stands between us and this machine itself."""
    session = requests.Session()
    session.headers.update({"Accept": "application/json", "User-Agent": "wotcs"})
    session.trust_env = not is_loopback(realm_url)
    return session


def transfer(
    session: requests.Session,
    verb: Verb,
    url: str,
    parameters: dict[str, str],
    *,
    timeout: tuple[float, float],
    longest_seconds: float,
) -> Received:
    """Send parameters and read the whole answer; `timeout` is for connecting and for each silence, in seconds.

    GET sends them as the address's query, POST as a form.

    Follows no redirect: it could lead a secret elsewhere. Raises NoAnswerError for every fault on the way.
    """
    give_up_at = time.monotonic() + longest_seconds
    try:
        with session.request(
            verb,
            url,
            params=parameters if verb == "GET" else None,
            data=parameters if verb == "POST" else None,
            timeout=timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            body = _read(response, give_up_at)
            return Received(response.status_code, body, response.raw.tell())
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        failure = type(error).__name__
    # Raised out here: the caught error may quote what was sent, and would show in every traceback.
    raise NoAnswerError(f"No answer from {urlsplit(url).netloc}{urlsplit(url).path}: {failure}.")


def _read(response: requests.Response, give_up_at: float) -> bytes:
    """Read piece by piece as it comes, since a time-out per silence lets a trickle last for hours."""
    body = bytearray()
    while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
        body += piece
        if len(body) > LARGEST_BODY_BYTES:
            raise NoAnswerError(f"More than {LARGEST_BODY_BYTES} bytes.")
        if time.monotonic() > give_up_at:
            raise NoAnswerError("The answer trickled in too slowly.")
    return bytes(body)
