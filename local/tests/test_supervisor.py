"""Starting, restarting and stopping, with real processes."""

import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from celery import current_app as app

from local import run
from local.supervisor import (
    LONGEST_DELAY,
    Log,
    Program,
    StartFailedError,
    StopAskedError,
    Supervisor,
    choose_port,
    start_command,
)

ROOT = Path(__file__).resolve().parents[2]
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
    return Program(
        name,
        lambda output: start_command(["/bin/sh", "-c", script], output),
        stage,
        stop_seconds=stop_seconds,
    )


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
def test_dead_child_is_started_again_later_each_time(supervisor: Supervisor, out: io.BytesIO) -> None:
    supervisor.add(shell("dies", "echo here; exit 3"))
    begun = time.monotonic()
    supervisor.wait(lambda: len(lines(out, "dies")) == 3)
    assert time.monotonic() - begun > 1.4
    assert lines(out, "run")[:2] == [
        "dies ended with status 3; starting it again in 0.5 s",
        "dies ended with status 3; starting it again in 1 s",
    ]


def test_delay_has_an_upper_limit(supervisor: Supervisor) -> None:
    supervisor.add(shell("waits", "sleep 60"))
    child = supervisor.children[0]
    delays = []
    for _ in range(9):
        supervisor._put_off(child, "died")
        delays.append(child.delay)
    assert delays[:3] == [1, 2, 4]
    assert delays[-1] == LONGEST_DELAY


def test_program_that_cannot_be_started_again_does_not_end_the_others(
    supervisor: Supervisor, out: io.BytesIO
) -> None:
    starts = iter([["/bin/sh", "-c", "exit 0"], ["/no such program"]])
    supervisor.add(Program("lost", lambda output: start_command(next(starts), output), stage=0))
    supervisor.wait(lambda: any("did not start" in line for line in lines(out, "run")))
    assert "starting it again in 1 s" in lines(out, "run")[-1]


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


def test_program_that_ends_before_it_is_ready_is_reported(supervisor: Supervisor) -> None:
    with pytest.raises(StartFailedError, match="early ended while it was starting"):
        supervisor.add(shell("early", "exit 1"), ready=lambda: False)


def test_program_that_is_never_ready_is_reported(supervisor: Supervisor) -> None:
    with pytest.raises(StartFailedError, match="late was not ready"):
        supervisor.add(shell("late", "sleep 60"), ready=lambda: False, seconds=0.1)


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


@pytest.mark.parametrize(
    ("text", "expected"), [("", (8000, False)), ("9001", (9001, True)), (" 80 ", (80, True))]
)
def test_port_setting(text: str, expected: tuple[int, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)
    assert run.port_setting() == expected


@pytest.mark.parametrize("text", ["web", "0", "65536", "-1", "8000.5"])
def test_port_setting_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(StartFailedError, match="PORT"):
        run.port_setting()


@pytest.mark.parametrize(("demo", "expected"), [(None, True), ("0", False), ("", False), ("1", True)])
def test_demo_is_made_unless_switched_off(
    demo: str | None, *, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEMO", raising=False)
    if demo is not None:
        monkeypatch.setenv("DEMO", demo)
    assert run.is_demo_asked_for() is expected


def test_static_files_are_collected_only_when_a_source_changed(tmp_path: Path, settings: "object") -> None:
    settings.STATIC_ROOT = tmp_path  # type: ignore[attr-defined]
    calls: list[str] = []
    manage: Callable[..., None] = lambda *arguments: calls.append(arguments[0])  # noqa: E731
    run.collect_static(manage)
    run.collect_static(manage)
    assert calls == ["collectstatic"]
    (tmp_path / ".sources").write_text("of another time")
    run.collect_static(manage)
    assert calls == ["collectstatic"] * 2


# Takes a message as a worker does and dies without a word.
TAKER = """
import os, sys
import django
django.setup()
from celery import current_app as app
channel = app.connection_for_write().default_channel
assert channel.basic_get(sys.argv[1]) is not None
os._exit(0)
"""


@pytest.mark.slow
def test_message_taken_by_a_killed_worker_is_put_back() -> None:
    name = "test-unacknowledged"
    with app.connection_for_write() as connection, connection.SimpleQueue(name) as queue:
        queue.put({"number": 7})
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "wotcs.settings"}
        subprocess.run([sys.executable, "-c", TAKER, name], cwd=ROOT, env=environment, check=True)
        with pytest.raises(queue.Empty):
            queue.get_nowait()
        run.restore_unacknowledged()
        assert queue.get(timeout=5).payload == {"number": 7}
        queue.clear()
