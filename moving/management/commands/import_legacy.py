"""Moves in from the old territory system."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.transaction import atomic, set_rollback
from django.utils import timezone
from django.utils.translation import gettext as _

from moving.legacy import move_in
from moving.legacy_rows import TABLES
from moving.report import Report
from moving.source import SourceError, open_sqlite
from moving.taking import Run
from territory.models import GameServer


class Command(BaseCommand):
    """`import_legacy --sqlite FILE --server SLUG [--json] [--dry-run] [--newer-copy]`."""

    help = "Take over the old territory system's SQLite database, as often as you like. The file is never changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sqlite", required=True, type=Path, metavar="FILE", help="the SQLite database")
        parser.add_argument(
            "--server", required=True, metavar="SLUG", help="the game server its bases are on"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of words")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and do nothing")
        parser.add_argument(
            "--newer-copy",
            action="store_true",
            help="the file is a newer copy of the one moved in before, though nothing in it is as old as before",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        path, report = options["sqlite"], Report(TABLES)
        run = Run(_server(options["server"]), timezone.now(), report)
        try:
            with open_sqlite(path) as source, atomic():
                move_in(run, source, is_newer_copy=options["newer_copy"])
                set_rollback(options["dry_run"])
        except SourceError as error:
            words = _("%(file)s cannot be moved in: %(error)s.") % {"file": path, "error": error}
            raise CommandError(words) from error
        report.print(self.stdout, as_json=options["json"], is_dry_run=options["dry_run"])


def _server(slug: str) -> GameServer:
    server = GameServer.objects.filter(slug=slug).first()
    if server is None:
        known = ", ".join(GameServer.objects.values_list("slug", flat=True)) or _("none yet")
        raise CommandError(
            _("There is no game server “%(slug)s”. Known: %(known)s.") % {"slug": slug, "known": known}
        )
    return server
