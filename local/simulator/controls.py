"""Everything that can be done to a running simulator, as methods and as orders in JSON; safe from any thread."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from local.simulator.faults import KINDS, Faults
from local.simulator.truth import Truth
from local.simulator.world import MOST_MEMBERS, Impossible, World

_MOST_NEW_VEHICLES: Final = 1000


class Controls:
    """Ways to make time pass, people act and things go wrong.

    Without a clock the world's time stands still but for `advance`; with one it goes with the clock, and `advance` adds.
    """

    def __init__(self, world: World, clock: Callable[[], float] | None = None) -> None:
        self.world = world
        self.faults = Faults()
        self.lock = threading.RLock()
        self.released = threading.Event()
        self._clock = clock
        self._ahead_seconds = 0

    def tick(self) -> None:
        """Let the world's time follow the clock."""
        with self.lock:
            if self._clock:
                self.world.advance_to(int(self._clock()) + self._ahead_seconds)

    def advance(self, seconds: int) -> int:
        """Let whole seconds pass; return the world's new moment (seconds since 1970)."""
        if not isinstance(seconds, int) or seconds < 0:
            raise Impossible("Time passes forwards, by whole seconds.")
        with self.lock:
            if self._clock:
                ahead = self._ahead_seconds + seconds
                self.world.advance_to(int(self._clock()) + ahead)
                self._ahead_seconds = ahead
            else:
                self.world.advance_to(self.world.now + seconds)
            return self.world.now

    def expected(self) -> Truth:
        with self.lock:
            self.tick()
            return self.world.expected()

    def fault(self, kind: str, *, times: int | None = 1, path: str | None = None, share: float = 0.5) -> None:
        """Order a fault (see `faults.KINDS`) for the next `times` requests, None until `clear`."""
        with self.lock:
            self.faults.arm(kind, times=times, path=path, share=share)

    def clear(self) -> None:
        """Take back all faults and bad ids, and let go what hangs."""
        with self.lock:
            self.faults.clear()
        self.release()

    def release(self) -> None:
        """Close the connections that hang."""
        with self.lock:
            self.released.set()
            self.released = threading.Event()

    def bad(self, account_ids: Iterable[int]) -> None:
        """Make every batch with one of these accounts fail."""
        with self.lock:
            self.faults.bad_ids.update(map(int, account_ids))

    def hide(self, account_ids: Iterable[int]) -> None:
        """Answer null for these accounts."""
        with self.lock:
            self.world.hidden.update(map(int, account_ids))

    def show(self, account_ids: Iterable[int]) -> None:
        """Hide these accounts no longer."""
        with self.lock:
            self.world.hidden.difference_update(map(int, account_ids))

    def disband(self) -> None:
        with self.lock:
            self.world.set_disbanded(True)

    def restore(self) -> None:
        """Undo `disband`."""
        with self.lock:
            self.world.set_disbanded(False)

    def play(
        self, account_ids: Iterable[int] | None = None, *, share: float = 0.1, battles: int = 5
    ) -> list[int]:
        """Let these accounts fight, or a share of the members; return who fought."""
        with self.lock:
            chosen = self.world.some_members(share) if account_ids is None else account_ids
            return self.world.play(chosen, battles)

    def leave(self, account_ids: Iterable[int] | None = None, *, count: int = 1) -> list[int]:
        """Let these members leave the clan, or the last `count`; return who left."""
        with self.lock:
            chosen = list(account_ids if account_ids is not None else list(self.world.members)[-count:])
            for account_id in chosen:
                self.world.leave(account_id)
            return chosen

    def join(
        self, account_ids: Iterable[int] | None = None, *, count: int = 1, role: str = "recruit"
    ) -> list[int]:
        """Let these accounts join the clan, or `count` new ones; return who joined."""
        with self.lock:
            chosen = [None] * min(count, MOST_MEMBERS) if account_ids is None else account_ids
            return [self.world.join(account_id, role=role) for account_id in chosen]

    def rename(self, account_id: int, nickname: str | None = None) -> str:
        with self.lock:
            return self.world.rename(account_id, nickname)

    def role(self, account_id: int, role: str | None = None) -> str:
        with self.lock:
            return self.world.change_role(account_id, role)

    def wipe(self, account_ids: Iterable[int]) -> None:
        """Make the counters of these accounts fall."""
        with self.lock:
            for account_id in account_ids:
                self.world.wipe(account_id)

    def unknown_vehicle(self, account_ids: Iterable[int], tank_id: int | None = None) -> list[int]:
        """Let these accounts fight in a vehicle that no catalogue knows; return its id for each."""
        with self.lock:
            return [self.world.drive_unknown(account_id, tank_id) for account_id in account_ids]

    def new_vehicles(self, count: int = 1) -> list[int]:
        """Bring out a game version with new vehicles; return their ids."""
        with self.lock:
            if not 1 <= count <= _MOST_NEW_VEHICLES:
                raise Impossible(f"A game version brings 1 to {_MOST_NEW_VEHICLES} vehicles.")
            return self.world.catalogue.add(count, self.world.now)

    def drop_vehicles(self, tank_ids: Iterable[int] | None = None, *, count: int = 1) -> list[int]:
        """Bring out a game version without these vehicles, or without the last `count`; return their ids."""
        with self.lock:
            catalogue = self.world.catalogue
            chosen = sorted(catalogue.vehicles)[-count:] if tank_ids is None else list(tank_ids)
            return catalogue.drop(chosen, self.world.now)


_ACTIONS: Final = [
    "advance",
    "clear",
    "release",
    "bad",
    "hide",
    "show",
    "disband",
    "restore",
    "play",
    "leave",
    "join",
    "rename",
    "role",
    "wipe",
    "unknown_vehicle",
    "new_vehicles",
    "drop_vehicles",
]


def obey(controls: Controls, order: object) -> object:
    """Carry out {"fault": name, …} or {"action": name, …}; the rest are the arguments. Raises Impossible."""
    if not isinstance(order, Mapping):
        raise Impossible("An order is a JSON object.")
    arguments = {str(key): value for key, value in order.items() if key not in ("fault", "action")}
    name = order.get("fault", order.get("action"))
    try:
        return _act(controls, name, arguments)
    except (TypeError, ValueError, AttributeError) as error:
        raise Impossible(str(error)) from error


def _act(controls: Controls, name: Any, arguments: dict[str, Any]) -> object:
    if name in KINDS:
        controls.fault(name, **arguments)
        return None
    if name not in _ACTIONS:
        raise Impossible(f"There is no fault or action {name}.")
    result: object = getattr(controls, name)(**arguments)
    return result
