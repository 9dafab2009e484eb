"""Moments as people say them: near ones relative to now, far ones as a date."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def in_words(moment: datetime, now: datetime) -> str:
    """Return a moment as a short text in the active language and zone, seen from `now`."""
    ago = now - moment
    if timedelta(0) <= ago < timedelta(minutes=1):
        return _("just now")
    if timedelta(0) <= ago < timedelta(hours=1):
        minutes = int(ago.total_seconds() // 60)
        return ngettext("%(count)d min ago", "%(count)d min ago", minutes) % {"count": minutes}
    return f"{day_in_words(moment, now)}, {date_format(timezone.localtime(moment), 'H:i')}"


def day_in_words(moment: datetime, now: datetime) -> str:
    """Return the day of a moment in the active language and zone: today, yesterday, or its date."""
    today, day = timezone.localtime(now).date(), timezone.localtime(moment).date()
    match (today - day).days:
        case 0:
            return _("today")
        case 1:
            return _("yesterday")
        case -1:
            return _("tomorrow")
    # Translators: formats of a day, as in "4 Feb" and "4 Feb 2025"; b instead of M writes the month in lower case.
    return date_format(day, _("j M") if day.year == today.year else _("j M Y"))


def exactly(moment: datetime) -> str:
    """Return a moment to the second with its zone, in the active language."""
    there = timezone.localtime(moment)
    return f"{date_format(there, 'DATE_FORMAT')}, {date_format(there, 'H:i:s')} ({there:%Z})"
