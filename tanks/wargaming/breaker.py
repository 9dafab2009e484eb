"""A circuit breaker that all processes share: after certain failures nobody sends anything for a growing time.

An open breaker stops every request. It opens at once when the API refuses our configuration, and when several requests in
a row, by more than two methods, got no answer: one or two methods may be out of order while the others work. When its time
is over, one caller may probe; the outcome closes the breaker, or opens it for twice as long.
"""

import enum
from dataclasses import dataclass
from typing import Final

import redis

from tanks.wargaming.errors import CircuitOpenError
from tanks.wargaming.shared import ask, whole_numbers

_FORGET_SECONDS: Final = 24 * 3600
_PROBE_SECONDS: Final = 120


class BreakerReason(enum.IntEnum):
    """Why it is open; the number is what the shared state holds."""

    NO_ANSWER = 1
    NOT_CONFIGURED = 2


# In English, for staff.
_IN_WORDS: Final = {
    BreakerReason.NO_ANSWER: "several requests in a row got no answer",
    BreakerReason.NOT_CONFIGURED: "configuration refused",
}


@dataclass(frozen=True, slots=True)
class BreakerState:
    """Why requests are suspended, None if they are not; with 0 seconds left the next caller probes."""

    reason: BreakerReason | None
    retry_after_seconds: float = 0.0


# A hash: misses (in a row), methods (how many of them missed), m:<method> for each; reason, opened (how often in a row),
# until; probe (its number), probe_until. Moments are milliseconds of the server's clock. Only the newest probe may change an
# open breaker: a request that was sent before it opened says nothing about now.
_COMMON: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function get(field) return tonumber(redis.call('HGET', KEYS[1], field) or 0) end
local function is_outdated(probe)
  return get('reason') ~= 0 and (tonumber(probe) == 0 or tonumber(probe) ~= get('probe'))
end
"""
# ARGV: how long a probe may take, 0 to look without taking it. Returns reason, milliseconds to wait, number of the probe.
_ENTER: Final = f"""{_COMMON}
local reason, ready_at = get('reason'), math.max(get('until'), get('probe_until'))
if reason == 0 then return {{0, 0, 0}} end
if now < ready_at or ARGV[1] == '0' then return {{reason, math.max(0, ready_at - now), 0}} end
redis.call('HSET', KEYS[1], 'probe', now, 'probe_until', now + ARGV[1])
return {{reason, 0, now}}
"""
# Its time is over now, unless our configuration was refused.
_PROBE_NOW: Final = f"""{_COMMON}
if get('reason') == {BreakerReason.NO_ANSWER.value} then redis.call('HSET', KEYS[1], 'until', now, 'probe_until', 0) end
return {{}}
"""
# ARGV: number of the probe.
_ANSWERED: Final = f"""{_COMMON}
if not is_outdated(ARGV[1]) then redis.call('DEL', KEYS[1]) end
return {{}}
"""
# ARGV: number of the probe, reason, method, misses and methods that open, first and longest time open, time after which
# all is forgotten.
_FAILED: Final = f"""{_COMMON}
if is_outdated(ARGV[1]) then return {{}} end
local was_closed, reason = get('reason') == 0, tonumber(ARGV[2])
local misses = redis.call('HINCRBY', KEYS[1], 'misses', 1)
if redis.call('HSETNX', KEYS[1], 'm:' .. ARGV[3], 1) == 1 then redis.call('HINCRBY', KEYS[1], 'methods', 1) end
redis.call('PEXPIRE', KEYS[1], ARGV[8])
local is_dead = misses >= tonumber(ARGV[4]) and get('methods') >= tonumber(ARGV[5])
if was_closed and reason == {BreakerReason.NO_ANSWER.value} and not is_dead then return {{}} end
local opened = redis.call('HINCRBY', KEYS[1], 'opened', 1)
local open_for = math.min(ARGV[6] * 2 ^ math.min(opened - 1, 30), tonumber(ARGV[7]))
redis.call('HSET', KEYS[1], 'reason', reason, 'until', now + open_for, 'probe_until', 0)
redis.call('PEXPIRE', KEYS[1], open_for + ARGV[8])
return {{}}
"""


class Breaker:
    """The breaker of one key; times in seconds.

    `misses` requests in a row without an answer open it if they asked for `methods` different methods, for `first` seconds,
    doubling up to `longest`. Every method raises SourceUnavailableError when the shared server does not answer.
    """

    def __init__(
        self,
        client: "redis.Redis",
        key: str,
        *,
        misses: int = 5,
        methods: int = 3,
        first: float = 60.0,
        longest: float = 7200.0,
    ) -> None:
        self._client = client
        self._key = f"{key}:breaker"
        self._limits = [
            misses,
            methods,
            *(_milliseconds(value) for value in (first, longest, _FORGET_SECONDS)),
        ]

    def enter(self) -> int:
        """Give leave to send one request, whose outcome the caller reports; raise CircuitOpenError if nobody may send.

        Returns 0, or the number of the probe whose outcome decides.
        """
        reason, wait, probe = self._run(_ENTER, _milliseconds(_PROBE_SECONDS))
        if reason and not probe:
            raise CircuitOpenError(_IN_WORDS[BreakerReason(reason)], wait / 1000)
        return probe

    def answered(self, probe: int) -> None:
        """Report that the API answered, be it with a refusal: the way is open and our configuration accepted."""
        self._run(_ANSWERED, probe)

    def failed(self, probe: int, reason: BreakerReason, method: str) -> None:
        """Report a request without an answer, or a configuration that was refused; `method` is what was asked for."""
        self._run(_FAILED, probe, reason.value, method, *self._limits)

    def probe_now(self) -> None:
        """Let the next caller probe at once, where nothing but silence opened it: a person says it is worth a try."""
        self._run(_PROBE_NOW)

    def state(self) -> BreakerState:
        """Return its state, for people; changes nothing."""
        reason, wait, _ = self._run(_ENTER, 0)
        return BreakerState(BreakerReason(reason), wait / 1000) if reason else BreakerState(None)

    def _run(self, script: str, *arguments: int | str) -> list[int]:
        run = self._client.register_script(script)
        return whole_numbers(ask(lambda: run(keys=[self._key], args=arguments)))


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
