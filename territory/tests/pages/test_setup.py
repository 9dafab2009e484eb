"""The set-up page of a game server: who sees it, what it says, its forms, and that no secret is ever on it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
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
from territory.services.servers import hash_token
from territory.tests.admin.pages import enter, notes
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

pytestmark = pytest.mark.django_db

SECRET = "s3nha&<muito>'secreta"
SOURCES, LISTS = "sources", "lists"


@pytest.fixture
def server() -> GameServer:
    cache.clear()
    return make_server(slug="sul", name="Sul", time_zone="UTC")


@pytest.fixture
def manager(client: Client) -> Client:
    enter(client, "manager")
    return client


def said(answer: Any, status: int = 200) -> str:
    """What the page says, without its markup and the marks around names."""
    assert answer.status_code == status, answer.status_code
    text = re.sub(r"<[^>]*>", " ", answer.content.decode().partition("<main")[2])
    return " ".join(re.sub("[\u2068\u2069]", "", unescape(text)).split())


def read(client: Client, name: str = "server-setup", *args: Any, **query: Any) -> str:
    address = reverse(name, args=args or ["sul"])
    return said(client.get(address, query, headers={"accept-language": "en"}))


def post(client: Client, name: str, /, *args: Any, query: str = "", **fields: Any) -> Any:
    return client.post(reverse(name, args=args) + query, fields, headers={"accept-language": "en"})


def add(client: Client, what: str, kind: str, **fields: Any) -> str:
    """Add a place; return what the form says of it, nothing if it was taken."""
    answer = post(client, "place-new", "sul", what, query=f"?kind={kind}", **fields)
    return "" if answer.status_code == 302 else said(answer)


def ftp(**fields: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": "9", "user": "ana", "path": "", "new_secret": SECRET} | fields


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


# -- Places ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "kind", "fields", "address"),
    [
        (SOURCES, "ftp", ftp(), "ftp://ana@127.0.0.1:9/"),
        (SOURCES, "ftp", ftp(user="a b@c", path="/meu log/config"), "ftp://a%20b%40c@127.0.0.1:9/meu%20log/config"),
        (SOURCES, "ftp", ftp(must_encrypt="on", host="localhost"), "ftps://ana@localhost:9/"),
        (LISTS, "ftp", ftp(path="dayz/ban.txt"), "ftp://ana@127.0.0.1:9/dayz/ban.txt"),
        (SOURCES, "nitrado", {"number": "12", "new_secret": SECRET}, "12"),
        (SOURCES, "nitrado", {"number": "12", "folder": "/games/x/", "new_secret": SECRET}, "12/games/x"),
        (LISTS, "nitrado", {"number": " 12 ", "new_secret": SECRET}, "12"),
        (LISTS, "battleye", {"host": "127.0.0.1", "port": "9", "new_secret": SECRET}, "battleye://127.0.0.1:9"),
    ],
)  # fmt: skip
def test_address_is_put_together_and_taken_apart(
    manager: Client,
    server: GameServer,
    *,
    settings: Settings,
    what: str,
    kind: str,
    fields: Any,
    address: str,
) -> None:
    settings.NITRADO_API_URL = "http://127.0.0.1:9"
    GameServer.objects.update(platform="pc")
    assert add(manager, what, kind, **fields) == ""
    row = (LogSource if what == SOURCES else BanList).objects.get()
    assert (row.address, row.secret) == (address, SECRET)
    form = reverse("place", args=["sul", what, row.pk])
    shown = manager.get(form).context["form"].initial
    assert manager.post(form, shown | {"new_secret": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.address, row.secret) == (address, SECRET)


@pytest.mark.parametrize(("what", "kind"), [(SOURCES, "ftp"), (LISTS, "battleye")])
def test_stored_address_that_nobody_can_read_is_typed_anew(
    manager: Client, server: GameServer, what: str, kind: str
) -> None:
    model = LogSource if what == SOURCES else BanList
    row = model.objects.create(server=server, kind=kind, address="written by hand")
    answer = manager.get(reverse("place", args=["sul", what, row.pk]))
    assert (answer.status_code, answer.context["form"].initial.get("host")) == (200, None)


@pytest.mark.parametrize(
    ("what", "kind", "fields", "words"),
    [
        (SOURCES, "ftp", ftp(host=""), "This field is required"),
        (SOURCES, "ftp", ftp(host="ftp://x"), "Write the name alone"),
        (SOURCES, "ftp", ftp(host="ana:senha@x"), "Write the name alone"),
        (SOURCES, "ftp", ftp(port="70000"), "less than or equal to 65535"),
        (SOURCES, "ftp", ftp(user=""), "This field is required"),
        (SOURCES, "ftp", ftp(new_secret=""), "Type it."),
        (LISTS, "ftp", ftp(path=""), "This field is required"),
        (LISTS, "ftp", ftp(path="/profiles"), "ends in .txt"),
        (LISTS, "ftp", ftp(path="/BattlEye/ban.txt"), "list (GUID, minutes, reason)"),
        (LISTS, "ftp", ftp(path="/ban.txt", host="usla12.gamedata.io"), "sets an uploaded ban list back"),
        (LISTS, "nitrado", {"number": "http://nitrado/1", "new_secret": "x"}, "the number of the service"),
        (LISTS, "nitrado", {"number": "1"}, "Type it."),
        (LISTS, "battleye", {"host": "game.example", "port": "", "new_secret": SECRET}, "This field is required"),
        (SOURCES, "folder", {"address_text": "logs"}, "Write the whole path"),
        (LISTS, "file", {"address_text": "/etc/passwd"}, "ends in .txt"),
    ],
)  # fmt: skip
def test_wrong_address_is_refused_in_words(
    manager: Client, server: GameServer, *, what: str, kind: str, fields: Any, words: str
) -> None:
    GameServer.objects.update(platform="pc")
    shown = add(manager, what, kind, **fields)
    assert words in shown
    assert "Write an address like" not in shown  # no field takes one
    assert SECRET not in shown
    assert not LogSource.objects.exists()
    assert not BanList.objects.exists()


@pytest.mark.parametrize(
    ("typed", "again"),
    [(f"ftp://ana:{SECRET}@x.example:21/logs", "x.example"), (f"ana:{SECRET}", "ana"), ("//@", "")],
)
def test_pasted_address_is_shown_again_without_its_password(
    manager: Client, server: GameServer, typed: str, again: str
) -> None:
    answer = post(manager, "place-new", "sul", SOURCES, query="?kind=ftp", **ftp(host=typed))
    assert "s3nha" not in answer.content.decode()
    assert answer.context["form"]["host"].value() == again


@pytest.mark.parametrize(
    ("platform", "is_offered"), [("pc", True), ("xbox", False), ("playstation", False), ("", False)]
)
def test_only_pc_servers_are_offered_battleye(
    manager: Client, server: GameServer, *, platform: str, is_offered: bool
) -> None:
    GameServer.objects.update(platform=platform)
    choices = read(manager, "place-new", "sul", LISTS)
    assert ("BattlEye by RCON" in choices) is is_offered
    assert ("once the server's platform is PC" in choices) is (not platform)
    fields = {"host": "127.0.0.1", "port": "9", "new_secret": SECRET}
    assert (add(manager, LISTS, "battleye", **fields) == "") is is_offered
    assert BanList.objects.exists() is is_offered
    if is_offered:
        assert "from the player's linked Steam account" in read(manager)


def test_everything_that_is_missing_is_said_at_once(manager: Client, server: GameServer) -> None:
    shown = add(manager, SOURCES, "ftp", host="", port="", user="")
    assert shown.count("This field is required") == 3
    assert "Type it." in shown


def test_place_stands_once(manager: Client, server: GameServer, tmp_path: Path) -> None:
    assert add(manager, SOURCES, "folder", address_text=str(tmp_path)) == ""
    assert "has this log source already" in add(manager, SOURCES, "folder", address_text=str(tmp_path))


def test_secret_stays_with_its_address_and_is_shown_nowhere(manager: Client, server: GameServer) -> None:
    add(manager, SOURCES, "ftp", **ftp())
    row = LogSource.objects.get()
    LogSource.objects.update(secret_ends_at=timezone.now())
    form = reverse("place", args=["sul", SOURCES, row.pk])
    refused = manager.post(form, ftp(user="eva", new_secret=""), headers={"accept-language": "en"})
    assert "a new address needs it anew" in said(refused)
    assert LogSource.objects.get().address == row.address
    assert manager.post(form, ftp(user="eva", new_secret="outra")).status_code == 302
    assert (LogSource.objects.get().secret, LogSource.objects.get().secret_ends_at) == ("outra", None)
    everything = read(manager) + manager.get(form).content.decode() + refused.content.decode()
    everything += str(list(apps.get_model("wotcs", "AuditEntry").objects.values()))
    assert "s3nha" not in everything
    assert "outra" not in everything


def test_list_that_got_bans_stays_where_it_is(manager: Client, server: GameServer, tmp_path: Path) -> None:
    make_delivery(make_ban(server), tmp_path / "ban.txt")
    row = BanList.objects.get()
    answer = post(manager, "place", "sul", LISTS, row.pk, address_text=str(tmp_path / "other.txt"))
    assert "Bans were delivered to this list" in said(answer)


def test_place_is_switched_off_and_on(manager: Client, server: GameServer) -> None:
    row = make_log_source(server)
    for on in ("0", "1"):
        answer = post(manager, "place-switch", "sul", SOURCES, row.pk, on=on)
        assert answer["Location"] == f"/servers/sul/setup/#logsource-{row.pk}"
        row.refresh_from_db()
        assert row.is_active is (on == "1")


def test_token_is_shown_once_and_only_its_hash_is_kept(manager: Client, server: GameServer) -> None:
    assert "stops working at once" in read(manager, "server-token", "sul")
    assert not server.log_sources.exists()
    shown = said(post(manager, "server-token", "sul"))
    token = re.search(r"wotcs_[\w-]+", shown)
    assert token is not None
    assert "http://testserver/api/v1/servers/sul/placements" in shown
    assert server.log_sources.get(kind="api").token_hash == hash_token(token[0])
    assert notes(server) == ["A new token was created."]
    page = read(manager)
    assert token[0] not in page
    assert "HTTP API" in page
    assert (
        manager.get(reverse("place", args=["sul", SOURCES, server.log_sources.get().pk])).status_code == 302
    )


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
