"""The set-up page of a game server: who sees it, a new server, the test of the connection, and what the page says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from announcements.tests.factories import make_channel
from common.locks import LockKind
from territory import hosts, sources
from territory.checklist import CheckLevel, CheckLine, CheckSubject
from territory.models import BanList, GameServer, LogFile, LogSource
from territory.pages.setup.words import line_words
from territory.services.connection_tests import last_tests
from territory.tests.factories import (
    make_ban,
    make_ban_list,
    make_base,
    make_delivery,
    make_log_file,
    make_log_source,
    make_placement,
    make_server,
    make_user,
)
from territory.tests.hosts.servers.nitrado import SERVICE, TOKEN, NitradoHost
from territory.tests.logs import append, follow, header, line
from territory.tests.pages.setup.pages import LISTS, SOURCES, add, post, read, said

pytestmark = pytest.mark.django_db

# -- Who ------------------------------------------------------------------------------------------------------------

PAGES = (
    ("server-new", "add_gameserver"),
    ("server-setup", "change_gameserver"),
    ("place-new", "change_gameserver add_banlist"),
    ("place", "change_gameserver change_banlist"),
    ("server-token", "change_gameserver add_logsource"),
)


@pytest.mark.parametrize(("name", "rights"), PAGES)
def test_page_opens_by_its_rights_alone(client: Client, server: GameServer, name: str, rights: str) -> None:
    row = make_ban_list(server, SERVICE, kind="nitrado", secret="x")
    known: dict[str, list[Any]] = {
        "server-new": [],
        "place-new": ["sul", LISTS],
        "place": ["sul", LISTS, row.pk],
    }
    args = known.get(name, ["sul"])
    needed = rights.split()
    for has in ([], needed[:-1], needed):
        user = make_user(is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=has))
        client.force_login(user)
        status = client.get(reverse(name, args=args)).status_code
        assert status == (200 if has == needed else 404), has
    user.is_staff = False
    user.save()
    assert client.get(reverse(name, args=args)).status_code == 404


def test_place_of_another_server_or_of_no_kind_is_not_there(manager: Client, server: GameServer) -> None:
    other = make_log_source(make_server(), "/srv/x")
    for args in (("sul", SOURCES, other.pk), ("sul", LISTS, other.pk), ("sul", "else", other.pk)):
        assert manager.get(reverse("place", args=args)).status_code == 404
        assert post(manager, "place-switch", *args, on="0").status_code == 404
    assert LogSource.objects.get(pk=other.pk).is_active


# -- A new server ---------------------------------------------------------------------------------------------------

NEW = {
    "name": "Norte · Área 51",
    "platform": "xbox",
    "map": "ChernarusPlus",
    "map_size_m": "",
    "time_zone": "UTC",
}


def test_new_server_observes_and_is_set_up_next(manager: Client, server: GameServer) -> None:
    for slug in ("norte-area-51", "norte-area-51-2"):
        assert post(manager, "server-new", **NEW)["Location"] == f"/servers/{slug}/setup/"
        made = GameServer.objects.get(slug=slug)
        assert (made.mode, made.map, made.platform, made.time_zone) == (
            "observe",
            "chernarusplus",
            "xbox",
            "UTC",
        )
    assert "Now say where its log comes from" in read(manager, "server-setup", "norte-area-51")
    assert "New game server" in said(manager.get(reverse("servers"), headers={"accept-language": "en"}))
    assert post(manager, "server-new", **NEW | {"name": "名前"})["Location"] == "/servers/server/setup/"


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "", "This field is required"),
        ("platform", "", "This field is required"),
        ("time_zone", "Brasília", "is not a time zone"),
        ("map", "minha_ilha", "Write the length of its sides"),
        ("map_size_m", "grande", "Write metres"),
        ("map_size_m", "1e9", "Write metres"),
    ],
)
def test_new_server_is_refused_in_words(manager: Client, field: str, typed: str, words: str) -> None:
    assert words in said(post(manager, "server-new", **NEW | {field: typed}))
    assert not GameServer.objects.exists()


def test_unknown_map_takes_its_size(manager: Client) -> None:
    post(manager, "server-new", **NEW | {"map": "ilha", "map_size_m": "10.240"})
    assert GameServer.objects.get().map_size_m == 10_240


# -- Tests of the connection ----------------------------------------------------------------------------------------


def test_place_is_tested_as_soon_as_it_is_saved(
    manager: Client, server: GameServer, httpserver: HTTPServer, settings: Settings
) -> None:
    host = NitradoHost(httpserver)
    settings.NITRADO_API_URL = host.address.api_url
    now = datetime.now(UTC)
    text = f"{header(f'{now:%Y-%m-%d %H:%M:%S}')}\n{line(f'{now:%H:%M:%S}', 'A')}\n"
    host.put("a.ADM", text.encode(), round(now.timestamp()))
    add(manager, SOURCES, "nitrado", number=str(SERVICE), new_secret=TOKEN)
    add(manager, LISTS, "nitrado", number=str(SERVICE), new_secret=TOKEN)
    page = read(manager)
    assert "Saw 1 placement" in page
    assert "The ban list can be read: 2 lines" in page
    assert TOKEN not in page


def test_button_tests_one_place_or_all_that_are_active(
    manager: Client, server: GameServer, tmp_path: Path
) -> None:
    first, off = (
        make_log_source(server, tmp_path),
        make_ban_list(server, tmp_path / "ban.txt", is_active=False),
    )
    answer = post(manager, "server-test", "sul", place=f"banlist-{off.pk}")
    assert answer["Location"].endswith(f"/setup/#banlist-{off.pk}")
    assert [*last_tests([first, off])] == [off]
    cache.clear()
    post(manager, "server-test", "sul")
    assert [*last_tests([first, off])] == [first]
    assert "One warning: A folder on this machine: No .ADM file was found" in read(manager)
    assert post(manager, "server-test", "sul", place="banlist-0").status_code == 302
    assert "nothing to test" in read(manager)


def test_one_test_of_a_server_at_a_time(manager: Client, server: GameServer, tmp_path: Path) -> None:
    make_log_source(server, tmp_path)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LockKind.CONNECTION_TEST.value, server.pk])
        post(manager, "server-test", "sul")
    other.close()
    assert "Somebody is testing this server" in read(manager)


# -- What the page says ---------------------------------------------------------------------------------------------


def test_answer_comes_first_and_names_the_one_warning_that_matters(
    manager: Client, server: GameServer
) -> None:
    assert "No log arrives yet, and no ban leaves. One warning: nothing is read" in read(manager)
    source = make_log_source(server, last_event_at=timezone.now(), lag=timedelta(minutes=4))
    page = read(manager)
    assert "The log arrives, no ban leaves. One warning: bans stay on this site" in page
    assert "4 minutes late when it was read" in page
    row = make_ban_list(server, last_read_at=timezone.now())
    page = read(manager)
    assert "The log arrives, the bans leave." in page
    assert "One warning" not in page
    BanList.objects.filter(pk=row.pk).update(last_error="Disk full")
    assert "The log arrives, no ban leaves. One warning: ban.txt on this machine: Disk full" in read(manager)
    LogSource.objects.filter(pk=source.pk).update(last_error="530 no")
    assert "One warning: A folder on this machine: 530 no" in read(manager)


def test_page_says_what_comes_next(manager: Client, server: GameServer) -> None:
    assert "What comes next" not in read(manager)  # the log comes first
    make_log_source(server, last_event_at=timezone.now())
    make_ban_list(server, last_read_at=timezone.now())
    GameServer.objects.update(mode="observe")
    page = read(manager)
    assert "The server observes: no ban leaves until you change the mode." in page
    assert "Register a base" in page
    assert "An administrator of this site adds it." in page
    make_base(server, make_user())
    make_channel()
    assert "What comes next" not in read(manager)


@pytest.mark.parametrize(
    ("kind", "subject", "words"),
    [
        ("nitrado", CheckSubject.SIGN_IN, "the scope “service”"),
        ("ftp", CheckSubject.SIGN_IN, "Type the user and the password anew"),
        ("battleye", CheckSubject.SIGN_IN, "RConPassword"),
        ("battleye", CheckSubject.REACH, "UDP"),
        ("ftp", CheckSubject.REACH, "Check the address"),
        ("file", CheckSubject.REACH, "this site's workers"),
    ],
)
def test_next_step_is_that_of_the_kind_of_place(kind: str, subject: CheckSubject, words: str) -> None:
    with translation.override("en"):
        assert words in str(line_words(CheckLine(subject, CheckLevel.FAIL), kind).step)


@pytest.mark.parametrize(
    ("kind", "lines", "doubts"), [("ftp", 0, True), ("ftp", 1, False), ("nitrado", 0, False)]
)
def test_list_without_a_line_may_be_at_a_wrong_path(kind: str, lines: int, *, doubts: bool) -> None:
    words = line_words(CheckLine(CheckSubject.LIST_READ, values={"lines": lines}), kind)
    assert bool(words.step) is doubts


@pytest.mark.parametrize(("kind", "address"), [("file", "/srv/ban.txt"), ("nitrado", "1")])
def test_list_says_what_its_adapter_promises(
    manager: Client, server: GameServer, monkeypatch: pytest.MonkeyPatch, kind: str, address: str
) -> None:
    make_ban_list(server, address, kind=kind)
    promised = replace(
        hosts.CAPABILITIES[kind], within=timedelta(minutes=7), needs_restart=True, can_be_read_back=False
    )
    monkeypatch.setitem(hosts.CAPABILITIES, kind, promised)
    for page in (read(manager), read(manager, "place-new", "sul", LISTS, kind=kind)):
        assert "On this host a ban takes effect within about 7 minutes." in page
        assert "from the server's next restart" in page
        assert "It cannot be read back" in page
        assert "player ids of the log" in page


def test_every_kind_can_be_chosen_and_has_a_form(manager: Client, server: GameServer) -> None:
    GameServer.objects.update(platform="pc")
    for what, model, kinds in (
        (SOURCES, LogSource, {*sources.KINDS, "api"}),
        (LISTS, BanList, {*hosts.KINDS}),
    ):
        assert set(model.Kind.values) == kinds
        page = manager.get(reverse("place-new", args=["sul", what])).content.decode()
        for kind in set(model.Kind.values) - {"api"}:
            assert f'href="?kind={kind}"' in page
            assert "Save and test" in read(manager, "place-new", "sul", what, kind=kind)


def test_lines_that_could_not_be_read_are_counted_and_sampled(
    manager: Client, server: GameServer, tmp_path: Path
) -> None:
    make_log_source(server, tmp_path)
    broken = line("19:02:00", "Ana", pos="5045.0, 3000.0, 12.6").replace(", 12.6", "")
    append(
        tmp_path / "a.ADM",
        header("2026-02-07 19:00:00"),
        line("19:01:00", "A"),
        broken,
        "",
        "***",
        "mod says 76561198000000001",
    )
    follow(server)
    row = LogFile.objects.get()
    assert (row.lines, row.odd_lines) == (6, 2)
    assert row.odd_shapes == ['… | Player "…" (id=…) placed Fence Kit<…>', "mod says …"]
    append(tmp_path / "a.ADM", "mod says 2")
    follow(server)
    assert LogFile.objects.get().odd_lines == 3
    page = read(manager)
    assert "Lines that could not be read" in page
    assert "mod says …" in page
    assert not any(secret in page for secret in ("5045", "Ana", "7656119"))


def test_number_of_queries_is_the_same_for_many_places(manager: Client, server: GameServer) -> None:
    def count() -> int:
        read(manager)
        with CaptureQueriesContext(connection) as queries:
            read(manager)
        return len(queries)

    make_log_file(server)
    make_delivery(make_ban(server))
    make_placement(server)
    few = count()
    for number in range(5):
        source = make_log_source(server, f"/srv/{number}")
        LogFile.objects.create(source=source, name="a.ADM", odd_lines=1)
        make_delivery(make_ban(server, f"P{number}"), f"/srv/{number}.txt")
    assert count() == few
