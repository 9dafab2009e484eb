"""The site on a socket as in production, with a world in its database, and the system's Chromium to visit it."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.tests.people import note_way
from clans.models import User
from tests.browser.checks import Fault
from tests.browser.crawl import Crawl, Plan, Theme
from tests.browser.pages import Page, pages
from tests.browser.people import Story, Tell, Visit, Visitor
from tests.browser.report import report, without_known
from tests.browser.world import ROLES, SUPERUSER, VISITOR, WORLDS, make_visitors
from tests.conftest import database_url_of_test, running_site

if TYPE_CHECKING:
    from playwright.async_api import Browser

BROWSERS = ("chromium", "google-chrome", "chromium-browser")
SETTINGS = "tests.browser.settings"
LANGUAGES, WIDTHS = ("pt-BR", "en"), (1280, 390)
THEMES: Sequence[Theme] = ("light", "dark")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a developer choose what is visited."""
    group = parser.getgroup("browser")
    group.addoption("--short", action="store_true", help="two roles, one language, 390 px, light: for CI")
    group.addoption("--page", action="append", help="only pages whose address begins so, or with this name")
    group.addoption("--role", action="append", choices=ROLES, help="only this role")
    group.addoption("--world", action="append", choices=[*WORLDS], help="only this world")
    group.addoption("--shots", action="store_true", help="take the pictures alone, without checks")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a case of each world and role that is asked for; a few pages are looked at in the fullest world."""
    is_short, names = _option(metafunc.config, "short"), _option(metafunc.config, "page")
    worlds = _option(metafunc.config, "world") or (["many"] if is_short or names else [*WORLDS])
    if "world" in metafunc.fixturenames:
        chosen = worlds if "role" in metafunc.fixturenames else worlds[-1:]
        metafunc.parametrize("world", chosen, indirect=True, scope="module")
    if "role" in metafunc.fixturenames:
        roles = _option(metafunc.config, "role") or ([VISITOR, SUPERUSER] if is_short else ROLES)
        metafunc.parametrize("role", roles)


def _option(config: pytest.Config, name: str) -> Sequence[str]:
    """Return an option's value; where other tests run, this file is read too late to have options."""
    given: Sequence[str] = config.getoption(name, default=None) or ()
    return given


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """The folder of pictures and reports, emptied."""
    folder = Path(os.environ.get("BROWSER_ARTEFACTS") or settings.BASE_DIR / "var" / "browser")
    for name in WORLDS:
        shutil.rmtree(folder / name, ignore_errors=True)
    return folder


@pytest.fixture
def plan(pytestconfig: pytest.Config, artefacts: Path) -> Plan:
    is_checked = not _option(pytestconfig, "shots")
    if _option(pytestconfig, "short"):
        return Plan(LANGUAGES[:1], WIDTHS[1:], THEMES[:1], artefacts, is_checked=is_checked)
    return Plan(LANGUAGES if is_checked else LANGUAGES[:1], WIDTHS, THEMES, artefacts, is_checked=is_checked)


@pytest.fixture
def crawl(
    world: "World", plan: Plan, browser: "Browser", runner: asyncio.Runner, pytestconfig: pytest.Config
) -> Callable[[str], list[Fault]]:
    """Return a function that visits the world's pages as a role, and returns the faults."""

    def visit_as(role: str) -> list[Fault]:
        languages = plan.languages if world.name == "many" else plan.languages[:1]
        in_world = replace(plan, folder=plan.folder / world.name, languages=languages)
        crawl = Crawl(browser, world.site, role, world.cookies[role], in_world)
        runner.run(crawl.run(world.pages))
        (in_world.folder / role).mkdir(parents=True, exist_ok=True)
        (in_world.folder / role / "report.txt").write_text(report(crawl.faults), encoding="utf-8")
        return without_known(crawl.faults) if _option(pytestconfig, "short") else crawl.faults

    return visit_as


# -- The browser --------------------------------------------------------------------------------------------------


