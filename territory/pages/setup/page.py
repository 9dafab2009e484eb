"""Values of a game server's set-up page: whether the log arrives and the bans leave, and what each place on the host is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import TruncHour
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from announcements.models import Announcement, Channel
from face import moments
from face.charts import Chart, Series, bar_chart
from face.parts import Text
from territory import hosts, sources
from territory.checklist import CheckLevel
from territory.models import BanDelivery, BanList, GameServer, LogFile, LogSource, Placement
from territory.pages.setup.words import (
    LIST_KINDS,
    LOOKS,
    SOURCE_KINDS,
    KindWords,
    LineWords,
    Look,
    duration,
    host_step,
    line_words,
    promises,
)
from territory.services.clocks import shift_in_words
from territory.services.connection_tests import ConnectionTest, Place, TestedLine, last_tests

_HOURS = 24
_NOTABLE = timedelta(minutes=1)
_SLOW = timedelta(minutes=10)  # judging takes seconds
State = BanDelivery.State
_GOOD, _DOUBT, _BAD, _NONE = *LOOKS.values(), Look("observed", "minus")


@dataclass(frozen=True, slots=True)
class FlowStep:
    """A step of an act's way from the log to Discord."""

    label: Text
    detail: Text
    look: Look


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a test in words."""

    words: LineWords
    tested: TestedLine

    @property
    def look(self) -> Look:
        return LOOKS[self.tested.line.level]


@dataclass(slots=True)
class PlaceRow:
    """A log source or a ban list: how it fares, its facts and its last test."""

    place: Place
    words: KindWords
    look: Look
    facts: list[tuple[Text, object]] = field(default_factory=list)
    detail: list[Text] = field(default_factory=list)
    promises: list[str] = field(default_factory=list)
    error: str = ""
    trouble: str = ""
    tested_at: datetime | None = None
    lines: list[ShownLine] = field(default_factory=list)

    @property
    def what(self) -> str:
        return "lists" if isinstance(self.place, BanList) else "sources"

    @property
    def is_tested(self) -> bool:
        return self.place.kind != LogSource.Kind.API


def setup_page(server: GameServer, now: datetime) -> dict[str, object]:
    """Return the page's values for a game server; the number of queries is the same however many places it has."""
    log_sources, ban_lists = list(server.log_sources.all()), list(server.ban_lists.all())
    newest = _newest_logs(server)
    deliveries = _deliveries(server)
    source_rows = [_source_row(one, server, newest.get(one.pk), now) for one in log_sources]
    list_rows = [_list_row(one, deliveries.get(one.pk, {}), now) for one in ban_lists]
    _put_tests([*source_rows, *list_rows], last_tests([*log_sources, *ban_lists]))
    answer, warning = _answer(server, source_rows, list_rows)
    odd = LogFile.objects.filter(source__server=server, odd_lines__gt=0)
    return {
        "answer": answer,
        "warning": warning,
        "steps": [
            _read_step(_active(source_rows), now),
            _judged_step(server, now),
            _banned_step(_active(list_rows), sum(one["ours"] for one in deliveries.values())),
            _announced_step(server, now),
        ],
        "sources": source_rows,
        "lists": list_rows,
        "odd": list(odd.order_by("-last_read_at")[:3]),
        "chart": _chart(server, now),
        "has_bases": server.bases.exists(),
        "has_channel": Channel.objects.filter(Q(topic=server) | Q(topic=None), is_active=True).exists(),
    }


# -- What the database says ---------------------------------------------------------------------------------------


def _newest_logs(server: GameServer) -> dict[int, LogFile]:
    files = LogFile.objects.filter(source__server=server).order_by(
        "source_id", F("last_event_at").desc(nulls_last=True), "-pk"
    )
    return {one.source_id: one for one in files.distinct("source_id")}


def _deliveries(server: GameServer) -> dict[int, dict[str, Any]]:
    """Return, by ban list, how many lines of ours it holds, how many wait or failed, and why."""
    waiting = Q(state__in=BanDelivery.WAITING)
    rows = BanDelivery.objects.filter(ban_list__server=server).values("ban_list").order_by()
    figures = rows.annotate(
        ours=Count("pk", filter=Q(state=State.APPLIED)),
        waiting=Count("pk", filter=waiting),
        failed=Count("pk", filter=Q(state=State.FAILED)),
        error=Max("last_error", filter=waiting | Q(state=State.FAILED)),
        written_at=Max("applied_at"),
    )
    return {row["ban_list"]: {**row} for row in figures}


# -- Places -------------------------------------------------------------------------------------------------------


