import os
import re
import signal
import subprocess
import sys

import pytest
import requests
from django.conf import settings
from django.core.management import CommandError, call_command

# Neither database nor Redis is in reach.
NOWHERE = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "REDIS_URL": "redis://127.0.0.1:9/0"}


@pytest.mark.slow
def test_command_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "manage.py", "wargaming_simulator", "--members", "6", "--port", "0"]
    with subprocess.Popen(
        [*command, "--since", "2026-06-01T00:00:00-03:00"],
        cwd=settings.BASE_DIR, env=os.environ | NOWHERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout
            line = process.stdout.readline()
            said = re.fullmatch(r"Wargaming simulator: (http://127\.0\.0\.1:\d+) clan (\d+)\n", line)
            assert said, line
            asked = {"application_id": "any", "clan_id": said[2]}
            answer = requests.get(f"{said[1]}/wot/clans/info/", params=asked, timeout=10).json()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=10)
        finally:
            process.kill()
    assert answer["data"][said[2]]["members_count"] > 0
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("arguments", [["--since", "1999-01-01"], ["--members", "101"], ["--port", "99999"]])
def test_command_says_what_it_cannot_do(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("wargaming_simulator", "--members", "6", *arguments)
