"""Runs a stand-in for Wargaming's API on this machine."""

import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from local.simulator.server import running
from local.simulator.world import CLAN_ID, Impossible, World


class Command(BaseCommand):
    """`wargaming_simulator [--port N] [--members N] [--seed N] [--since TIME] …`."""

    help = (
        "Run a simulator of Wargaming's World of Tanks API with an invented clan. "
        "The same seed and --since bring the same clan back, however often it is restarted."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen at")
        parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
        parser.add_argument("--members", type=int, default=100, help="members of the clan, 1 to 100")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another clan")
        parser.add_argument("--clan-id", type=int, default=CLAN_ID)
        parser.add_argument(
            "--since", type=_moment, metavar="TIME", help="when its time began, ISO 8601; default: now"
        )
        parser.add_argument(
            "--rate", type=float, default=10.0, help="requests a second it allows to an application"
        )
        parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        with _until_told_to_stop() as stop:
            try:
                self._serve(stop, options)
            except (Impossible, OSError, OverflowError) as error:
                raise CommandError(str(error)) from error

    def _serve(self, stop: threading.Event, options: dict[str, Any]) -> None:
        world = _world(options)
        with running(
            world,
            rate=options["rate"],
            latency=options["latency"],
            clock=time.time,
            host=options["host"],
            port=options["port"],
        ) as simulator:
            self.stdout.write(f"Wargaming simulator: {simulator.url} clan {world.clan_id}")
            self.stdout.flush()
            stop.wait()


def _world(options: dict[str, Any]) -> World:
    now = int(time.time())
    since = now if options["since"] is None else options["since"]
    if since > now:
        raise CommandError("--since lies in the future.")
    world = World(seed=options["seed"], members=options["members"], since=since, clan_id=options["clan_id"])
    world.advance_to(now)
    return world


def _moment(text: str) -> int:
    """Read an ISO time, UTC where it names no zone."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


@contextmanager
def _until_told_to_stop() -> Iterator[threading.Event]:
    """Yield what SIGTERM and SIGINT set; afterwards they mean what they meant before."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
