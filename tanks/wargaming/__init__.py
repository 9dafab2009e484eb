"""Wargaming's World of Tanks API over HTTP: no models, no settings, no tasks, no Django.

    with wargaming.open_client("https://api.worldoftanks.com", application_id, redis_url=url) as client:
        roster = client.clans_info([clan_id]).by_id[clan_id]

One cycle of a clan with a hundred members is `clans_info`, `account_info` and, for those who fought, `account_tanks`.
Answers are frozen values (`answers`); None for an id means unknown or hidden: keep what is stored. Everything that can go
wrong is a `WargamingError` (`errors`), which knows whether trying again can help.

Requests go by GET, those with a player's access token by POST (`methods`). urllib3 writes the addresses of GET requests,
and with them the application id, to its own log at level DEBUG, and at WARNING for an answer with a malformed head.

All processes that use one application id at one realm share one pace (`pacing`) and one circuit breaker (`breaker`)
through a server that speaks the Redis protocol; without that server nothing is sent.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tanks.wargaming import shared
from tanks.wargaming.batches import Answers, plan
from tanks.wargaming.breaker import Breaker, BreakerReason
from tanks.wargaming.client import Client, Keep
from tanks.wargaming.errors import NotConfiguredError, WargamingError
from tanks.wargaming.pacing import Pacer
from tanks.wargaming.transport import checked_realm

__all__ = [
    "Answers",
    "Breaker",
    "BreakerReason",
    "Client",
    "NotConfiguredError",
    "WargamingError",
    "checked_realm",
    "open_client",
    "plan",
]

# Of a request for which somebody sits before a page.
AWAITED: dict[str, Any] = {"timeout": (2.0, 3.0), "longest_seconds": 4.0, "attempts": 1}


@contextmanager
def open_client(
    realm_url: str,
    application_id: str,
    *,
    redis_url: str,
    requests_per_second: float = 5.0,
    keep: Keep | None = None,
    is_awaited: bool = False,
) -> Iterator[Client]:
    """Open a client with the pace and the breaker that all processes share, and close it all at the end.

    `is_awaited`: somebody sits before a page, so each request is tried once, for a few seconds.

    The API allows 10 requests a second, 20 to registered addresses; the network in front of it tolerates less.
    """
    key = shared.key_for(checked_realm(realm_url), application_id)
    with closing(shared.connect(redis_url)) as server:
        pacer = Pacer(server, key, requests_per_second, longest_wait=2.0 if is_awaited else 30.0)
        haste = AWAITED if is_awaited else {}
        breaker = Breaker(server, key)
        client = Client(realm_url, application_id, pacer=pacer, breaker=breaker, keep=keep, **haste)
        with closing(client):
            yield client
