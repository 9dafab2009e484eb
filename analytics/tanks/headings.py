"""The heads of the table's columns: what each is called, how it is sorted now, and what its link sorts by."""

from dataclasses import dataclass

from analytics.tanks.sorting import FALLING_FIRST, LABELS
from tanks.wording import Text

_FIGURES = frozenset({"battles", "wins", "win_rate"})


@dataclass(frozen=True, slots=True)
class Heading:
    """One column's head; `aria_sort` is blank where the table is sorted by another."""

    name: str
    label: Text
    aria_sort: str
    next_sort: str
    is_figure: bool


def headings(sort: str) -> list[Heading]:
    """Return the heads in the order of the columns, of a table sorted by `sort`."""
    return [_heading(name, label, sort) for name, label in LABELS.items()]


def _heading(name: str, label: Text, sort: str) -> Heading:
    falls = sort.startswith("-")
    is_sorted = sort.removeprefix("-") == name
    turns_to_falling = not falls if is_sorted else name in FALLING_FIRST
    return Heading(
        name=name,
        label=label,
        aria_sort=("descending" if falls else "ascending") if is_sorted else "",
        next_sort=f"-{name}" if turns_to_falling else name,
        is_figure=name in _FIGURES,
    )
