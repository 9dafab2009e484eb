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
from territory.models import Base, GameServer, Placement
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


class _Act(NamedTuple):
    gamertag: str
    item: str
    x: float
    z: float


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


def _acts(server: GameServer, subjects: Iterable[_Subject]) -> Mapping[_Subject, Sequence[_Act]]:
    """Return all allowed acts of these subjects, of earlier batches too, the oldest first."""
    minutes = [one.minute for one in subjects]
    rows = Placement.objects.filter(
        server=server,
        outcome=Placement.Outcome.ALLOWED,
        player_id__in={one.player_id for one in subjects},
        occurred_at__gte=min(minutes),
        occurred_at__lt=max(minutes) + MINUTE,
    )
    columns = rows.order_by("occurred_at", "pk").values_list(
        "base_id", "occurred_at", "player_id", "gamertag", "item", "display", "x", "z"
    )
    acts: dict[_Subject, list[_Act]] = defaultdict(list)
    for base_id, at, player_id, gamertag, item, display, x, z in columns:
        assert at is not None  # as of everything judged
        assert x is not None
        assert z is not None
        acts[_Subject(base_id, _minute(at), player_id)].append(_Act(gamertag, item or display, x, z))
    return {one: acts[one] for one in subjects}


def _announceables(
    server: GameServer, acts: Mapping[_Subject, Sequence[_Act]], not_before: datetime
) -> Iterator[Announceable]:
    names = dict(Base.objects.filter(pk__in={one.base_id for one in acts}).values_list("pk", "name"))
    for subject, of_subject in acts.items():
        # The player id stands last: where the key is cut, all else that tells messages apart is left.
        parts = (server.pk, subject.base_id or 0, int(subject.minute.timestamp()) // 60, subject.player_id)
        key = "-".join(map(str, ("allowed", *parts)))[:_LONGEST_KEY]
        base_name = names.get(subject.base_id) if subject.base_id else None
        message = _message(server, base_name, of_subject)
        yield Announceable(server.pk, key, {ALLOWED: message}, not_before)


def _message(server: GameServer, base_name: str | None, acts: Sequence[_Act]) -> Message:
    first = acts[0]
    place = {"x": round(first.x, 1), "z": round(first.z, 1)}
    fields = (
        Field(_("Player"), escape(first.gamertag), inline=True),
        Field(_("Server"), escape(str(server)), inline=True),
        Field(_("Base"), escape(base_name) if base_name else _("outside every base"), inline=True),
        Field(_("Item"), escape(", ".join(dict.fromkeys(one.item for one in acts))), inline=True),
        Field(_("Acts"), str(len(acts)), inline=True),
        Field(_("Evidence"), escape(_("Coordinates X=%(x)s, Z=%(z)s") % place), inline=False),
    )
    return Message(title=_("Allowed placements"), description="", fields=fields, colour=_GREY)
