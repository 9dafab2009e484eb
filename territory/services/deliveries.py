"""Carrying bans to the game servers: claim, one edit of the ban list, record. No network or file inside a transaction."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from outbox import delay_after
from territory.hosts import banlist, local
from territory.hosts.errors import HostError
from territory.models import BanDelivery

logger = logging.getLogger(__name__)

CLAIM_LASTS = timedelta(seconds=60)
FIRST_DELAY = timedelta(seconds=15)
LONGEST_DELAY = timedelta(hours=1)
ATTEMPTS = 12
MOST_ATTEMPTS_KEPT = 1_000
BATCH = 500
State = BanDelivery.State


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many lines were put on lists, taken off, or could not be now."""

    applied: int = 0
    lifted: int = 0
    postponed: int = 0

    @property
    def count(self) -> int:
        """How many deliveries were looked at."""
        return self.applied + self.lifted + self.postponed

    def __add__(self, other: "Delivered") -> "Delivered":
        return Delivered(
            self.applied + other.applied, self.lifted + other.lifted, self.postponed + other.postponed
        )


def deliver_due(*, limit: int = BATCH) -> Delivered:
    """Carry out what is due, one edit for each ban list. Any number of workers may do so at once."""
    total = Delivered()
    for target, deliveries in groupby(_claim(limit), key=lambda delivery: delivery.target):
        total += _deliver(Path(target), list(deliveries))
    return total


@transaction.atomic
def _claim(limit: int) -> list[BanDelivery]:
    """Take due deliveries for a while; a worker that dies gives them back when the claim has run out."""
    now = timezone.now()
    due = list(
        BanDelivery.objects.due(now).select_for_update(skip_locked=True).order_by("target", "pk")[:limit]
    )
    BanDelivery.objects.filter(pk__in=[one.pk for one in due]).update(claimed_until=now + CLAIM_LASTS)
    return due


def _deliver(target: Path, deliveries: Sequence[BanDelivery]) -> Delivered:
    ids = [one.pk for one in deliveries]
    wanted: dict[int, str] = {}

    def edit(content: bytes) -> bytes:
        # Read again under the list's lock: a ban lifted a moment ago must not be written after its line was removed.
        rows = list(BanDelivery.objects.filter(pk__in=ids).values_list("pk", "state", "line"))
        wanted.clear()
        wanted.update({pk: state for pk, state, _line in rows})
        unwanted = [line for _pk, state, line in rows if state == State.LIFTING]
        return banlist.edit(
            content,
            add=[line for _pk, state, line in rows if state == State.PENDING],
            remove=set(unwanted) - _still_wanted(target, unwanted),
        )

    try:
        local.edit_file(target, edit)
    except HostError as error:
        logger.warning("Ban list %s: %s", target, error)
        return _postpone(deliveries, error)
    return _record(wanted)


def _still_wanted(target: Path, lines: Sequence[str]) -> set[str]:
    """Return the lines that another ban needs: a player banned again in the same minute has the same line."""
    others = BanDelivery.objects.filter(
        target=str(target), line__in=lines, state__in=[State.PENDING, State.APPLIED]
    )
    return set(others.values_list("line", flat=True))


def _record(wanted: dict[int, str]) -> Delivered:
    """Record what was done. A row whose wish changed meanwhile only loses its claim, and is due again."""
    now = timezone.now()
    applied = [pk for pk, state in wanted.items() if state == State.PENDING]
    lifted = [pk for pk, state in wanted.items() if state == State.LIFTING]
    rows = BanDelivery.objects
    done = Delivered(
        applied=rows.filter(pk__in=applied, state=State.PENDING).update(
            state=State.APPLIED, applied_at=now, claimed_until=None, last_error=""
        ),
        lifted=rows.filter(pk__in=lifted, state=State.LIFTING).update(
            state=State.LIFTED, finished_at=now, claimed_until=None, last_error=""
        ),
    )
    rows.filter(pk__in=wanted, claimed_until__isnull=False).update(claimed_until=None)
    return done


def _postpone(deliveries: Sequence[BanDelivery], error: HostError) -> Delivered:
    """Try again later and later; after the last attempt, or where trying is no use, staff have to look.

    Only putting a line on gives up: a player who was pardoned must come off the list, however long that takes.
    """
    now = timezone.now()
    for delivery in deliveries:
        attempts = delivery.attempts + 1
        gives_up = delivery.state == State.PENDING and (attempts >= ATTEMPTS or error.permanent)
        BanDelivery.objects.filter(pk=delivery.pk, state=delivery.state).update(
            state=State.FAILED if gives_up else delivery.state,
            attempts=min(attempts, MOST_ATTEMPTS_KEPT),
            not_before=now + delay_after(attempts, first=FIRST_DELAY, longest=LONGEST_DELAY),
            claimed_until=None,
            last_error=str(error)[:2000],
        )
    BanDelivery.objects.filter(pk__in=[d.pk for d in deliveries]).update(claimed_until=None)
    return Delivered(postponed=len(deliveries))
