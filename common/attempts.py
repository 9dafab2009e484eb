"""Limits on failed attempts, by the visitor's address and by the account. The cache holds the counts."""

import contextlib
import hashlib
import ipaddress
import logging
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis import RedisError

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 15 * 60
MOST_BY_ACCOUNT, MOST_BY_ADDRESS = 10, 30


class TooManyAttemptsError(Exception):
    """Too many attempts failed; the next one is possible after `wait_seconds`."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(wait_seconds)
        self.wait_seconds = wait_seconds


def count_attempt(kind: str, whose: str, most: int, window_seconds: int = WINDOW_SECONDS) -> None:
    """Count an attempt of this window; raises TooManyAttemptsError beyond `most`. Without a cache nothing is counted.

    A blank `whose` is not counted: one visitor would close the door to everybody.
    """
    if not whose:
        return
    try:
        cache.add(key := _key(kind, whose, window_seconds), 0, window_seconds)
        count = cache.incr(key)
    except (RedisError, ValueError) as error:
        logger.warning("Attempts are not counted: %s", type(error).__name__)
        return
    if count > most:
        raise TooManyAttemptsError(int(window_seconds - time.time() % window_seconds) + 1)


def attempts_left(kind: str, whose: str, most: int, window_seconds: int = WINDOW_SECONDS) -> int:
    """Return how many attempts of this window are left."""
    try:
        return max(0, most - int(cache.get(_key(kind, whose, window_seconds), 0)))
    except RedisError:
        return most


def forgive_attempt(kind: str, whose: str) -> None:
    """Take back the last count: the attempt succeeded."""
    with contextlib.suppress(RedisError, ValueError):
        cache.decr(_key(kind, whose))


def _key(kind: str, whose: str, window_seconds: int = WINDOW_SECONDS) -> str:
    """Return the cache key of this window's count; each window has its own."""
    window = int(time.time() // window_seconds)
    return f"attempts:{kind}:{window}:{hashlib.sha256(whose.encode()).hexdigest()}"


def client_address(request: HttpRequest | None) -> str:
    """Return what a visitor's attempts are counted by: the address; for IPv6 its network, of which one visitor has all.

    Blank if the address is unknown, as behind a socket.
    """
    address = visitor_address(request)
    return str(ipaddress.ip_network((address, 64), strict=False)) if ":" in address else address


def visitor_address(request: HttpRequest | None) -> str:
    """Return the address of a visitor: as the outermost of TRUSTED_PROXIES noted it, else the peer of the connection."""
    if request is None:
        return ""
    noted = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    by_proxy = noted[-proxies].strip() if 0 < proxies <= len(noted) else ""
    return _address(by_proxy) or _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)
