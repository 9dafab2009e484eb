"""Allowed placements for staff's channels that show them: one message for each player, base and minute, with the count."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from announcements.message import Field, Message, escape
from announcements.services import ALLOWED, Announceable, announce_many, show_allowed
from territory.models import GameServer, Placement
from territory.rules.judge import CLOCK_TOLERANCE
from territory.rules.verdict import Outcome
from territory.services.hearing import Finding

MINUTE = timedelta(minutes=1)
_GREY = 0x5D6D7E
_LONGEST_KEY = 100


class _Subject(NamedTuple):
    """All that one message is about."""

    base_id: int | None
    minute: datetime
    player_id: str


def announce_allowed(server: GameServer, findings: Sequence[Finding], *, now: datetime) -> None:
    """Announce what was allowed, in the transaction of the verdicts, after they are written. One query where nobody listens.

    Acts older than the server's maximum age are left out. A message waits a minute, so that the next batches join its count.
    """
    if not show_allowed(server.pk):
        return
    allowed = [one for one in findings if one.verdict.outcome is Outcome.ALLOWED]
    ages = [(one, now - one.case.act.occurred_at) for one in allowed]
    fresh = {_subject(one) for one, age in ages if -CLOCK_TOLERANCE <= age <= server.maximum_age}
    if fresh:
        with translation.override(settings.LANGUAGE_CODE):
            announce_many(_announceables(server, _acts(server, fresh), now + MINUTE))


def _subject(one: Finding) -> _Subject:
    base_id = one.verdict.charged.base_id if one.verdict.charged else None
    return _Subject(base_id, _minute(one.case.act.occurred_at), one.case.player_id)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _acts(server: GameServer, subjects: Iterable[_Subject]) -> Mapping[_Subject, Sequence[Placement]]:
    """Return all allowed acts of these subjects, of earlier batches too, the oldest first."""
    minutes = [one.minute for one in subjects]
    rows = Placement.objects.filter(
        server=server,
        outcome=Placement.Outcome.ALLOWED,
        player_id__in={one.player_id for one in subjects},
        occurred_at__gte=min(minutes),
        occurred_at__lt=max(minutes) + MINUTE,
    )
    acts: dict[_Subject, list[Placement]] = defaultdict(list)
    for act in rows.select_related("base").order_by("occurred_at", "pk"):
        assert act.occurred_at is not None  # as of everything judged
        acts[_Subject(act.base_id, _minute(act.occurred_at), act.player_id)].append(act)
    return {one: acts[one] for one in subjects}


def _announceables(
    server: GameServer, acts: Mapping[_Subject, Sequence[Placement]], not_before: datetime
) -> Iterator[Announceable]:
    for subject, of_subject in acts.items():
        # The player id stands last: where the key is cut, all else that tells messages apart is left.
        parts = (server.pk, subject.base_id or 0, int(subject.minute.timestamp()) // 60, subject.player_id)
        key = "-".join(map(str, ("allowed", *parts)))[:_LONGEST_KEY]
        yield Announceable(server.pk, key, {ALLOWED: _message(server, of_subject)}, not_before)


def _message(server: GameServer, acts: Sequence[Placement]) -> Message:
    first = acts[0]
    assert first.x is not None
    assert first.z is not None
    place = {"x": round(first.x, 1), "z": round(first.z, 1)}
    items = dict.fromkeys(one.item or one.display for one in acts)
    fields = (
        Field(_("Player"), escape(first.gamertag), inline=True),
        Field(_("Server"), escape(str(server)), inline=True),
        Field(_("Base"), escape(first.base.name) if first.base else _("outside every base"), inline=True),
        Field(_("Item"), escape(", ".join(items)), inline=True),
        Field(_("Acts"), str(len(acts)), inline=True),
        Field(_("Evidence"), escape(_("Coordinates X=%(x)s, Z=%(z)s") % place), inline=False),
    )
    return Message(title=_("Allowed placements"), description="", fields=fields, colour=_GREY)
