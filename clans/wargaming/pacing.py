"""One pace for all processes that send requests of one application to one realm."""

import math
import time
from collections.abc import Callable
from typing import Final

import redis

from clans.wargaming.errors import RateLimited
from clans.wargaming.shared import ask, whole_numbers

# The generic cell rate algorithm: the key holds the moment at which the bucket is full again. Only the server's clock
# counts, in microseconds. Returns granted?, and then the moment of the grant or how long to wait. A moment that lies
# further ahead than an empty bucket comes from a clock that was set back since.
_GRANT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local function keep(moment)
  redis.call('SET', KEYS[1], string.format('%.0f', moment), 'PX', math.ceil((moment - now) / 1000))
end
local full_at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or now))
if full_at > now + interval * burst then
  full_at = now + interval * burst
  keep(full_at)
end
local wait = full_at - interval * (burst - 1) - now
if wait > 0 then return {0, wait} end
keep(full_at + interval)
return {1, now}
"""


class Pacer:
    """Lets at most `rate_per_second` requests go in any second, over all processes that use the same key.

    A grant is given for the present moment only, never in advance: a process that oversleeps cannot come together with
    others. With a `burst` above 1, up to burst - 1 more may go in a second after a pause. Whoever would wait longer than
    `longest_wait` seconds gets RateLimited; SourceUnavailable when the shared server does not answer.
    """

    def __init__(
        self,
        client: "redis.Redis",
        key: str,
        rate_per_second: float,
        burst: int = 1,
        *,
        longest_wait: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not (math.isfinite(rate_per_second) and rate_per_second > 0) or burst < 1:
            raise ValueError("A pace needs a rate above 0 and a burst of 1 or more.")
        self._script = client.register_script(_GRANT)
        self._keys = [f"{key}:pace"]
        self._arguments = [math.ceil(1_000_000 / rate_per_second), burst]
        self._longest_wait = longest_wait
        self._sleep = sleep

    def wait(self) -> float:
        """Return when a request may go, with the moment of the grant in seconds since 1970 by the server's clock."""
        give_up_at = time.monotonic() + self._longest_wait
        while True:
            granted, microseconds = self._ask()
            seconds = microseconds / 1_000_000
            if granted:
                return seconds
            if time.monotonic() + seconds > give_up_at:
                raise RateLimited(f"No turn for a request within {self._longest_wait:g} s.")
            self._sleep(seconds)

    def _ask(self) -> list[int]:
        return whole_numbers(ask(lambda: self._script(keys=self._keys, args=self._arguments)))
