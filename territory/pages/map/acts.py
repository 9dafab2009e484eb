"""The placements of a time on a map, for readers who may see positions: their figures, their points, and their table."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.db.models import (
    Avg,
    Case,
    CharField,
    Count,
    F,
    Func,
    IntegerField,
    Max,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Extract, Floor
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from face.charts import Chart, Series, bar_chart
from face.maps import Point
from territory.item_names import item_in_words
from territory.models import Infraction, Placement
from territory.pages.map.atlas import LAYERS, Box, MapChoice
from territory.rules.verdict import Action, Outcome

MOST_ROWS = 20_000  # the newest of a time are looked at
MOST_POINTS = 2_000  # more are grouped
_BARS = 24
_GUILTY = ("invasion", "forbidden", "review")
_Status = Infraction.Status
# The shape of a placement's point. What staff have dismissed or lifted is no longer an invasion.
_KIND = Case(
    When(infraction__status=_Status.REVIEW, then=Value("review")),
    When(infraction__status__in=[_Status.DISMISSED, _Status.LIFTED], then=Value("observed")),
    When(action=Action.RECORD, then=Value("observed")),
    When(outcome=Outcome.FORBIDDEN, then=Value("forbidden")),
    When(outcome=Outcome.INVASION, then=Value("invasion")),
    When(outcome=Outcome.ALLOWED, then=Value("allowed")),
    default=Value("observed"),
    output_field=CharField(),
)


class Acts:
    """The placements of a choice: the newest MOST_ROWS of its time, of which every figure of the page is."""

    def __init__(self, choice: MapChoice) -> None:
        self.choice = choice

    @cached_property
    def since(self) -> datetime:
        """The start of what is looked at: later than the chosen one if there are too many. One query."""
        times = (
            self._between(self.choice.since).order_by("-occurred_at").values_list("occurred_at", flat=True)
        )
        return next(iter(times[MOST_ROWS : MOST_ROWS + 1]), None) or self.choice.since

    @property
    def is_cut(self) -> bool:
        """Whether there are more than are looked at."""
        return self.since > self.choice.since

    def rows(self) -> QuerySet[Placement]:
        """Return the placements of the chosen layers, each with its `shape`."""
        return self._between(self.since).annotate(shape=_KIND).filter(shape__in=self.choice.layers)

    def _between(self, since: datetime) -> QuerySet[Placement]:
        choice = self.choice
        rows = Placement.objects.filter(
            server=choice.server,
            occurred_at__gt=since,
            occurred_at__lte=choice.until,
            state__in=[Placement.State.JUDGED, Placement.State.PENDING],
        ).order_by()
        if not choice.q:
            return rows
        return rows.filter(
            Q(gamertag__icontains=choice.q) | Q(base__name__icontains=choice.q) | Q(player_id=choice.q)
        )

    # -- Figures

    @cached_property
    def _figures(self) -> Mapping[tuple[str, int], int]:
        """The number of placements by shape and bar, whatever the layers. One query."""
        start, end = self.since.timestamp(), self.choice.until.timestamp()
        seconds = Extract("occurred_at", "epoch", tzinfo=UTC)
        bar = Func(seconds, start, end, _BARS, function="width_bucket", output_field=IntegerField())
        rows = self._between(self.since).annotate(shape=_KIND, bar=bar)
        counted = rows.values_list("shape", "bar").annotate(Count("pk"))
        figures: dict[tuple[str, int], int] = {}
        for shape, number, count in counted:
            key = shape, min(max(number, 1), _BARS)  # the end itself lies beyond the last bar
            figures[key] = figures.get(key, 0) + count
        return figures

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of placements by shape."""
        counts = dict.fromkeys((name for name in LAYERS if name != "base"), 0)
        for (shape, _bar), count in self._figures.items():
            counts[shape] += count
        return counts

    @property
    def total(self) -> int:
        """The number of all placements, whatever the layers."""
        return sum(self.counts.values())

    @property
    def guilty(self) -> int:
        """The number of placements against the rule, whatever the layers."""
        return sum(self.counts[shape] for shape in _GUILTY)

    @property
    def shown(self) -> int:
        """The number of placements of the chosen layers."""
        return sum(count for shape, count in self.counts.items() if shape in self.choice.layers)

    def histogram(self) -> Chart:
        zone, span = self.choice.server.zone, (self.choice.until - self.since) / _BARS
        starts = [(self.since + number * span).astimezone(zone) for number in range(_BARS + 1)]
        is_short = span.total_seconds() <= 3600
        words = [date_format(one, "H:i" if is_short else "d/m H:i") for one in starts]

        def of(shapes: Sequence[str]) -> list[int]:
            return [
                sum(self._figures.get((shape, bar), 0) for shape in shapes) for bar in range(1, _BARS + 1)
            ]

        others = [shape for shape in self.counts if shape not in _GUILTY]
        return bar_chart(
            _("Placements over the time"),
            [
                Series(_("Against the rule"), "bar-inv", of(_GUILTY)),
                Series(_("Others"), "bar", of(others)),
            ],
            days=words[:-1],
            ticks=[words[0], words[_BARS // 2], words[-1]],
        )

    # -- Points

    def points(
        self, box: Box, *, most: int, cells: int = 16
    ) -> tuple[list[tuple[Point, dict[str, Any]]], bool]:
        """Return the points in a part of the map, each with what its card says; grouped if they are more than `most`.

        `cells` are those of a grid along each side. Two queries.
        """
        inside = self.rows().filter(x__range=(box.west, box.east), z__range=(box.south, box.north))
        rows: list[Any] = list(
            inside.select_related("base").only(*_COLUMNS).order_by("-occurred_at", "-pk")[: most + 1]
        )
        if len(rows) <= most:
            rows.sort(key=lambda row: row.shape in _GUILTY)  # those lie on top
            return [(_point(row), _card(row, self.choice)) for row in rows], False
        return [(point, {}) for point in _clusters(inside, box.longest_m / cells)], True


_COLUMNS = ("x", "z", "gamertag", "item", "display", "occurred_at", "distance_m", "base__name")


def _point(row: Any) -> Point:
    return Point(round(row.x, 1), round(row.z, 1), row.shape, row.gamertag)


def _card(row: Any, choice: MapChoice) -> dict[str, Any]:
    item = item_in_words(row.item, row.display) or _("an item without a name")
    at = date_format(row.occurred_at.astimezone(choice.server.zone), "d/m H:i")
    line = " · ".join(filter(None, [item, at, row.base and row.base.name]))
    return {"line": line, "url": reverse("verdict", args=[row.pk])}


def _clusters(rows: QuerySet[Placement], cell_m: float) -> list[Point]:
    cells = rows.annotate(column=Floor(F("x") / cell_m), line=Floor(F("z") / cell_m))
    groups = cells.values("column", "line").annotate(
        count=Count("pk"),
        guilty=Count("pk", filter=Q(shape__in=_GUILTY)),
        middle_x=Avg("x"),
        middle_z=Avg("z"),
        one=Max("shape"),
    )
    return [_cluster(group) for group in groups.order_by("column", "line")]


def _cluster(group: Mapping[str, Any]) -> Point:
    x, z, count = round(group["middle_x"], 1), round(group["middle_z"], 1), group["count"]
    if count == 1:
        return Point(x, z, group["one"])
    values = {"count": number_format(count), "guilty": number_format(group["guilty"])}
    return Point(x, z, "cluster", _("%(count)s placements, %(guilty)s against the rule") % values, count)
