"""The queue: everything that waits for a person, the oldest first, whatever its kind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from heapq import merge
from typing import Any, TypeVar

from django.db.models import Count, Min, Q, QuerySet, Value
from django.utils.dateparse import parse_datetime

from clans.models import User
from common.numbers import row_number
from justice.access import Visitor
from justice.models import QueueMark
from justice.queue_kinds import KINDS, REVIEWS, QueueKind, Search, WaitingItem
from territory.models import Case, GameServer

PAGE = 50
MOST_FOUND = 20
_T = TypeVar("_T")


@dataclass(frozen=True, order=True, slots=True)
class Position:
    """A place in the order of the queue."""

    since: datetime
    kind: str
    pk: int

    @classmethod
    def of(cls, item: WaitingItem) -> "Position":
        return cls(item.since, item.kind, item.pk)

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """Read a position as `str` writes it; None for anything else."""
        since, _tilde, rest = text.partition("~")
        kind, _tilde, number = rest.partition("~")
        try:
            at = parse_datetime(since)
        except ValueError:
            return None
        pk = row_number(number)
        is_number = pk or number == "0"  # the position just before the first row
        return cls(at, kind, pk) if at is not None and at.tzinfo and is_number else None

    def __str__(self) -> str:
        return f"{self.since.isoformat()}~{self.kind}~{self.pk}"


@dataclass(frozen=True, slots=True)
class QueueChoice:
    """What of the queue a reader wants to see: a kind, a game server (a slug), a search."""

    kind: str = ""
    server: str = ""
    q: str = ""

    @property
    def is_narrow(self) -> bool:
        return bool(self.server or self.q)

    def query(self) -> dict[str, str]:
        """Return the choice as values of a query string."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class QueueLine:
    """Something that waits, with who is looking at it and how often it was skipped."""

    item: WaitingItem
    looked_at_by: User | None = None
    skips: int = 0


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue: what waits, how much of each kind, and where more ends (`older`) or begins (`newer`)."""

    lines: Sequence[QueueLine]
    counts: Mapping[str, int]
    kinds: Sequence[QueueKind]
    oldest_at: datetime | None
    older: Position | None = None
    newer: Position | None = None
    found: Sequence[Case] = field(default_factory=tuple)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def kinds_for(reader: Visitor) -> list[QueueKind]:
    """Return the kinds that a reader may see."""
    return [kind for kind in KINDS if kind.may_see(reader)]


def queue_page(
    reader: User,
    choice: QueueChoice,
    *,
    now: datetime,
    after: Position | None = None,
    before: Position | None = None,
) -> QueuePage:
    """Return a page of the queue; the number of queries depends on the kinds alone."""
    kinds = kinds_for(reader)
    rows = _narrowed(kinds, choice, now)
    totals = _totals(rows)
    items, has_more = _slice(_of_kind(rows, choice), after=after, before=before)
    return QueuePage(
        lines=_with_marks(items, now),
        counts={key: count for key, (count, _at) in totals.items()},
        kinds=kinds,
        oldest_at=min((at for _count, at in _of_kind(totals, choice).values()), default=None),
        older=Position.of(items[0]) if items and (has_more if before else after) else None,
        newer=Position.of(items[-1]) if items and (before or has_more) else None,
        found=_settled(choice) if choice.q else (),
    )


def waiting_count(reader: Visitor, now: datetime) -> int:
    """Return how much waits for a reader, of all kinds. One query."""
    return sum(count for count, _at in _waiting(reader, now))


def oldest_at(reader: Visitor, now: datetime) -> datetime | None:
    """Return since when the oldest waits. One query."""
    return min((at for _count, at in _waiting(reader, now)), default=None)


def _waiting(reader: Visitor, now: datetime) -> Iterable[tuple[int, datetime]]:
    return _totals({kind.key: kind.rows(now) for kind in kinds_for(reader)}).values()


def item_of(reader: User, kind_key: str, pk: int, now: datetime) -> WaitingItem | None:
    """Return what waits under a kind and number; None if nothing does, or the reader may not see it."""
    found = (
        kind.waiting(row)
        for kind in kinds_for(reader)
        if kind.key == kind_key
        for row in kind.rows(now).filter(pk=pk)
    )
    return next(found, None)


def next_item(reader: User, choice: QueueChoice, after: Position | None, now: datetime) -> WaitingItem | None:
    """Return what waits after a position; at the end of the queue the first again."""
    shown = _of_kind(_narrowed(kinds_for(reader), choice, now), choice)
    items, _more = _slice(shown, after=after, most=1)
    if not items and after is not None:
        items, _more = _slice(shown, most=1)
    return items[0] if items else None


def _of_kind(by_kind: Mapping[str, _T], choice: QueueChoice) -> dict[str, _T]:
    return {key: value for key, value in by_kind.items() if choice.kind in ("", key)}


def _narrowed(kinds: Sequence[QueueKind], choice: QueueChoice, now: datetime) -> dict[str, QuerySet[Any]]:
    rows = {kind.key: kind.rows(now) for kind in kinds}
    if choice.server:
        server = GameServer.objects.filter(slug=choice.server).values("pk")
        rows = {one.key: rows[one.key].filter(**{f"{one.server}__in": server}) for one in kinds if one.server}
    if choice.q:
        search = Search.of(choice.q)
        rows = {one.key: rows[one.key].filter(one.fits(search)) for one in kinds if one.key in rows}
    return rows


def _slice(
    rows: Mapping[str, QuerySet[Any]],
    *,
    after: Position | None = None,
    before: Position | None = None,
    most: int = PAGE,
) -> tuple[list[WaitingItem], bool]:
    """Return at most so many items after or before a position in the queue's order, and whether there are more."""
    backwards, position = before is not None, after or before
    order = ("-since", "-pk") if backwards else ("since", "pk")
    parts: list[list[tuple[Position, Any]]] = []
    for key, some in rows.items():
        narrowed = some if position is None else some.filter(_beyond(key, position, backwards=backwards))
        parts.append(
            [(Position(row.since, key, row.pk), row) for row in narrowed.order_by(*order)[: most + 1]]
        )
    in_order = list(merge(*parts, key=lambda pair: pair[0], reverse=backwards))
    kinds = {kind.key: kind for kind in KINDS}
    chosen = [kinds[place.kind].waiting(row) for place, row in in_order[:most]]
    return chosen[::-1] if backwards else chosen, len(in_order) > most


