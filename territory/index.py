"""A grid over the states of a server's bases: which circles may reach a position, without looking at them all."""

from collections import defaultdict
from collections.abc import Iterable

from territory.rules.facts import BaseState, Nearby
from territory.rules.geometry import distance_m

Cell = tuple[int, int]


class BaseIndex:
    """Built per batch from one query. A cell is as wide as the farthest reach, so a circle touches its neighbours only."""

    def __init__(self, states: Iterable[BaseState], *, margin_m: float) -> None:
        self._margin_m = margin_m
        by_base: dict[int, list[BaseState]] = defaultdict(list)
        for state in states:
            by_base[state.base_id].append(state)
        self._cell_m = max((s.radius_m for group in by_base.values() for s in group), default=1.0) + margin_m
        # A base that was moved stands in the cells of each of its states, always with all of them.
        self._cells: dict[Cell, list[tuple[BaseState, ...]]] = defaultdict(list)
        for group in by_base.values():
            for cell in {self._cell(state.x, state.z) for state in group}:
                self._cells[cell].append(tuple(group))

    def near(self, x: float, z: float) -> list[Nearby]:
        """Return every state of each base that in any of its states reaches the position, margin included."""
        column, row = self._cell(x, z)
        found: dict[int, list[Nearby]] = {}
        for i in (column - 1, column, column + 1):
            for j in (row - 1, row, row + 1):
                for group in self._cells.get((i, j), ()):
                    if group[0].base_id not in found:
                        found[group[0].base_id] = self._reaching(group, x, z)
        return [near for nears in found.values() for near in nears]

    def _reaching(self, group: tuple[BaseState, ...], x: float, z: float) -> list[Nearby]:
        nears = [Nearby(state, distance_m(state.x, state.z, x, z)) for state in group]
        if any(near.distance_m <= near.state.radius_m + self._margin_m for near in nears):
            return nears
        return []

    def _cell(self, x: float, z: float) -> Cell:
        return int(x // self._cell_m), int(z // self._cell_m)
