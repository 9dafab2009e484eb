"""Plays the demo server's game into its log."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from local.demo.cast import log_folder
from local.demo.replay import replay


class Command(BaseCommand):
    """`demo_replay`: until a signal ends it."""

    help = "Write the demo server's log as a console host does, until stopped. The database is not touched."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        with suppress(KeyboardInterrupt):
            replay(log_folder(Path(settings.DATA_DIR)))
