"""A report in words, for a terminal of 100 columns or more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from django.utils.formats import number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from tanks.models import SyncRun, SyncTrouble
from tanks.wording import SECTIONS, STATES, Text, bytes_in_words, duration_in_words
from wotcs.inspection.dayz import MOST_WAITING, ServerState
from wotcs.inspection.findings import Finding
from wotcs.inspection.game import ClanState, DiskCache, Run, Section
from wotcs.inspection.report import Report, Rows
from wotcs.inspection.servers import Broker

_LONGEST: Final = 60
_ORPHANS: Final = {
    "unlisted_vehicles_of_players": gettext_lazy("vehicles of players that the catalogue does not list"),
    "players_without_clan": gettext_lazy("players without a clan"),
    "memberships_without_player": gettext_lazy("memberships of a game's clan without a linked player in it"),
    "members_hidden": gettext_lazy("members of whom the API tells nothing"),
    "members_refused": gettext_lazy("members whose number the API refuses"),
    "members_never_read": gettext_lazy("members whose vehicles were never read"),
    "tanks_of_members_never_read": gettext_lazy("vehicles of members that were never read"),
    "runs_left_running": gettext_lazy("syncs left running"),
    "runs_left_waiting": gettext_lazy("syncs left waiting"),
}
_DELIVERIES: Final = {
    "bans_to_end": gettext_lazy("bans whose end has come"),
    "infractions_for_staff": gettext_lazy("infractions that wait for staff"),
    "ban_deliveries_due": gettext_lazy("ban deliveries due"),
    "ban_deliveries_failed": gettext_lazy("ban deliveries failed"),
    "ban_deliveries_in_trouble": gettext_lazy("ban deliveries tried in vain so far"),
    "foreign_lines": gettext_lazy("lifted bans that go on by a foreign line"),
    "announcements_due": gettext_lazy("announcements due"),
    "announcements_failed": gettext_lazy("announcements failed"),
    "announcements_in_trouble": gettext_lazy("announcements tried in vain so far"),
}
_BREAKERS: Final = {
    "closed": gettext_lazy("requests are sent"),
    "open": gettext_lazy("requests are suspended"),
    "half-open": gettext_lazy("requests are suspended, the next one probes"),
    "unknown": pgettext_lazy("requests to a realm", "unknown"),
}


def lines(report: Report, findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the lines of a report, what needs a look last."""
    now = report.taken_at
    yield from _heading(_("Servers"))
    yield from _servers(report)
    yield from _heading(_("Tables"))
    yield from _tables(report)
    if report.rows is not None:
        yield from _rows(report.rows, report, now)
    yield from _heading(_("Answers kept on disk"))
    yield from _disk_cache(report.disk_cache, now)
    yield from _heading(_("What needs a look"))
    yield from ([f"  ! {_one_line(finding.text)}" for finding in findings] or ["  " + _("Nothing.")])


def _heading(text: str) -> Iterator[str]:
    yield from ("", text, "-" * len(text))


def _servers(report: Report) -> Iterator[str]:
    database = report.postgres
    yield f"  PostgreSQL {database.version}: {database.database}, {bytes_in_words(database.bytes)}"
    yield from _broker(report.broker)
    if report.pending_migrations:
        yield "  " + _("Migrations not applied:") + " " + ", ".join(report.pending_migrations)
    else:
        yield "  " + _("All migrations are applied.")


def _broker(broker: Broker) -> Iterator[str]:
    if broker.error:
        yield "  " + _("Redis: no answer (%(error)s)") % {"error": broker.error}
        return
    yield f"  {broker.server} {broker.version}: {bytes_in_words(broker.bytes or 0)}"
    queues = ", ".join(f"{name} {count}" for name, count in (broker.queues or {}).items())
    yield "  " + _("Messages in the queues: %(queues)s; held by workers: %(held)d") % {
        "queues": queues,
        "held": broker.unacknowledged or 0,
    }
    beat, worker = _seconds(broker.beat_seconds_ago), _seconds(broker.worker_seconds_ago)
    yield "  " + _("Last sign of life: beat %(beat)s, worker %(worker)s") % {"beat": beat, "worker": worker}


def _tables(report: Report) -> Iterator[str]:
    heads = (_("table"), _("rows"), _("size"), _("newest row"))
    rows = [
        (
            table.name,
            f"{'~' if table.is_estimate else ''}{number_format(table.rows, force_grouping=True)}",
            bytes_in_words(table.bytes),
            _moment(table.newest_at, report.taken_at),
        )
        for table in report.tables
    ]
    yield from _columns(heads, rows, right={1, 2})