def _beyond(key: str, position: Position, *, backwards: bool) -> Q:
    side = "lt" if backwards else "gt"
    condition = Q(**{f"since__{side}": position.since})
    is_beyond = key < position.kind if backwards else key > position.kind
    if is_beyond:
        return condition | Q(since=position.since)
    if key == position.kind:
        return condition | Q(since=position.since, **{f"pk__{side}": position.pk})
    return condition


def _with_marks(items: Sequence[WaitingItem], now: datetime) -> list[QueueLine]:
    wanted = Q(pk__in=[])
    for key in {item.kind for item in items}:
        wanted |= Q(kind=key, key__in=[str(item.pk) for item in items if item.kind == key])
    marks = {
        (mark.kind, mark.key): mark
        for mark in QueueMark.objects.filter(wanted).select_related("looked_at_by")
    }
    return [_line(item, marks.get((item.kind, str(item.pk))), now) for item in items]


def _line(item: WaitingItem, mark: QueueMark | None, now: datetime) -> QueueLine:
    if mark is None:
        return QueueLine(item)
    is_looking = mark.looked_at_until is not None and mark.looked_at_until > now
    return QueueLine(item, mark.looked_at_by if is_looking else None, mark.skips)


def line_of(item: WaitingItem, now: datetime) -> QueueLine:
    """Return something that waits with its mark. One query."""
    return _with_marks([item], now)[0]


def _totals(rows: Mapping[str, QuerySet[Any]]) -> dict[str, tuple[int, datetime]]:
    """Return of each kind of which something waits how much does, and since when the oldest. One query."""
    counted = [
        some.order_by()
        .annotate(queue_kind=Value(key))
        .values("queue_kind")
        .annotate(count=Count("pk"), oldest=Min("since"))
        .values_list("queue_kind", "count", "oldest")
        for key, some in rows.items()
    ]
    if not counted:
        return {}
    first, *others = counted
    totals = first.union(*others, all=True) if others else first
    return {key: (count, at) for key, count, at in totals if count}


def _settled(choice: QueueChoice) -> list[Case]:
    """Return cases that a search finds and that do not wait, the newest first."""
    cases = Case.objects.exclude(state=Case.State.WAITING).filter(REVIEWS.fits(Search.of(choice.q)))
    if choice.server:
        cases = cases.filter(server__slug=choice.server)
    return list(cases.select_related("server").order_by("-pk")[:MOST_FOUND])
