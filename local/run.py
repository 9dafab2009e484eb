"""Everything on this machine with one command: which programs there are, and the order in which they start."""

import contextlib
import hashlib
import http.client
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import current_app as app
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.db import connections
from django.utils.translation import gettext as _

from clans.models import User
from local import embedded, servers
from local.demo import tanks
from local.demo.cast import sign_in_lines
from local.simulator.world import CLAN_ID
from local.supervisor import (
    Program,
    StartFailedError,
    StopAskedError,
    Supervisor,
    choose_port,
    mark,
    start_command,
)

POSTGRES, VALKEY, SIMULATOR, WEB, WORKER, BEAT, GAME = range(7)  # started in this order, stopped in reverse
# By name of each worker: its queues and processes. A queue never waits for the tasks of another worker.
WORKERS = {
    "placements": ("placements", 2),
    # Game servers' files: one that hangs takes one process until its time limit, and the others go on.
    "hosts": ("bans,logs", 3),
    "outbound": ("outbound", 1),
    "sync": ("sync", 1),
    "general": ("default", 1),
}
DEFAULT_PORT = 8000
QUIET_SECONDS, MOST_QUIET_SECONDS = 4.0, 40.0


class Stack:
    """All programs of one installation, on one data directory that the caller holds.

    `own_servers` are the names of the addresses that lead to servers to be started here.
    """

    def __init__(self, data_dir: Path, own_servers: frozenset[str]) -> None:
        self.data_dir = data_dir
        self.own_servers = own_servers
        self.supervisor = Supervisor()
        self.demo_lines: list[str] = []

    def run(self, *, services_only: bool) -> None:
        """Start, keep running, stop.

        Raises StartFailedError or EmbeddedError with words for a person.
        """
        marker = self.data_dir / "running"
        killed_before = mark(marker)
        self.supervisor.listen()
        try:
            with contextlib.suppress(StopAskedError):
                port = None if services_only else find_port(patience=5.0 if killed_before else 0.0)
                self._start_services(required=services_only)
                if port is not None:
                    self._start_site(port)
                self.supervisor.watch()
        finally:
            self.supervisor.say(_("Stopping."))
            self.supervisor.stop()
            embedded.withdraw(self.data_dir)
            marker.unlink(missing_ok=True)
        self.supervisor.say(_("Stopped."))

    def _start_services(self, *, required: bool) -> None:
        if required and not self.own_servers:
            raise StartFailedError(
                _("DATABASE_URL and REDIS_URL name servers elsewhere; there is nothing to start.")
            )
        if "DATABASE_URL" in self.own_servers:
            self._start_postgres()
        if "REDIS_URL" in self.own_servers:
            self._start_valkey()
        self._hand_over()
        if required:
            text = _("Servers are ready for manage.py in another terminal. Data: %(folder)s")
            self.supervisor.say(text % {"folder": self.data_dir})

    def _start_postgres(self) -> None:
        if not (self.data_dir / "postgres").exists():
            self.supervisor.say(_("Making a new database in %(folder)s") % {"folder": self.data_dir})
            self._demo_done.unlink(missing_ok=True)
        program = Program(
            "postgres",
            lambda output: servers.start_postgres(self.data_dir, output=output),
            stage=POSTGRES,
            stop_with=signal.SIGINT,
            stop_seconds=30,
        )
        self.supervisor.add(program, lambda: servers.postgres_ready(self.data_dir))

    def _start_valkey(self) -> None:
        program = Program(
            "valkey", lambda output: servers.start_valkey(self.data_dir, output=output), stage=VALKEY
        )
        self.supervisor.add(program, lambda: servers.valkey_ready(self.data_dir))
        restore_unacknowledged()

    def _start_site(self, port: int) -> None:
        self._manage("migrate", "--no-input", "--verbosity", "1")
        collect_static(self._manage)
        self._make_demo()
        if self.demo_lines and not settings.WOT_APP_ID:
            self._start_simulator()
        self.supervisor.add(web_program(port))
        for name, (queues, processes) in WORKERS.items():
            self.supervisor.add(worker_program(name, queues, processes))
        self.supervisor.add(beat_program(self.data_dir))
        if self.demo_lines:
            self.supervisor.add(game_program())
        self.supervisor.wait(lambda: answers(port))
        # Sign-in and address come last: the first lines of every program would bury them.
        self.supervisor.wait_for_quiet(workers_answer, seconds=QUIET_SECONDS, at_most=MOST_QUIET_SECONDS)
        address = _("Open http://127.0.0.1:%(port)d/ (Ctrl-C stops)") % {"port": port}
        self.supervisor.say("\n".join(["", *(self.demo_lines or first_account_lines()), address, ""]))

    def _start_simulator(self) -> None:
        """Put the simulator in the place of Wargaming's API, for all programs that are started after it."""
        port = choose_port(tanks.PORT, fixed=False)
        url = f"http://127.0.0.1:{port}"
        simulated = {"WOT_APP_ID": "simulated", "WOT_REALM": url, "CLAN_ID": str(CLAN_ID)}
        os.environ |= simulated
        self._hand_over(**simulated)
        self.supervisor.add(simulator_program(port), lambda: answers(port))
        self.supervisor.say(_("World of Tanks is simulated: set WOT_APP_ID and CLAN_ID for a real clan."))

    def _hand_over(self, **more: str) -> None:
        """Let manage.py in another terminal reach the programs of this run."""
        names = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL")
        embedded.hand_over(self.data_dir, {name: os.environ[name] for name in names} | more)

    def _manage(self, *arguments: str) -> None:
        status = self.supervisor.run_once(arguments[0], [sys.executable, "manage.py", *arguments])
        if status != 0:
            raise StartFailedError(
                f"manage.py {arguments[0]} ended with status {status}, see its lines above."
            )

    @property
    def _demo_done(self) -> Path:
        return self.data_dir / "demo_done"

    def _make_demo(self) -> None:
        if not is_demo_asked_for():
            return
        if not self._demo_done.exists():
            self._manage("demo")
            self._demo_done.touch()
        self.demo_lines = sign_in_lines(self.data_dir)


