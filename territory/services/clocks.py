"""Sources with a wrong clock: intake notices them, and an announcement tells staff which time zone would fit."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from announcements.message import Message, escape
from announcements.services import Announceable, announce_many
from territory.models import GameServer, LogSource
from territory.rules.clocks import WIDEST, clock_shift, fitting_zone

_AMBER = 0xD68910
_ENOUGH = 3  # requests in a row that come late by the same
_SAME = timedelta(minutes=5)
_NONE = timedelta(0)


@transaction.atomic
def sender_shift(server: GameServer, moments: Iterable[datetime], *, now: datetime) -> timedelta:
    """Return by how much the HTTP API's sender dates its events too early, zero while that is not certain.

    `moments` are the times of this request's events; the server's API source stores how late the newest came. An event dated
    after its arrival is certainly wrong. A late event may only have waited, so the same delay must come in several requests
    in a row. Events that are days away say nothing about the clock.
    """
    near = [moment for moment in moments if abs(now - moment) <= WIDEST]
    if not near:
        return _NONE
    sources = LogSource.objects.select_for_update()
    source, _is_new = sources.get_or_create(server=server, kind=LogSource.Kind.API)
    newest = max(near)
    shift = clock_shift(newest, now, server.zone)
    newer = [lag for lag in source.lags if lag[0] < newest.timestamp()]
    source.lags = [*newer, [newest.timestamp(), now.timestamp()]][-_ENOUGH:] if shift else []
    late = [arrived - occurred for occurred, arrived in source.lags]
    is_constant = len(late) == _ENOUGH and max(late) - min(late) <= _SAME.total_seconds()
    shift = shift if shift < _NONE or is_constant else _NONE
    source.clock_shift_min = minutes_of(shift)
    source.last_read_at, source.last_event_at, source.lag = now, newest, now - newest
    source.save()
    if shift:
        warn(server, shift, at=now)
    return shift


def minutes_of(shift: timedelta) -> int:
    """Return a shift in whole minutes, as rows store it."""
    return round(shift.total_seconds() / 60)


def shift_in_words(server: GameServer, shift_min: int, *, at: datetime | None = None) -> str:
    """Return a sentence about a source's wrong clock, with the time zone that would fit."""
    minutes = abs(shift_min)
    values = {
        "hours": f"{minutes // 60}:{minutes % 60:02}",
        "zone": server.time_zone,
        "fitting": fitting_zone(server.zone, timedelta(minutes=shift_min), at or timezone.now()),
    }
    if shift_min > 0:
        words = _(
            "Its lines are dated %(hours)s h too early, read in the time zone %(zone)s. %(fitting)s would fit."
        )
    else:
        words = _(
            "Its lines are dated %(hours)s h too late, read in the time zone %(zone)s. %(fitting)s would fit."
        )
    return words % values


def warn(server: GameServer, shift: timedelta, *, at: datetime) -> None:
    """Announce a wrong clock to staff, once a day for each shift."""
    with translation.override(settings.LANGUAGE_CODE):
        message = Message(
            title=_("Wrong clock on %(server)s") % {"server": escape(str(server))},
            description=" ".join(
                [
                    shift_in_words(server, minutes_of(shift), at=at),
                    _(
                        "Until this is fixed, nobody is banned automatically: every guilty verdict waits for staff."
                    ),
                ]
            ),
            fields=(),
            colour=_AMBER,
        )
    key = f"clock-{server.pk}-{minutes_of(shift)}-{at.astimezone(UTC):%Y-%m-%d}"
    announce_many([Announceable(topic=server.pk, key=key, messages={"staff": message})])
