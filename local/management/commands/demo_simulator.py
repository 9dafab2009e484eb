"""Runs the demo's World of Tanks: the simulator, with the rows that lead to it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from common.outbox import wake
from local.demo import tanks
from tanks.tasks import sync_clan


class Command(BaseCommand):
    """`demo_simulator [--port N]`: what `make run` starts where no application id is set."""

    help = "Run the simulator of Wargaming's API for the demo community, and have its clan synced from it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=tanks.PORT)

    def handle(self, **options: Any) -> None:
        beginning = tanks.since(Path(settings.DATA_DIR))
        run = tanks.prepare(f"http://127.0.0.1:{options['port']}", beginning)
        connection.close()
        wake(sync_clan, run.clan_id)
        call_command(
            "wargaming_simulator",
            port=options["port"],
            seed=tanks.SEED,
            members=tanks.MEMBERS,
            since=int(beginning.timestamp()),
            stdout=self.stdout,
        )
