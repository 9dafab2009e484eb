"""Carrying bans to the game servers: claim, one edit of the ban list, record. No network or file inside a transaction."""

import logging
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.locks import Kind, try_lock
from common.outbox import delay_after
from territory.hosts import banlist, local
from territory.hosts.errors import HostError
from territory.models import BanDelivery
from territory.services.notices import announce_foreign_lines

logger = logging.getLogger(__name__)

CLAIM_LASTS = timedelta(seconds=60)
FIRST_DELAY = timedelta(seconds=15)
LONGEST_DELAY = timedelta(hours=1)
ATTEMPTS = 12
MOST_ATTEMPTS_KEPT = 1_000
BATCH = 5_000
State = BanDelivery.State
_LOST = HostError("The worker that had it in hand died or hung")
_NO_LINE = HostError("This is no line of a ban list", permanent=True)
_OF_BATTLEYE = "This is BattlEye's list (GUID, minutes, reason), not the game's ban.txt"


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many bans were put on lists, taken off, are still there by a foreign line, or could not be carried out now."""

    applied: int = 0
    lifted: int = 0
    foreign: int = 0
    postponed: int = 0

    @property
    def count(self) -> int:
        """How many deliveries were looked at."""
        return self.applied + self.lifted + self.foreign + self.postponed

    def __add__(self, other: "Delivered") -> "Delivered":
        return Delivered(
            self.applied + other.applied,
            self.lifted + other.lifted,
            self.foreign + other.foreign,
            self.postponed + other.postponed,
        )


@dataclass(slots=True)
class _Edit:
    """An edit of a ban list: called with its bytes, and again when somebody else wrote meanwhile; the last call counts."""

    target: str
    ids: Collection[int]
    rows: list[BanDelivery] = field(default_factory=list)
    heirs: list[BanDelivery] = field(default_factory=list)
    result: bytes = b""
    calls: int = 0

    def __call__(self, content: bytes) -> bytes:
        # Read again under the list's lock: a ban lifted a moment ago must not be written after its line was removed.
        rows = BanDelivery.objects.filter(pk__in=self.ids).select_related("ban__server")
        self.rows = list(rows.order_by("pk"))
        self.heirs = self._heirs()
        self.calls += 1
        self.result = banlist.fulfil(
            content,
            put=[banlist.Entry(one.line, one.written) for one in self.banned],
            take=[banlist.Entry(one.line, one.written, self._may_be_edited(one)) for one in self.take],
        )
        if (self.put or self.result != content) and banlist.is_of_battleye(content):
            raise HostError(_OF_BATTLEYE, permanent=True)
        return self.result

    @property
    def put(self) -> list[BanDelivery]:
        return [one for one in self.rows if one.state == State.PENDING and banlist.identifier(one.line)]

    @property
    def take(self) -> list[BanDelivery]:
        return [one for one in self.rows if one.state == State.LIFTING]

    @property
    def banned(self) -> list[BanDelivery]:
        return [*self.put, *self.heirs]

    def _heirs(self) -> list[BanDelivery]:
        """Return the other active bans of players whose line goes: each needs a line of its own from now on."""
        players = {one.ban.player_id for one in self.take} - {""}
        active = BanDelivery.objects.filter(target=self.target, state__in=[State.PENDING, State.APPLIED])
        rows = active.filter(ban__player_id__in=players).exclude(pk__in=self.ids)
        return [one for one in rows.order_by("pk") if banlist.identifier(one.line)]

    def _may_be_edited(self, delivery: BanDelivery) -> bool:
        # After an attempt that broke off, ours may be gone already and the line that is left may be somebody else's.
        return bool(delivery.written) and delivery.attempts == 0 and self.calls == 1


def due_targets(now: datetime) -> list[str]:
    """Return the ban lists for which something is due."""
    return list(BanDelivery.objects.due(now).order_by("target").values_list("target", flat=True).distinct())


def deliver_due(*, limit: int = BATCH) -> Delivered:
    """Carry out what is due, list by list. Any number of workers may do so at once."""
    total = Delivered()
    for target in due_targets(timezone.now()):
        total += deliver_to(target, limit=limit)
    return total


def deliver_to(target: str, *, limit: int = BATCH) -> Delivered:
    """Carry out what is due for one ban list, in one edit. Does nothing while another worker is at that list."""
    with hold_list(target) as is_ours:
        ids = _claim(target, limit) if is_ours else []
        return _deliver(target, ids) if ids else Delivered()


def hold_list(target: str) -> AbstractContextManager[bool]:
    """Keep other workers from a ban list: where its host hangs, it must not hang more than one of them."""
    return try_lock(Kind.BAN_LIST, zlib.crc32(target.encode()) - 2**31)


@transaction.atomic
def _claim(target: str, limit: int) -> list[int]:
    """Take due deliveries for a while; a worker that dies gives them back when the claim has run out.

    That is an attempt in vain. Only after the first are they taken again at once: the list may be what hangs its workers.
    """
    now = timezone.now()
    due = BanDelivery.objects.due(now).filter(target=target).select_for_update(skip_locked=True)
    rows = list(due.order_by("pk")[:limit])
    again = [one for one in rows if one.claimed_until and one.attempts]
    first = [one.pk for one in rows if one.claimed_until and not one.attempts]
    _postpone(again, _LOST)
    BanDelivery.objects.filter(pk__in=first).update(attempts=1, last_error=str(_LOST))
    taken = [one.pk for one in rows if one not in again]
    BanDelivery.objects.filter(pk__in=taken).update(claimed_until=now + CLAIM_LASTS)
    return taken


def _deliver(target: str, ids: list[int]) -> Delivered:
    edit = _Edit(target, ids)
    try:
        local.edit_file(Path(target), edit, roots=settings.GAME_FILES_ROOTS)
        return _record(edit)
    except HostError as error:
        logger.warning("Ban list %s: %s", target, error)
        reason = error
    except Exception as error:  # whatever goes wrong, a time limit too, stands in the rows
        logger.exception("Ban list %s could not be edited", target)
        reason = HostError(f"{type(error).__name__}: {error}")
    return _postpone(BanDelivery.objects.filter(pk__in=ids), reason)


@transaction.atomic
def _record(edit: _Edit) -> Delivered:
    """Record what stands in the list now. A row whose wish changed meanwhile only loses its claim, and is due again."""
    rows = BanDelivery.objects.filter(pk__in=edit.ids).select_for_update().order_by("pk")
    wishes = {pk: (state, line) for pk, state, line in rows.values_list("pk", "state", "line")}
    settled = {one.pk for one in edit.rows if wishes.get(one.pk) == (one.state, one.line)}
    _note_written(edit, settled)
    banned = {banlist.identifier(one.line) for one in edit.banned}
    still_there = banlist.identifiers(edit.result) - banned
    take = [one for one in edit.take if one.pk in settled]
    foreign = [one for one in take if banlist.identifier(one.line) in still_there]
    done = Delivered(
        applied=_settle([one for one in edit.put if one.pk in settled], State.APPLIED),
        lifted=_settle([one for one in take if one not in foreign], State.LIFTED),
        foreign=_settle(foreign, State.FOREIGN),
        postponed=_postpone(_no_lines(edit, settled), _NO_LINE).postponed,
    )
    announce_foreign_lines(foreign)
    BanDelivery.objects.filter(pk__in=edit.ids, claimed_until__isnull=False).update(claimed_until=None)
    return done


def _note_written(edit: _Edit, settled: set[int]) -> None:
    """Note which lines of ours stand in the list; where the line changed meanwhile, the one that was written."""
    present = banlist.holds(edit.result, [one.line for one in edit.banned])
    ours = [one for one in edit.banned if one.line in present and one.line != one.written]
    BanDelivery.objects.filter(pk__in=[one.pk for one in ours if one.pk in settled]).update(written=F("line"))
    for one in ours:
        if one.pk not in settled:
            BanDelivery.objects.filter(pk=one.pk).update(written=one.line)


def _settle(deliveries: Iterable[BanDelivery], state: BanDelivery.State) -> int:
    values: dict[str, object] = {"state": state, "claimed_until": None, "last_error": ""}
    if state == State.APPLIED:
        values["applied_at"] = timezone.now()
    else:
        values |= {"finished_at": timezone.now(), "written": ""}
    return BanDelivery.objects.filter(pk__in=[one.pk for one in deliveries]).update(**values)


def _no_lines(edit: _Edit, settled: set[int]) -> list[BanDelivery]:
    """Return what was not put on the list because it would ban nobody, or somebody else."""
    pending = (one for one in edit.rows if one.state == State.PENDING and one.pk in settled)
    return [one for one in pending if not banlist.identifier(one.line)]


def _postpone(deliveries: Iterable[BanDelivery], error: HostError) -> Delivered:
    """Try again later and later; after the last attempt, or where trying is no use, staff have to look.

    Only putting a line on gives up: a player who was pardoned must come off the list, however long that takes.
    """
    now = timezone.now()
    groups: dict[tuple[str, int], list[int]] = defaultdict(list)
    for delivery in deliveries:
        groups[delivery.state, delivery.attempts + 1].append(delivery.pk)
    for (state, attempts), ids in groups.items():
        gives_up = state == State.PENDING and (attempts >= ATTEMPTS or error.permanent)
        BanDelivery.objects.filter(pk__in=ids, state=state).update(
            state=State.FAILED if gives_up else state,
            attempts=min(attempts, MOST_ATTEMPTS_KEPT),
            not_before=now + delay_after(attempts, first=FIRST_DELAY, longest=LONGEST_DELAY),
            claimed_until=None,
            last_error=str(error)[:2000],
        )
        BanDelivery.objects.filter(pk__in=ids).update(claimed_until=None)
    return Delivered(postponed=sum(map(len, groups.values())))
