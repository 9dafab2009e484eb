"""A manager sets up a console server and a PC server in a real browser, by nothing but what stands on the page."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from pytest_httpserver import HTTPServer

from accounts.tests.people import make_person
from territory.models import BanList, GameServer, LogSource
from territory.tests.hosts.servers.battleye import PASSWORD as RCON_PASSWORD
from territory.tests.hosts.servers.battleye import BattleyeHost, battleye_host
from territory.tests.hosts.servers.certificate import write_certificate
from territory.tests.hosts.servers.ftp import PASSWORD, USER, FtpHost, ftp_host
from territory.tests.hosts.servers.nitrado import SERVICE, TOKEN, NitradoHost
from territory.tests.logs import header, line
from tests.browser.people import Tell, Visit, Visitor
from tests.conftest import running_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def manager() -> str:
    cache.clear()
    person = make_person("gerente", is_staff=True)
    person.groups.add(Group.objects.get(name="manager"))
    return "gerente"


@pytest.fixture(scope="module")
def nitrado() -> Iterator[NitradoHost]:
    with HTTPServer() as server:
        ends_at = f"{datetime.now(UTC) + timedelta(days=200):%Y-%m-%dT%H:%M:%S}"
        yield NitradoHost(server, token_ends_at=ends_at)


@pytest.fixture(scope="module")
def site(site_environment: None, nitrado: NitradoHost) -> Iterator[str]:
    """The site, which knows the stand-in for Nitrado."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NITRADO_API_URL", nitrado.address.api_url)
        with running_site() as address:
            yield address


def log_text() -> str:
    """A log of just now, in São Paulo's time."""
    now = datetime.now(UTC) - timedelta(hours=3, minutes=1)
    return f"{header(f'{now:%Y-%m-%d %H:%M:%S}')}\n{line(f'{now:%H:%M:%S}', 'Ana')}\n"


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[FtpHost]:
    """An FTP server of a host with a log in São Paulo's time and a ban list."""
    folder = tmp_path / "game"
    (folder / "profiles").mkdir(parents=True)
    (folder / "profiles" / "a.ADM").write_text(log_text(), encoding="utf-8")
    (folder / "ban.txt").write_text("OUTRO // à mão\n", encoding="utf-8")
    with ftp_host(folder, write_certificate(tmp_path / "game.pem")) as host:
        yield host


@pytest.fixture
def rcon() -> Iterator[BattleyeHost]:
    with battleye_host() as host:
        yield host


async def add_server(visitor: Visitor, name: str, platform: str) -> None:
    await visitor.go("/servers/")
    await visitor.press("New game server", role="link")
    await visitor.fill("Name", name)
    await visitor.part("combobox", "Platform").select_option(platform)
    await visitor.press("Add the server")
    await visitor.reads("No log arrives yet, and no ban leaves.")


async def is_green(visitor: Visitor, lines: int) -> None:
    """See that the test on the page has so many lines, each of them in order."""
    assert await visitor.tab.locator(".test li").count() == lines, await visitor.text()
    assert await visitor.tab.locator(".test li.is-allowed").count() == lines, await visitor.text()


async def choose(visitor: Visitor, add: str, way: str) -> None:
    await visitor.follow(visitor.tab.locator("main").get_by_role("link", name=add).first)
    await visitor.follow(visitor.tab.locator("main").get_by_role("link", name=way))


def test_manager_sets_up_a_pc_server_by_ftp_and_battleye(
    tell: Tell, visit: Visit, *, full_form: None, manager: str, pc: FtpHost, rcon: BattleyeHost
) -> None:
    async def story() -> None:
        async with visit(manager) as visitor:
            await add_server(visitor, "Bosque", "pc")
            for add, way, path in (
                ("Add a source", "FTP", ""),
                ("Add a destination", "ban.txt by FTP", "/ban.txt"),
            ):
                await choose(visitor, add, way)
                await visitor.fill("Host", "127.0.0.1")
                await visitor.tab.get_by_label("Port").fill(str(pc.port))
                await visitor.fill("User", USER)
                await visitor.tab.get_by_label("Password").fill(PASSWORD)
                await visitor.tab.get_by_label("File" if path else "Folder").fill(path)
                await visitor.press("Save and test")
            await choose(visitor, "Add a destination", "BattlEye by RCON")
            await visitor.reads("Without one the ban waits")
            await visitor.fill("Host", "127.0.0.1")
            await visitor.tab.get_by_label("Port").fill(str(rcon.port))
            await visitor.tab.get_by_label("Password").fill(RCON_PASSWORD)
            await visitor.press("Save and test")
            await is_green(visitor, 18)
            await visitor.press("Test all")
            await is_green(visitor, 18)
            await visitor.reads("What comes next")
        passwords = (PASSWORD, RCON_PASSWORD)
        assert not [address for address, body in visitor.bodies if any(one in body for one in passwords)]

    tell(story)
    server = GameServer.objects.get(slug="bosque")
    assert (server.mode, server.platform) == ("observe", "pc")
    assert LogSource.objects.get().secret == PASSWORD
    secrets = {one.kind: one.secret for one in BanList.objects.all()}
    assert secrets == {"ftp": PASSWORD, "battleye": RCON_PASSWORD}
    assert rcon.written == []
    assert (pc.folder / "ban.txt").read_text(encoding="utf-8") == "OUTRO // à mão\n"


def test_manager_sets_up_a_console_server_at_nitrado(
    tell: Tell, visit: Visit, full_form: None, manager: str, nitrado: NitradoHost
) -> None:
    nitrado.put("a.ADM", log_text().encode(), round(time.time()))

    async def story() -> None:
        async with visit(manager, width=390) as visitor:
            await add_server(visitor, "Fronteira", "xbox")
            for add, way in (
                ("Add a source", "Console or PC at Nitrado"),
                ("Add a destination", "Ban list at Nitrado"),
            ):
                await choose(visitor, add, way)
                await visitor.fill("Number of the service", str(SERVICE))
                await visitor.tab.get_by_label("Long-life token").fill(TOKEN)
                await visitor.press("Save and test")
            await is_green(visitor, 14)
            await visitor.reads("On this host a ban takes effect within about 10 minutes.")
        assert not [address for address, body in visitor.bodies if TOKEN in body]

    tell(story)
    assert GameServer.objects.get(slug="fronteira").platform == "xbox"
    assert (LogSource.objects.get().address, BanList.objects.get().secret) == (str(SERVICE), TOKEN)
    assert nitrado.posted == []
