"""Plays the demo server's game into its log."""

import signal
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from local import terminal
from local.demo.cast import log_folder
from local.demo.replay import replay


class _StopAskedError(Exception):
    """A signal asked for the end."""


class Command(BaseCommand):
    """`demo_replay`: until a signal asks it to stop."""

    help = "Write the demo server's log as a console host does, until stopped. The database is not touched."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)
        try:
            replay(log_folder(Path(settings.DATA_DIR)), on_file=self._begun)
        except _StopAskedError:
            return
        except OSError as error:
            raise CommandError(_("The demo's log cannot be written: %(error)s") % {"error": error}) from error

    def _begun(self, path: Path) -> None:
        with translation.override(terminal.language()):
            self.stdout.write(_("The demo's game goes into %(file)s") % {"file": path})


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _StopAskedError
