"""The outbox: putting announcements in, in the caller's transaction, and sending them afterwards, outside any."""

import json
import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from announcements import discord
from announcements.message import Message, escape
from announcements.models import Announcement, Channel
from common import bulk
from common.outbox import MOST_ATTEMPTS_COUNTED, OutboxQuerySet, Patience, claim, postpone, record

logger = logging.getLogger(__name__)

# However long Discord is away, nothing is given up: only what Discord refuses is.
PATIENCE = Patience(
    claim_lasts=timedelta(seconds=60),
    first_delay=timedelta(seconds=30),
    longest_delay=timedelta(minutes=10),
    attempts=2 * MOST_ATTEMPTS_COUNTED,
)
# With every call running into its timeout this stays below a task's soft time limit.
BATCH = 20
# A channel that is held for less gets its next message at once after it; the beat comes each half minute.
_SHORT_HOLD = timedelta(seconds=25)
# The audience of the staff's channels that show allowed placements.
ALLOWED = "allowed"
_AMBER = 0xD68910
State = Announcement.State
Hold = Channel.Hold


@dataclass(frozen=True, slots=True)
class Announceable:
    """A message by audience ("public", "staff", ALLOWED, `clan_audience`), with a key of its own.

    `topic` is a game server's id. One with `not_before` waits so long for more words.
    """

    topic: int
    key: str
    messages: Mapping[str, Message]
    not_before: datetime | None = None


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
    channels = _audiences()
    if not channels:
        return 0
    now = timezone.now()
    rows = [
        (pk, item.key, json.dumps(item.messages[audience].to_json()), item.not_before or now)
        for item in items
        for pk, audience, topic in channels
        if topic in {None, item.topic} and audience in item.messages
    ]
    # Each once, for the statement's sake; sorted, so that two who announce the same cannot wait for each other in a circle.
    once = {row[:2]: row for row in reversed(rows)}
    bulk.insert_rows(
        "announcements_announcement", _COLUMNS, [once[one] for one in sorted(once)], conflict=_TAKE_WORDS
    )
    return len(rows)


def _audiences() -> list[tuple[int, str, int | None]]:
    """Return channel, audience and topic of each active channel; one that shows allowed placements has two audiences."""
    active = Channel.objects.filter(is_active=True).values_list(
        "pk", "audience", "clan", "topic", "shows_allowed"
    )
    return [
        (pk, one, topic)
        for pk, audience, clan, topic, shows_allowed in active
        for one in (clan_audience(clan) if clan else audience, *([ALLOWED] if shows_allowed else []))
    ]


def show_allowed(topic: int) -> bool:
    """Return whether a channel shows the allowed placements of this game server. One query."""
    channels = Channel.objects.filter(is_active=True, shows_allowed=True)
    return channels.filter(Q(topic=None) | Q(topic=topic)).exists()


_COLUMNS = {"channel_id": "bigint", "key": "text", "message": "jsonb", "not_before": "timestamptz"}
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
_MAY_STAND = Q(state=State.SENT) | Q(claimed_until__isnull=False) | Q(may_stand=True)


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
    due = list(deliverable(timezone.now()).order_by("not_before", "pk").values_list("pk", flat=True)[:limit])
    for pk in due:
        deliver(pk, timezone.now())
    return len(due)


def deliver(announcement_id: int, now: datetime) -> State | None:
    """Send one announcement if it is due, and return its state after that; None if there was nothing to do.

    Claims the row, makes one call outside any transaction, and records the answer. A worker that dies between call
    and record, or a call that times out after Discord took the message, leaves it to be sent again: an announcement
    may be said twice, but none is lost. That side is chosen, for Discord offers no way to have neither.
    """
    due = deliverable(now).select_related("channel").filter(pk=announcement_id)
    return next((_send(one, now) for one in claim(due, PATIENCE, limit=1, now=now)), None)


def _send(announcement: Announcement, now: datetime) -> State:
    if _answers_nothing(announcement):
        record([announcement], State.WITHDRAWN)
        return State.WITHDRAWN
    try:
        message = Message.from_json(announcement.message)
        pause = discord.send(announcement.channel.webhook_url, message)
    except discord.WebhookGoneError as error:
        return _stop(announcement, str(error), now)
    except discord.DiscordUnavailableError as error:
        return _wait(announcement, error, now)
    except (discord.DiscordRefusedError, KeyError, TypeError, ValueError) as error:
        return _try_again(announcement, str(error) or type(error).__name__, now, is_permanent=True)
    record([announcement], State.SENT, sent_at=now)
    Channel.objects.filter(hold=Hold.BLOCKED).update(hold=Hold.NONE, held_until=None)
    if pause:
        _hold(announcement.channel_id, now + pause, Hold.LIMIT)
    return State.SENT


def deliverable(now: datetime) -> OutboxQuerySet[Announcement]:
    """Return what is due for channels that can be reached, as far as is known."""
    # Subqueries on the channels, not a join: the claim must look at the announcement's newest version alone.
    reached = Channel.objects.filter(is_active=True, gone_at=None).exclude(held_until__gt=now)
    return Announcement.objects.due(now).filter(~Exists(_blocked(now)), channel__in=reached)


def _blocked(now: datetime) -> QuerySet[Channel]:
    """Return the channels whose answer was that Discord takes nothing from this site, for as long as that holds."""
    return Channel.objects.filter(hold=Hold.BLOCKED, held_until__gt=now)


