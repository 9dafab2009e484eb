"""Starting, restarting and stopping, with real processes."""

import io
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from local import run
from local.supervisor import Log, Program, StartFailedError, StopAskedError, Supervisor, choose_port

# Ignores the polite signal and has a child of its own that does so too; both in one process group.
STUBBORN = 'trap "" TERM; sleep 60 & echo $$ $!; wait; sleep 60'


@pytest.fixture
def out() -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture
def supervisor(out: io.BytesIO) -> Iterator[Supervisor]:
    made = Supervisor(Log(out))
    yield made
    made.asked = 2
    made.stop()


def shell(name: str, script: str, *, stage: int = 0, stop_seconds: float = 5.0) -> Program:
    return Program(name, ["/bin/sh", "-c", script], stage, stop_seconds=stop_seconds)


def gone(pid: int) -> bool:
    """No such process, or only its name is left for a parent that has not asked yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def lines(out: io.BytesIO, name: str) -> list[str]:
    pairs = [line.split("|", 1) for line in out.getvalue().decode().splitlines()]
    return [text.strip() for head, text in pairs if head.strip() == name]


@pytest.mark.slow
def test_dead_child_is_started_again_until_it_cannot_be(
    supervisor: Supervisor, out: io.BytesIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.supervisor.RESTART_SECONDS", 0.2)
    commands = iter([["/bin/sh", "-c", "echo here; exit 3"]] * 2 + [["/no such program"]])
    supervisor.add(Program("dies", lambda output: Program("", next(commands), 0).start(output), stage=0))
    supervisor.wait(lambda: len(lines(out, "run")) == 3)
    assert lines(out, "dies") == ["here", "here"]
    died = "dies ended with status 3; starting it again in 0.2 s"
    assert lines(out, "run")[:2] == [died, died]
    assert lines(out, "run")[2].startswith("dies did not start: ")


def test_stop_kills_stubborn_program_with_its_children(supervisor: Supervisor, out: io.BytesIO) -> None:
    supervisor.add(shell("stubborn", STUBBORN, stop_seconds=0.2), ready=lambda: bool(lines(out, "stubborn")))
    pids = [int(word) for word in lines(out, "stubborn")[0].split()]
    assert not any(gone(pid) for pid in pids)
    supervisor.stop()
    until = time.monotonic() + 5  # the kernel ends a group's members one after the other
    while not all(gone(pid) for pid in pids):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert lines(out, "run") == ["stubborn does not end, killing it"]


def test_stages_stop_from_the_highest_to_the_lowest(supervisor: Supervisor, out: io.BytesIO) -> None:
    script = 'trap "echo end; exit 0" TERM; echo begin; while :; do sleep 0.05; done'
    for stage, name in enumerate(["database", "web", "clock"]):
        supervisor.add(shell(name, script, stage=stage), ready=partial(lines, out, name))
    supervisor.stop()
    ends = [
        line.split("|")[0].strip() for line in out.getvalue().decode().splitlines() if line.endswith("| end")
    ]
    assert ends == ["clock", "web", "database"]


@pytest.mark.parametrize(
    ("script", "seconds", "words"),
    [("exit 1", 60.0, "ended while it was starting"), ("sleep 60", 0.1, "was not ready")],
)
def test_program_that_does_not_start_is_reported(
    supervisor: Supervisor, script: str, seconds: float, words: str
) -> None:
    with pytest.raises(StartFailedError, match=f"program {words}"):
        supervisor.add(shell("program", script), ready=lambda: False, seconds=seconds)


def test_stop_asked_while_waiting_ends_the_step(supervisor: Supervisor) -> None:
    supervisor.asked = 1
    with pytest.raises(StopAskedError):
        supervisor.run_once("step", ["/bin/sleep", "60"])


def test_step_gives_its_status_and_every_line(supervisor: Supervisor, out: io.BytesIO) -> None:
    assert supervisor.run_once("step", ["/bin/sh", "-c", "echo one; printf two >&2; exit 4"]) == 4
    assert out.getvalue() == b"step       | one\nstep       | two\n"


def test_log_passes_on_any_bytes_and_survives_a_closed_terminal() -> None:
    out = io.BytesIO()
    log = Log(out)
    log.line("name", b"caf\xe9\r")
    assert out.getvalue() == b"name       | caf\xe9\n"
    out.close()
    log.line("name", "nobody reads")


def test_taken_port_gives_the_next_or_an_error_when_it_was_chosen() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < choose_port(port, fixed=False) <= port + 20
        with pytest.raises(StartFailedError, match=f"Port {port} is in use"):
            choose_port(port, fixed=True)
    assert choose_port(port, fixed=True) == port


@pytest.mark.parametrize("text", ["web", "0", "65536", "-1", "8000.5"])
def test_port_that_is_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(StartFailedError, match="PORT"):
        run.find_port()


@pytest.mark.parametrize(("demo", "expected"), [(None, True), ("0", False), ("", False), ("1", True)])
def test_demo_is_made_unless_switched_off(
    demo: str | None, *, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEMO", raising=False)
    if demo is not None:
        monkeypatch.setenv("DEMO", demo)
    assert run.is_demo_asked_for() is expected
