"""Alarms of bases: what a stranger does there is told to the owner, ten minutes of one player as one.

An alarm is a row for the pages, and a message in the channel of the base's clan if the owner wants that. Nothing tells a place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from announcements.message import Field, Message, escape
from announcements.services import Announceable, announce_many, clan_audience
from clans.models import User
from common import bulk
from common.errors import NotPossibleError
from common.locks import LockKind, lock_transaction
from territory.models import Alarm, AlarmMute, Base, GameServer
from territory.rules.judge import CLOCK_TOLERANCE

# Before or after the first act recorded. Windows do not chain: an hour makes six alarms.
WINDOW = timedelta(minutes=10)
LONGEST_MUTE = timedelta(days=90)
_RED = 0xC0392B
_Subject = tuple[int, str]  # base id, player id


@dataclass(frozen=True, slots=True)
class ForeignAct:
    """An act in a base by somebody without a right in it."""

    base_id: int
    player_id: str
    gamertag: str
    occurred_at: datetime
    is_invasion: bool

    @property
    def subject(self) -> _Subject:
        return self.base_id, self.player_id


def lock(server: GameServer) -> None:
    """Lock the server's alarms until the end of the transaction, so that two workers do not begin the same one."""
    lock_transaction(LockKind.ALARMS, server.pk)


def raise_alarms(server: GameServer, acts: Sequence[ForeignAct], *, now: datetime) -> int:
    """Store alarms of foreign acts in the caller's transaction and announce them; return how many announcements wait.

    Acts older than the server's maximum age, and muted ones, are left out. A fixed number of queries.
    """
    fresh = [one for one in acts if -CLOCK_TOLERANCE <= now - one.occurred_at <= server.maximum_age]
    if not fresh:
        return 0
    lock(server)
    muted = _muted({one.base_id for one in fresh}, now)
    heard = [one for one in fresh if not {one.subject, (one.base_id, "")} & muted]
    if not heard:
        return 0
    return _announce(server, _stored(heard))


def _muted(base_ids: set[int], now: datetime) -> set[_Subject]:
    mutes = AlarmMute.objects.filter(base__in=base_ids, ends_at__gt=now)
    return set(mutes.values_list("base_id", "player_id"))


def _stored(acts: Sequence[ForeignAct]) -> list[Alarm]:
    """Count the acts into the alarms of their windows, new ones included, and store these."""
    known = _known(acts)
    touched: dict[int, Alarm] = {}
    for act in sorted(acts, key=lambda one: one.occurred_at):
        alarms = known.setdefault(act.subject, [])
        alarm = next((one for one in alarms if abs(act.occurred_at - one.began_at) <= WINDOW), None)
        if alarm is None:
            alarm = Alarm(base_id=act.base_id, player_id=act.player_id, began_at=act.occurred_at)
            alarm.last_at = act.occurred_at
            alarms.append(alarm)
        alarm.gamertag = act.gamertag
        alarm.last_at = max(alarm.last_at, act.occurred_at)
        alarm.invasions += act.is_invasion
        alarm.activities += not act.is_invasion
        touched[id(alarm)] = alarm
    columns = bulk.columns_of(Alarm, "id", "gamertag", "last_at", "invasions", "activities")
    stored = [[getattr(one, name) for name in columns] for one in touched.values() if one.pk]
    # Where Django's bulk_update is used instead, judging takes half as long again.
    bulk.update_rows("territory_alarm", "id", columns, stored)
    Alarm.objects.bulk_create([one for one in touched.values() if not one.pk])
    return list(touched.values())


def _known(acts: Sequence[ForeignAct]) -> dict[_Subject, list[Alarm]]:
    moments = [one.occurred_at for one in acts]
    near = Alarm.objects.filter(
        base__in={one.base_id for one in acts},
        player_id__in={one.player_id for one in acts},
        began_at__range=(min(moments) - WINDOW, max(moments) + WINDOW),
    )
    alarms: dict[_Subject, list[Alarm]] = {}
    for one in near.order_by("pk"):
        alarms.setdefault((one.base_id, one.player_id), []).append(one)
    return alarms


def _announce(server: GameServer, alarms: Sequence[Alarm]) -> int:
    asking = Base.objects.filter(
        pk__in={one.base_id for one in alarms}, alarms_discord=True, clan__isnull=False
    )
    bases = {base.pk: base for base in asking}
    if not bases:
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        return announce_many(_announceables(server, alarms, bases))


def _announceables(
    server: GameServer, alarms: Sequence[Alarm], bases: Mapping[int, Base]
) -> Iterator[Announceable]:
    for alarm in alarms:
        if (base := bases.get(alarm.base_id)) and base.clan_id:
            message = _message(server, base, alarm)
            yield Announceable(server.pk, f"alarm-{alarm.pk}", {clan_audience(base.clan_id): message})


def _message(server: GameServer, base: Base, alarm: Alarm) -> Message:
    fields = (
        Field(_("Base"), escape(base.name), inline=True),
        Field(_("Player"), escape(alarm.gamertag), inline=True),
        Field(_("Server"), escape(str(server)), inline=True),
        Field(_("What"), acts_in_words(alarm), inline=False),
    )
    return Message(title=_("Somebody is in your base"), description="", fields=fields, colour=_RED)


def acts_in_words(alarm: Alarm) -> str:
    """Return what a player did, counted: invasions, and other acts."""
    counts = [
        (alarm.invasions, ngettext("built %(count)d time", "built %(count)d times", alarm.invasions)),
        (alarm.activities, ngettext("%(count)d other act", "%(count)d other acts", alarm.activities)),
    ]
    return ", ".join(words % {"count": count} for count, words in counts if count)


# -- What people set ------------------------------------------------------------------------------------------------


def mutes_in_force(base: Base, *, at: datetime) -> list[AlarmMute]:
    """Return what is muted in a base, the first to end first."""
    return list(AlarmMute.objects.filter(base=base, ends_at__gt=at).order_by("ends_at"))


def mute(base: Base, alarm: Alarm | None, *, by: User, ends_at: datetime, at: datetime) -> None:
    """Mute a base, or the player of an alarm there, until an end. Raises NotPossibleError for an end that is no such."""
    if not at < ends_at <= at + LONGEST_MUTE:
        raise NotPossibleError(_("A mute ends within 90 days."))
    player = {"player_id": alarm.player_id if alarm else "", "gamertag": alarm.gamertag if alarm else ""}
    AlarmMute.objects.update_or_create(
        base=base,
        player_id=player["player_id"],
        defaults=player | {"muted_by": by, "muted_at": at, "ends_at": ends_at},
    )


def unmute(held: AlarmMute, *, at: datetime) -> None:
    """End a mute now."""
    AlarmMute.objects.filter(pk=held.pk).update(ends_at=at)


def newest_alarms(bases: Sequence[Base], *, since: datetime, now: datetime) -> list[Alarm]:
    """Return the alarms of these bases since a moment that nobody muted later, the newest first. Two queries."""
    alarms = (
        Alarm.objects.filter(base__in=bases, last_at__gte=since).select_related("base").order_by("-last_at")
    )
    listed = list(alarms[:100])
    muted = _muted({one.base_id for one in listed}, now) if listed else set()
    return [one for one in listed if not {(one.base_id, one.player_id), (one.base_id, "")} & muted]