def is_demo_asked_for() -> bool:
    """Return whether invented people fill an empty database: yes, unless DEMO says no."""
    return os.environ.get("DEMO", "1") not in {"", "0", "false", "no"}


def first_account_lines() -> list[str]:
    """Return the words about the first account, if nobody has an account."""
    is_needed = not User.objects.filter(is_superuser=True).exists()
    connections.close_all()
    if not is_needed:
        return []
    python = (
        os.path.relpath(sys.executable)
        if settings.BASE_DIR in Path(sys.executable).parents
        else sys.executable
    )
    text = _("Nobody can sign in yet. In another terminal make the first account: %(command)s")
    return [text % {"command": f"{python} manage.py createsuperuser"}]


def port_setting() -> tuple[int, bool]:
    """Read PORT: the number, and whether it was set."""
    text = os.environ.get("PORT", "").strip()
    if not text:
        return DEFAULT_PORT, False
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StartFailedError(f"PORT is {text!r}, it must be a number from 1 to 65535.")
    return int(text), True


def find_port(*, patience: float) -> int:
    """Choose the web port: `patience` is how many seconds to wait for the web of a killed predecessor to end."""
    number, fixed = port_setting()
    return choose_port(number, fixed=fixed, patience=patience)


def web_program(port: int) -> Program:
    """Return the web server. It has few threads: more were slower on few cores."""
    command = [sys.executable, "-m", "gunicorn", "wotcs.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "2", "--graceful-timeout", "10"]
    # Gunicorn logs "listening" before any page can be answered; `run` prints the address when one can.
    command += ["--no-control-socket", "--log-level", "warning"]
    return Program("web", lambda output: start_command(command, output), stage=WEB, stop_seconds=15)


def worker_program(name: str, queues: str, processes: int) -> Program:
    """Return a Celery worker; its stop waits for the running tasks."""
    command = [*celery_command(), "worker", "--loglevel", settings.LOG_LEVEL]
    command += [
        "-Q",
        queues,
        "-c",
        str(processes),
        "-n",
        f"{name}@%h",
        "--without-gossip",
        "--without-mingle",
    ]
    return Program(name, lambda output: start_command(command, output), stage=WORKER, stop_seconds=20)


def celery_command() -> list[str]:
    """Return Celery's command without the banner and without ten lines of warning about root, as in a container."""
    return [
        sys.executable,
        "-W",
        "ignore:You're running the worker",
        "-m",
        "celery",
        "-A",
        "wotcs",
        "--quiet",
    ]


def beat_program(data_dir: Path) -> Program:
    """Return Celery beat; entries that it forgets are due again at its next start."""
    command = [*celery_command(), "beat", "--loglevel", settings.LOG_LEVEL]
    command += ["--pidfile=", "--schedule", str(data_dir / "celerybeat-schedule")]
    return Program("beat", lambda output: start_command(command, output), stage=BEAT)


def simulator_program(port: int) -> Program:
    """Return the simulator: World of Tanks for the demo."""
    command = [sys.executable, "manage.py", "demo_simulator", "--port", str(port)]
    return Program("tanks", lambda output: start_command(command, output), stage=SIMULATOR, stop_seconds=5)


def game_program() -> Program:
    """Return the demo's game, which writes its log as a host does."""
    command = [sys.executable, "manage.py", "demo_replay"]
    return Program("demo", lambda output: start_command(command, output), stage=GAME, stop_seconds=2)


def restore_unacknowledged() -> None:
    """Put back the messages of killed workers at once: no worker runs yet, so every message taken belongs to a dead one."""
    with app.connection_for_write() as connection:
        channel: Any = connection.default_channel  # Redis has more than every transport promises
        with channel.conn_or_acquire() as client:
            for tag in client.hkeys(channel.unacked_key):
                channel.qos.restore_by_tag(tag.decode() if isinstance(tag, bytes) else tag, client)


def collect_static(manage: Callable[..., None]) -> None:
    """Run collectstatic when a source differs from the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".sources"
    digest = static_digest()
    if not stamp.is_file() or stamp.read_text() != digest:
        manage("collectstatic", "--no-input", "--clear", "--verbosity", "0")
        stamp.write_text(digest)


def static_digest() -> str:
    """Sum up name, size and time of every static source, and how they are stored."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def workers_answer() -> bool:
    """Return whether all workers take tasks."""
    return len(app.control.ping(timeout=0.5) or []) >= len(WORKERS)


def answers(port: int) -> bool:
    """Return whether the site gives any answer at all."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
