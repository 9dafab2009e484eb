"""One simulator: requests in, replies out, everything that can be done to it, and faults on the way. No sockets here."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.simulator import api
from local.simulator.reference import METHODS, RefusalError
from local.simulator.serving import BROKEN, Reply, Request, json_reply
from local.simulator.world import World

# Errors of the API itself: their codes and the parameter at fault.
REFUSALS: Final[dict[str, tuple[int, str | None]]] = {
    "SOURCE_NOT_AVAILABLE": (504, None),
    "REQUEST_LIMIT_EXCEEDED": (407, None),
    "INVALID_APPLICATION_ID": (407, "application_id"),
    "METHOD_DISABLED": (405, None),
}
# Answers that look correct and are not: without any entry, and with null for each.
_TWISTS: Final[dict[str, Callable[[Any], Any]]] = {"empty": lambda data: type(data)(), "null": dict.fromkeys}
_API: Final = "/wot/"
_CONTROL: Final = "/simulator/control"
_LONGEST_HANG_SECONDS: Final = 120.0


@dataclass(slots=True)
class Fault:
    """A fault for the next `left` requests (None: until cleared) of a method, or of all."""

    kind: str
    left: int | None
    path: str | None


class Simulator:
    """A world behind the API, for one server; `rate` in requests a second, `latency` in seconds before each answer.

    Without a clock the world's time stands still but for `advance`; with one it goes with the clock, and `advance` adds.
    Everything is safe from any thread.
    """

    def __init__(
        self,
        world: World,
        *,
        rate: float = 10.0,
        latency: float = 0.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.world = world
        self.latency = latency
        self.url = ""
        self.lock = threading.RLock()
        self._released = threading.Event()
        self._rate = rate
        self._arrivals: dict[str, deque[float]] = {}
        self._faults: list[Fault] = []
        self._bad_ids: set[int] = set()
        began = world.now
        self._clock = clock or (lambda: began)
        self._ahead_seconds = 0

    # What can be done to it

    def advance(self, seconds: int) -> int:
        """Let whole seconds pass; return the world's new moment (seconds since 1970)."""
        with self.lock:
            self._ahead_seconds += seconds
            self._follow_clock()
            return self.world.now

    def fault(self, kind: str, *, times: int | None = 1, path: str | None = None) -> None:
        """Order a fault of REFUSALS or BROKEN, `empty` or `null` for the next `times` requests, None until `clear`."""
        assert kind in REFUSALS.keys() | BROKEN.keys() | _TWISTS.keys()
        with self.lock:
            self._faults.append(Fault(kind, times, path))

    def clear(self) -> None:
        """Take back all faults and bad ids, and close the connections that hang."""
        with self.lock:
            self._faults.clear()
            self._bad_ids.clear()
            self._released.set()
            self._released = threading.Event()

    def bad(self, account_ids: Iterable[int]) -> None:
        """Make every batch with one of these accounts fail."""
        with self.lock:
            self._bad_ids.update(account_ids)

    def play(
        self, account_ids: Iterable[int] | None = None, *, share: float = 0.1, battles: int = 5
    ) -> list[int]:
        """Let these accounts fight, or a share of the members; return who fought."""
        with self.lock:
            chosen = self.world.some_members(share) if account_ids is None else account_ids
            return self.world.play(chosen, battles)

    # Requests

    def answer(self, request: Request) -> Reply:
        """Answer for the API, for its page to sign in on, and for processes that order who plays, in JSON."""
        if request.path == _CONTROL:
            return json_reply(self.play(**json.loads(request.body)))
        if request.path == api.SIGN_IN:
            with self.lock:
                return api.sign_in(self.world, request)
        released = self._released
        path = request.path.removeprefix(_API) if request.path.startswith(_API) else ""
        reply = self.handle(request.verb, path.strip("/"), request.form)
        time.sleep(self.latency)
        if reply.body is None:
            released.wait(_LONGEST_HANG_SECONDS)
        return reply

    def handle(self, verb: str, path: str, parameters: dict[str, str]) -> Reply:
        """Answer a request for a method of the API; `path` as account/info."""
        try:
            with self.lock:
                kind = self._meet_fault(path, parameters, time.monotonic())
                if kind in BROKEN:
                    return BROKEN[kind]
                self._follow_clock()
                answer = api.answer(self.world, path, verb, parameters)
        except RefusalError as error:
            return json_reply(error.envelope())
        data = answer["data"]
        if kind in _TWISTS:
            answer["data"] = _TWISTS[kind](data)
        elif path == "auth/login":  # which knows no host of its own
            data["location"] = self.url + data["location"]
        # Turning megabytes into text needs no lock: the answer is the reply's own.
        return json_reply(answer)

    def _follow_clock(self) -> None:
        self.world.advance_to(int(self._clock()) + self._ahead_seconds)

    def _meet_fault(self, path: str, parameters: Mapping[str, str], moment: float) -> str:
        """Return the kind of fault this request meets; raises RefusalError for what stops it before its method is looked at."""
        if path not in METHODS:
            raise RefusalError(404, "METHOD_NOT_FOUND")
        application_id = parameters.get("application_id")
        if application_id and self._is_too_fast(application_id, moment):
            raise _refusal("REQUEST_LIMIT_EXCEEDED", parameters)
        kind = self._use_fault(path)
        if not application_id and kind not in BROKEN:
            raise RefusalError(402, "APPLICATION_ID_NOT_SPECIFIED", "application_id")
        if kind in REFUSALS:
            raise _refusal(kind, parameters)
        accounts = parameters.get("account_id", "")
        if not self._bad_ids.isdisjoint(int(word) for word in accounts.split(",") if word.isdecimal()):
            raise RefusalError(407, "INVALID_ACCOUNT_ID", "account_id", accounts)
        return kind

    def _use_fault(self, path: str) -> str:
        """Return the kind of the fault that waits for a request of a method, and count it; blank without one."""
        fault = next((fault for fault in self._faults if fault.path in (None, path)), None)
        if fault is None:
            return ""
        if fault.left is not None:
            fault.left -= 1
            self._faults = [waiting for waiting in self._faults if waiting.left != 0]
        return fault.kind

    def _is_too_fast(self, application_id: str, moment: float) -> bool:
        """Return whether a request is one too many in its second; refused requests count as well."""
        recent = self._arrivals.setdefault(application_id, deque())
        while recent and recent[0] <= moment - 1.0:
            recent.popleft()
        recent.append(moment)
        return len(recent) > self._rate


def _refusal(kind: str, parameters: Mapping[str, str]) -> RefusalError:
    code, about = REFUSALS[kind]
    return RefusalError(code, kind, about, parameters.get(about) if about else None)
