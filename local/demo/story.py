"""The storyteller: thirty days of the community, lived through the services that live them every day.

The game's log is written session by session and read by the log reader, judging judges as of that moment, staff decide,
bans go onto the list. No verdict, ban or decision is written by hand. The same seed and moment tell the same story.
"""

import os
import random
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from itertools import cycle
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from announcements.models import Announcement, Channel
from clans.models import User
from common.outbox import record
from justice.models import Appeal, CaseNote
from justice.services import appeals
from local.demo import cast, community, tanks
from local.demo.clock import Clock, story_clock
from local.demo.replay import header, log_name
from local.demo.scenes import FORBIDDEN_WHEEL, Theatre
from territory.models import Ban, Case, GameServer, Infraction, OffenceKind, Placement
from territory.selectors import own_bans
from territory.services import deciding, deliveries, judging, logs
from territory.services.bans import BannedPlayer
from territory.services.offences import kinds_of

SEED, DAYS = 1822, 30
_BEGAN = timedelta(days=130)  # the servers, the people and what they registered are older than the story
_SESSION = timedelta(minutes=25)
_SCENES_A_SESSION = (18, 32)
_GUILTY = 0.035
_LIFTS_A_DAY, _BANS_BY_HAND_A_DAY = 0.15, 0.1
# How likely the game is in use at each hour of the day: some after lunch, most after work.
_HOURS = (5, 2, 1, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 3, 4, 6, 9, 13, 15, 14, 9)
_SESSIONS_A_DAY = (2, 3)
_DECIDED_AFTER = timedelta(hours=5)
_LEFT_WAITING_DAYS = 3.0

_Beat = Callable[[Theatre], list[str]]
# What happens on a day, besides what chance brings.
_BEATS: tuple[tuple[int, _Beat], ...] = (
    (27, lambda t: t.invasion(cast.HARD_NAMES[0], "Porto dos Ventos", acts=9)),
    (25, lambda t: t.nameless()),
    (22, lambda t: t.invasion(cast.PEOPLE["diego"], "Porto dos Ventos", acts=3)),
    (19, lambda t: t.invasion(cast.HARD_NAMES[1], "Quartel dos Lobos", acts=6)),
    (15, lambda t: t.invasion(cast.PEOPLE["fabio"], "Vila do Garimpo", acts=1, tail=FORBIDDEN_WHEEL)),
    (13, lambda t: t.staff_at_work()),
    (9, lambda t: t.invasion(cast.PEOPLE["otavio"], "Posto Novy", acts=2)),
    (8, lambda t: t.fireworks()),
    (5, lambda t: t.invasion(cast.HARD_NAMES[2], "Casa da Serra", acts=4)),
    (4, lambda t: t.invasion(cast.PEOPLE[cast.BANNED], "Salina da Costa", acts=2)),
    (3, lambda t: t.namesake()),
    (2, lambda t: t.trap()),
    (2, lambda t: t.at_the_edge()),
    (1, lambda t: t.trap()),
    (1, lambda t: t.at_the_edge()),
    (1, lambda t: t.invasion(acts=5)),
)


@transaction.atomic
def make(data_dir: Path, *, now: datetime | None = None, seed: int = SEED, days: int | None = None) -> bool:
    """Make the community and tell its story in an empty database; return whether that was done."""
    if community.is_lived_in():
        return False
    now, days = now or timezone.now(), DAYS if days is None else days
    with story_clock(now - _BEGAN) as clock:
        community.create(data_dir, now=now)
        _Storyteller(clock, data_dir, now, seed, days).tell()
        if not settings.WOT_APP_ID:  # else a real clan is synced
            tanks.tell(clock, data_dir, now=now, days=days)
    return True


