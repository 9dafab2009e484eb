"""What arrives at the simulator, noted before anything is answered, and faults at the n-th request of a method."""

import threading
import time
from collections import Counter
from dataclasses import dataclass

from local.simulator.serving import Reply
from local.simulator.simulator import Simulator


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its method, the ids in it, and its arrival in monotonic seconds."""

    path: str
    ids: tuple[int, ...]
    arrived_at: float
    application_id: str


class Watch:
    """Stands in front of one simulator, and of `others` whose clans and accounts it does not know."""

    def __init__(self, simulator: Simulator, *others: Simulator) -> None:
        self.simulator = simulator
        self._others = others
        self._answer = simulator.handle
        self._asked: list[Asked] = []
        self._planned: dict[tuple[str, int], str] = {}
        self._counted: Counter[str] = Counter()
        self._lock = threading.Lock()
        simulator.handle = self._handle  # type: ignore[method-assign]

    @property
    def asked(self) -> list[Asked]:
        with self._lock:
            return list(self._asked)

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def count(self, path: str) -> int:
        return self.paths().count(path)

    def ids(self, path: str) -> list[int]:
        """Return every id that was asked for with a method, in order."""
        return [number for asked in self.asked if asked.path == path for number in asked.ids]

    def forget(self) -> None:
        """Begin to count anew; what was planned is planned no more."""
        with self._lock:
            self._asked.clear()
            self._planned.clear()
            self._counted.clear()

    def plan(self, kind: str, path: str, nth: int = 1) -> None:
        """Let the n-th request of a method from the last `forget` on meet a fault."""
        self._planned[path, nth] = kind

    def _handle(self, verb: str, path: str, parameters: dict[str, str]) -> Reply:
        numbers = parameters.get("account_id") or parameters.get("clan_id") or ""
        ids = tuple(int(word) for word in numbers.split(",") if word)
        with self._lock:
            self._counted[path] += 1
            kind = self._planned.get((path, self._counted[path]))
            if kind:
                self.simulator.fault(kind, path=path)
            self._asked.append(Asked(path, ids, time.monotonic(), parameters["application_id"]))
        for other in self._others:
            if ids and (ids[0] in other.world.players or ids[0] == other.world.clan_id):
                return other.handle(verb, path, parameters)
        return self._answer(verb, path, parameters)
