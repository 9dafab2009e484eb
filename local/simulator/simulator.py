"""One simulator: requests in, replies out, faults on the way, and a log of it all. No sockets here."""

import dataclasses
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.simulator import api
from local.simulator.api import Twist
from local.simulator.controls import Controls, obey
from local.simulator.faults import TRANSPORT, Fault, Pace, refusal
from local.simulator.fields import Refusal, methods
from local.simulator.world import Impossible, World

_JSON: Final = "application/json; charset=utf-8"
_LONGEST_LOG: Final = 100_000


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came: `arrived_at` in monotonic seconds; `outcome` is ok, or the error's or the fault's name."""

    path: str
    verb: str
    arrived_at: float
    ids: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back; None as body: nothing ever, until the connection is closed."""

    body: bytes | None
    status: int = 200
    content_type: str = _JSON


class Simulator(Controls):
    """A world behind the API, for one server; `rate` in requests a second, `latency` in seconds before each answer."""

    def __init__(
        self,
        world: World,
        *,
        rate: float = 10.0,
        latency: float = 0.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(world, clock)
        self.latency = latency
        self.url = ""
        self._pace = Pace(rate)
        self._calls: list[Call] = []

    @property
    def calls(self) -> list[Call]:
        """The requests so far, in the order in which they were answered."""
        with self.lock:
            return list(self._calls)

    def forget_calls(self) -> None:
        with self.lock:
            self._calls.clear()

    def handle(self, verb: str, path: str, parameters: dict[str, str]) -> Reply:
        """Answer a request for a method of the API; `path` as account/info."""
        arrived_at = time.monotonic()
        with self.lock:
            outcome, reply = self._reply(verb, path, parameters, arrived_at)
            if len(self._calls) < _LONGEST_LOG:
                self._calls.append(Call(path, verb, arrived_at, _count_ids(parameters), outcome))
        # Turning megabytes into text needs no lock: the answer is the reply's own.
        return reply if isinstance(reply, Reply) else Reply(_encoded(reply))

    def manage(self, verb: str, path: str, body: bytes) -> Reply:
        """Answer a request of who runs the simulator: control, log or expected."""
        try:
            told = self._managed(verb, path, body)
        except (Impossible, json.JSONDecodeError, UnicodeDecodeError) as error:
            return Reply(_encoded({"status": "error", "error": str(error)}), status=400)
        return Reply(_encoded({"status": "ok", "result": told}))

    def _reply(
        self, verb: str, path: str, parameters: dict[str, str], moment: float
    ) -> tuple[str, Reply | dict[str, Any]]:
        try:
            fault = self._met(path, parameters, moment)
            if fault and fault.kind in TRANSPORT:
                return fault.kind, _broken(fault.kind)
            self.tick()
            answer = api.answer(self.world, path, verb, parameters, self._twist(fault))
        except Refusal as error:
            return error.message, error.envelope()
        return (fault.kind if fault else "ok"), answer

    def _met(self, path: str, parameters: dict[str, str], moment: float) -> Fault | None:
        """Return the fault this request meets; raises Refusal for what stops it before its method is looked at."""
        if path not in methods():
            raise Refusal(404, "METHOD_NOT_FOUND")
        application_id = parameters.get("application_id")
        if application_id and self._pace.exceeded(application_id, moment):
            raise refusal("REQUEST_LIMIT_EXCEEDED", parameters)
        fault = self.faults.next_for(path)
        if fault and fault.kind in TRANSPORT:
            return fault
        if not application_id:
            raise Refusal(402, "APPLICATION_ID_NOT_SPECIFIED", "application_id")
        if fault and fault.kind.isupper():
            raise refusal(fault.kind, parameters)
        return fault

    def _twist(self, fault: Fault | None) -> Twist:
        absent: frozenset[int] = frozenset()
        if fault and fault.kind == "lose":
            members = list(self.world.members)
            absent = frozenset(members[len(members) - round(fault.share * len(members)) :])
        return Twist(
            bad_ids=frozenset(self.faults.bad_ids),
            absent=absent,
            all_null=fault is not None and fault.kind == "null",
            empty=fault is not None and fault.kind == "empty",
        )

    def _managed(self, verb: str, path: str, body: bytes) -> object:
        if (verb, path) == ("POST", "control"):
            self.tick()
            return obey(self, json.loads(body))
        if (verb, path) == ("GET", "log"):
            return [dataclasses.asdict(call) for call in self.calls]
        if (verb, path) == ("DELETE", "log"):
            self.forget_calls()
            return None
        if (verb, path) == ("GET", "expected"):
            return _plain(dataclasses.asdict(self.expected()))
        raise Impossible(f"There is no {verb} {path}.")


def _count_ids(parameters: Mapping[str, str]) -> int:
    told = parameters.get("account_id") or parameters.get("clan_id") or parameters.get("tank_id")
    return told.count(",") + 1 if told else 0


def _broken(kind: str) -> Reply:
    if kind == "hang":
        return Reply(None)
    if kind == "http_500":
        return Reply(b"<html><h1>500 Internal Server Error</h1></html>", 500, "text/html")
    if kind == "html":
        return Reply(b"<!DOCTYPE html><html><title>Maintenance</title></html>", 200, "text/html")
    return Reply(b'{"status": "ok", "meta": {"count"')


def _plain(value: Any) -> Any:
    """Turn sets into lists, which JSON has."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return sorted(value) if isinstance(value, frozenset) else value


def _encoded(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
