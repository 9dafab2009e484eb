"""The circuit breaker: when the rule's own bans look so wrong that staff must look first. Pure, over the facts of a batch."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from territory.rules.facts import Act, BaseState, Nearby, Person
from territory.rules.geometry import distance_m

# A base's own area reaches twice as far as its circle: where its owner walls, fences and gathers.
OWN_AREA = 2.0

Nearness = Callable[[float, float], Sequence[Nearby]]


class Trip(StrEnum):
    """Why the circuit breaker trips; of several reasons the first is told, for it says most about what to mend."""

    MIRRORED = "mirrored"
    OWNER = "owner"
    BANS = "bans"


@dataclass(frozen=True, slots=True)
class RuleBan:
    """An act for which the rule is about to ban. `person` is a stranger if nobody is linked to the player."""

    player_id: str
    act: Act
    person: Person
    is_invasion: bool


@dataclass(frozen=True, slots=True)
class Lately:
    """The players whom the rule banned lately, and those who are banned for good already; `most` None counts nobody."""

    most: int | None
    banned: Collection[str] = ()
    banned_before: Collection[str] = ()

    def with_bans(self, bans: Iterable[RuleBan]) -> int:
        """Return how many players are banned lately once these bans are made. Several acts of one player are one ban."""
        return len({*self.banned, *({one.player_id for one in bans} - {*self.banned_before})})


def reason_to_trip(
    bans: Sequence[RuleBan],
    *,
    states: Iterable[BaseState],
    near: Nearness,
    side_m: float,
    lately: Lately,
    now: datetime,
) -> Trip | None:
    """Return why the breaker trips over the rule's bans of a batch; None if it does not. Their order does not matter.

    `states` are the bases' states as far back as the earliest act, `near` finds those that reach a place.
    """
    if not bans:
        return None
    invasions = [one for one in bans if one.is_invasion and one.person.user_id is not None]
    owners = {one.person.user_id for one in invasions}
    owned = [state for state in states if state.owner_id in owners] if owners else []
    if any(fits_mirrored(one, near=near, side_m=side_m, now=now) for one in invasions):
        return Trip.MIRRORED
    if any(is_in_own_area(one, owned) for one in invasions):
        return Trip.OWNER
    return Trip.BANS if lately.most is not None and lately.with_bans(bans) > lately.most else None


def is_in_own_area(ban: RuleBan, states: Iterable[BaseState]) -> bool:
    """Tell whether the act lies around a base that was the person's own at the act."""
    return any(
        state.owner_id == ban.person.user_id
        and state.period.covers(ban.act.occurred_at)
        and distance_m(state.x, state.z, ban.act.x, ban.act.z) <= OWN_AREA * state.radius_m
        for state in states
    )


def fits_mirrored(ban: RuleBan, *, near: Nearness, side_m: float, now: datetime) -> bool:
    """Tell whether the act lies, read the other way, in a base in which the person has a right at the act or at judging."""
    return any(
        reached.distance_m <= reached.state.radius_m
        and reached.state.period.covers(ban.act.occurred_at)
        and any(ban.person.right_in(reached.state, moment) for moment in (ban.act.occurred_at, now))
        for x, z in mirrored(ban.act.x, ban.act.z, side_m)
        for reached in near(x, z)
    )


def mirrored(x: float, z: float, side_m: float) -> set[tuple[float, float]]:
    """Return where a place would lie with x and z swapped, or with one or both counted from the other side of the map."""
    return {(z, x), (side_m - x, z), (x, side_m - z), (side_m - x, side_m - z)} - {(x, z)}