class _Storyteller:
    """Tells the days of both game servers up to `now`; `clock` is what the services take for now."""

    def __init__(self, clock: Clock, data_dir: Path, now: datetime, seed: int, days: int) -> None:
        self.clock, self.now, self.days = clock, now, days
        self.folder = cast.log_folder(data_dir)
        self.rng = random.Random(seed)  # noqa: S311 - a game
        self.server = GameServer.objects.get(slug=cast.SERVER)
        self.observed = GameServer.objects.get(slug=cast.OBSERVED_SERVER)
        self.theatre = Theatre(self.rng)
        self.livonia = Theatre(self.rng, cast.OBSERVED_SERVER, "playstation")
        self.staff = User.objects.get(username=cast.MODERATOR)
        self.decisions = (
            (deciding.confirm_case, cycle(cast.BOOK["confirmed"])),
            (deciding.dismiss_case, cycle(cast.BOOK["dismissed"])),
        )
        self.lifts = cycle(cast.BOOK["lifted"])

    def tell(self) -> None:
        for day in range(self.days, -1, -1):
            moments = [*self._moments(day)]
            for moment in moments:
                beats = [beat for at, beat in _BEATS if at == day] if moment == moments[-1] else []
                self._session(moment, beats)
            if moments:
                self._end_day(day)
            if moments and day % 2 == 0:
                self._observe(moments[-1] + timedelta(minutes=3))
        for case, text in zip(
            Case.objects.waiting().order_by("waiting_since"), cast.BOOK["notes"], strict=False
        ):
            CaseNote.objects.create(case=case, by=self.staff, text=text)
        deliveries.deliver_due()
        Channel.objects.update(is_active=False)
        # The database stamped them with its own clock.
        Placement.objects.update(received_at=F("occurred_at"))
        Placement.objects.filter(judged_at__isnull=False).update(received_at=F("judged_at"))

    def _moments(self, day: int) -> Iterator[datetime]:
        """Yield when that day's sessions end; at weekends there is one more."""
        date = (self.now - timedelta(days=day)).astimezone(cast.TIME_ZONE).date()
        count = self.rng.randint(*_SESSIONS_A_DAY) + (date.weekday() >= 5)
        for hour in sorted(set(self.rng.choices(range(24), weights=_HOURS, k=count))):
            moment = datetime.combine(date, time(hour, self.rng.randrange(26, 56)), cast.TIME_ZONE)
            if self.now - timedelta(days=self.days) < moment < self.now - timedelta(minutes=5):
                yield moment

    def _session(self, moment: datetime, beats: list[_Beat]) -> None:
        """Let people play for a while, and all that follows happen at its end."""
        self._turn_to(moment)
        self._decide_reviews()
        rounds = self.rng.randint(*_SCENES_A_SESSION)
        scenes = [self.theatre.round(guilty=_GUILTY) for _ in range(rounds)]
        scenes += [beat(self.theatre) for beat in beats]
        path = self._write(moment, scenes)
        for source in self.server.log_sources.all():
            list(logs.follow_source(source))
        path.unlink()
        if judging.judge_due(self.server.pk, now=moment).bans:
            deliveries.deliver_due()
        Announcement.objects.filter(state=Announcement.State.PENDING).update(
            created_at=moment, not_before=moment
        )

    def _turn_to(self, moment: datetime) -> None:
        """Let it be another moment. What was announced before was read by then: the story plays Discord, and sends nothing."""
        self.clock.moment = moment
        self.theatre.days_ago = self.livonia.days_ago = (self.now - moment) / timedelta(days=1)
        waiting = Announcement.objects.filter(state=Announcement.State.PENDING)
        record(waiting, Announcement.State.SENT, sent_at=moment)

    def _observe(self, moment: datetime) -> None:
        """Import a log of the observed server, where guilty acts are recorded only."""
        self.clock.moment = moment
        path = self._write(moment, [self.livonia.round(guilty=0.08) for _ in range(24)])
        logs.import_file(self.observed, path)
        path.unlink()
        judging.judge_due(self.observed.pk, now=moment)

    def _write(self, moment: datetime, scenes: list[list[str]]) -> Path:
        """Write a log of scenes that ends at a moment, as the host of the server would have left it."""
        lines = [line for scene in scenes for line in scene]
        at = started_at = (moment - _SESSION).astimezone(cast.TIME_ZONE)
        pause = _SESSION / (len(lines) + 1)
        text = header(started_at)
        for line in lines:
            at += pause * self.rng.uniform(0.3, 1.0)
            text += f"{at:%H:%M:%S} | {line}\n"
        path = self.folder / log_name(started_at)
        path.write_text(text, encoding="utf-8", newline="\n")
        os.utime(path, (moment.timestamp(), moment.timestamp()))
        return path

    # What staff do

    def _decide_reviews(self) -> None:
        """Decide what waits for long; the last days' infractions wait for whoever looks at the demo."""
        if self.theatre.days_ago < _LEFT_WAITING_DAYS:
            return
        for one in Case.objects.waiting().filter(waiting_since__lt=self.clock.moment - _DECIDED_AFTER):
            decide, reasons = self.rng.choice(self.decisions)
            decide(one, by=self.staff, reason=next(reasons))

    def _end_day(self, day: int) -> None:
        """Lift and make bans as staff do; the next delivery carries them out."""
        self._appeal(day)
        self._pardon_members(day)
        if self.rng.random() < _LIFTS_A_DAY:
            self._lift_any()
        if self.rng.random() < _BANS_BY_HAND_A_DAY:
            self._ban_by_hand()
        deciding.lift_ended_bans(now=self.clock.moment)
        banned = Infraction.objects.filter(ban__isnull=False, ban__lifted_at=None, user__isnull=False)
        self.theatre.absent = set(banned.values_list("user__username", flat=True))

    def _appeal(self, day: int) -> None:
        for _day, name, words in [appeal for appeal in cast.BOOK["appeals"] if appeal[0] == day]:
            person = User.objects.filter(username=name).first()
            strangers = Ban.objects.filter(gamertag=name, lifted_at=None)
            for ban in own_bans(person) if person else strangers.order_by("pk"):
                appeals.open_appeal(ban, words, person=person)

    def _pardon_members(self, day: int) -> None:
        for _day, username, reason in [pardon for pardon in cast.BOOK["pardons"] if pardon[0] == day]:
            for appeal in Appeal.objects.filter(person__username=username, state=Appeal.State.OPEN):
                appeals.grant(appeal, reason, kind=Ban.LiftKind.MISTAKE, by=self.staff)
            guilty = Infraction.objects.filter(user__username=username, status=Infraction.Status.CONFIRMED)
            for one in Case.objects.filter(infractions__in=guilty).distinct().order_by("pk"):
                deciding.lift_case(one, by=self.staff, kind=Ban.LiftKind.MISTAKE, reason=reason)

    def _lift_any(self) -> None:
        banned = Case.objects.filter(state=Case.State.CONFIRMED, ban__lifted_at=None, ban__isnull=False)
        strangers = banned.filter(infractions__user=None).distinct().order_by("pk")
        famous = [one.gamertag for one in cast.HARD_NAMES]
        if candidates := list(strangers.exclude(gamertag__in=famous)):
            deciding.lift_case(
                self.rng.choice(candidates),
                by=self.staff,
                kind=Ban.LiftKind.MERCY,
                reason=next(self.lifts),
            )

    def _ban_by_hand(self) -> None:
        loudmouth = self.theatre.stranger()
        insult = next(kind for kind in kinds_of(self.server) if kind.key == OffenceKind.INSULT)
        deciding.ban_by_staff(
            self.server,
            BannedPlayer(loudmouth.player_id, loudmouth.gamertag),
            kind=insult,
            reason="Ofensas repetidas no chat de voz.",
            by=self.staff,
            ends_at=self.clock.moment + timedelta(days=3),
        )
