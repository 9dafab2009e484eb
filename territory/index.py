"""A grid over the states of a server's bases: which circles may reach a position, without looking at them all."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from territory.rules.facts import BaseState, Nearby
from territory.rules.geometry import distance_m

Cell = tuple[int, int]
Group = Sequence[BaseState]


class BaseIndex:
    """Built per batch from one query. A cell is twice as wide as the farthest reach, so a circle lies in four at most."""

    def __init__(self, states: Iterable[BaseState], *, margin_m: float) -> None:
        self._margin_m = margin_m
        groups: dict[int, list[BaseState]] = defaultdict(list)
        for state in states:
            groups[state.base_id].append(state)
        farthest = max((state.radius_m for group in groups.values() for state in group), default=0.5)
        self._cell_m = 2 * (farthest + margin_m)
        # A base that was moved stands in the cells of each of its states, always with all of them.
        self._cells: dict[Cell, list[Group]] = defaultdict(list)
        for group in groups.values():
            for cell in {cell for state in group for cell in self._touched(state)}:
                self._cells[cell].append(group)

    def near(self, x: float, z: float) -> list[Nearby]:
        """Return every state of each base that in any of its states reaches the position, margin included."""
        groups = self._cells.get((int(x // self._cell_m), int(z // self._cell_m)))
        return [near for group in groups for near in self._reaching(group, x, z)] if groups else []

    def _reaching(self, group: Group, x: float, z: float) -> list[Nearby]:
        nears = [Nearby(state, distance_m(state.x, state.z, x, z)) for state in group]
        if any(near.distance_m <= near.state.radius_m + self._margin_m for near in nears):
            return nears
        return []

    def _touched(self, state: BaseState) -> Iterable[Cell]:
        reach = state.radius_m + self._margin_m
        for column in range(
            int((state.x - reach) // self._cell_m), int((state.x + reach) // self._cell_m) + 1
        ):
            for row in range(
                int((state.z - reach) // self._cell_m), int((state.z + reach) // self._cell_m) + 1
            ):
                yield column, row
