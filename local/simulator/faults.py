"""What goes wrong on demand, and the pace above which the API refuses."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from local.simulator.fields import Refusal

# Errors the API itself tells, with their codes and what they complain about.
REFUSALS: Final[dict[str, tuple[int, str | None]]] = {
    "SOURCE_NOT_AVAILABLE": (504, None),
    "REQUEST_LIMIT_EXCEEDED": (407, None),
    "INVALID_APPLICATION_ID": (407, "application_id"),
    "APPLICATION_IS_BLOCKED": (407, "application_id"),
    "INVALID_IP_ADDRESS": (407, "application_id"),
    "INVALID_ACCESS_TOKEN": (407, "access_token"),
    "METHOD_DISABLED": (405, None),
}
# What comes from the network in front of it.
TRANSPORT: Final = frozenset({"http_500", "html", "not_json", "hang"})
# Answers that look well and are not.
TWISTS: Final = frozenset({"empty", "null", "lose"})
KINDS: Final = TRANSPORT | TWISTS | frozenset(REFUSALS)


@dataclass(slots=True)
class Fault:
    """A fault for the next `left` requests (None: until cleared) of a method, or of all.

    `share` is that of the members whom `lose` leaves out.
    """

    kind: str
    left: int | None
    path: str | None
    share: float

    @property
    def is_over(self) -> bool:
        return self.left is not None and self.left <= 0


@dataclass(slots=True)
class Faults:
    """The faults that wait for their requests, in the order in which they were ordered."""

    waiting: list[Fault] = field(default_factory=list)
    bad_ids: set[int] = field(default_factory=set)

    def arm(self, kind: str, *, times: int | None = 1, path: str | None = None, share: float = 0.5) -> None:
        """Order a fault; raises ValueError for a kind there is not."""
        if kind not in KINDS:
            raise ValueError(f"There is no fault {kind}.")
        if (times is not None and times < 1) or not 0 <= share <= 1:
            raise ValueError("A fault comes once or more often, or until cleared; a share is 0 to 1.")
        only = "clans/info" if kind == "lose" else path
        self.waiting.append(Fault(kind, times, only and only.strip("/"), share))

    def next_for(self, path: str) -> Fault | None:
        """Return the fault that a request for a method meets, and count it as met."""
        met = next((fault for fault in self.waiting if fault.path in (None, path)), None)
        if met is not None and met.left is not None:
            met.left -= 1
            self.waiting = [fault for fault in self.waiting if not fault.is_over]
        return met

    def clear(self) -> None:
        self.waiting.clear()
        self.bad_ids.clear()


def refusal(kind: str, parameters: dict[str, str]) -> Refusal:
    """Return the API's error of that name."""
    code, about = REFUSALS[kind]
    value: Any = parameters.get(about) if about else None
    return Refusal(code, kind, about, value)


@dataclass(slots=True)
class Pace:
    """At most `rate` requests of one application in any second; those refused count as well."""

    rate: float
    _arrivals: dict[str, deque[float]] = field(default_factory=dict)

    def exceeded(self, application_id: str, moment: float) -> bool:
        """Count a request that arrives at a moment (seconds), and tell whether it is one too many."""
        recent = self._arrivals.setdefault(application_id, deque())
        while recent and recent[0] <= moment - 1.0:
            recent.popleft()
        recent.append(moment)
        return len(recent) > self.rate
