"""The wall of shame: its entries as the public may see them, and its figures, all from one query set."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.numbers import row_number
from face.charts import Chart, Series, bar_chart
from face.parts import Kind, Text
from territory.ban_codes import code_of, number_of
from territory.item_names import classes_called
from territory.models import Ban, GameServer, Infraction
from territory.models.infraction import InfractionQuerySet
from territory.selectors import counted_page

WALL_PAGE = 25
CHART_DAYS = 30
WEEK_DAYS = 7
_IS_LIFTED = Q(ban__lifted_at__isnull=False)

# What the filter of the wall calls the types of infractions.
KINDS: Mapping[str, str] = {
    Infraction.Type.TERRITORY_INVASION: "invasion",
    Infraction.Type.FORBIDDEN_ITEM: "forbidden",
    Infraction.Type.BY_STAFF: "staff",
}
LIFTED = "lifted"  # a choice of the same filter: entries of any type whose ban was lifted
_TYPES: Mapping[str, str] = {kind: infraction_type for infraction_type, kind in KINDS.items()}
_LOOKS: Mapping[str, Kind] = {
    Infraction.Type.TERRITORY_INVASION: "invasion",
    Infraction.Type.FORBIDDEN_ITEM: "forbidden",
}
_TYPE_WORDS: Mapping[str, Text] = {
    Infraction.Type.TERRITORY_INVASION: gettext_lazy("Invasion"),
    Infraction.Type.FORBIDDEN_ITEM: gettext_lazy("Forbidden item"),
    Infraction.Type.BY_STAFF: gettext_lazy("Banned by staff"),
}
_LIFTS: Mapping[str, tuple[Text, Text]] = {  # the words of the pill, and why
    Ban.LiftKind.MERCY: (gettext_lazy("Lifted"), gettext_lazy("staff showed mercy")),
    Ban.LiftKind.SUPERSEDED: (gettext_lazy("Replaced"), gettext_lazy("by another ban")),
}
_OVER = (gettext_lazy("Over"), "")


@dataclass(frozen=True, slots=True)
class WallEntry:
    """An incident as the public may see it, by its first infraction.

    `kind`, `sign` and `words` are its pill. `code` is the ban's short id; blank without a ban. `lifted` says in a word that
    the ban was lifted, blank if it was not, and `lifted_why` why.
    """

    number: int
    acts: int
    gamertag: str
    kind: Kind
    sign: str
    words: Text
    item: str
    base_name: str
    server: str
    occurred_at: datetime
    code: str
    ban_is_active: bool
    ban_ends_at: datetime | None
    lifted: Text = ""
    lifted_why: Text = ""
    case: int | None = None


@dataclass(frozen=True, slots=True)
class Wall:
    """One page of the wall with its figures; `counts` are by kind and for LIFTED, the empty kind counts all."""

    page: "Page[WallEntry]"
    counts: Mapping[str, int]
    chart: Chart
    in_chart: Mapping[str, int]
    in_week: int


def wall_page(filters: Mapping[str, str], *, number: str | None, now: datetime) -> Wall:
    """Return a page of the wall, the newest first, in three queries.

    `filters` may name `q` (text or a number), `server` (a slug), `days` and `kind`. The chart and the week's figure leave
    `days` out, the counts `kind`.
    """
    today = timezone.localtime(now).date()
    entries = _searched(filters)
    in_period = within(entries, int(filters.get("days", 0)), today)
    counts = _counts_by_kind(in_period)
    kind = filters.get("kind", "")
    by_day = _counts_by_day(_of_kind(entries, kind), today)
    days = [today - timedelta(days=ago) for ago in reversed(range(CHART_DAYS))]
    return Wall(
        page=_page(_of_kind(in_period, kind), counts[kind], number, now),
        counts=counts,
        chart=_chart(by_day, days),
        in_chart={one: sum(by_day[day, one] for day in days) for one in KINDS.values()},
        in_week=sum(by_day[day, one] for day in days[-WEEK_DAYS:] for one in KINDS.values()),
    )


def entries_by_week(now: datetime) -> tuple[int, int]:
    """Return the numbers of entries of the last seven days and of the seven before. One query."""
    today = timezone.localtime(now).date()
    week = midnight(today - timedelta(days=WEEK_DAYS - 1))
    both = within(Infraction.objects.wall_entries(), 2 * WEEK_DAYS, today).order_by()
    counts = both.aggregate(all=Count("pk"), newer=Count("pk", filter=Q(occurred_at__gte=week)))
    return counts["newer"], counts["all"] - counts["newer"]


def newest_on_the_wall(now: datetime, count: int, *, server: str = "") -> list[WallEntry]:
    """Return the newest entries of the wall, of all game servers or of the one with this slug. One query."""
    rows = _rows(_searched({"server": server}))
    return [_entry(row, now) for row in rows[:count]]


def public_servers() -> dict[str, str]:
    """Return the names by slug of the game servers that publish their wall. One query."""
    public = GameServer.objects.filter(is_wall_public=True)
    return {server.slug: str(server) for server in public.only("slug", "name")}


def is_silent(servers: Mapping[str, str]) -> bool:
    """Return whether there are game servers, but none that publishes its wall. One query if `servers`, the public ones, are none."""
    return not servers and GameServer.objects.exists()


def ban_counts(server: GameServer | None = None) -> dict[str, Any]:
    """Count the bans of the servers that publish their wall, and those that staff lifted for good. One query."""
    lifted = Q(lifted_by__isnull=False) & ~Q(lift_kind=Ban.LiftKind.SUPERSEDED)
    bans = Ban.objects.filter(Q(server=server) if server else Q(), server__is_wall_public=True)
    return bans.aggregate(bans=Count("pk"), bans_lifted=Count("pk", filter=lifted))


def _searched(filters: Mapping[str, str]) -> InfractionQuerySet:
    entries = Infraction.objects.wall_entries()
    if server := filters.get("server"):
        entries = entries.filter(server__slug=server)
    if text := filters.get("q"):
        entries = entries.filter(_holds(text))
    return entries


def _holds(text: str) -> Q:
    """Return the condition that an entry holds the text: in gamertag, item, base, as its number, or as its ban's short id."""
    condition = Q(gamertag__icontains=text) | Q(item__icontains=text) | Q(base_name__icontains=text)
    if classes := classes_called(text):
        condition |= Q(item__iregex=classes)
    if ban_number := number_of(text):
        condition |= Q(ban=ban_number)
    if number := row_number(text.removeprefix("#")):
        condition |= Q(pk=number)
    return condition


