"""What `make run` says: in the terminal's language, and the sign-in last."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from clans.models import User
from local import embedded, run, terminal
from local.demo import cast


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ({"LANG": "pt_BR.UTF-8"}, "pt-br"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "pt_BR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "pt_BR.UTF-8"}, "pt-br"),
        ({}, "en"),
    ],
)
def test_language_is_that_of_the_locale(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert terminal.language() == language


def test_sign_in_is_told_in_the_readers_language(tmp_path: Path) -> None:
    cast.folder(tmp_path).mkdir()
    cast.sign_in(tmp_path).write_text("abc-def-12\n")
    told = {}
    for language in ("en", "pt-br"):
        with translation.override(language):
            told[language] = cast.sign_in_lines(tmp_path)
    assert all(lines[0].endswith(" abc-def-12") for lines in told.values())
    assert not set(told["en"]) & set(told["pt-br"])


@pytest.mark.django_db(transaction=True)
def test_nobody_is_told_how_to_make_an_account_once_there_is_one() -> None:
    (line,) = run.first_account_lines()
    assert "manage.py createsuperuser" in line
    User.objects.create_superuser("ana", password="x")
    assert not run.first_account_lines()


@pytest.mark.thorough
def test_run_ends_its_start_with_sign_in_and_address(tmp_path: Path) -> None:
    environment = os.environ | {"WOTCS_DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}
    environment |= {"LC_ALL": "pt_BR.UTF-8", "DEMO": "1", "PORT": "", "DJANGO_TESTING": ""}
    command = [sys.executable, "-m", "local", "--stop-with-parent"]
    with subprocess.Popen(
        command, env=environment, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("run ") and "http://127.0.0.1:" in line:
                    break
            said = [line.partition("|")[2].strip() for line in lines]
            assert [words.partition(":")[0] for words in said[-3:-1]] == [
                "Comunidade de demonstração",
                "A mesma senha",
            ]
            assert any("outbound@" in line and "ready" in line for line in said)
            assert not any("Listening at" in line for line in said)
        finally:
            process.send_signal(signal.SIGTERM)
            # A second signal makes the workers hurry: one of them is busy with the first sync.
            if any("Warm shutdown" in line for line in process.stdout):
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=120)
            embedded.forget(tmp_path)