def _source_row(source: LogSource, server: GameServer, log: LogFile | None, now: datetime) -> PlaceRow:
    look = _NONE if not source.is_active else _BAD if source.last_error else _GOOD
    look = _NONE if look is _GOOD and source.last_event_at is None else look
    facts = _address(source)
    if log:
        facts.append((_("Newest file"), _mono(log.name)))
    facts.append((_("Last data"), _last_data(source, now)))
    facts.append((_("Host's time zone"), _zone_fact(source, server, log)))
    words, error = SOURCE_KINDS[source.kind], source.last_error
    return PlaceRow(source, words, look, facts, error=error, trouble=error)


def _address(place: Place) -> list[tuple[Text, object]]:
    off = format_html(' <span class="pill plain">{}</span>', _("switched off")) if not place.is_active else ""
    text = _mono(place.address) if place.address else _api_link()
    label = _("Service") if place.kind == LogSource.Kind.NITRADO else _("Address")
    return [(label, format_html("{}{}", text, off))]


def _api_link() -> SafeString:
    words = _("none: programs send to this site")
    return format_html('{} · <a href="{}">{}</a>', words, reverse("api-description"), _("how they send"))


def _mono(text: str) -> SafeString:
    return format_html('<bdi class="mono">{}</bdi>', text[:300])


def _last_data(source: LogSource, now: datetime) -> object:
    if source.last_event_at is None:
        return _("none yet")
    at = format_html("<b>{}</b>", moments.in_words(source.last_event_at, now))
    known = sources.CAPABILITIES.get(source.kind)
    notes = []
    if source.lag and source.lag > _NOTABLE:
        notes.append(_("%(lag)s late when it was read") % {"lag": duration(source.lag.total_seconds())})
    if known and known.visible_within > _NOTABLE:
        notes.append(host_step(known.visible_within))
    return format_html('{} <span class="muted">({})</span>', at, "; ".join(notes)) if notes else at


def _zone_fact(source: LogSource, server: GameServer, log: LogFile | None) -> SafeString:
    shift_min = log.clock_shift_min if log else source.clock_shift_min
    if shift_min:
        words = shift_in_words(server, shift_min)
        return format_html('{} <span class="pill review">{}</span>', words, _("does not match"))
    known = log is not None and log.last_event_at is not None
    mark = format_html(' <span class="pill allowed">{}</span>', _("matches")) if known else ""
    return format_html("{}{}", server.time_zone, mark)


def _list_row(ban_list: BanList, figures: Mapping[str, Any], now: datetime) -> PlaceRow:
    error = str(ban_list.last_error or figures.get("error") or "")
    look = _NONE if not ban_list.is_active else _BAD if error or figures.get("failed") else _GOOD
    look = _NONE if look is _GOOD and not (ban_list.last_read_at or figures.get("written_at")) else look
    detail = _list_detail(ban_list, figures, now)
    return PlaceRow(
        ban_list,
        LIST_KINDS[ban_list.kind],
        look,
        _address(ban_list),
        detail,
        promises(hosts.CAPABILITIES[ban_list.kind]),
        error,
        trouble=error or str(detail[-1]),
    )


def _list_detail(ban_list: BanList, figures: Mapping[str, Any], now: datetime) -> list[Text]:
    ours, waiting = figures.get("ours", 0), figures.get("waiting", 0) + figures.get("failed", 0)
    detail: list[Text] = [_lines_of_ours(ours)]
    if at := figures.get("written_at"):
        detail.append(_("written %(when)s") % {"when": moments.in_words(at, now)})
    if ban_list.last_read_at:
        detail.append(_("read again %(when)s") % {"when": moments.in_words(ban_list.last_read_at, now)})
    if waiting:
        detail.append(ngettext("%(count)d ban waits", "%(count)d bans wait", waiting) % {"count": waiting})
    return detail


def _lines_of_ours(count: int) -> str:
    if not count:
        return _("no line of ours yet")
    return ngettext("%(count)d line of ours", "%(count)d lines of ours", count) % {"count": count}


def _put_tests(rows: Sequence[PlaceRow], tests: Mapping[Place, ConnectionTest]) -> None:
    """Show the last test of each place; one that failed counts until the workers reach the place."""
    for row in rows:
        if (test := tests.get(row.place)) is None:
            continue
        row.tested_at = test.at
        row.lines = [ShownLine(line_words(one.line, row.place.kind), one) for one in test.lines]
        failed = next((line for line in row.lines if line.tested.line.level is CheckLevel.FAIL), None)
        read_at = row.place.last_read_at
        if failed and row.place.is_active and (read_at is None or read_at < test.at):
            row.look, row.trouble = _BAD, str(failed.words.sentence)
        if failed and failed.tested.error == row.error:
            row.error = ""  # the test says it with the next step


# -- The answer and the steps -------------------------------------------------------------------------------------


