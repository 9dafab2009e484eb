"""Settings are read in processes of their own: with what they find, and without touching anything."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

GIVEN = {
    "SECRET_KEY": "a key of fifty letters",
    "DATABASE_URL": "postgres://ana:segredo@db.example:5432/wotcs",
    "REDIS_URL": "redis://broker.example:6379/0",
}
DATABASE = (
    "from wotcs.settings import DATABASES as d; d = d['default']; print(*(d[n] for n in sys.argv[1].split()))"
)


def read(tmp_path: Path, script: str, *arguments: str, **given: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"WOTCS_DATA_DIR": str(tmp_path / "data")} | given
    command = [sys.executable, "-c", f"import sys; {script}", *arguments]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("missing", [("DATABASE_URL",), tuple(GIVEN)])
def test_missing_setting_is_said_with_what_to_write(tmp_path: Path, missing: tuple[str, ...]) -> None:
    given = GIVEN | dict.fromkeys(missing, "")
    said = read(tmp_path, "import wotcs.settings", **given).stderr.splitlines()
    assert f"ImproperlyConfigured: Not set: {', '.join(missing)}. " in said[-2]
    assert all(f"{name}=" in said[-2] for name in missing)
    assert not any(f"{name}=" in said[-2] for name in set(GIVEN) - set(missing))
    assert "make run" in said[-1]


def test_reading_settings_writes_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "import wotcs.settings", **GIVEN).returncode == 0
    assert not list(tmp_path.iterdir())


ADDRESSES = {
    "usual": (GIVEN["DATABASE_URL"], "ana segredo db.example 5432 wotcs"),
    "of the old system": ("postgresql+psycopg2://ana:segredo@db.example:5432/wotcs", "ana segredo db.example 5432 wotcs"),
    "as libpq spells it": ("postgres://ana:pw@/wotcs?host=/run/PostgreSQL/a&port=5433", "ana pw /run/PostgreSQL/a 5433 wotcs"),
    "as django-environ does": ("postgresql://ana:pw@:5433//run/PostgreSQL/a/wotcs", "ana pw /run/PostgreSQL/a 5433 wotcs"),
}  # fmt: skip


@pytest.mark.parametrize(("url", "expected"), ADDRESSES.values(), ids=ADDRESSES)
def test_address_of_the_database_is_understood(tmp_path: Path, url: str, expected: str) -> None:
    done = read(tmp_path, DATABASE, "USER PASSWORD HOST PORT NAME", **GIVEN | {"DATABASE_URL": url})
    assert done.stdout.split() == expected.split()


HOW = "EMAIL_URL must be smtp+tls://user:password@host:587"
E_MAIL = {
    "usual": ("smtp+tls://ana:se%40gredo@mail.example:587", 0, "mail.example 587 se@gredo True"),
    "without a scheme": ("mail.example", 1, HOW),
    "another scheme": ("https://mail.example", 1, HOW),
    "no port": ("smtp+tls://ana@mail.example:porta", 1, HOW),
}
MAIL = "from wotcs.settings import *; print(EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS)"


@pytest.mark.parametrize(("url", "status", "words"), E_MAIL.values(), ids=E_MAIL)
def test_address_for_e_mail_is_read_or_said_how_to_write(
    tmp_path: Path, url: str, status: int, words: str
) -> None:
    done = read(tmp_path, MAIL, **GIVEN | {"EMAIL_URL": url})
    assert done.returncode == status
    assert words in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("url", ["smtp+tls://", "smtp+tls://mail.example"], ids=["no host", "no port"])
def test_address_for_e_mail_that_leads_nowhere_stops_the_start(tmp_path: Path, url: str) -> None:
    checks = (
        "from django.core.management import execute_from_command_line as run; run(['manage.py', 'check'])"
    )
    given = GIVEN | {"EMAIL_URL": url, "DJANGO_SETTINGS_MODULE": "wotcs.settings"}
    done = read(tmp_path, checks, **given)
    assert (done.returncode, "wotcs.E005" in done.stderr) == (1, True)


TILES = "from wotcs.settings import CONTENT_SECURITY_POLICY as p, GAME_MAP_TILES as t; print(len(t), *p['DIRECTIVES']['img-src'])"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "0 'self' data:"),
        ('{"enoch": "/tiles/{z}/{x}/{y}.webp"}', "1 'self' data:"),
        (
            '{"a": "https://t.example:8443/a/{z}/{x}/{y}", "b": "https://t.example:8443/b/{z}/{x}/{y}"}',
            "2 'self' data: https://t.example:8443",
        ),
        ('{"a": "https://t.example; script-src *//{z}/{x}/{y}"}', "the address of a must begin with"),
        ('{"a": "http://t.example/{z}/{x}/{y}"}', "the address of a must begin with"),
        ('{"a": "https://t.example/{z}/{x}.png"}', "the address of a must begin with"),
    ],
    ids=["none", "this site's own", "another host", "not an origin", "not https", "a part is missing"],
)
def test_pictures_of_maps_come_from_where_the_policy_says(tmp_path: Path, value: str, says: str) -> None:
    done = read(tmp_path, TILES, **GIVEN | {"GAME_MAP_TILES": value})
    assert says in done.stdout + done.stderr


@pytest.fixture(scope="module")
def production_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the production image contains."""
    ignored = (settings.BASE_DIR / ".dockerignore").read_text().split()
    tree = tmp_path_factory.mktemp("image") / "app"
    hidden = shutil.ignore_patterns(*(name.removeprefix("**/") for name in ignored), ".*", "*.md", ".venv")
    shutil.copytree(settings.BASE_DIR, tree, ignore=hidden)
    assert not {"local", "tools", "tests"} & {path.name for path in tree.rglob("*")}
    return tree


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "given", "says"),
    [
        (["check"], GIVEN, "System check identified no issues"),
        (["collectstatic", "--no-input"], GIVEN, "static files copied"),
        (["check"], {}, "manage.py: Not set: SECRET_KEY, DATABASE_URL, REDIS_URL. Write into .env"),
        (["demo"], GIVEN, "Unknown command: 'demo'"),
    ],
    ids=["check", "collectstatic", "check with nothing set", "no demo"],
)
def test_production_needs_nothing_of_local(
    production_tree: Path, arguments: list[str], given: dict[str, str], says: str
) -> None:
    environment = os.environ | dict.fromkeys([*GIVEN, "DJANGO_TESTING", "WOTCS_DATA_DIR"], "") | given
    environment.pop("WOTCS_DATA_DIR")
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=production_tree, env=environment, capture_output=True, text=True, check=False
    )
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (production_tree / "var").exists()