def chromium() -> str:
    """Return the program of the system's Chromium, or of the one that CHROMIUM names; blank if there is none."""
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else BROWSERS
    return next(filter(None, map(shutil.which, names)), "")


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="session")
def browser(runner: asyncio.Runner) -> Iterator["Browser"]:
    """One browser for all visits; without Chromium or Playwright the tests are skipped."""
    missing = "Playwright is missing: `make browser` installs it."
    playwright = pytest.importorskip("playwright.async_api", reason=missing)
    program = chromium()
    if not program:
        pytest.skip(
            "Chromium is missing: install the system's (apt-get install chromium), or name one by CHROMIUM."
        )
    flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    driver = runner.run(playwright.async_playwright().start())
    browser = runner.run(driver.chromium.launch(executable_path=program, args=flags))
    yield browser
    runner.run(browser.close())
    runner.run(driver.stop())


# -- The site -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class World:
    """A site that is up: its address, its pages, and the cookie by which each role is signed in."""

    name: str
    site: str
    pages: Sequence[Page]
    cookies: dict[str, str]


@pytest.fixture(scope="session")
def site_environment(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let programs started from here be the site of these tests, and collect its files."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", database_url_of_test())
        patch.setenv("DJANGO_SETTINGS_MODULE", SETTINGS)
        patch.setenv("LOG_LEVEL", "ERROR")
        collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(collect, cwd=settings.BASE_DIR, check=True)
        yield


@pytest.fixture(scope="module")
def world(
    request: pytest.FixtureRequest,
    browser: "Browser",
    site_environment: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[World]:
    """Fill the emptied database with the world that a case names, and start the site; in the end empty it again."""
    with django_db_blocker.unblock():
        _empty()
        visitors = make_visitors()
        WORLDS[request.param](visitors)
        cookies = {VISITOR: ""} | {role: _session(user) for role, user in visitors.items()}
        found = _asked_for(request.config, request.param, pages())
        connections.close_all()
    with running_site() as address:
        yield World(request.param, address, found, cookies)
    with django_db_blocker.unblock():
        _empty()


def _empty() -> None:
    call_command("flush", interactive=False, verbosity=0)
    cache.clear()


def _session(user: User) -> str:
    """Sign somebody in, and return the value of the cookie."""
    client = Client()
    client.force_login(user)
    note_way(client, user, "mfa", type="totp", reauthenticated=True)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _asked_for(config: pytest.Config, world: str, every: Sequence[Page]) -> list[Page]:
    """Return the pages that the options name, and that look otherwise in this world."""
    names = _option(config, "page")
    if names:
        chosen = [page for page in every if page.name in names or page.address.startswith(tuple(names))]
    elif _option(config, "short"):  # of the admin only the pages of one row: most of its parts are there
        chosen = [page for page in every if not page.is_admin or page.name.endswith("_change")]
    elif world != "many":
        chosen = [page for page in every if not page.is_admin and not page.is_error]
    else:
        chosen = list(every)
    assert chosen, f"No page has the address or name {names}; there are {sorted(page.name for page in every)}"
    return chosen


# -- Stories ------------------------------------------------------------------------------------------------------


@pytest.fixture
def full_form(pytestconfig: pytest.Config) -> None:
    """Leave a story out of the short form."""
    if pytestconfig.getoption("short"):
        pytest.skip("not in the short form")


@pytest.fixture(scope="module")
def site(site_environment: None) -> Iterator[str]:
    with running_site() as address:
        yield address


@pytest.fixture
def tell(runner: asyncio.Runner) -> Tell:
    """Return a function that lets a story happen; what the database then holds is asked afterwards."""

    def happen(story: Story) -> None:
        connections.close_all()
        runner.run(story())

    return happen


@pytest.fixture
def visit(browser: "Browser", site: str, tmp_path: Path) -> Visit:
    """Return a function that lets somebody come to the site, signed in by the form if named."""
    records = (tmp_path / f"{number}.har" for number in count())

    @asynccontextmanager
    async def come(name: str = "", **options: Any) -> AsyncIterator[Visitor]:
        record = next(records)
        visitor = await Visitor.at(browser, site, record, **options)
        if name:
            await visitor.sign_in(name)
        yield visitor
        await visitor.leave()

    return come