def _answer(
    server: GameServer, source_rows: Sequence[PlaceRow], list_rows: Sequence[PlaceRow]
) -> tuple[str, str]:
    """Return whether the log arrives and the bans leave, and the one warning that matters most."""
    log_sources, ban_lists = _active(source_rows), _active(list_rows)
    arrives = any(row.look is _GOOD for row in log_sources)
    leaves = any(row.look is not _BAD for row in ban_lists)
    sentences = {
        (True, True): _("The log arrives, the bans leave.")
        if server.mode != GameServer.Mode.OBSERVE
        else _("The log arrives. The server observes: no ban leaves until you change the mode."),
        (True, False): _("The log arrives, no ban leaves."),
        (False, True): _("No log arrives yet; bans would leave."),
        (False, False): _("No log arrives yet, and no ban leaves."),
    }
    warnings = (
        _("this server is switched off.") if not server.is_active else "",
        _("nothing is read: add where the log comes from.") if not log_sources else "",
        *(f"{row.words.name}: {row.trouble}" for row in log_sources if row.look is _BAD),
        _("bans stay on this site: add where they go.") if not ban_lists else "",
        *(f"{row.words.name}: {row.trouble}" for row in ban_lists if row.look is _BAD),
        _("the circuit breaker has tripped: bans wait for staff.") if server.tripped_at else "",
    )
    return sentences[arrives, leaves], next(filter(None, warnings), "")


def _active(rows: Sequence[PlaceRow]) -> list[PlaceRow]:
    return [row for row in rows if row.place.is_active]


def _read_step(rows: Sequence[PlaceRow], now: datetime) -> FlowStep:
    moments_read = [row.place.last_event_at for row in rows if isinstance(row.place, LogSource)]
    newest = max(filter(None, moments_read), default=None)
    if failing := _failing(rows):
        return FlowStep(
            _("Log read"), _("%(failing)d of %(all)d sources with an error") % failing, _look_of(failing)
        )
    if newest is None:
        return FlowStep(_("Log read"), _("no data yet"), _NONE)
    return FlowStep(_("Log read"), moments.in_words(newest, now), _GOOD)


def _failing(rows: Sequence[PlaceRow]) -> dict[str, int]:
    """Return how many places fail, and of how many; nothing if none does."""
    count = sum(row.look is _BAD for row in rows)
    return {"failing": count, "all": len(rows)} if count else {}


def _look_of(failing: Mapping[str, int]) -> Look:
    return _BAD if failing["failing"] == failing["all"] else _DOUBT


def _judged_step(server: GameServer, now: datetime) -> FlowStep:
    pending = Placement.objects.filter(server=server, state=Placement.State.PENDING)
    figures = pending.aggregate(count=Count("pk"), since=Min("received_at"))
    count, is_slow = figures["count"], figures["since"] and now - figures["since"] > _SLOW
    words = ngettext("%(count)d placement waits", "%(count)d placements wait", count) % {"count": count}
    return FlowStep(
        pgettext("step", "Judged"), words if count else _("nothing waits"), _DOUBT if is_slow else _GOOD
    )


def _banned_step(rows: Sequence[PlaceRow], ours: int) -> FlowStep:
    if not rows:
        return FlowStep(_("Ban"), _("no destination yet"), _NONE)
    if failing := _failing(rows):
        return FlowStep(
            _("Ban"), _("%(failing)d of %(all)d destinations with an error") % failing, _look_of(failing)
        )
    return FlowStep(_("Ban"), _lines_of_ours(ours) if ours else _("no ban yet"), _GOOD)


def _announced_step(server: GameServer, now: datetime) -> FlowStep:
    of_server = Q(channel__topic=server) | Q(channel__topic=None)
    sent = Announcement.objects.filter(of_server, channel__is_active=True, sent_at__isnull=False)
    sent_at = sent.aggregate(at=Max("sent_at"))["at"]
    if sent_at is None:
        return FlowStep(_("Announced"), _("nothing yet"), _NONE)
    return FlowStep(_("Announced"), _("Discord, %(when)s") % {"when": moments.in_words(sent_at, now)}, _GOOD)


def _chart(server: GameServer, now: datetime) -> Chart:
    """Return the placements of the last day by hour."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=_HOURS - 1)
    rows = Placement.objects.filter(server=server, occurred_at__gte=first, occurred_at__lte=now)
    by_hour = rows.annotate(hour=TruncHour("occurred_at")).values("hour").order_by()
    counts = Counter({row["hour"]: row["count"] for row in by_hour.annotate(count=Count("pk"))})
    hours = [first + timedelta(hours=number) for number in range(_HOURS)]
    words = [date_format(localtime(hour), "H:i") for hour in hours]
    return bar_chart(
        _("Placements by hour in the last 24 hours"),
        [Series(_("Placements"), "bar-1", [counts[hour] for hour in hours])],
        days=words,
        ticks=[words[0], words[8], words[16], _("now")],
        unit=_("Hour"),
    )
