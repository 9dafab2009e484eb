import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.core.management import CommandError, call_command

ROOT = Path(__file__).parents[3]


@contextlib.contextmanager
def command(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run it with neither database nor Redis in reach."""
    nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "REDIS_URL": "redis://127.0.0.1:9/0"}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "wargaming_simulator", "--members", "6", *arguments],
        cwd=ROOT,
        env={**os.environ, **nowhere},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ready(process: "subprocess.Popen[str]") -> tuple[str, str]:
    assert process.stdout
    line = process.stdout.readline()
    match = re.fullmatch(r"Wargaming simulator: (http://127\.0\.0\.1:\d+) clan (\d+)\n", line)
    assert match, line
    return match[1], match[2]


@pytest.mark.slow
def test_command_serves_until_told_to_stop() -> None:
    with command("--port", "0", "--seed", "3", "--since", "2025-06-01T00:00:00-03:00") as process:
        url, clan_id = ready(process)
        told = requests.get(
            f"{url}/wot/clans/info/", params={"application_id": "any", "clan_id": clan_id}, timeout=10
        ).json()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    assert told["data"][clan_id]["members_count"] > 0
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [["--since", "2999-01-01"], ["--since", "1999-01-01"], ["--members", "101"], ["--port", "99999"]],
)
def test_command_says_what_it_cannot_do(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("wargaming_simulator", "--members", "6", *arguments)
