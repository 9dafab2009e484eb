"""Carry bans to ban lists: claim deliveries, edit the list once, record. No network or file inside a transaction."""

import logging
import zlib
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.locks import LockKind, try_lock
from common.outbox import MOST_ATTEMPTS_COUNTED, Patience, claim, postpone, record
from territory.hosts import banlist
from territory.models import BanDelivery, BanList
from territory.reach import HostAwayError, HostError
from territory.services import host_rows, room
from territory.services.notices import announce_foreign_lines

logger = logging.getLogger(__name__)

PATIENCE = Patience(
    claim_lasts=timedelta(seconds=60),
    first_delay=timedelta(seconds=15),
    longest_delay=timedelta(hours=1),
    # No outage, however long, ends in "failed": disks fill up, rights get lost and hosts are away for days.
    attempts=2 * MOST_ATTEMPTS_COUNTED,
)
BATCH = 5_000
State = BanDelivery.State
_NO_LINE = HostError("This is not a line of a ban list", permanent=True)
_FULL = HostError("The ban list is full: lines of others leave no room for ours")
_OF_BATTLEYE = "This is BattlEye's list (GUID, minutes, reason), not the game's ban.txt"


# The number of deliveries by the state in which they ended, or POSTPONED.
Delivered = Counter[str]
POSTPONED = "postponed"


@dataclass(slots=True)
class _Edit:
    """An edit of a ban list's bytes. It runs again if somebody else changed the list meanwhile; the last run counts."""

    ban_list: BanList
    ids: Collection[int]
    rows: list[BanDelivery] = field(default_factory=list)
    heirs: list[BanDelivery] = field(default_factory=list)
    # What a full list has no room for: lines that leave it, and lines that must wait until others remove theirs.
    dropped: list[BanDelivery] = field(default_factory=list)
    waiting: list[BanDelivery] = field(default_factory=list)
    result: bytes = b""
    calls: int = 0

    def __call__(self, content: bytes) -> bytes:
        # Read again under the list's lock: a ban that was lifted just now must not be written.
        rows = BanDelivery.objects.filter(pk__in=self.ids).select_related("ban__server")
        self.rows = list(rows.order_by("pk"))
        self.heirs = self._heirs()
        self.dropped, self.waiting = [], []
        self.calls += 1
        self.result = self._fulfil(content)
        if self.put and len(self.result) > self.ban_list.max_bytes:
            self._make_room(content)
        if (self.put or self.result != content) and banlist.is_of_battleye(content):
            raise HostError(_OF_BATTLEYE, permanent=True)
        return self.result

    def _fulfil(self, content: bytes) -> bytes:
        take = [banlist.Entry(one.line, one.written, self._may_be_edited(one)) for one in self.take]
        take += [banlist.Entry(one.line, one.written) for one in self.dropped]
        put = [banlist.Entry(one.line, one.written) for one in self.banned]
        return banlist.fulfil(content, put=put, take=take)

    def _make_room(self, content: bytes) -> None:
        excess = len(self.result) - self.ban_list.max_bytes
        self.dropped = room.to_drop(self.ban_list, self.result, excess)
        if not self.dropped:
            self.waiting = self.put
        self.result = self._fulfil(content)

    @property
    def put(self) -> list[BanDelivery]:
        pending = self._with_room(one for one in self.rows if one.state == State.PENDING)
        return [one for one in pending if banlist.identifier(one.line)]

    def _with_room(self, rows: Iterable[BanDelivery]) -> list[BanDelivery]:
        out = {one.pk for one in (*self.dropped, *self.waiting)}
        return [one for one in rows if one.pk not in out]

    @property
    def take(self) -> list[BanDelivery]:
        return [one for one in self.rows if one.state == State.LIFTING]

    @property
    def banned(self) -> list[BanDelivery]:
        return [*self.put, *self._with_room(self.heirs)]

    def _heirs(self) -> list[BanDelivery]:
        """Return the other active bans of players whose line goes: each now needs its own line."""
        players = {one.ban.player_id for one in self.take} - {""}
        active = BanDelivery.objects.at(self.ban_list).filter(state__in=[State.PENDING, State.APPLIED])
        rows = active.filter(ban__player_id__in=players).exclude(pk__in=self.ids)
        return [one for one in rows.order_by("pk") if banlist.identifier(one.line)]

    def _may_be_edited(self, delivery: BanDelivery) -> bool:
        # After an attempt that failed halfway our line may be gone, and the line with this identifier somebody else's.
        return bool(delivery.written) and delivery.attempts == 0 and self.calls == 1


def due_lists(now: datetime) -> list[int]:
    """Return the ids of the ban lists with due deliveries."""
    due = BanDelivery.objects.due(now).order_by("ban_list_id")
    return list(due.values_list("ban_list_id", flat=True).distinct())


def deliver_due(*, limit: int = BATCH) -> Delivered:
    """Carry out the due deliveries of every ban list. Any number of workers may do so at once."""
    total = Delivered()
    for ban_list_id in due_lists(timezone.now()):
        total += deliver_to(ban_list_id, limit=limit)
    return total