def _of_kind(entries: InfractionQuerySet, kind: str) -> InfractionQuerySet:
    if kind == LIFTED:
        return entries.filter(_IS_LIFTED)
    return entries.filter(infraction_type=_TYPES[kind]) if kind else entries


def within(entries: InfractionQuerySet, days: int, today: date) -> InfractionQuerySet:
    """Return the entries of the last `days` days in the site's zone, today among them; all for 0."""
    if not days:
        return entries
    first, tomorrow = today - timedelta(days=days - 1), today + timedelta(days=1)
    return entries.filter(occurred_at__gte=midnight(first), occurred_at__lt=midnight(tomorrow))


def midnight(day: date) -> datetime:
    """Return the beginning of a day in the site's zone."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())


def _counts_by_kind(entries: InfractionQuerySet) -> dict[str, int]:
    lifted = Count("pk", filter=_IS_LIFTED)
    rows = list(entries.order_by().values_list("infraction_type").annotate(Count("pk"), lifted=lifted))
    counts = dict.fromkeys(_TYPES, 0) | {KINDS[one]: count for one, count, _lifted in rows}
    return counts | {"": sum(counts.values()), LIFTED: sum(lifted for *_, lifted in rows)}


def _counts_by_day(entries: InfractionQuerySet, today: date) -> Counter[tuple[date, str]]:
    day = TruncDate("occurred_at")
    rows = within(entries, CHART_DAYS, today).order_by().values_list(day, "infraction_type")
    return Counter({(at, KINDS[kind]): count for at, kind, count in rows.annotate(Count("pk"))})


def _chart(by_day: Counter[tuple[date, str]], days: Sequence[date]) -> Chart:
    words = [date_format(day, _("j M")) for day in days]
    series = [
        Series(_("Invasions"), "bar-inv", [by_day[day, "invasion"] for day in days]),
        Series(_("Forbidden items"), "bar-for", [by_day[day, "forbidden"] for day in days]),
        Series(_("By staff"), "bar-2", [by_day[day, "staff"] for day in days]),
    ]
    ticks: list[Text] = [words[0], words[10], words[20], _("today")]
    return bar_chart(_peak_in_words(by_day, days), series, days=words, ticks=ticks)


def _peak_in_words(by_day: Counter[tuple[date, str]], days: Sequence[date]) -> str:
    def total(day: date) -> int:
        return sum(by_day[day, kind] for kind in KINDS.values())

    peak = max(days, key=total)
    if not total(peak):
        return _("Infractions by day in the last 30 days: none")
    words = _("Infractions by day in the last 30 days; the peak was %(day)s, with %(count)d")
    return words % {"day": date_format(peak, _("j M")), "count": total(peak)}


def _page(entries: InfractionQuerySet, count: int, number: str | None, now: datetime) -> "Page[WallEntry]":
    page = counted_page(_rows(entries), WALL_PAGE, number, count=count)
    page.object_list = [_entry(infraction, now) for infraction in page.object_list]
    return page


def _rows(entries: InfractionQuerySet) -> InfractionQuerySet:
    return entries.select_related("server", "ban", "case").order_by("-occurred_at", "-pk")


def _entry(infraction: Infraction, now: datetime) -> WallEntry:
    ban = infraction.ban
    lifted_at = ban.lifted_at if ban else None
    ends_at = lifted_at or (ban.ends_at if ban else None)
    lifted, why = _LIFTS.get(ban.lift_kind, _OVER) if ban and lifted_at else ("", "")
    kind = KINDS[infraction.infraction_type]
    return WallEntry(
        number=infraction.pk,
        acts=infraction.acts,  # type: ignore[attr-defined] # wall_entries counts them
        gamertag=infraction.gamertag,
        kind=_LOOKS.get(infraction.infraction_type, "observed"),
        sign="shield-check" if kind == "staff" else "",
        words=kind_in_words(infraction),
        item=infraction.item,
        base_name=infraction.base_name,
        server=str(infraction.server),
        occurred_at=infraction.occurred_at,
        code=code_of(ban.pk) if ban else "",
        ban_is_active=ban is not None and lifted_at is None and (ends_at is None or ends_at > now),
        ban_ends_at=ends_at,
        lifted=lifted,
        lifted_why=why,
        case=infraction.case_id,
    )


def kind_in_words(infraction: Infraction) -> Text:
    """Return what a player is accused of in one word or two: of a ban by staff the kind of offence as staff named it."""
    if infraction.infraction_type == Infraction.Type.BY_STAFF:
        return infraction.case.kind_in_words[:80]
    return _TYPE_WORDS.get(infraction.infraction_type, gettext_lazy("Infraction"))
