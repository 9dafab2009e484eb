"""The audit as a table for a spreadsheet: what a filter of the list found, the newest first, a line for each changed column."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from wotcs.audit import causes, stories
from wotcs.models import AuditEntry

MOST, BATCH = 10_000, 500
# A spreadsheet takes a cell that begins so for a formula, and whoever names things could write one.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """A file whose `write` hands the line back: the csv module writes, and the answer streams."""

    def write(self, text: str) -> str:
        return text


def lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    """Yield the lines of at most MOST entries, in batches, with a fixed number of queries each."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(_heads())
    before, left = None, MOST
    while left:
        older = entries if before is None else entries.filter(pk__lt=before)
        batch = list(older.order_by("-pk").select_related("user")[: min(BATCH, left)])
        for cells in _rows(batch):
            yield writer.writerow([safe(cell) for cell in cells])
        if len(batch) < BATCH:
            return
        before, left = batch[-1].pk, left - len(batch)


def safe(cell: Any) -> str:
    """Return a cell as text that no spreadsheet computes."""
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA) and len(text) > 1 else text


def _heads() -> list[str]:
    return [
        _("number"),
        _("when"),
        _("who"),
        _("cause"),
        _("reason"),
        _("act"),
        _("kind"),
        _("what"),
        _("column"),
        _("from"),
        _("to"),
    ]


def _rows(batch: list[AuditEntry]) -> Iterator[list[Any]]:
    of_batch = stories(batch)
    for entry in batch:
        if (story := of_batch.get(entry.pk)) is None:
            continue  # forgotten this moment
        fixed = [
            entry.pk,
            entry.at.isoformat(),
            entry.user or (f"#{entry.user_id}" if entry.user_id else ""),
            " · ".join(causes(entry)),
            (entry.cause or {}).get("reason", ""),
            entry.get_act_display(),
            capfirst(story.row._meta.verbose_name),
            str(story.row) or f"#{entry.object_id}",
        ]
        for difference in story.differences or [("", "", "")]:
            yield [*fixed, *difference]
