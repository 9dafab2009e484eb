"""The outbox: putting announcements in, in the caller's transaction, and sending them afterwards, outside any."""

import json
import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from announcements import discord
from announcements.message import Message
from announcements.models import Announcement, Channel
from common import bulk
from common.outbox import OutboxQuerySet, Patience, claim, postpone, record

logger = logging.getLogger(__name__)

PATIENCE = Patience(
    claim_lasts=timedelta(seconds=60),
    first_delay=timedelta(seconds=30),
    longest_delay=timedelta(hours=1),
    attempts=10,
)
# With every call running into its timeout this stays below a task's soft time limit.
BATCH = 20
State = Announcement.State


@dataclass(frozen=True, slots=True)
class Announceable:
    """A message by audience ("public", "staff", `clan_audience`), with a key of its own; `topic` is a game server's id."""

    topic: int
    key: str
    messages: Mapping[str, Message]


def clan_audience(clan_id: int) -> str:
    """Return the audience of a clan's own channels."""
    return f"clan-{clan_id}"


def announce_many(items: Iterable[Announceable]) -> int:
    """Put announcements into the outbox, and return how many stand there for these items.

    One for each active channel of a message's audience that has the item's topic or none. A key that stands in a channel
    already is counted, too: there the message takes the new words while it waits, and nothing is said again when it was
    sent. One query without channels, two with any number of them; without channels the items are not even looked at,
    so that a generator of them costs nothing where nobody listens.
    """
    active = Channel.objects.filter(is_active=True).values_list("pk", "audience", "clan", "topic")
    channels = [
        (pk, clan_audience(clan) if clan else audience, topic) for pk, audience, clan, topic in active
    ]
    if not channels:
        return 0
    rows = [
        (pk, item.key, json.dumps(item.messages[audience].to_json()))
        for item in items
        for pk, audience, topic in channels
        if topic in {None, item.topic} and audience in item.messages
    ]
    # Each once, for the statement's sake; sorted, so that two who announce the same cannot wait for each other in a circle.
    once = {(pk, key): (pk, key, message) for pk, key, message in reversed(rows)}
    bulk.insert_rows(
        "announcements_announcement", _COLUMNS, [once[one] for one in sorted(once)], conflict=_TAKE_WORDS
    )
    return len(rows)


_COLUMNS = {"channel_id": "bigint", "key": "text", "message": "jsonb"}
_TAKE_WORDS = """
    ON CONFLICT (channel_id, key) DO UPDATE SET message = EXCLUDED.message
    WHERE announcements_announcement.state = 'pending' AND announcements_announcement.claimed_until IS NULL
"""


def announced(keys: Iterable[str]) -> set[str]:
    """Return those of these keys under which something was announced in some channel, sent or not."""
    known = Announcement.objects.filter(key__in=list(keys)).order_by()
    return set(known.values_list("key", flat=True).distinct())


def withdraw(keys: Sequence[str]) -> int:
    """Withdraw the announcements that wait or failed under these keys, in every channel; return how many.

    Runs in the caller's transaction. They are never sent, and the same keys are not announced again in those channels. A
    worker that holds a claim right now may still send its announcement, which then stands as sent; if that attempt fails,
    it is not repeated.
    """
    waiting = Announcement.objects.filter(state__in=[State.PENDING, State.FAILED], key__in=keys)
    return waiting.update(state=State.WITHDRAWN)


def take_back(keys: Sequence[str], *, key: str, messages: Mapping[str, Message]) -> int:
    """Withdraw announcements not sent yet, and answer once in each channel where one was sent; return how many answers.

    Runs in the caller's transaction. Where a worker is just sending, the answer waits until its claim is over, and is
    withdrawn itself if nothing was sent (`deliver`).
    """
    withdraw(keys)
    may_stand = Announcement.objects.filter(_MAY_STAND, key__in=keys)
    channels = may_stand.values_list("channel_id", "channel__audience").annotate(Max("claimed_until"))
    answers = [
        Announcement(
            channel_id=pk,
            key=key,
            answers=list(keys),
            message=messages[audience].to_json(),
            not_before=claimed_until or timezone.now(),
        )
        for pk, audience, claimed_until in channels.order_by("channel_id")
        if audience in messages
    ]
    Announcement.objects.bulk_create(answers, ignore_conflicts=True)
    return len(answers)


