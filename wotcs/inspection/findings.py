"""What of a report needs a person's look."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tanks.wording import SECTIONS, duration_in_words, trouble_words
from wotcs.inspection.dayz import Deliveries, ServerState
from wotcs.inspection.game import Breaker, ClanState, Orphans
from wotcs.inspection.report import Report, Rows
from wotcs.inspection.servers import Broker

# A beat entry comes every 20 seconds; a worker may be busy for longer.
_SILENT_AFTER_SECONDS: Final = 120
_LONG_QUEUE: Final = 100
_LATE: Final = timedelta(minutes=10)
_WAITED_TOO_LONG: Final = timedelta(minutes=5)
_NOT_READ_LATELY: Final = timedelta(hours=1)
# Players who build nothing for so long are rarer than a log whose placements are switched off.
_NOTHING_PLACED: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: a key for programs, and a sentence in the reader's language."""

    key: str
    text: str


def find(report: Report) -> list[Finding]:
    """Return what needs a look; empty when all is well."""
    return [
        *_migrations(report),
        *_broker(report.broker),
        *(_rows(report.rows, report.taken_at) if report.rows else ()),
        *(finding for breaker in report.breakers for finding in _breaker(breaker)),
        *_disk_cache(report),
    ]


def _migrations(report: Report) -> Iterator[Finding]:
    count = len(report.pending_migrations)
    if count and not report.tables:
        yield Finding("no_tables", _("The database holds no tables yet. Make them: python manage.py migrate"))
    elif count:
        text = ngettext(
            "%(count)d migration was not applied; until it is, the rows are not looked at. Apply it: "
            "python manage.py migrate",
            "%(count)d migrations were not applied; until they are, the rows are not looked at. Apply them: "
            "python manage.py migrate",
            count,
        )
        yield Finding("migrations_pending", text % {"count": count})


def _broker(broker: Broker) -> Iterator[Finding]:
    if broker.error:
        text = _("The server at REDIS_URL does not answer (%(error)s): workers hear of nothing at once.")
        yield Finding("broker_down", text % {"error": broker.error})
        return
    if _is_silent(broker.beat_seconds_ago):
        yield Finding("beat_silent", _("Celery beat gave no sign of life: nothing is done on schedule."))
    if _is_silent(broker.worker_seconds_ago):
        yield Finding("worker_silent", _("No worker of the queue “default” gave a sign of life."))
    for queue, count in (broker.queues or {}).items():
        if count > _LONG_QUEUE:
            text = _("%(count)d messages wait in the queue “%(queue)s”: are there workers for it?")
            yield Finding("queue_long", text % {"count": count, "queue": queue})


def _is_silent(seconds: int | None) -> bool:
    return seconds is None or seconds > _SILENT_AFTER_SECONDS


def _rows(rows: Rows, now: datetime) -> Iterator[Finding]:
    for clan in rows.clans:
        if clan.disbanded_at is None:
            yield from _clan(clan, now)
        else:
            yield Finding("clan_disbanded", f"{clan.clan}: {trouble_words('disbanded')}")
    yield from _runs(rows.orphans)
    for server in rows.servers:
        yield from _server(server, now)
    yield from _deliveries(rows.deliveries)


def _clan(clan: ClanState, now: datetime) -> Iterator[Finding]:
    if not clan.sections:
        yield Finding("clan_never_synced", _("%(clan)s was never synced.") % {"clan": clan.clan})
    if clan.sync_due_at < now - _LATE:
        late = duration_in_words(now - clan.sync_due_at)
        text = _("The sync of %(clan)s is late by %(late)s: are there workers for the queue “sync”?")
        yield Finding("sync_late", text % {"clan": clan.clan, "late": late})
    oldest = now - 3 * timedelta(minutes=settings.WOT_SYNC_MINUTES)
    for section in clan.sections:
        values = {"clan": clan.clan, "section": SECTIONS.get(section.section, section.section)}
        if words := trouble_words(section.trouble):
            yield Finding("section_trouble", f"{clan.clan}, {values['section']}: {words}")
        elif section.last_success_at is None or section.last_success_at < oldest:
            yield Finding(
                "section_stale", _("%(clan)s, %(section)s: not read for more than three syncs.") % values
            )


def _runs(orphans: Orphans) -> Iterator[Finding]:
    if count := orphans.runs_left_running:
        text = ngettext(
            "%(count)d sync was left running: its worker died, the next sync of the clan tidies up.",
            "%(count)d syncs were left running: their workers died, the next sync of the clan tidies up.",
            count,
        )
        yield Finding("runs_left_running", text % {"count": count})
    if count := orphans.runs_left_waiting:
        text = ngettext(
            "%(count)d sync that was asked for waits: are there workers for the queue “sync”?",
            "%(count)d syncs that were asked for wait: are there workers for the queue “sync”?",
            count,
        )
        yield Finding("runs_left_waiting", text % {"count": count})
    if count := orphans.members_never_read:
        text = ngettext(
            "The vehicles of %(count)d member were never read.",
            "The vehicles of %(count)d members were never read.",
            count,
        )
        yield Finding("members_never_read", text % {"count": count})