def pause_before_more(now: datetime) -> timedelta | None:
    """Return when more can be sent: at once, or after a channel's short hold; None if that is for the beat."""
    if deliverable(now).exists():
        return timedelta(0)
    waiting = Announcement.objects.due(now).filter(channel=OuterRef("pk"))
    held = Channel.objects.filter(
        Exists(waiting), is_active=True, gone_at=None, held_until__range=(now, now + _SHORT_HOLD)
    )
    until = held.aggregate(Min("held_until"))["held_until__min"]
    return None if until is None else until - now


def _answers_nothing(announcement: Announcement) -> bool:
    """Return whether this takes back announcements that never stood in its channel."""
    if announcement.answers is None:
        return False
    answered = Announcement.objects.filter(channel_id=announcement.channel_id, key__in=announcement.answers)
    return not answered.filter(_MAY_STAND).exists()


def _wait(announcement: Announcement, error: discord.DiscordUnavailableError, now: datetime) -> State:
    """Hold the channel, or by it all of them. At its limit the message keeps its place; without a time others go first."""
    if error.may_stand:
        Announcement.objects.filter(pk=announcement.pk).update(may_stand=True)
    hold = Hold.BLOCKED if error.is_everywhere else Hold.LIMIT if error.retry_after else Hold.AWAY
    if error.retry_after:
        _hold(announcement.channel_id, now + error.retry_after, hold)
        return _release(announcement, str(error))
    waiting = Announcement.objects.filter(state=State.PENDING)
    if not error.is_everywhere:
        waiting = waiting.filter(channel_id=announcement.channel_id)
    attempts = waiting.aggregate(most=Max("attempts"))["most"] or 0
    delay = PATIENCE.delay_after(attempts + 1)
    _hold(announcement.channel_id, now + delay, hold)
    return _try_again(announcement, str(error), now, at_least=delay)


def _hold(channel_id: int, until: datetime, hold: Channel.Hold) -> None:
    """Send nothing to the channel until then; a longer hold that stands stays."""
    if hold == Hold.BLOCKED and not Channel.objects.filter(hold=hold).exists():
        logger.error("Discord takes no message from this site: every channel waits")
    shorter = Q(held_until=None) | Q(held_until__lt=until)
    Channel.objects.filter(shorter, pk=channel_id).update(held_until=until, hold=hold)


@transaction.atomic
def _stop(announcement: Announcement, error: str, now: datetime) -> State:
    """Stop a channel whose webhook is gone, and tell staff once. What waits for it goes out once it has a new address."""
    channel = Channel.objects.select_for_update(no_key=True).filter(pk=announcement.channel_id).first()
    # Somebody may have entered a new address while the old one was tried.
    is_same = channel is not None and channel.webhook_url == announcement.channel.webhook_url
    if channel is not None and is_same and channel.gone_at is None:
        logger.error("Channel %s: %s", channel.pk, error)
        channel.gone_at = now
        channel.save(update_fields=["gone_at"])
        _warn_of_gone(channel)
    return _release(announcement, error)


def _warn_of_gone(channel: Channel) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        text = _(
            "Discord no longer knows the webhook of the channel %(channel)s. Its announcements wait, and go out once the channel "
            "has a new webhook address."
        )
        message = Message(
            title=_("A channel cannot be reached"),
            description=text % {"channel": escape(channel.name)},
            fields=(),
            colour=_AMBER,
        ).to_json()
    assert channel.gone_at is not None
    key = f"gone-{channel.pk}-{channel.gone_at.isoformat()}"
    others = Channel.objects.filter(audience=Channel.Audience.STAFF, is_active=True, gone_at=None)
    Announcement.objects.bulk_create(Announcement(channel=one, key=key, message=message) for one in others)


def _release(announcement: Announcement, error: str) -> State:
    """Give a claimed announcement back as it was: the channel is what failed."""
    logger.warning("Announcement %s to channel %s: %s", announcement.pk, announcement.channel_id, error)
    ours = Announcement.objects.filter(pk=announcement.pk, claimed_until=announcement.claimed_until)
    ours.filter(state=State.PENDING).update(last_error=error)
    ours.update(claimed_until=None)
    return State.PENDING


@dataclass(frozen=True, slots=True)
class ChannelTroubles:
    """Since when which channels' webhooks are gone, by their names; until when all channels wait because Discord blocks this site.

    The site stays blocked until Discord takes a message again, so that moment may be over while a message tries.
    """

    gone: Mapping[str, datetime]
    blocked_until: datetime | None


def channel_troubles() -> ChannelTroubles:
    """Return what keeps announcements from being sent until somebody looks. Two queries."""
    gone = Channel.objects.filter(is_active=True, gone_at__isnull=False).values_list("name", "gone_at")
    until = Channel.objects.filter(hold=Hold.BLOCKED).aggregate(until=Max("held_until"))["until"]
    return ChannelTroubles({name: gone_at for name, gone_at in gone if gone_at}, until)


def _try_again(announcement: Announcement, error: str, now: datetime, **how: Any) -> State:
    gave_up = postpone([announcement], error, PATIENCE, now=now, **how)
    log = logger.error if gave_up else logger.warning
    log("Announcement %s to channel %s: %s", announcement.pk, announcement.channel_id, error)
    return State.FAILED if gave_up else State.PENDING