# A claim that nobody gave back is a worker that sends, or one that died while it did.
_MAY_STAND = Q(state=State.SENT) | Q(claimed_until__isnull=False)


def announce_test(channel: Channel) -> Announcement:
    """Put a test message for one channel into the outbox."""
    message = Message(
        title=_("Test message"),
        description=_("If you can read this, announcements arrive here."),
        fields=(),
        colour=0x2E86C1,
    )
    return Announcement.objects.create(channel=channel, key=f"test-{uuid.uuid4()}", message=message.to_json())


def retry_failed(announcements: QuerySet[Announcement]) -> int:
    """Make failed announcements due again, with all their attempts before them; return how many."""
    failed = Announcement.objects.filter(pk__in=announcements, state=State.FAILED)
    return failed.restart(State.PENDING, timezone.now())


def deliver_due(*, limit: int = BATCH) -> int:
    """Try what is due, oldest first, and return how many were looked at. Any number of workers may do so at once.

    Afterwards each of them is sent, failed or not due: a channel that cannot be reached is held back as a whole, so an
    outage costs one timeout a channel, not one a message, and the next batch is for the channels that work.
    """
    due = list(_deliverable(timezone.now()).order_by("not_before", "pk").values_list("pk", flat=True)[:limit])
    for pk in due:
        deliver(pk, timezone.now())
    return len(due)


def deliver(announcement_id: int, now: datetime) -> State | None:
    """Send one announcement if it is due, and return its state after that; None if there was nothing to do.

    Claims the row, makes one call outside any transaction, and records the answer. A worker that dies between call
    and record, or a call that times out after Discord took the message, leaves it to be sent again: an announcement
    may be said twice, but none is lost. That side is chosen, for Discord offers no way to have neither.
    """
    due = _deliverable(now).select_related("channel").filter(pk=announcement_id)
    return next((_send(one, now) for one in claim(due, PATIENCE, limit=1, now=now)), None)


def _send(announcement: Announcement, now: datetime) -> State:
    if _answers_nothing(announcement):
        record([announcement], State.WITHDRAWN)
        return State.WITHDRAWN
    try:
        message = Message.from_json(announcement.message)
        discord.send(announcement.channel.webhook_url, message)
    except discord.DiscordUnavailableError as error:
        delay = PATIENCE.delay_after(announcement.attempts + 1)
        wait = max(delay, error.retry_after or delay)
        _hold_others(announcement, now + wait)
        return _try_again(announcement, str(error), now, at_least=wait)
    except (discord.DiscordRefusedError, KeyError, TypeError, ValueError) as error:
        return _try_again(announcement, str(error) or type(error).__name__, now, is_permanent=True)
    record([announcement], State.SENT, sent_at=now)
    return State.SENT


def _deliverable(now: datetime) -> OutboxQuerySet[Announcement]:
    # A subquery on the channels, not a join: the claim must look at the announcement's newest version alone.
    return Announcement.objects.due(now).filter(channel__in=Channel.objects.filter(is_active=True))


def _answers_nothing(announcement: Announcement) -> bool:
    """Return whether this takes back announcements that never stood in its channel."""
    if announcement.answers is None:
        return False
    answered = Announcement.objects.filter(channel_id=announcement.channel_id, key__in=announcement.answers)
    return not answered.filter(_MAY_STAND).exists()


def _hold_others(announcement: Announcement, until: datetime) -> None:
    waiting = Announcement.objects.filter(
        channel_id=announcement.channel_id, state=State.PENDING, not_before__lt=until
    ).exclude(pk=announcement.pk)
    with transaction.atomic():
        # Never waiting for a row, this cannot run into a deadlock with who withdraws several.
        free = waiting.select_for_update(skip_locked=True).values("pk")
        Announcement.objects.filter(pk__in=free).update(not_before=until)


def _try_again(announcement: Announcement, error: str, now: datetime, **how: Any) -> State:
    gave_up = postpone([announcement], error, PATIENCE, now=now, **how)
    log = logger.error if gave_up else logger.warning
    log("Announcement %s to channel %s: %s", announcement.pk, announcement.channel_id, error)
    return State.FAILED if gave_up else State.PENDING
