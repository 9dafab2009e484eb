"""Runs a stand-in for Wargaming's API on this machine."""

import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from local.simulator.server import running
from local.simulator.world import World
from local.terminal import serve_until_stopped


class Command(BaseCommand):
    """`wargaming_simulator [--port N] [--members N] [--seed N] [--since TIME]`."""

    help = (
        "Run a simulator of Wargaming's World of Tanks API with an invented clan. "
        "The same seed and --since bring the same clan back, however often it is restarted."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
        parser.add_argument("--members", type=int, default=100, help="members of the clan, 1 to 100")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another clan")
        parser.add_argument(
            "--since", type=_moment, metavar="TIME", help="when its time began, ISO 8601; default: now"
        )

    def handle(self, **options: Any) -> None:
        now = int(time.time())
        try:
            world = World(seed=options["seed"], members=options["members"], since=options["since"] or now)
            world.advance_to(now)
            with running(world, clock=time.time, port=options["port"]) as simulator:
                serve_until_stopped(self.stdout, f"Wargaming simulator: {simulator.url} clan {world.clan_id}")
        except (ValueError, OSError, OverflowError) as error:
            raise CommandError(str(error)) from error


def _moment(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
