"""Compare ban lists with their deliveries: files are reset, replaced, restored and edited by hand."""

import logging
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from territory.hosts import banlist
from territory.models import BanDelivery, BanList
from territory.services.deliveries import hold_list
from territory.services.notices import announce_foreign_lines

logger = logging.getLogger(__name__)

State = BanDelivery.State


@dataclass(frozen=True, slots=True)
class Differences:
    """The ids of deliveries that do not agree with their list."""

    missing: list[int]  # applied, but no line bans the player
    returned: list[int]  # lifted, but our line is back
    foreign: list[int]  # lifted, but somebody else's line bans the player
    gone: list[int]  # foreign, but no line bans the player any more

    @property
    def need_edit(self) -> bool:
        """True if the list must be edited."""
        return bool(self.missing or self.returned)


def reconcile(ban_list_id: int) -> Differences | None:
    """Compare a ban list with its deliveries by identifier, and make the deliveries due that differ.

    Returns None while another worker holds the list, or if the list cannot be read; the list's row shows the error. If
    nothing differs, it costs one read of the list and one query.
    """
    ban_list = BanList.objects.get(pk=ban_list_id)
    with hold_list(ban_list) as is_ours:
        if not is_ours:
            return None
        try:
            differences = _compare(ban_list, ban_list.connect().read())
            _record(differences)
        except Exception as error:  # the list's row shows every error to staff
            logger.exception("Ban list %s could not be compared", ban_list)
            _note(ban_list, str(error) or type(error).__name__)
            return None
        _note(ban_list, "")
    return differences


def _compare(ban_list: BanList, content: bytes) -> Differences:
    rows = BanDelivery.objects.at(ban_list).exclude(state__in=[State.FAILED, State.LIFTING])
    states = [
        (pk, state, line, banlist.identifier(line))
        for pk, state, line in rows.order_by("pk").values_list("pk", "state", "line")
    ]
    banned = {word for _pk, state, _line, word in states if state in {State.APPLIED, State.PENDING}}
    # The game does not read BattlEye's list.
    content = b"" if banlist.is_of_battleye(content) else content
    listed = banlist.identifiers(content)
    pardoned = [row for row in states if row[1] in {State.LIFTED, State.FOREIGN} and row[3] not in banned]
    ours = banlist.holds(content, [line for _pk, _state, line, _word in pardoned])
    returned = [pk for pk, _state, line, _word in pardoned if line in ours]
    # One announcement per player, for the latest ban.
    last = {word: pk for pk, _state, line, word in pardoned if word in listed and line not in ours}
    foreign = {pk for pk, state, _line, _word in pardoned if state == State.FOREIGN}
    return Differences(
        missing=[pk for pk, state, _line, word in states if state == State.APPLIED and word not in listed],
        returned=returned,
        foreign=[pk for pk in last.values() if pk not in foreign],
        gone=[pk for pk, state, _line, word in states if state == State.FOREIGN and pk not in last.values()],
    )


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


def _note(ban_list: BanList, error: str) -> None:
    read = {} if error else {"last_read_at": timezone.now()}
    BanList.objects.filter(pk=ban_list.pk).update(last_error=error[:2000], **read)
