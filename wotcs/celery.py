"""The Celery application: which queue a task waits in, and how often it is done; connections and limits are settings.

Rows are the truth; a task only wakes a worker that looks for due rows. A lost message therefore costs time, never data:
the sweep of each minute finds what was forgotten.
"""

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wotcs.settings")

# Quick tasks never wait behind slow ones: each queue may have workers of its own. They count as dead after so many seconds
# without a heartbeat: longer than the queue's longest task; a sync takes up to 11 minutes.
QUEUES = {"placements": 300, "bans": 300, "logs": 300, "outbound": 600, "sync": 3600, "default": 600}
# The queues of the tasks that do not wait in the one named "default".
ROUTES = {
    "territory.judge_due": "placements",
    "territory.sweep_placements": "placements",
    "territory.deliver_ban_list": "bans",
    "territory.reconcile_ban_list": "bans",
    "territory.follow_log": "logs",
    "territory.note_token_end": "logs",
    "announcements.*": "outbound",
    "tanks.sync_clan": "sync",
}
_DAY = 24 * 3600
# Seconds between two runs of each periodic task.
PERIODS = {
    "territory.sweep_placements": 60,
    "territory.follow_logs": 3,
    "territory.sweep_bans": 30,
    # Somebody resets, replaces or edits ban lists: each is read again and mended.
    "territory.reconcile_bans": 30 * 60,
    "territory.watch_bans": 5 * 60,
    "territory.raise_alarms": 2 * 60,
    "territory.note_token_ends": _DAY,
    "justice.go_on_undoing": 60,
    "announcements.sweep_announcements": 30,
    # For the clans that are due: every clan is synced each WOT_SYNC_MINUTES, also after the site was down.
    "tanks.sync_due_clans": 60,
    "territory.forget_questions": _DAY,
    "territory.release_sleepers": _DAY,
    # Of bans that were lifted elsewhere.
    "justice.settle_appeals": 60,
    "wotcs.clear_sessions": _DAY,
    "wotcs.heartbeat": 20,
}


def _beat(task: str, *, expires: int, args: Sequence[str] = (), **options: str) -> dict[str, Any]:
    """Return a beat entry. A run that could not start before it `expires` is dropped: the next one finds the same rows."""
    entry = {"task": task, "schedule": timedelta(seconds=PERIODS[task]), "args": args}
    return entry | {"options": {"expires": expires, **options}}


app = Celery("wotcs", task_cls="wotcs.causes:CausingTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_routes = {task: {"queue": queue} for task, queue in ROUTES.items()}
app.conf.beat_schedule = {
    **{
        task: _beat(task, expires=min(seconds, 3600))
        for task, seconds in PERIODS.items()
        if task != "wotcs.heartbeat"
    },
    # A heartbeat waits behind the other tasks of its queue, and so shows that the queue's workers get through them.
    **{
        f"heartbeat-{queue}": _beat("wotcs.heartbeat", args=[queue], queue=queue, expires=300)
        for queue in QUEUES
    },
}
app.autodiscover_tasks()