def deliver_to(ban_list_id: int, *, limit: int = BATCH) -> Delivered:
    """Carry out the due deliveries of one ban list in one edit. Does nothing while another worker holds the list."""
    ban_list = BanList.objects.get(pk=ban_list_id)
    with hold_list(ban_list) as is_ours:
        if not is_ours:
            return Delivered()
        now = timezone.now()
        due = BanDelivery.objects.due(now).filter(ban_list=ban_list)
        ids = [row.pk for row in claim(due, PATIENCE, limit=limit, now=now)]
        return _deliver(ban_list, ids) if ids else Delivered()


def hold_list(ban_list: BanList) -> AbstractContextManager[bool]:
    """Lock a ban list against other workers: a host that hangs must not hang more than one of them.

    The lock is on the list's address, for several game servers may share one list.
    """
    place = f"{ban_list.kind}:{ban_list.address}"
    return try_lock(LockKind.BAN_LIST, zlib.crc32(place.encode()) - 2**31)


def _deliver(ban_list: BanList, ids: list[int]) -> Delivered:
    edit = _Edit(ban_list, ids)
    try:
        ban_list.connect().edit(edit)
        note(ban_list, content=edit.result)
        return _record(edit)
    except HostError as error:
        logger.warning("Ban list %s: %s", ban_list, error)
        reason = error
    except SoftTimeLimitExceeded as error:
        reason = HostAwayError(host_rows.error_in_words(error))
        logger.warning("Ban list %s: %s", ban_list, reason)
    except Exception as error:  # the rows show every error
        logger.exception("Ban list %s could not be edited", ban_list)
        reason = HostError(f"{type(error).__name__}: {error}")
    note(ban_list, reason)
    return _postpone(BanDelivery.objects.filter(pk__in=ids), reason)


def note(
    ban_list: BanList, error: Exception | None = None, *, content: bytes | None = None, **more: object
) -> None:
    """Store in the row of a ban list what its host answered: an error, or the list."""
    values = host_rows.values_after(ban_list, error, timezone.now())
    if content is not None:
        same = BanList.objects.filter(kind=ban_list.kind, address=ban_list.address)
        same.update(size=len(content))
    BanList.objects.filter(pk=ban_list.pk).update(**values, **more)


@transaction.atomic
def _record(edit: _Edit) -> Delivered:
    """Record the result of an edit. A delivery that was changed meanwhile only loses its claim, and is due again."""
    rows = BanDelivery.objects.filter(pk__in=edit.ids).select_for_update().order_by("pk")
    current = {pk: (state, line) for pk, state, line in rows.values_list("pk", "state", "line")}
    settled = {one.pk for one in edit.rows if current.get(one.pk) == (one.state, one.line)}
    _note_written(edit, settled)
    banned = {banlist.identifier(one.line) for one in edit.banned}
    still_there = banlist.identifiers(edit.result) - banned
    take = [one for one in edit.take if one.pk in settled]
    foreign = [one for one in take if banlist.identifier(one.line) in still_there]
    done = _settle([one for one in edit.put if one.pk in settled], State.APPLIED)
    done += _settle([one for one in take if one not in foreign], State.LIFTED)
    done += _settle(foreign, State.FOREIGN)
    done += _postpone(_no_lines(edit, settled), _NO_LINE)
    done += _postpone([one for one in edit.waiting if one.pk in settled], _FULL)
    room.drop(edit.dropped, timezone.now())
    announce_foreign_lines(foreign)
    BanDelivery.objects.filter(pk__in=edit.ids, claimed_until__isnull=False).update(claimed_until=None)
    return done


def _note_written(edit: _Edit, settled: set[int]) -> None:
    """Store which of our lines the list holds; for a delivery that was changed meanwhile, the line as it was written."""
    present = banlist.holds(edit.result, [one.line for one in edit.banned])
    ours = [one for one in edit.banned if one.line in present and one.line != one.written]
    BanDelivery.objects.filter(pk__in=[one.pk for one in ours if one.pk in settled]).update(written=F("line"))
    for one in ours:
        if one.pk not in settled:
            BanDelivery.objects.filter(pk=one.pk).update(written=one.line)


def _settle(deliveries: Iterable[BanDelivery], state: BanDelivery.State) -> Delivered:
    now = timezone.now()
    ended = {"applied_at": now} if state == State.APPLIED else {"finished_at": now, "written": ""}
    return Delivered({state: record(deliveries, state, **ended)})


def _no_lines(edit: _Edit, settled: set[int]) -> list[BanDelivery]:
    """Return the pending deliveries whose line would ban nobody, or somebody else."""
    pending = (one for one in edit.rows if one.state == State.PENDING and one.pk in settled)
    return [one for one in pending if not banlist.identifier(one.line)]


def _postpone(deliveries: Iterable[BanDelivery], error: HostError) -> Delivered:
    """Record a failed attempt. Putting a line on is given up if a person has to change something; taking it off never is."""
    rows = list(deliveries)
    postpone(
        rows,
        str(error),
        PATIENCE,
        now=timezone.now(),
        is_permanent=error.permanent,
        at_least=error.wait,
    )
    return Delivered({POSTPONED: len(rows)})
