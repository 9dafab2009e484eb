"""The territory in figures, from the wall's entries: what is not confirmed, or was lifted, never counts."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, Q
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay, TruncDate
from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from redis import RedisError

from clans.models import Clan
from face.charts import Chart, Heat, Series, bar_chart, heat, share
from territory.access import Visitor, bases_in_sight
from territory.item_names import item_in_words
from territory.models import Base, GameServer, Infraction, Placement
from territory.models.infraction import InfractionQuerySet
from territory.pages.wall.entries import WEEK_DAYS, ban_counts, midnight, within

logger = logging.getLogger(__name__)

MONTH_DAYS = 30
MOST_RANKED = 5
LEAST_COMPARED = 5  # of fewer, a change in percent says nothing
# Counting a clan's building reads many placements; a reader must not be able to ask for that at each visit.
CLANS_KEY, CLANS_SECONDS = "territory:clans-building", 60
_RIGHTS = ("owner", "permission", "clan")
_Hour = tuple[int, int]  # weekday, 0 for Monday, and hour


@dataclass(frozen=True, slots=True)
class Ranked:
    """A line of a ranking: its words, its figure and its bar."""

    words: str
    count: int
    bar: SafeString
    title: str = ""


@dataclass(frozen=True, slots=True)
class TerritoryFigures:
    """The territory in figures at one moment; what only members see is empty for visitors.

    `elsewhere` counts the month's invasions of bases that the reader may not see. `busiest` is the hour with most invasions.
    """

    today: int
    week: int
    week_before: int
    month: int
    month_before: int
    bases: int
    bans: int
    bans_lifted: int
    by_day: Chart
    by_hour: Heat
    busiest: str
    zone: str
    attacked: Sequence[Ranked]
    elsewhere: int
    forbidden: Sequence[Ranked]
    clans: Sequence[Ranked]


def territory_figures(reader: Visitor, server: GameServer | None, now: datetime) -> TerritoryFigures:
    """Count what happened on a game server, or on all, in a fixed number of queries: five for visitors.

    Days are the site's, as on the wall; hours are the game server's, or else the site's.
    """
    today = timezone.localtime(now).date()
    zone = server.zone if server else ZoneInfo(timezone.get_current_timezone_name())
    invasions = _of_type(Infraction.Type.TERRITORY_INVASION, server)
    days = [today - timedelta(days=ago) for ago in reversed(range(2 * MONTH_DAYS))]
    by_day = _by_day(within(invasions, 2 * MONTH_DAYS, today))
    counts = [by_day[day] for day in days]
    in_month = within(invasions, MONTH_DAYS, today)
    by_hour = _by_hour(in_month, zone)
    attacked = _attacked(in_month, reader, now)
    month = sum(counts[MONTH_DAYS:])
    return TerritoryFigures(
        today=counts[-1],
        week=sum(counts[-WEEK_DAYS:]),
        week_before=sum(counts[-2 * WEEK_DAYS : -WEEK_DAYS]),
        month=month,
        month_before=sum(counts[:MONTH_DAYS]),
        bases=Base.objects.active_at(now).filter(_on(server)).count(),
        **ban_counts(server),
        by_day=_chart(days[MONTH_DAYS:], counts),
        by_hour=_heat(by_hour),
        busiest=_busiest(by_hour),
        zone=str(zone),
        attacked=_ranked(attacked, "bar-inv"),
        elsewhere=month - sum(attacked.values()),
        forbidden=_forbidden(within(_of_type(Infraction.Type.FORBIDDEN_ITEM, server), MONTH_DAYS, today)),
        clans=_ranked(_clans_building(server, today), "bar-1") if reader.is_authenticated else [],
    )


def finding(figures: TerritoryFigures) -> str:
    """Return in a sentence how the month compares with the one before."""
    month, before = figures.month, figures.month_before
    if not month:
        return _("No invasion in 30 days.")
    if before < LEAST_COMPARED:
        words = _("%(month)d invasions in 30 days; in the 30 days before: %(before)d.")
        return words % {"month": month, "before": before}
    percent = round(100 * abs(month - before) / before)
    if not percent:
        return _("As many invasions as in the 30 days before: %(count)d.") % {"count": month}
    words = (
        _("Invasions fell by %(percent)d%% in 30 days.")
        if month < before
        else _("Invasions rose by %(percent)d%% in 30 days.")
    )
    return words % {"percent": percent}


def _on(server: GameServer | None) -> Q:
    return Q(server=server) if server else Q()


def _of_type(infraction_type: str, server: GameServer | None) -> InfractionQuerySet:
    entries = Infraction.objects.wall_entries().filter(_on(server), infraction_type=infraction_type)
    return entries.order_by()


def _by_day(entries: InfractionQuerySet) -> Counter[date]:
    return Counter(dict(entries.values_list(TruncDate("occurred_at")).annotate(Count("pk"))))


def _by_hour(entries: InfractionQuerySet, zone: ZoneInfo) -> Counter[_Hour]:
    weekday, hour = (part("occurred_at", tzinfo=zone) for part in (ExtractIsoWeekDay, ExtractHour))
    rows = entries.values_list(weekday, hour).annotate(Count("pk"))
    return Counter({(day - 1, at): count for day, at, count in rows})


def _attacked(entries: InfractionQuerySet, reader: Visitor, now: datetime) -> dict[str, int]:
    """Count the invasions of each base that the reader may see, by the base's name; two bases of one name are one line."""
    if not reader.is_authenticated:
        return {}
    in_sight = entries.filter(base__in=bases_in_sight(reader, at=now).values("pk"))
    return dict(in_sight.values_list("base__name").annotate(count=Count("pk")).order_by("-count"))


