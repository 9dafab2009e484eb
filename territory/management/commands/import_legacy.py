"""Moves in from the old territory system."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from territory.legacy.database import open_file
from territory.legacy.trouble import UnreadableError
from territory.models import GameServer
from territory.services.moving import Report, move_in
from territory.services.moving.report import COUNTED, Entry
from territory.services.moving.words import unreadable_in_words


class Command(BaseCommand):
    """`import_legacy --sqlite FILE --server SLUG [--json] [--dry-run]`."""

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
            help="the file is a newer copy of the one moved in before, though hardly anything in it is as it was",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        server = _server(options["server"])
        path: Path = options["sqlite"]
        show = self._print_json if options["json"] else self._print_words
        with Report() as report:
            try:
                with open_file(path) as file:
                    move_in(
                        server,
                        file,
                        report,
                        now=timezone.now(),
                        dry_run=options["dry_run"],
                        is_newer_copy=options["newer_copy"],
                    )
            except UnreadableError as error:
                raise CommandError(unreadable_in_words(error, path)) from error
            show(report, is_dry_run=options["dry_run"])

    def _print_json(self, report: Report, *, is_dry_run: bool) -> None:
        """Write one object, entry by entry: there may be more of them than fit into memory."""
        counts = {table: {what: found[what] for what in COUNTED} for table, found in report.counts.items()}
        head = {"dry_run": is_dry_run, "missing_tables": report.missing_tables, "tables": counts}
        self.stdout.write(json.dumps(head)[:-1], ending="")
        for name, entries in (("refused", report.refused), ("noted", report.noted)):
            self.stdout.write(f', "{name}": [', ending="")
            self._print_entries(entries)
            self.stdout.write("]", ending="")
        self.stdout.write("}")

    def _print_entries(self, entries: Iterable[Entry]) -> None:
        for number, entry in enumerate(entries):
            self.stdout.write(f"{', ' if number else ''}{json.dumps(entry)}", ending="")

    def _print_words(self, report: Report, *, is_dry_run: bool) -> None:
        if is_dry_run:
            self.stdout.write(_("This is what would be done; nothing was stored."))
        for table, found in report.counts.items():
            if table in report.missing_tables:
                self.stdout.write(_("%(table)s: not in the file") % {"table": table})
                continue
            words = _(
                "%(table)s: %(found)d found, %(taken)d taken over, %(unchanged)d unchanged, %(refused)d refused"
            )
            self.stdout.write(words % ({"table": table} | {what: found[what] for what in COUNTED}))
        for heading, entries in (
            (
                _(
                    "Not taken over. A base protects nobody then, and a right lets nobody build: correct it in the old system "
                    "and run this again, or enter it in the admin."
                ),
                report.refused,
            ),
            (_("To be looked at:"), report.noted),
        ):
            self._print_list(heading, entries)

    def _print_list(self, heading: str, entries: Iterable[Entry]) -> None:
        for number, entry in enumerate(entries):
            if number == 0:
                self.stdout.write("")
                self.stdout.write(heading)
            self.stdout.write(f"  {_named(entry)}: {entry['words']}")


# What people know a row by, beside its key.
_SHOWN = ("name", "gamertag", "discord_id", "owner_id", "base_id", "clan_id")


def _named(entry: Entry) -> str:
    """Return a row's table and key, and in brackets what people know it by."""
    row = entry["row"]
    told = ", ".join(f"{column}={row[column]}" for column in _SHOWN if row.get(column) not in {None, ""})
    return f"{entry['table']} {entry['key']}".rstrip() + (f" ({told})" if told else "")


def _server(slug: str) -> GameServer:
    server = GameServer.objects.filter(slug=slug).first()
    if server is None:
        known = ", ".join(GameServer.objects.values_list("slug", flat=True)) or _("none yet")
        raise CommandError(
            _("There is no game server “%(slug)s”. Known: %(known)s.") % {"slug": slug, "known": known}
        )
    return server
