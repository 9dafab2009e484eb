"""Forms of rows in force for a time: past acts are judged by them, so only the time to come can be changed."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from common.periods import LAST

FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # earlier years are slips of the keyboard
_PAGE_STAYS_OPEN = timedelta(minutes=15)  # between the click on "Now" and the one on "Save"
_CLOCKS_DIFFER = timedelta(hours=1)


class PeriodForm(forms.ModelForm):  # type: ignore[type-arg]
    """Something in force from `starts` until `ends`.

    An end set back would make acts of the time between wrong after the fact, so a new end lies in the present or later.
    Once a row is there, its `fixed` fields stay as they are. A row made now may lie in the past altogether: that only
    pardons.
    """

    starts: ClassVar[str]
    ends: ClassVar[str]
    fixed: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        for name in self.fixed:
            if name in self.fields:  # a form for people who may only look has no fields
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk is not None:
            given |= self._untouched_times()
        if self.starts in given and self.starts in self.changed_data:
            self._check(self.starts, _start_trouble(given[self.starts]))
        if self.ends in given and self.ends in self.changed_data:
            given[self.ends] = self._clean_end(given, given[self.ends])
        return {name: value for name, value in given.items() if name not in self.errors}

    def _untouched_times(self) -> dict[str, datetime | None]:
        """Return the unchanged times as they are stored, to the microsecond, which no form shows."""
        untouched = {self.starts, self.ends} & self.fields.keys() - set(self.changed_data)
        return {name: getattr(self.instance, name) for name in untouched}

    def _clean_end(self, given: dict[str, Any], end: datetime | None) -> datetime | None:
        """Return the end to store; one of the last minutes is meant as now."""
        if end is None or end.year >= LAST.year:  # the model refuses those years in its own words
            return end
        now = timezone.now()
        if self.instance.pk is not None and end < now:
            is_now = end >= now - _PAGE_STAYS_OPEN
            self._check(self.ends, "" if is_now else _past_end_trouble())
            end = now
        start = given.get(self.starts) or getattr(self.instance, self.starts)
        self._check(self.ends, _("The end lies before the start.") if end < start else "")
        return end

    def _check(self, name: str, trouble: str) -> None:
        if trouble and name not in self.errors:
            self.add_error(name, trouble)


def _past_end_trouble() -> str:
    return _("Whoever built until now did so with this right. Leave the present moment or later.")


def _start_trouble(start: datetime) -> str:
    """Return why something cannot start then, or nothing; years at the edge of the calendar fit no time zone."""
    if start.year < FIRST.year or start.year >= LAST.year:
        return _("Name a start since the year 2000.")
    if start > timezone.now() + _CLOCKS_DIFFER:
        return _("The start lies in the future.")
    return ""
