"""Settings are read anew, with what each test gives them; and what the production image holds is enough for them."""

import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Read = Callable[..., dict[str, Any]]
GIVEN = {
    "SECRET_KEY": "a key of fifty letters",
    "DATABASE_URL": "postgres://ana:segredo@db.example:5432/wotcs",
    "REDIS_URL": "redis://broker.example:6379/0",
}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Return what runs the file of the settings, which touches nothing, under an environment."""

    def reading(**given: str) -> dict[str, Any]:
        for name, value in (GIVEN | given).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(Path(settings.BASE_DIR, "wotcs/settings.py")))

    return reading


@pytest.mark.parametrize("missing", [("DATABASE_URL",), tuple(GIVEN)])
def test_missing_setting_is_said_with_what_to_write(read: Read, missing: tuple[str, ...]) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        read(**dict.fromkeys(missing, ""))
    first, second = str(raised.value).splitlines()
    assert first.startswith(f"Not set: {', '.join(missing)}. ")
    assert [name for name in GIVEN if f"{name}=" in first] == list(missing)
    assert "make run" in second


def test_reading_settings_writes_nothing(tmp_path: Path) -> None:
    environment = os.environ | GIVEN | {"WOTCS_DATA_DIR": str(tmp_path / "data")}
    subprocess.run(
        [sys.executable, "-c", "import wotcs.settings"], cwd=settings.BASE_DIR, env=environment, check=True
    )
    assert not list(tmp_path.iterdir())


ADDRESSES = {
    "usual": (GIVEN["DATABASE_URL"], "ana segredo db.example 5432 wotcs"),
    "of the old system": ("postgresql+psycopg2://ana:segredo@db.example:5432/wotcs", "ana segredo db.example 5432 wotcs"),
    "as libpq spells it": ("postgres://ana:pw@/wotcs?host=/run/PostgreSQL/a&port=5433", "ana pw /run/PostgreSQL/a 5433 wotcs"),
    "as django-environ does": ("postgresql://ana:pw@:5433//run/PostgreSQL/a/wotcs", "ana pw /run/PostgreSQL/a 5433 wotcs"),
}  # fmt: skip


@pytest.mark.parametrize(("url", "expected"), ADDRESSES.values(), ids=ADDRESSES)
def test_address_of_the_database_is_understood(read: Read, url: str, expected: str) -> None:
    found = read(DATABASE_URL=url)["DATABASES"]["default"]
    assert [str(found[name]) for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == expected.split()


def test_address_for_e_mail_is_read_or_said_how_to_write(read: Read) -> None:
    found = read(EMAIL_URL="smtp+tls://ana:se%40gredo@mail.example:587")
    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS")
    assert [found[name] for name in names] == ["mail.example", 587, "se@gredo", True]
    for url in ("mail.example", "https://mail.example", "smtp+tls://ana@mail.example:porta"):
        with pytest.raises(
            ImproperlyConfigured, match=r"EMAIL_URL must be smtp\+tls://user:password@host:587"
        ):
            read(EMAIL_URL=url)


TILES = {
    "none": ("", ""),
    "this site's own": ('{"enoch": "/tiles/{z}/{x}/{y}.webp"}', ""),
    "another host": (
        '{"a": "https://t.example:8443/a/{z}/{x}/{y}", "b": "https://t.example:8443/b/{z}/{x}/{y}"}',
        "https://t.example:8443",
    ),
}


@pytest.mark.parametrize(("value", "origins"), TILES.values(), ids=TILES)
def test_pictures_of_maps_come_from_where_the_policy_says(read: Read, value: str, origins: str) -> None:
    found = read(GAME_MAP_TILES=value)
    sources = found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["img-src"]
    assert [str(one) for one in sources] == ["'self'", "data:", *origins.split()]
    assert len(found["GAME_MAP_TILES"]) == value.count("{z}")


@pytest.mark.parametrize(
    "address",
    [
        "https://t.example; script-src *//{z}/{x}/{y}",
        "http://t.example/{z}/{x}/{y}",
        "https://t.example/{z}/{x}.png",
    ],
    ids=["not an origin", "not https", "a part is missing"],
)
def test_pictures_of_maps_from_nowhere_are_refused(read: Read, address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="the address of a must begin with"):
        read(GAME_MAP_TILES=f'{{"a": "{address}"}}')


SIGN_IN = {
    "Wargaming": ({}, ["https://*.wargaming.net", "https://worldoftanks.eu"], ["https://discord.com"]),
    "Discord": ({"DISCORD_CLIENT_ID": "1"}, ["https://discord.com"], []),
    "a stand-in": ({"WOT_REALM": "http://simulator:8950"}, ["http://simulator:*"], ["http://127.0.0.1:*"]),
    "this machine": ({"ALLOW_LOOPBACK_ADDRESSES": "true"}, ["http://127.0.0.1:*", "http://localhost:*"], []),
}


@pytest.mark.parametrize(("given", "allowed", "refused"), SIGN_IN.values(), ids=SIGN_IN)
def test_forms_lead_only_where_people_sign_in(
    read: Read, given: dict[str, str], allowed: list[str], refused: list[str]
) -> None:
    found = read(**({"ALLOW_LOOPBACK_ADDRESSES": "false"} | given))
    hosts = {str(one) for one in found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["form-action"]}
    assert (set(allowed) <= hosts, hosts & set(refused)) == (True, set())


@pytest.fixture(scope="module")
def production_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what the production image contains."""
    ignored = (settings.BASE_DIR / ".dockerignore").read_text().split()
    tree = tmp_path_factory.mktemp("image") / "app"
    hidden = shutil.ignore_patterns(*(name.removeprefix("**/") for name in ignored), ".*", "*.md", ".venv")
    shutil.copytree(settings.BASE_DIR, tree, ignore=hidden)
    assert not {"local", "tools", "tests"} & {path.name for path in tree.rglob("*")}
    return tree


BOTH = (
    "import django; django.setup(); from django.core.management import call_command as call; call('check'); "
)
BOTH += "call('collectstatic', '--no-input')"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "given", "says"),
    [
        (["-c", BOTH], GIVEN, ["System check identified no issues", "static files copied"]),
        (
            ["manage.py", "check"],
            {},
            ["manage.py: Not set: SECRET_KEY, DATABASE_URL, REDIS_URL. Write into .env"],
        ),
    ],
    ids=["check and collectstatic", "check with nothing set"],
)
def test_production_needs_nothing_of_local(
    production_tree: Path, arguments: list[str], given: dict[str, str], says: list[str]
) -> None:
    environment = os.environ | dict.fromkeys([*GIVEN, "DJANGO_TESTING", "WOTCS_DATA_DIR"], "") | given
    environment.pop("WOTCS_DATA_DIR")
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=production_tree, env=environment, capture_output=True, text=True, check=False
    )
    for words in says:
        assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (production_tree / "var").exists()
