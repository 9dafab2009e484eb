"""A grid over the states of a server's bases, to find the circles that may reach a position."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import product

from territory.rules.facts import BaseState, Nearby
from territory.rules.geometry import distance_m

Cell = tuple[int, int]
Group = Sequence[BaseState]


class BaseIndex:
    """The grid of one batch. A cell is twice as wide as the longest reach, so a circle lies in four cells at most."""

    def __init__(self, states: Iterable[BaseState], *, margin_m: float) -> None:
        self._margin_m = margin_m
        groups: dict[int, list[BaseState]] = defaultdict(list)
        for state in states:
            groups[state.base_id].append(state)
        farthest = max((state.radius_m for group in groups.values() for state in group), default=0.5)
        self._cell_m = 2 * (farthest + margin_m)
        # A base that was moved lies in the cells of each of its states, in each cell with all states.
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
        columns, rows = (
            range(int((centre - reach) // self._cell_m), int((centre + reach) // self._cell_m) + 1)
            for centre in (state.x, state.z)
        )
        return product(columns, rows)
