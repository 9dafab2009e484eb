"""One pace for all processes that send requests of one application to one realm."""

import math
import time
from collections.abc import Callable
from typing import Final

import redis

from tanks.wargaming.errors import RateLimitedError
from tanks.wargaming.shared import ask, whole_numbers

# By how much one request may be later on its way from grant to arrival than another, without a server that counts
# arrivals seeing more than the rate in a second.
MARGIN_SECONDS: Final = 0.2
# A sliding window: the key is a list of the moments of the last grants, the newest first. Only the server's clock counts,
# in microseconds. Takes how many grants a window holds and how long it is; returns granted?, and then the moment of the
# grant or how long to wait. Moments that lie ahead come from a clock that was set back since: they count as now.
_GRANT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local text = string.format('%.0f', now)
local function moment(index) return tonumber(redis.call('LINDEX', KEYS[1], index) or 0) end
local index = 0
while moment(index) > now do
  redis.call('LSET', KEYS[1], index, text)
  index = index + 1
end
local wait = moment(most - 1) + window - now
if wait > 0 then return {0, wait} end
redis.call('LPUSH', KEYS[1], text)
redis.call('LTRIM', KEYS[1], 0, most - 1)
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000) + 1000)
return {1, now}
"""


class Pacer:
    """Lets at most `rate_per_second` requests go in any second, over all processes that use the same key.

    A pace below 1 lets one go, and the next after 1 / rate seconds. Up to a second's requests may go at once; a pause
    saves up nothing beyond that. A grant is given for the present moment only, never in advance: a process that oversleeps
    cannot come together with others. Whoever would wait longer than `longest_wait` seconds gets RateLimitedError;
    SourceUnavailableError when the shared server does not answer.
    """

    def __init__(
        self,
        client: "redis.Redis",
        key: str,
        rate_per_second: float,
        *,
        longest_wait: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not (math.isfinite(rate_per_second) and rate_per_second > 0):
            raise ValueError("A pace needs a rate above 0.")
        most = max(1, math.floor(rate_per_second))
        # Whole seconds for 5.5 a second: 5 in 5 / 5.5 s would let 6 go in one second.
        window = max(1.0, most / rate_per_second) + MARGIN_SECONDS
        self._script = client.register_script(_GRANT)
        self._keys = [f"{key}:grants"]
        self._arguments = [most, math.ceil(window * 1_000_000)]
        self._longest_wait = longest_wait
        self._sleep = sleep

    def wait(self) -> float:
        """Return when a request may go, which is now; in seconds since 1970 by the shared server's clock."""
        give_up_at = time.monotonic() + self._longest_wait
        while True:
            granted, microseconds = self._ask()
            seconds = microseconds / 1_000_000
            if granted:
                return seconds
            if time.monotonic() + seconds > give_up_at:
                raise RateLimitedError(f"No turn for a request within {self._longest_wait:g} s.")
            self._sleep(seconds)

    def _ask(self) -> list[int]:
        return whole_numbers(ask(lambda: self._script(keys=self._keys, args=self._arguments)))