def _rows(rows: Rows, report: Report, now: datetime) -> Iterator[str]:
    yield from _heading(_("World of Tanks"))
    if not rows.clans:
        yield "  " + _("No clan is synced.")
    for clan in rows.clans:
        yield from _clan(clan, now)
    for breaker in report.breakers:
        state = _BREAKERS.get(breaker.state, breaker.state)
        until = f" ({_moment(breaker.until, now)})" if breaker.until else ""
        yield f"  {_('Realm')} {breaker.realm}: {state}{until}"
    yield from _counts(_ORPHANS, asdict(rows.orphans))
    yield from _heading("DayZ")
    if not rows.servers:
        yield "  " + _("There is no game server.")
    yield from (_server(server, now) for server in rows.servers)
    yield from _counts(_DELIVERIES, asdict(rows.deliveries))


def _clan(clan: ClanState, now: datetime) -> Iterator[str]:
    where = f"  {_one_line(clan.clan)} · {clan.realm} · {clan.number}"
    yield f"{where} · {_('next sync')}: {_moment(clan.sync_due_at, now)}"
    heads = (_("section"), _("last success"), _("next due"), _("trouble"))
    yield from _columns(heads, [_section(section, now) for section in clan.sections], indent=4)
    yield from (_run(run, now) for run in clan.runs)


def _section(section: Section, now: datetime) -> tuple[str, ...]:
    trouble = _trouble(section.trouble, section.error)
    success, due = _moment(section.last_success_at, now), _moment(section.next_due_at, now)
    return str(SECTIONS.get(section.section, section.section)), success, due, trouble or "-"


def _run(run: Run, now: datetime) -> str:
    values = {
        "number": run.number,
        "state": STATES.get(run.state, run.state),
        "when": _moment(run.started_at or run.requested_at, now),
        "calls": run.calls,
        "rows": run.rows_changed,
    }
    text = _("sync #%(number)d, %(when)s: %(state)s, %(calls)d calls, %(rows)d rows changed") % values
    took = f", {number_format(run.seconds, 1)} s" if run.seconds is not None else ""
    trouble = _trouble(run.trouble, run.error) if run.state != SyncRun.State.DONE else ""
    return "    " + text + took + (f" - {trouble}" if trouble else "")


def _trouble(trouble: str, error: str) -> str:
    if not trouble:
        return ""
    label = str(SyncTrouble(trouble).label) if trouble in SyncTrouble.values else trouble
    return f"{label}: {_one_line(error)}" if error else label


def _server(server: ServerState, now: datetime) -> str:
    more = "+" if server.waiting >= MOST_WAITING else ""
    values = {
        "server": server.server,
        "files": server.log_files,
        "read": _moment(server.last_read_at, now),
        "event": _moment(server.last_event_at, now),
        "waiting": f"{number_format(server.waiting, force_grouping=True)}{more}",
    }
    text = _(
        "%(server)s: %(files)d logs, last read %(read)s, last event %(event)s; placements waiting: %(waiting)s"
    )
    oldest = _("the oldest of %(oldest)s") % {"oldest": _moment(server.oldest_occurred_at, now)}
    return "  " + text % values + (f", {oldest}" if server.waiting else "")


def _disk_cache(cache: DiskCache, now: datetime) -> Iterator[str]:
    values = {
        "files": cache.files,
        "size": bytes_in_words(cache.bytes),
        "newest": _moment(cache.newest_at, now),
    }
    yield f"  {cache.folder}"
    yield "  " + _("%(files)d files, %(size)s, newest %(newest)s") % values


def _counts(labels: Mapping[str, Text], counts: dict[str, int]) -> Iterator[str]:
    for key, label in labels.items():
        yield f"  {counts[key]:>6}  {label}"


def _columns(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: set[int] | None = None, indent: int = 2
) -> Iterator[str]:
    """Yield rows under their heads; the columns named in `right` end at one edge, numbers as they are."""
    every = [heads, *rows]
    widths = [max(len(row[place]) for row in every) for place in range(len(heads))]
    for row in every:
        cells = [
            text.rjust(width) if place in (right or ()) else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield (" " * indent + "  ".join(cells)).rstrip()


def _moment(at: datetime | None, now: datetime) -> str:
    """Return a moment in the site's time zone with how long ago it was, or how long it still is."""
    if at is None:
        return "-"
    text = f"{localtime(at):%Y-%m-%d %H:%M}"
    if at > now:
        return _("%(moment)s (in %(length)s)") % {"moment": text, "length": duration_in_words(at - now)}
    return _("%(moment)s (%(length)s ago)") % {"moment": text, "length": duration_in_words(now - at)}


def _seconds(age: int | None) -> str:
    return pgettext("a moment", "unknown") if age is None else _("%(seconds)d s ago") % {"seconds": age}


def _one_line(text: str) -> str:
    """Return a text without what would move a terminal's cursor: names and errors come from outside."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
