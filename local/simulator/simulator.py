"""One simulator: requests in, replies out, everything that can be done to it, and faults on the way. No sockets here."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from local.simulator import api
from local.simulator.api import Twist
from local.simulator.reference import METHODS, RefusalError
from local.simulator.world import ImpossibleError, World

# Errors of the API itself: their codes and the parameter at fault.
REFUSALS: Final[dict[str, tuple[int, str | None]]] = {
    "SOURCE_NOT_AVAILABLE": (504, None),
    "REQUEST_LIMIT_EXCEEDED": (407, None),
    "INVALID_APPLICATION_ID": (407, "application_id"),
    "METHOD_DISABLED": (405, None),
}
# Faults of the network in front of the API; `hang` never answers.
BROKEN: Final[dict[str, tuple[int, bytes | None]]] = {
    "http_500": (500, b"<html><h1>500 Internal Server Error</h1></html>"),
    "html": (200, b"<!DOCTYPE html><html><title>Maintenance</title></html>"),
    "not_json": (200, b'{"status": "ok", "meta": {"count"'),
    "hang": (200, None),
}
# Answers that look correct and are not.
TWISTS: Final = frozenset({"empty", "null"})
KINDS: Final = TWISTS | REFUSALS.keys() | BROKEN.keys()


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply; without a body nothing is sent until the connection is closed."""

    body: bytes | None
    status: int = 200
    location: str = ""

    @property
    def content_type(self) -> str:
        return "application/json" if (self.body or b"").startswith(b"{") else "text/html; charset=utf-8"


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
        self.released = threading.Event()
        self._rate = rate
        self._arrivals: dict[str, deque[float]] = {}
        self._faults: list[Fault] = []
        self._bad_ids: set[int] = set()
        self._clock = clock
        self._ahead_seconds = 0

    # What can be done to it

    def advance(self, seconds: int) -> int:
        """Let whole seconds pass; return the world's new moment (seconds since 1970)."""
        with self.lock:
            self.world.advance_to((self._follow_clock() or self.world.now) + seconds)
            self._ahead_seconds += seconds
            return self.world.now

    def fault(self, kind: str, *, times: int | None = 1, path: str | None = None) -> None:
        """Order a fault of KINDS for the next `times` requests, None until `clear`."""
        if kind not in KINDS:
            raise ImpossibleError(f"A fault is one of {', '.join(sorted(KINDS))}.")
        with self.lock:
            self._faults.append(Fault(kind, times, path))

    def clear(self) -> None:
        """Take back all faults and bad ids, and close the connections that hang."""
        with self.lock:
            self._faults.clear()
            self._bad_ids.clear()
            self.released.set()
            self.released = threading.Event()

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

    def obey(self, order: bytes) -> Reply:
        """Let members play as another process orders: the arguments of `play` in JSON."""
        return Reply(_encoded(self.play(**json.loads(order))))

    def handle(self, verb: str, path: str, parameters: dict[str, str]) -> Reply:
        """Answer a request for a method of the API; `path` as account/info."""
        try:
            with self.lock:
                fault = self._meet_fault(path, parameters, time.monotonic())
                if fault and fault.kind in BROKEN:
                    status, body = BROKEN[fault.kind]
                    return Reply(body, status)
                self._follow_clock()
                answer = api.answer(self.world, path, verb, parameters, self._twist(fault))
                if path == "auth/login" and answer["data"]:  # which knows no host of its own
                    answer["data"]["location"] = self.url + answer["data"]["location"]
        except RefusalError as error:
            return Reply(_encoded(error.envelope()))
        # Turning megabytes into text needs no lock: the answer is the reply's own.
        return Reply(_encoded(answer))

    def sign_in_page(self, redirect_uri: str) -> Reply:
        """Answer a browser that comes to sign in."""
        with self.lock:
            return Reply(api.sign_in_page(self.world, redirect_uri).encode())

    def signed_in(self, redirect_uri: str, account: str) -> Reply:
        """Send a browser back that has chosen an account; a blank one cancels."""
        with self.lock:
            return Reply(b"", 302, location=api.signed_in(self.world, redirect_uri, account))

    def _follow_clock(self) -> int | None:
        if self._clock is None:
            return None
        moment = int(self._clock()) + self._ahead_seconds
        self.world.advance_to(moment)
        return moment

    def _meet_fault(self, path: str, parameters: Mapping[str, str], moment: float) -> Fault | None:
        """Return the fault this request meets; raises RefusalError for what stops it before its method is looked at."""
        if path not in METHODS:
            raise RefusalError(404, "METHOD_NOT_FOUND")
        application_id = parameters.get("application_id")
        if application_id and self._is_too_fast(application_id, moment):
            raise _refusal("REQUEST_LIMIT_EXCEEDED", parameters)
        fault = next((fault for fault in self._faults if fault.path in (None, path)), None)
        if fault and fault.left is not None:
            fault.left -= 1
            self._faults = [waiting for waiting in self._faults if waiting.left != 0]
        if not application_id and not (fault and fault.kind in BROKEN):
            raise RefusalError(402, "APPLICATION_ID_NOT_SPECIFIED", "application_id")
        if fault and fault.kind in REFUSALS:
            raise _refusal(fault.kind, parameters)
        return fault

    def _is_too_fast(self, application_id: str, moment: float) -> bool:
        """Return whether a request is one too many in its second; refused requests count as well."""
        recent = self._arrivals.setdefault(application_id, deque())
        while recent and recent[0] <= moment - 1.0:
            recent.popleft()
        recent.append(moment)
        return len(recent) > self._rate

    def _twist(self, fault: Fault | None) -> Twist:
        return Twist(
            bad_ids=frozenset(self._bad_ids),
            all_null=fault is not None and fault.kind == "null",
            empty=fault is not None and fault.kind == "empty",
        )


def _refusal(kind: str, parameters: Mapping[str, str]) -> RefusalError:
    code, about = REFUSALS[kind]
    return RefusalError(code, kind, about, parameters.get(about) if about else None)


def _encoded(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
