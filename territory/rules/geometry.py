"""Planar geometry of the game's maps: metres, x to the east, z to the north, origin in the south-west corner."""

import math


def distance_m(x: float, z: float, other_x: float, other_z: float) -> float:
    """Return the planar distance in metres; height plays no part."""
    return math.hypot(x - other_x, z - other_z)


def is_on_map(x: float, z: float, size_m: float) -> bool:
    """Tell whether a position lies on the map; sentinels, infinities and NaN do not."""
    return 0.0 <= x <= size_m and 0.0 <= z <= size_m
