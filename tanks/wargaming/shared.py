"""State that all processes share, in a server that speaks the Redis protocol.

Without it nothing may be sent: a server that does not answer is an outage, never a licence to go unpaced.
"""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tanks.wargaming.errors import SourceUnavailableError

T = TypeVar("T")
PATIENCE_SECONDS = 3.0


def connect(url: str) -> "redis.Redis":
    """Open a client that notices a dead or silent server within seconds; the caller closes it."""
    return redis.Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 1),  # once, for a connection that the server closed while it was idle
    )


def key_for(realm_url: str, application_id: str) -> str:
    """Name what is counted together: one application at one realm. Only a digest of the application id is stored."""
    digest = hashlib.sha256(application_id.strip().encode()).hexdigest()[:16]
    parts = urlsplit(realm_url)
    return f"wargaming:{parts.netloc.lower()}{parts.path.rstrip('/')}:{digest}"


def ask(call: Callable[[], T]) -> T:
    """Return what `call` returns; raise SourceUnavailableError when the server of the shared state fails."""
    try:
        return call()
    except redis.RedisError as error:
        failure = type(error).__name__
    # Raised out here, so that no traceback shows the address of the server with its password.
    raise SourceUnavailableError(f"The shared pacing of requests does not answer ({failure}).")


def whole_numbers(answer: Any) -> list[int]:
    """Return a script's answer, which redis-py cannot type."""
    return [int(number) for number in answer]
