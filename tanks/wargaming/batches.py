"""Ids in batches, and finding the bad one in a batch; pure, the caller brings the call."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from tanks.wargaming.errors import BadAccountError
from tanks.wargaming.methods import MOST_IDS

T = TypeVar("T")
Call = Callable[[tuple[int, ...]], Mapping[int, T | None]]


@dataclass(frozen=True, slots=True)
class Answers(Generic[T]):
    """What came back for a list of ids. None means that the API knows no such id or hides it: keep what is stored.

    An id that the answer left out, or of which nothing could be read, is in neither; nothing follows from that. A bad id is
    one that the API does not accept as an id at all.
    """

    by_id: Mapping[int, T | None]
    bad_ids: frozenset[int] = frozenset()


def plan(ids: Iterable[int], size: int = MOST_IDS) -> list[tuple[int, ...]]:
    """Cut ids into as few batches of at most `size` (1 to 100) as possible, in their order, each id once."""
    unique = tuple(dict.fromkeys(ids))
    return [unique[start : start + size] for start in range(0, len(unique), size)]


def fetch_in_batches(ids: Iterable[int], size: int, call: Call[T]) -> Answers[T]:
    """Call batch by batch; halve a batch that is refused with BadAccountError until every bad id stands alone.

    A bad id costs about log2(size) further calls, at most twice as many. Every other error of `call` goes through.
    """
    by_id: dict[int, T | None] = {}
    bad_ids: set[int] = set()

    def accepts(batch: tuple[int, ...]) -> bool:
        try:
            answers = call(batch)
        except BadAccountError:
            return False
        by_id.update({number: answers[number] for number in batch if number in answers})
        return True

    def split(refused: tuple[int, ...]) -> None:
        """Find the bad ids in a batch that is known to hold at least one."""
        if len(refused) == 1:
            bad_ids.add(refused[0])
            return
        middle = len(refused) // 2
        left, right = refused[:middle], refused[middle:]
        if accepts(left):
            split(right)  # this half holds the bad one: asking for the whole of it would waste a call
            return
        split(left)
        if not accepts(right):
            split(right)

    for batch in plan(ids, size):
        if not accepts(batch):
            split(batch)
    return Answers(by_id, frozenset(bad_ids))
