"""Plays the demo server's game into its log."""

import signal
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from local import terminal
from local.demo.cast import log_folder
from local.demo.replay import DEFAULT_PACE, replay


class _StopAskedError(Exception):
    """A signal asked for the end."""


class Command(BaseCommand):
    """`demo_replay [--pace SECONDS] [--rounds N]`."""

    help = "Write the demo server's log as a console host does, until stopped. The database is not touched."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pace",
            type=float,
            default=DEFAULT_PACE,
            metavar="SECONDS",
            help="between two lines (default 2)",
        )
        parser.add_argument("--rounds", type=int, metavar="N", help="stop after so many rounds")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        pace, rounds = options["pace"], options["rounds"]
        if not 0 <= pace <= 3600 or (pace < 0.01 and rounds is None):
            raise CommandError(_("The pace is up to 3600 seconds; without pauses say how many rounds."))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)
        try:
            replay(log_folder(Path(settings.DATA_DIR)), pace=pace, rounds=rounds, on_file=self._begun)
        except _StopAskedError:
            return
        except OSError as error:
            raise CommandError(_("The demo's log cannot be written: %(error)s") % {"error": error}) from error

    def _begun(self, path: Path) -> None:
        with translation.override(terminal.language()):
            self.stdout.write(_("The demo's game goes into %(file)s") % {"file": path})


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _StopAskedError
