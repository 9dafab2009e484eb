"""Moves in from the old territory system."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from moving.legacy import move_in
from moving.legacy_rows import TABLES
from moving.report import MovingCommand, Report
from moving.source import open_sqlite
from moving.taking import Run
from territory.management.options import game_server


class Command(MovingCommand):
    """`import_legacy --sqlite FILE --server SLUG [--json] [--dry-run] [--newer-copy]`."""

    help = "Take over the old territory system's SQLite database, as often as you like. The file is never changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--sqlite", required=True, type=Path, metavar="FILE", help="the SQLite database")
        parser.add_argument(
            "--server", required=True, metavar="SLUG", help="the game server its bases are on"
        )
        newer_copy = "the file is a newer copy of the one moved in before, though nothing in it is as before"
        parser.add_argument("--newer-copy", action="store_true", help=newer_copy)

    def move_in(self, options: dict[str, Any]) -> tuple[Report, dict[str, object]]:
        run = Run(game_server(options["server"]), timezone.now(), Report(TABLES))
        with open_sqlite(options["sqlite"]) as source:
            move_in(run, source, is_newer_copy=options["newer_copy"])
        return run.report, {}
