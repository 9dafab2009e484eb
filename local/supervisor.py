"""Keep a handful of programs running: started in order when ready, restarted when they die, stopped in order.

One thread: the kernel ties a child to the thread that started it (see `servers.die_with_parent`).
"""

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import BinaryIO

from local.servers import die_with_parent

RESTART_SECONDS = 3.0
PORTS_TRIED = 21
_TICK = 0.1
_COLOURS = (36, 35, 32, 33, 34, 96, 95, 92)


class StopAskedError(Exception):
    """A signal asked for the end while something was awaited."""


class StartFailedError(Exception):
    """A program is not ready in time; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program to keep running.

    `command` is what to run, or a function that starts it, given the descriptor for its output. Stages stop from the
    highest to the lowest, each within `stop_seconds`.
    """

    name: str
    command: Sequence[str] | Callable[[int], subprocess.Popen[bytes]]
    stage: int
    stop_with: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0

    def start(self, output: int) -> subprocess.Popen[bytes]:
        """Start it in a process group of its own, ended if this process dies."""
        if callable(self.command):
            return self.command(output)
        return subprocess.Popen(  # noqa: S603 - commands of our own
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            process_group=0,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one thread only
        )


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    next_start_at: float = 0.0

    def kill_group(self) -> None:
        """End also what the program itself has started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass(slots=True)
class _Source:
    name: str
    rest: bytes = b""


class Log:
    """One readable log of many programs: each line begins with a short name, coloured on a terminal."""

    def __init__(self, out: BinaryIO | None = None) -> None:
        self.out = out if out is not None else sys.stdout.buffer
        self.coloured = self.out.isatty() and not os.environ.get("NO_COLOR")
        self.selector = selectors.DefaultSelector()
        self.names: list[str] = []

    def pipe(self, name: str) -> int:
        """Open a descriptor for a program's output."""
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        self.selector.register(reader, selectors.EVENT_READ, _Source(name))
        return writer

    def pump(self, seconds: float) -> bool:
        """Pass on the programs' output, waiting at most `seconds` for some; return whether there was any."""
        if not self.selector.get_map():
            time.sleep(seconds)
        readable = self.selector.select(seconds)
        for key, _ in readable:
            with contextlib.suppress(BlockingIOError):
                self._read(key.fd, key.data)
        return bool(readable)

    def drain(self) -> None:
        """Pass on the last output of programs that have ended, within a limit: other programs may go on writing."""
        for _ in range(1000):
            if not self.pump(0):
                break

    def _read(self, reader: int, source: _Source) -> None:
        block = os.read(reader, 65536)
        *lines, source.rest = (source.rest + block).split(b"\n")
        if not block:
            self.selector.unregister(reader)
            os.close(reader)
            lines = [source.rest] if source.rest else []
        for line in lines:
            self.line(source.name, line)

    def line(self, name: str, text: bytes | str) -> None:
        """Write one line; a closed terminal is no error."""
        if name not in self.names:
            self.names.append(name)
        head = f"{name:<10} |"
        if self.coloured:
            head = f"\x1b[{_COLOURS[self.names.index(name) % len(_COLOURS)]}m{head}\x1b[0m"
        body = text.encode() if isinstance(text, str) else text
        with contextlib.suppress(OSError, ValueError):
            self.out.write(head.encode() + b" " + body.rstrip(b"\r") + b"\n")
            self.out.flush()