def _server(server: ServerState, now: datetime) -> Iterator[Finding]:
    values = {"server": server.server}
    if server.waiting_since and server.waiting_since < now - _WAITED_TOO_LONG:
        values["waited"] = duration_in_words(now - server.waiting_since)
        text = _("%(server)s: a placement waits to be judged since %(waited)s.")
        yield Finding("placements_waiting", text % values)
    if server.clock:
        values["clock"] = server.clock
        yield Finding("clock_wrong", _("%(server)s: a source is dated wrongly. %(clock)s") % values)
    if server.ban_list_in_trouble:
        text = _("%(server)s: the ban list cannot be read; the server's page in the admin shows why.")
        yield Finding("ban_list_trouble", text % values)
    if not (server.is_active and server.is_watched):
        return
    yield from _switched_off(server)
    if server.last_read_at is None:
        yield Finding("no_log", _("%(server)s: no log was found in the watched folder.") % values)
    elif server.last_read_at < now - _NOT_READ_LATELY:
        values["ago"] = duration_in_words(now - server.last_read_at)
        yield Finding("log_old", _("%(server)s: its log brought nothing new for %(ago)s.") % values)
    if server.folder_in_trouble:
        text = _("%(server)s: the watched folder cannot be read; the server's page in the admin shows why.")
        yield Finding("folder_trouble", text % values)
    if server.log_files_in_trouble:
        yield Finding("log_trouble", _("%(server)s: a log cannot be read; the admin shows why.") % values)


def _switched_off(server: ServerState) -> Iterator[Finding]:
    """Players are seen and no placement: on the host the log's placements may be switched off, which nothing else tells."""
    if server.players_until is None or server.players_since is None:
        return
    values = {"server": server.server}
    advice = _("Look whether the host's admin log has placement and building switched on.")
    if server.last_placement_at is None:
        text = _("%(server)s: its log shows players, but never a placement so far.") % values
        yield Finding("placements_never", f"{text} {advice}")
    elif (silence := server.players_until - server.last_placement_at) >= _NOTHING_PLACED:
        values["silence"] = duration_in_words(silence)
        text = _("%(server)s: its log shows players, but no placement for %(silence)s.") % values
        yield Finding("placements_silent", f"{text} {advice}")


def _deliveries(found: Deliveries) -> Iterator[Finding]:
    texts = {
        "infractions_for_staff": _("infractions wait for staff's decision"),
        "ban_deliveries_failed": _("bans could not be delivered and were given up"),
        "ban_deliveries_in_trouble": _("bans could not be delivered so far"),
        "foreign_lines": _("lifted bans go on by a foreign line of the ban list, to be taken out by hand"),
        "announcements_failed": _("announcements could not be sent and were given up"),
        "announcements_in_trouble": _("announcements could not be sent so far"),
    }
    for key, text in texts.items():
        if count := getattr(found, key):
            yield Finding(key, f"{text}: {count}")


def _breaker(breaker: Breaker) -> Iterator[Finding]:
    values = {"realm": breaker.realm, "reason": breaker.reason}
    if breaker.state == "unknown" and breaker.reason == "NotConfiguredError":
        text = _("Realm %(realm)s: nothing can be asked. WOT_APP_ID is missing, or is none.")
        yield Finding("not_configured", text % values)
    elif breaker.state == "unknown":
        text = _("Realm %(realm)s: nobody can tell whether requests are suspended (%(reason)s).")
        yield Finding("breaker_unknown", text % values)
    elif breaker.state != "closed":
        words = {
            "no_answer": _("several requests in a row got no answer"),
            "not_configured": _("the application was refused"),
        }
        values["reason"] = words.get(breaker.reason, breaker.reason)
        text = _("Realm %(realm)s: requests are suspended, because %(reason)s.")
        yield Finding("breaker_open", text % values)


def _disk_cache(report: Report) -> Iterator[Finding]:
    cache = report.disk_cache
    has_read = report.rows and any(
        section.last_success_at for clan in report.rows.clans for section in clan.sections
    )
    if cache.error:
        text = _("The folder of kept answers cannot be read (%(error)s): %(folder)s")
        yield Finding("cache_unreadable", text % {"error": cache.error, "folder": cache.folder})
    elif has_read and not cache.files:
        text = _("No answers are kept on this machine's disk: %(folder)s")
        yield Finding("cache_empty", text % {"folder": cache.folder})
