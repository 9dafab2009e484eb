"""`make run` and `make services`: the environment that the settings need, then all programs."""

import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import django
import environ
from django.core.exceptions import ImproperlyConfigured

from local import embedded, servers
from local.supervisor import StartFailedError

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Start servers, web, workers and beat, keep them running and stop them together."""
    given = arguments()
    if given.stop_with_parent:
        servers.die_with_parent(signal.SIGTERM, parent=os.getppid())()
    os.chdir(ROOT)  # whatever directory this was called from, the programs agree on code and data
    environ.Env.read_env(ROOT / ".env")
    data_dir = Path(os.environ.get("WOTCS_DATA_DIR") or ROOT / "var").absolute()
    try:
        with embedded.exclusive(data_dir):
            embedded.withdraw(data_dir)  # what a killed run left
            run(data_dir, services_only=given.services_only)
    except (embedded.EmbeddedError, StartFailedError, ImproperlyConfigured) as error:
        sys.exit(f"make run: {error}")


def arguments() -> Namespace:
    parser = ArgumentParser(
        prog="python -m local",
        description="Run everything on this machine: PostgreSQL and Valkey (unless DATABASE_URL and REDIS_URL name others), "
        "web, workers and beat. Ctrl-C stops them all.",
    )
    parser.add_argument("--services-only", action="store_true", help="only PostgreSQL and Valkey")
    parser.add_argument(
        "--stop-with-parent",
        action="store_true",
        help="stop when the program that started this one dies, even by kill -9",
    )
    return parser.parse_args()


def run(data_dir: Path, *, services_only: bool) -> None:
    """Run on a data directory that the caller holds."""
    own_servers = set_environment(data_dir)
    django.setup()
    from django.utils import translation  # noqa: PLC0415 - the settings could not be read before

    from local import terminal  # noqa: PLC0415
    from local.run import Stack  # noqa: PLC0415

    with translation.override(terminal.language()):
        Stack(data_dir, own_servers).run(services_only=services_only)


def set_environment(data_dir: Path) -> frozenset[str]:
    """Set the missing settings; return the names of the addresses whose servers are to be started."""
    made = {
        "SECRET_KEY": embedded.secret_key,
        "DATABASE_URL": embedded.database_url,
        "REDIS_URL": embedded.redis_url,
    }
    missing = [name for name in made if not os.environ.get(name)]
    os.environ |= {name: made[name](data_dir) for name in missing}
    os.environ |= {"WOTCS_DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "wotcs.settings"}
    os.environ.setdefault("STAFF_SECOND_FACTOR", "false")  # on a developer's machine a password is enough
    return frozenset(missing) - {"SECRET_KEY"}


if __name__ == "__main__":
    main()
