"""What both commands share: the dry run, the report, and the error if nothing can be read."""

from argparse import ArgumentParser
from contextlib import nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.transaction import atomic, set_rollback
from django.utils.translation import gettext as _

from moving.report import Report
from moving.source import SourceError


class MovingCommand(BaseCommand):
    """Moves in from an old system and prints the report."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("print the report as JSON"))
        parser.add_argument("--dry-run", action="store_true", help=_("report as usual, but keep nothing"))

    def handle(self, *_args: Any, **options: Any) -> None:
        is_dry_run = options["dry_run"]
        try:
            with atomic() if is_dry_run else nullcontext():
                report, about = self.move_in(options)
                if is_dry_run:
                    set_rollback(True)
        except SourceError as error:
            name = options.get("sqlite") or _("The old database")
            words = _("%(name)s cannot be moved in: %(error)s.")
            raise CommandError(words % {"name": name, "error": error}) from None
        report.print(self.stdout, as_json=options["json"], is_dry_run=is_dry_run, **about)

    def move_in(self, options: dict[str, Any]) -> tuple[Report, dict[str, object]]:
        """Move in and return the report, and what its JSON object says beside that."""
        raise NotImplementedError
