"""Store and judge a game log."""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from territory.management.options import game_server
from territory.models import GameServer
from territory.reach import HostError
from territory.selectors import verdict_counts
from territory.services import deliveries, judging, logs
from territory.services.clocks import shift_in_words

_PATIENCE_SECONDS = 60


class Command(BaseCommand):
    """`import_adm FILE --server SLUG [--json]`."""

    help = "Store and judge a game log (.ADM). What is known already is not stored again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the .ADM file")
        parser.add_argument("--server", required=True, metavar="SLUG", help="the game server the log is of")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of words")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        server = game_server(options["server"])
        imported = _import(server, options["file"])
        _judge_all(server, imported)
        deliveries.deliver_due()
        stored = imported.stored
        verdicts, unusable = verdict_counts(server, imported.keys)
        result = {
            "lines": imported.lines,
            "events": imported.events,
            "placements": stored.received,
            "new": stored.new,
            "duplicates": stored.duplicates,
            "unusable": unusable,
            "verdicts": verdicts,
        }
        if imported.unfinished:
            self.stderr.write(_("The last line is not finished; it is read when the file is imported again."))
        if imported.clock_shift_min:
            words = _("This log is dated wrongly, so that it bans nobody by itself: staff decide. %(clock)s")
            self.stderr.write(words % {"clock": shift_in_words(server, imported.clock_shift_min)})
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        for name, value in result.items():
            shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
            self.stdout.write(f"{name}: {shown}")


def _import(server: GameServer, path: Path) -> logs.Imported:
    try:
        size = path.stat().st_size
        with tqdm(total=size, unit="B", unit_scale=True, disable=not sys.stderr.isatty()) as bar:
            return logs.import_file(server, path, on_bytes=bar.update)
    except (OSError, HostError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CommandError(
            _("%(file)s cannot be read: %(error)s") % {"file": path, "error": reason}
        ) from error


def _judge_all(server: GameServer, imported: logs.Imported) -> None:
    """Judge the placements that no worker holds, and wait for those that a worker holds."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        while judging.judge_due(server.pk, now=timezone.now()).judged:
            pass
        if not logs.are_waiting(server, imported.keys):
            return
        if time.monotonic() > until:
            raise CommandError(
                _("Some placements still wait for a worker; run the command again to see their verdicts.")
            )
        time.sleep(0.1)
