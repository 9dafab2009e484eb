"""The Celery application. Queues, limits and the beat schedule stand in the settings as data.

Rows are the truth; a task only wakes a worker that looks for due rows. A lost message therefore costs time, never data:
the sweep of each minute finds what was forgotten.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wotcs.settings")

app = Celery("wotcs", task_cls="wotcs.causes:CausingTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
