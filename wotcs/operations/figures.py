"""The figure: one number, moment or state of this installation, whether it needs a look, and what to do then."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
Value = str | bool | float | datetime | None
_DOCS: Final = "docs/operations.md#"


class Level(StrEnum):
    """How urgent a figure is. Everything but `ok` needs a look."""

    OK = "ok"
    NOTE = "note"  # a person has something to decide or to know
    WARNING = "warning"  # work waits for too long, or is tried in vain
    FAILING = "failing"  # a part of the installation does not work


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure. The key is a name, or a name and an object: `log_read_at:livonia`.

    Names tell the unit: `..._bytes`, `..._seconds...`; a moment is a datetime; anything else is a count, a text or yes and no.
    Values and objects may hold hostile names and errors: the code that shows them makes them safe.
    """

    key: str
    value: Value
    label: Text
    level: Level = Level.OK
    hint: Text = ""
    docs: str = ""

    @property
    def name(self) -> str:
        return self.key.partition(":")[0]

    @property
    def object(self) -> str:
        return self.key.partition(":")[2]


def figure(key: str, value: Value, label: Text, *, look: object = False, hint: Text = "") -> Figure:
    """Return a figure. One that needs a look gets its name's level, hint (unless one is given) and anchor of the docs."""
    if not look:
        return Figure(key, value, label)
    name = key.partition(":")[0]
    level = Level.FAILING if name in _FAILING else Level.NOTE if name in _NOTES else Level.WARNING
    return Figure(key, value, label, level, hint or HINTS[name], _DOCS + name)


def trouble(key: str, count: int, label: Text, *, hint: Text = "") -> Figure:
    """Return a figure that needs a look unless it is 0 or no."""
    return figure(key, count, label, look=count, hint=hint)


_NOTES: Final = {"infractions_for_staff", "foreign_lines", "clan_disbanded", "members_never_read"}
_FAILING: Final = {"database", "migrations_pending", "broker", "application_refused", "cache_unreadable"} | {
    "log_folder_unreadable",
    "ban_list_unreadable",
    "alarm_failing",
    "ban_deliveries_failed",
    "announcements_failed",
}
# What to do about a figure, by its name; docs/operations.md says more under the same name.
HINTS: Final[dict[str, Text]] = {
    "database": _("The database does not answer. Is it running, and is DATABASE_URL right?"),
    "migrations_pending": _("Nothing else is looked at until they are: python manage.py migrate"),
    "broker": _("The server at REDIS_URL does not answer: workers hear of nothing at once."),
    "messages_waiting": _("Are there workers for this queue?"),
    "beat_seconds_ago": _("Celery beat gave no sign of life: nothing is done on schedule."),
    "worker_seconds_ago": _("No worker of the queue “default” gave a sign of life."),
    "workers_seconds_ago": _("The workers of this queue are dead, or all of them hang."),
    "last_success_seconds_ago": _("Look at Celery beat and at the workers of the task's queue."),
    "oldest_due_seconds": _("Nobody takes these rows up: look at the workers of their queue."),
    "log_files": _("No log was found in the watched folder."),
    "logs_unreadable": _("The log files' pages in the admin show why."),
    "log_read_at": _("The log brought nothing new for more than an hour. Does the game server run?"),
    "log_folder_unreadable": _("The game server's page in the admin shows why."),
    "placements_silent_seconds": _(
        "Look whether the host's admin log has placement and building switched on."
    ),
    "ban_list_unreadable": _("The game server's page in the admin shows why."),
    "alarm": _("It says by itself what to do."),
    "alarm_failing": _("It says by itself what to do."),
    "infractions_for_staff": _("Staff decide them in the queue."),
    "ban_deliveries_failed": _("They are not tried again by themselves. The admin shows why."),
    "ban_deliveries_in_trouble": _("They are tried again. The admin shows the last error."),
    "foreign_lines": _("Take somebody else's line out of the ban list by hand."),
    "announcements_failed": _("They are not tried again by themselves. The admin shows why."),
    "announcements_in_trouble": _("They are tried again. The admin shows the last error."),
    "sync_due_at": _("The sync is late. Are there workers for the queue “sync”?"),
    "clan_never_synced": _("The clan was never synced."),
    "section_success_at": _("Not read for more than three syncs."),
    "members_never_read": _("The next syncs read them. If not, the page of the syncs says why."),
    "runs_left_running": _("Their workers died. The next sync of the clan tidies up."),
    "runs_left_waiting": _("Are there workers for the queue “sync”?"),
    "application_refused": _("Nothing can be asked: WOT_APP_ID is missing, or is not valid."),
    "requests_suspended": _("Several requests in a row got no answer, or nobody can tell."),
    "cache_unreadable": _("The folder of kept answers cannot be read. May this user read it?"),
    "cache_files": _("No answers are kept on this machine's disk. Is WOT_CACHE_DIR right?"),
}
