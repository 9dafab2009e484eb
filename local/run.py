"""Everything on this machine with one command: which programs there are, and the order in which they start."""

import contextlib
import http.client
import os
import signal
import sys
import time
from pathlib import Path

from celery import current_app as app
from django.conf import settings
from django.db import connections
from django.utils.translation import gettext as _

from clans.models import User
from local import embedded, servers
from local.demo import tanks
from local.demo.cast import sign_in_lines
from local.simulator import discord
from local.simulator.world import CLAN_ID
from local.supervisor import Program, StartFailedError, StopAskedError, Supervisor, choose_port

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
DISCORD_PORT = 8970  # the next free port serves as well
PATIENCE_SECONDS = 40.0
PORT_SECONDS = 3.0  # the web server of a killed run frees its port within that time


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
        self.supervisor.listen()
        try:
            with contextlib.suppress(StopAskedError):
                port = None if services_only else find_port()
                self._start_services()
                if port is None:
                    text = _("Servers are ready for manage.py in another terminal. Data: %(folder)s")
                    self.supervisor.say(text % {"folder": self.data_dir})
                else:
                    self._start_site(port)
                self.supervisor.watch()
        finally:
            self.supervisor.say(_("Stopping."))
            self.supervisor.stop()
            embedded.withdraw(self.data_dir)
        self.supervisor.say(_("Stopped."))

    def _start_services(self) -> None:
        if "DATABASE_URL" in self.own_servers:
            self._start_postgres()
        if "REDIS_URL" in self.own_servers:
            self._start_valkey()
        self._hand_over()

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

    def _start_site(self, port: int) -> None:
        # Announcements of bans say where to appeal.
        os.environ["SITE_URL"] = os.environ.get("SITE_URL") or f"http://127.0.0.1:{port}"
        self._manage("migrate", "--no-input", "--verbosity", "1")
        self._manage("collectstatic", "--no-input", "--clear", "--verbosity", "0")
        self._make_demo()
        if self.demo_lines and not settings.WOT_APP_ID:
            self._start_simulator()
        if self.demo_lines and not settings.DISCORD_CLIENT_ID:
            self._start_discord()
        self.supervisor.add(web_program(port))
        for name, (queues, processes) in WORKERS.items():
            self.supervisor.add(worker_program(name, queues, processes))
        # Entries that beat forgets are due again at its next start.
        schedule = str(self.data_dir / "celerybeat-schedule")
        self.supervisor.add(celery_program("beat", "beat", "--pidfile=", "--schedule", schedule, stage=BEAT))
        if self.demo_lines:
            self.supervisor.add(manage_program("demo", "demo_replay", stage=GAME))
        self.supervisor.wait(lambda: answers(port))
        # Sign-in and address come last: the first lines of the workers would bury them.
        until = time.monotonic() + PATIENCE_SECONDS
        self.supervisor.wait(lambda: workers_answer() or time.monotonic() > until)
        address = _("Open http://127.0.0.1:%(port)d/ (Ctrl-C stops)") % {"port": port}
        self.supervisor.say("\n".join(["", *(self.demo_lines or first_account_lines()), address, ""]))

    def _start_simulator(self) -> None:
        """Put the simulator in the place of Wargaming's API, for all programs that are started after it."""
        port = choose_port(tanks.PORT, fixed=False)
        url = f"http://127.0.0.1:{port}"
        simulated = {"WOT_APP_ID": "simulated", "WOT_REALM": url, "CLAN_ID": str(CLAN_ID)}
        os.environ |= simulated
        self._hand_over(**simulated)
        simulator = manage_program("tanks", "demo_simulator", "--port", str(port), stage=SIMULATOR)
        self.supervisor.add(simulator, lambda: answers(port))
        self.supervisor.say(_("World of Tanks is simulated: set WOT_APP_ID and CLAN_ID for a real clan."))

    def _start_discord(self) -> None:
        """Put the stand-in in the place of Discord's sign-in, for all programs that are started after it."""
        port = choose_port(DISCORD_PORT, fixed=False)
        os.environ |= {
            "DISCORD_CLIENT_ID": discord.CLIENT_ID,
            "DISCORD_CLIENT_SECRET": discord.CLIENT_SECRET,
            "DISCORD_API_URL": f"http://127.0.0.1:{port}/api",
        }
        stand_in = manage_program("discord", "demo_discord", "--port", str(port), stage=SIMULATOR)
        self.supervisor.add(stand_in, lambda: answers(port))

    def _hand_over(self, **more: str) -> None:
        """Let manage.py in another terminal reach the programs of this run."""
        names = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "STAFF_SECOND_FACTOR")
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
    text = _("Nobody can sign in yet. In another terminal make the first account: %(command)s")
    return [text % {"command": f"{os.path.relpath(sys.executable)} manage.py createsuperuser"}]


def find_port() -> int:
    """Choose the web port: PORT, or a free one from DEFAULT_PORT on."""
    text = os.environ.get("PORT", "").strip() or str(DEFAULT_PORT)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StartFailedError(f"PORT is {text!r}, it must be a number from 1 to 65535.")
    return choose_port(int(text), fixed=bool(os.environ.get("PORT", "").strip()), patience=PORT_SECONDS)


def web_program(port: int) -> Program:
    """Return the web server. It has few threads: more were slower on few cores."""
    command = [sys.executable, "-m", "gunicorn", "wotcs.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "2", "--graceful-timeout", "10"]
    # Gunicorn logs "listening" before any page can be answered; `run` prints the address when one can.
    command += ["--no-control-socket", "--log-level", "warning"]
    return Program("web", command, stage=WEB, stop_seconds=15)


def worker_program(name: str, queues: str, processes: int) -> Program:
    """Return a Celery worker; its stop waits for the running tasks."""
    options = ["-Q", queues, "-c", str(processes), "-n", f"{name}@%h", "--without-gossip", "--without-mingle"]
    return celery_program(name, "worker", *options, stage=WORKER, stop_seconds=20)


def celery_program(name: str, *arguments: str, stage: int, stop_seconds: float = 10) -> Program:
    """Return a program of Celery, without the banner and without ten lines of warning about root, as in a container."""
    command = [
        sys.executable,
        "-W",
        "ignore:You're running the worker",
        *["-m", "celery", "-A", "wotcs", "--quiet"],
    ]
    command += [*arguments, "--loglevel", settings.LOG_LEVEL]
    return Program(name, command, stage=stage, stop_seconds=stop_seconds)


def manage_program(name: str, *arguments: str, stage: int) -> Program:
    """Return a command of manage.py that goes on until it is stopped."""
    return Program(name, [sys.executable, "manage.py", *arguments], stage=stage, stop_seconds=5)


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
