"""One POST and its whole answer, or NoAnswer: what a request costs in bytes and time is bounded here."""

import time
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3

from clans.wargaming.errors import NoAnswer, NotConfigured

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
    """Return the origin of a realm's API without a slash at its end; NotConfigured unless it can keep a secret.

    That is https to any machine, and plain http to this one.
    """
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise NotConfigured(
            "The address of a realm is like https://api.worldoftanks.eu, with nothing after it."
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(url)):
        raise NotConfigured("A realm is reached by https; by http only on this machine.")
    return f"{parts.scheme}://{parts.netloc}"


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


def post(
    session: requests.Session,
    url: str,
    form: dict[str, str],
    *,
    timeout: tuple[float, float],
    longest_seconds: float,
) -> Received:
    """Send a form and read the whole answer; `timeout` is for connecting and for each silence, in seconds.

    Follows no redirect: it could lead a secret elsewhere. Raises NoAnswer for every fault on the way.
    """
    give_up_at = time.monotonic() + longest_seconds
    try:
        with session.post(url, data=form, timeout=timeout, allow_redirects=False, stream=True) as response:
            body = _read(response, give_up_at)
            return Received(response.status_code, body, response.raw.tell())
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        failure = type(error).__name__
    # Raised out here: the caught error may quote what was sent, and would show in every traceback.
    raise NoAnswer(f"No answer from {urlsplit(url).netloc}{urlsplit(url).path}: {failure}.")


def _read(response: requests.Response, give_up_at: float) -> bytes:
    """Read piece by piece as it comes, since a time-out per silence lets a trickle last for hours."""
    body = bytearray()
    while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
        body += piece
        if len(body) > LARGEST_BODY_BYTES:
            raise NoAnswer(f"More than {LARGEST_BODY_BYTES} bytes.")
        if time.monotonic() > give_up_at:
            raise NoAnswer("The answer trickled in too slowly.")
    return bytes(body)
