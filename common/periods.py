"""What everything that holds for a time has in common."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# Later years are slips of the keyboard, and some of them Python cannot even read back from the database.
LAST = datetime(2200, 1, 1, tzinfo=UTC)


def in_force(starts: str, ends: str, *, at: datetime) -> Q:
    """Return what finds the rows that hold at a moment: from their start until, not including, their end, if they have one."""
    return (Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gt": at})) & Q(**{f"{starts}__lte": at})


def ends_in_time(field: str, *, name: str) -> models.CheckConstraint:
    """Return the constraint that an optional end in time lies before the year 2200."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lt": LAST}),
        violation_error_message=_("Leave the end blank, or name one before the year 2200."),
    )