def _forbidden(entries: InfractionQuerySet) -> list[Ranked]:
    rows = list(
        entries.values_list("item").annotate(count=Count("pk")).order_by("-count", "item")[:MOST_RANKED]
    )
    return [
        Ranked(item_in_words(item) or _("unknown item"), count, share(count, rows[0][1], "bar-for"), item)
        for item, count in rows
    ]


def _clans_building(server: GameServer | None, today: date) -> dict[str, int]:
    """Count what was built by right in the bases of each clan; the counts are at most a minute old."""
    key = f"{CLANS_KEY}:{server.pk if server else 0}"
    try:
        counts = cache.get(key)
        if counts is None:
            cache.set(key, counts := _count_building(server, today), CLANS_SECONDS)
    except RedisError as error:
        logger.warning("The cache does not answer: %s", error)
        counts = _count_building(server, today)
    names = {str(clan.pk): str(clan) for clan in Clan.objects.filter(pk__in=counts)}
    return {names[pk]: count for pk, count in counts.items() if pk in names}


def _count_building(server: GameServer | None, today: date) -> dict[str, int]:
    built = Placement.objects.filter(
        _on(server),
        state=Placement.State.JUDGED,
        rule__in=_RIGHTS,
        base__clan__isnull=False,
        occurred_at__gte=midnight(today - timedelta(days=MONTH_DAYS - 1)),
    )
    rows = built.order_by().values_list("base__clan").annotate(count=Count("pk")).order_by("-count")
    return {str(clan_id): count for clan_id, count in rows[:MOST_RANKED]}


def _ranked(counts: Mapping[str, int], css: str) -> list[Ranked]:
    most = max(counts.values(), default=0)
    return [
        Ranked(words, count, share(count, most, css)) for words, count in list(counts.items())[:MOST_RANKED]
    ]


def _chart(days: Sequence[date], counts: Sequence[int]) -> Chart:
    """Return the days' invasions; `counts` begin as many days earlier, which are the line to compare with."""
    words = [date_format(day, _("j M")) for day in days]
    present, before = counts[len(days) :], counts[: len(days)]
    peak = max(range(len(days)), key=lambda number: present[number])
    label = _("Invasions by day in the last 30 days: none")
    if present[peak]:
        label = _("Invasions by day in the last 30 days; the peak was %(day)s, with %(count)d") % {
            "day": words[peak],
            "count": present[peak],
        }
    return bar_chart(
        label,
        [Series(_("Invasions"), "bar-inv", present)],
        days=words,
        ticks=[words[0], words[10], words[20], _("today")],
        line=Series(_("30 days before"), "ln thin", before),
    )


def _heat(by_hour: Counter[_Hour]) -> Heat:
    label = _("Invasions by weekday and hour: none")
    if busiest := _busiest(by_hour):
        label = _("Invasions by weekday and hour; the peak: %(hour)s") % {"hour": busiest}
    weekdays, short = ([str(names[day]) for day in range(7)] for names in (WEEKDAYS, WEEKDAYS_ABBR))
    return heat(label, by_hour, weekdays=weekdays, short=short)


def _busiest(by_hour: Counter[_Hour]) -> str:
    """Return the hour with most invasions in words; blank without any."""
    if not by_hour:
        return ""
    day, hour = min(by_hour, key=lambda one: (-by_hour[one], one))
    return _("%(weekday)s, %(hour)02d:00") % {"weekday": WEEKDAYS[day], "hour": hour}
