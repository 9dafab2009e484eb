"""Compare ban lists with their deliveries: files are reset, replaced, restored and edited by hand.

The line of one player that is gone, although an earlier comparison saw it, was removed by hand at the host: the ban is lifted.
Several at once, a line that no comparison saw since it was written, and any line of a list that lost most lines of others too,
are lost, and written again.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from territory.hosts import banlist
from territory.hosts.battleye import UNTIL_IT_ENDS
from territory.models import Ban, BanDelivery, BanList, Infraction
from territory.reach import HostError
from territory.services import deliveries
from territory.services.cases import lock_cases
from territory.services.deciding import end_for_all
from territory.services.deliveries import hold_list
from territory.services.errors import NotPossibleError
from territory.services.notices import announce_foreign_lines, announce_pardon

logger = logging.getLogger(__name__)

State = BanDelivery.State
# Some hosts set a list back seconds after it was written.
READ_AGAIN_AFTER, READ_AGAIN_UNTIL = timedelta(seconds=30), timedelta(minutes=10)
_MOST_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Differences:
    """The ids of deliveries that do not agree with their list."""

    removed: list[int]  # applied, and the player's line was removed by hand
    missing: list[int]  # applied, but the line that bans the player was lost
    returned: list[int]  # lifted, but our line is back
    foreign: list[int]  # lifted, but somebody else's line bans the player
    gone: list[int]  # foreign, but no line bans the player any more


class _Row(NamedTuple):
    """A delivery, and the identifier of its line."""

    pk: int
    state: str
    line: str
    applied_at: datetime | None
    written: str
    word: str


def to_read_again(now: datetime) -> list[int]:
    """Return the ids of the active lists that were written a little while ago and not compared since."""
    lately = (now - READ_AGAIN_UNTIL, now - READ_AGAIN_AFTER)
    written = Q(applied_at__range=lately) & (Q(applied_at__gt=F("ban_list__last_read_at")) | _NEVER_READ)
    cleared = Q(finished_at__range=lately) & (Q(finished_at__gt=F("ban_list__last_read_at")) | _NEVER_READ)
    rows = BanDelivery.objects.filter(written | cleared, ban_list__is_active=True, ban_list__last_error="")
    return list(rows.order_by("ban_list_id").values_list("ban_list_id", flat=True).distinct())


_NEVER_READ = Q(ban_list__last_read_at=None)


def reconcile(ban_list_id: int) -> Differences | None:
    """Compare a ban list with its deliveries by identifier; make those due that differ, and lift bans removed by hand.

    Returns None while another worker holds the list, or if the list cannot be read; the list's row shows the error. If
    nothing differs, it costs one read of the list and one query.
    """
    ban_list = BanList.objects.get(pk=ban_list_id)
    with hold_list(ban_list) as is_ours:
        if not is_ours:
            return None
        try:
            look = _look(ban_list)
            if look.differences.removed:  # a transfer may have ended early: what lifts a ban is read twice
                look = _look(ban_list)
            _record(look.differences)
            _lift_removed(look.differences.removed)
        except HostError as error:
            logger.warning("Ban list %s could not be compared: %s", ban_list, error)
            deliveries.note(ban_list, error)
            return None
        except Exception as error:  # the list's row shows every error to staff
            logger.exception("Ban list %s could not be compared", ban_list)
            deliveries.note(ban_list, error)
            return None
        deliveries.note(ban_list, content=look.content, last_read_at=look.at, foreign=look.others)
    return look.differences


@dataclass(frozen=True, slots=True)
class _Look:
    """What a list held when it was read."""

    content: bytes
    at: datetime
    differences: Differences
    others: list[str]  # digests of some lines of others


def _look(ban_list: BanList) -> _Look:
    content, at = ban_list.connect().read(), timezone.now()
    values = (
        BanDelivery.objects.at(ban_list)
        .order_by("pk")
        .values_list("pk", "state", "line", "applied_at", "written")
    )
    rows = [_Row(*row, banlist.identifier(row[2])) for row in values]
    others = sorted(banlist.digests(content, {row.word for row in rows}))[:_MOST_REMEMBERED]
    return _Look(content, at, _compare(ban_list, content, rows), others)


def _compare(ban_list: BanList, content: bytes, rows: list[_Row]) -> Differences:
    banned = {row.word for row in rows if row.state in {State.APPLIED, State.PENDING}}
    # The game does not read BattlEye's list.
    content = b"" if (is_another := banlist.is_of_battleye(content)) else content
    listed = banlist.identifiers(content)
    pardoned = [row for row in rows if row.state in {State.LIFTED, State.FOREIGN} and row.word not in banned]
    ours = banlist.holds(content, [row.line for row in pardoned])
    # One announcement per player, for the latest ban.
    last = {row.word: row.pk for row in pardoned if row.word in listed and row.line not in ours}
    foreign = {row.pk for row in pardoned if row.state == State.FOREIGN}
    off = [row for row in rows if row.state == State.APPLIED and row.word not in listed]
    off_ids = [row.pk for row in off]
    is_by_hand = not is_another and _is_by_hand(ban_list, content, off, {row.word for row in rows})
    return Differences(
        removed=off_ids if is_by_hand else [],
        missing=[] if is_by_hand else off_ids,
        returned=[row.pk for row in pardoned if row.line in ours],
        foreign=[pk for pk in last.values() if pk not in foreign],
        gone=[row.pk for row in rows if row.state == State.FOREIGN and row.pk not in last.values()],
    )


def _is_by_hand(ban_list: BanList, content: bytes, off: list[_Row], words: set[str]) -> bool:
    """Tell whether a person removed the line of one player, and the list was not reset, restored or cut off."""
    seen_at = ban_list.last_read_at
    if seen_at is None or len({row.word for row in off}) != 1:
        return False
    if not any(row.written for row in off):  # a line of others banned the player, and now ours must
        return False
    if UNTIL_IT_ENDS + off[0].word.encode() in content:  # banned anew by hand: the player is not to come back
        return False
    left = banlist.digests(content, words).intersection(ban_list.foreign)
    was_seen = all(row.applied_at and row.applied_at < seen_at for row in off)
    return was_seen and len(left) * 2 >= len(ban_list.foreign)


@transaction.atomic
def _record(differences: Differences) -> None:
    now = timezone.now()
    rows = BanDelivery.objects
    if differences.missing:
        logger.warning("%d lines are gone from a ban list: they are written again", len(differences.missing))
        lost = rows.filter(pk__in=differences.missing, state=State.APPLIED)
        lost.restart(State.PENDING, now, written="")
    if differences.returned:
        lifted = rows.filter(pk__in=differences.returned, state__in=[State.LIFTED, State.FOREIGN])
        lifted.restart(State.LIFTING, now)
    if differences.foreign:
        rows.filter(pk__in=differences.foreign, state=State.LIFTED).update(state=State.FOREIGN)
        announce_foreign_lines(rows.filter(pk__in=differences.foreign).select_related("ban__server"))
    if differences.gone:
        rows.filter(pk__in=differences.gone, state=State.FOREIGN).update(state=State.LIFTED)


def _lift_removed(removed: list[int]) -> None:
    lines = {"deliveries__in": removed, "deliveries__state": State.APPLIED}
    for ban in Ban.objects.filter(**lines, lifted_at=None).distinct():
        _lift_as_removed(ban)


@transaction.atomic
def _lift_as_removed(ban: Ban) -> None:
    """Lift a ban as removed at the host, and announce it."""
    lock_cases(ban.server_id)
    reason = _("The line was removed from the ban list at the host.")
    try:
        end_for_all(ban, Ban.LiftKind.REMOVED, by=None, reason=reason, now=timezone.now())
    except NotPossibleError:  # staff lifted it meanwhile
        return
    acts = Infraction.objects.filter(ban=ban, status=Infraction.Status.CONFIRMED)
    announce_pardon(list(acts.values_list("pk", flat=True)), reason=reason, kind=Ban.LiftKind.REMOVED)
