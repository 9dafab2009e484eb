"""What every bench needs: its options, and servers of its own to measure on."""

import argparse
import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def options(description: str | None, *, rounds: int) -> argparse.Namespace:
    """Read the command line. All benches take all options, so that `make bench` can hand the same ones to each."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("judging", "sync", "rows"), help="leave the others out")
    parser.add_argument("--rounds", type=_count, default=rounds)
    judging = parser.add_argument_group("judging")
    judging.add_argument("--events", type=_count, default=50_000)
    judging.add_argument("--bases", type=_count, default=100)
    judging.add_argument("--workers", type=_count, default=2)
    sync = parser.add_argument_group("sync and rows")
    sync.add_argument("--latency", type=float, default=0.15, help="seconds before each answer of the API")
    sync.add_argument("--rows", type=_count, default=40_000, help="vehicles of a hundred players")
    return parser.parse_args()


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"1 or more, not {number}")
    return number


@contextlib.contextmanager
def servers() -> Iterator[None]:
    """Real servers with the settings of production, unless the environment names some."""
    with contextlib.ExitStack() as stack:
        from local import servers as local_servers

        folder = Path(tempfile.mkdtemp(prefix="wotcs-bench-"))
        folder.chmod(0o711)
        local_servers.provide(stack, folder)
        os.environ["DJANGO_SETTINGS_MODULE"] = "wotcs.settings"
        os.environ.setdefault("SECRET_KEY", secrets.token_hex())
        os.environ["LOG_LEVEL"] = "WARNING"
        import django

        django.setup()
        yield


def prepare_database() -> None:
    """Make the tables; refuse a database that holds more than a bench left, since a bench empties tables."""
    from django.core.management import call_command

    from clans.models import Clan
    from tanks.models import Realm
    from territory.models import GameServer

    call_command("migrate", verbosity=0)
    others = (Realm.objects.all(), Clan.objects.all(), GameServer.objects.exclude(slug="bench"))
    if any(found.exists() for found in others):
        raise SystemExit("DATABASE_URL names a database that is in use, and a bench would empty it.")