@dataclass(slots=True)
class Supervisor:
    """Runs programs until a signal asks it to stop; a second signal makes it hurry."""

    log: Log = field(default_factory=Log)
    asked: int = 0
    children: list[_Child] = field(default_factory=list)

    def listen(self) -> None:
        """Take the signals that end a program at a terminal, in a container and under a service manager."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.asked += 1

    def say(self, text: str) -> None:
        """Write the supervisor's own lines."""
        for line in text.splitlines() or [""]:
            self.log.line("run", line)

    def run_once(self, name: str, command: Sequence[str]) -> int:
        """Run a program to its end and give its status.

        Raises StopAskedError, after ending the program.
        """
        child = _Child(Program(name, command, stage=0))
        process = self._start(child)
        try:
            while process.poll() is None:
                self._tick()
        finally:
            child.kill_group()
        self.log.drain()
        return process.returncode

    def add(self, program: Program, ready: Callable[[], object] | None = None, seconds: float = 60.0) -> None:
        """Start a program and wait until it is ready.

        Raises StartFailedError when it ends or `seconds` pass first, StopAskedError when asked to stop.
        """
        child = _Child(program)
        self.children.append(child)
        self._start(child)
        deadline = time.monotonic() + seconds
        while ready is not None and not ready():
            self._tick()
            if child.process is None or child.process.poll() is not None:
                raise StartFailedError(f"{program.name} ended while it was starting, see its lines above.")
            if time.monotonic() > deadline:
                raise StartFailedError(f"{program.name} was not ready after {seconds:.0f} s.")

    def wait(self, ready: Callable[[], bool]) -> None:
        """Watch the programs until something is true or a signal asks to stop."""
        with contextlib.suppress(StopAskedError):
            while not ready():
                self._tick()
                for child in self.children:
                    self._look_after(child)

    def watch(self) -> None:
        """Restart what dies, until a signal asks to stop."""
        self.wait(lambda: False)

    def stop(self) -> None:
        """End all programs, highest stage first; one that does not end in its time is killed with all its children."""
        for stage in sorted({child.program.stage for child in self.children}, reverse=True):
            self._stop_stage([child for child in self.children if child.program.stage == stage])
        self.log.drain()

    def _stop_stage(self, children: list[_Child]) -> None:
        for child in children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(child.program.stop_with)
        begun, asked = time.monotonic(), self.asked
        for child in children:
            while child.process is not None and child.process.poll() is None:
                self.log.pump(_TICK)
                patience = child.program.stop_seconds if self.asked == asked else 0.0
                if time.monotonic() - begun > patience:
                    self.say(f"{child.program.name} does not end, killing it")
                    child.kill_group()
            child.kill_group()

    def _tick(self) -> None:
        self.log.pump(_TICK)
        if self.asked:
            raise StopAskedError

    def _look_after(self, child: _Child) -> None:
        if child.process is not None and child.process.poll() is not None:
            child.kill_group()
            self._put_off(child, f"ended with status {child.process.returncode}")
            child.process = None
        if child.process is None and time.monotonic() >= child.next_start_at:
            try:
                self._start(child)
            except (OSError, RuntimeError) as error:
                self._put_off(child, f"did not start: {error}")

    def _put_off(self, child: _Child, why: str) -> None:
        self.say(f"{child.program.name} {why}; starting it again in {RESTART_SECONDS:g} s")
        child.next_start_at = time.monotonic() + RESTART_SECONDS

    def _start(self, child: _Child) -> subprocess.Popen[bytes]:
        output = self.log.pipe(child.program.name)
        try:
            child.process = child.program.start(output)
        finally:
            os.close(output)
        return child.process


def choose_port(first: int, *, fixed: bool, patience: float = 0.0) -> int:
    """Find a free port on 127.0.0.1: `first`, or unless it is fixed one of the next.

    `patience` waits so many seconds for `first`, for a predecessor that is just ending.
    Raises StartFailedError when there is none.
    """
    deadline = time.monotonic() + patience
    while not _is_free(first) and time.monotonic() < deadline:
        time.sleep(_TICK)
    for port in [first] if fixed else range(first, min(first + PORTS_TRIED, 65536)):
        if _is_free(port):
            return port
    if fixed:
        raise StartFailedError(
            f"Port {first} is in use or reserved. Choose another with PORT, or leave PORT out."
        )
    raise StartFailedError(f"No free port from {first} to {first + PORTS_TRIED - 1}. Choose one with PORT.")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
