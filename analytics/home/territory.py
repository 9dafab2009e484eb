"""What the home page tells a member of the own bases besides invasions: alarms, sleep, and who came into their clans."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from clans.models import ClanMembership, User
from face.parts import Entry, isolated
from territory.models import Alarm, Base
from territory.services.alarms import acts_in_words

MOST_STAYS = 30
URGENT_FOR = timedelta(hours=24)
MOST_URGENT = 3


def urgent_alarms(alarms: Sequence[Alarm], now: datetime) -> list[dict[str, Any]]:
    """Return the newest alarms of the last day with their words."""
    urgent = [one for one in alarms if one.last_at >= now - URGENT_FOR]
    return [{"alarm": one, "words": acts_in_words(one)} for one in urgent[:MOST_URGENT]]


def of_alarms(alarms: Sequence[Alarm]) -> Iterator[Entry]:
    """Yield what strangers did besides building; invasions have entries of their own."""
    for alarm in alarms:
        if alarm.activities:
            words = _("%(player)s did something in %(base)s without a right")
            sentence = words % {"player": isolated(alarm.gamertag[:60]), "base": isolated(alarm.base.name)}
            yield Entry(alarm.last_at, sentence, acts_in_words(alarm), kind="review", icon="activity")


def of_released(person: User, since: datetime, now: datetime) -> Iterator[Entry]:
    """Yield the bases that fell asleep and were released. One query."""
    released = Base.objects.filter(
        owner=person, removed_at__range=(since, now), sleeps_at__lte=F("removed_at")
    )
    for base in released:
        if base.removed_at:
            words = _("%(base)s fell asleep and was released: none of its builders was seen")
            yield Entry(base.removed_at, words % {"base": isolated(base.name)}, kind="observed", icon="moon")


def of_memberships(person: User, bases: Collection[Base], since: datetime, now: datetime) -> Iterator[Entry]:
    """Yield who joined and left the clans of these bases: each may build there, or no longer. One query."""
    names: dict[int, list[str]] = {}
    for base in bases:
        if base.clan_id:
            names.setdefault(base.clan_id, []).append(isolated(base.name))
    stays = ClanMembership.objects.filter(
        Q(joined_at__range=(since, now)) | Q(left_at__range=(since, now)), clan__in=names, follows_game=False
    )
    newest = stays.exclude(user=person).select_related("user", "clan").order_by("-joined_at")[:MOST_STAYS]
    for stay in newest:
        words = {
            "person": isolated(stay.user),
            "clan": isolated(stay.clan),
            "bases": ", ".join(names[stay.clan_id]),
        }
        if since <= stay.joined_at <= now:
            joined = _("%(person)s joined the clan %(clan)s and may build in %(bases)s")
            yield Entry(stay.joined_at, joined % words, kind="lifted", icon="user-plus")
        if stay.left_at and since <= stay.left_at <= now:
            left = _("%(person)s left the clan %(clan)s and may no longer build by it in %(bases)s")
            yield Entry(stay.left_at, left % words, kind="lifted", icon="user-minus")
