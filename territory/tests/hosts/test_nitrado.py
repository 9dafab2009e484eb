"""Logs and the ban list at Nitrado, by its API as it is described."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Response

from territory import tasks
from territory.hosts.nitrado import MAX_BYTES, NitradoBanList
from territory.models import BanDelivery, BanList, LogSource, Placement
from territory.reach import HostAwayError, HostError
from territory.reach.nitrado import NitradoError, NitradoService
from territory.services import deliveries, reconciling, token_ends
from territory.sources.nitrado import NitradoSource
from territory.tests.factories import ban_by_hand, make_ban_list, make_log_source, make_server
from territory.tests.hosts.servers.nitrado import GAME, SERVICE, TOKEN, NitradoHost, refusal
from territory.tests.logs import follow, header, line

ONE = "DayZServer_X1_x64_2026-02-07_19-00-00.ADM"
LONG = bytes(range(256)) * 6_000


@pytest.fixture
def host(httpserver: HTTPServer, settings: Settings) -> NitradoHost:
    host = NitradoHost(httpserver)
    settings.NITRADO_API_URL = host.address.api_url
    return host


def add(content: bytes) -> bytes:
    return content if b"OURS" in content else content + b"OURS\r\n"


# -- The ban list -------------------------------------------------------------------------------------------------


def test_list_is_changed_as_a_whole_and_foreign_lines_stay(host: NitradoHost) -> None:
    NitradoBanList(host.address).edit(add)
    assert host.bans == "OUTRO // à mão\r\nLAST\r\nOURS"
    assert host.asked == ["GET gameservers", "POST settings", "GET gameservers"]
    assert NitradoBanList(host.address).read() == "OUTRO // à mão\r\nLAST\r\nOURS".encode()


def test_nothing_is_written_when_nothing_changes(host: NitradoHost) -> None:
    host.bans = "OURS\nX"
    NitradoBanList(host.address).edit(add)
    NitradoBanList(host.address).edit(lambda content: content)
    assert host.posted == []


@pytest.mark.parametrize("bans", ["", "A", "A\nB", "A\r\n\r\nB\r\n"])
def test_lines_are_joined_as_the_host_joins_them(host: NitradoHost, bans: str) -> None:
    host.bans = bans
    NitradoBanList(host.address).edit(add)
    assert host.bans == "\r\n".join([*bans.splitlines(), "OURS"])


def test_field_that_the_host_stores_with_other_line_ends_is_the_same(host: NitradoHost) -> None:
    host.stores = lambda text: text.replace("\r\n", "\n") + "\n"
    NitradoBanList(host.address).edit(add)
    assert len(host.posted) == 1


def test_list_that_does_not_stay_is_an_error(host: NitradoHost) -> None:
    host.stores = lambda text: "OUTRO"
    with pytest.raises(HostError, match="not as it was written"):
        NitradoBanList(host.address).edit(add)


def test_answer_without_the_field_is_not_an_empty_list(host: NitradoHost) -> None:
    host.bans = None
    with pytest.raises(HostAwayError, match="no ban list"):
        NitradoBanList(host.address).edit(add)
    assert host.posted == []


def test_answer_that_is_lost_after_the_list_was_written_is_read_again(host: NitradoHost) -> None:
    host.loses_post = True
    with pytest.raises(NitradoError):
        NitradoBanList(host.address).edit(add)
    NitradoBanList(host.address).edit(add)
    assert (len(host.posted), str(host.bans).count("OURS")) == (1, 1)


def test_list_that_is_too_large_is_not_written_and_a_shorter_one_is(host: NitradoHost) -> None:
    host.bans = "\r\n".join(["X" * 98] * (MAX_BYTES // 100))
    with pytest.raises(HostError, match="takes 65536"):
        NitradoBanList(host.address).edit(lambda content: content + b"Y" * 100)
    assert host.posted == []
    host.bans += "\r\n".join(["X" * 98] * 50)
    NitradoBanList(host.address).edit(lambda content: content[100:])
    assert len(host.posted) == 1


# -- Trouble ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words", "wait_s"),
    [
        pytest.param(Response(status=401), "the token was refused", 300, id="401"),
        pytest.param(Response(status=428), "too many requests at once", 10, id="428"),
        pytest.param(Response(status=429), "too many requests", 300, id="429"),
        pytest.param(Response(status=503), "maintenance", 300, id="503"),
        pytest.param(Response(status=503, headers={"Retry-After": "90"}), "maintenance", 90, id="says when"),
        pytest.param(Response(status=428, headers={"Retry-After": "9" * 400}), "at once", 3600, id="never"),
        pytest.param(Response(status=302, headers={"Location": "/x"}), "302", 0, id="redirect"),
        pytest.param(Response("<html>"), "no JSON", 0, id="a page"),
        pytest.param(Response("[1]", mimetype="application/json"), "no success", 0, id="a list"),
        pytest.param(refusal(f"{TOKEN} is bad"), "*** is bad", 0, id="200 with an error"),
    ],
)
def test_trouble_is_told_in_words_without_the_token(
    host: NitradoHost, answer: Response, words: str, wait_s: int
) -> None:
    host.faults["gameservers"] = [answer]
    with pytest.raises(NitradoError) as caught:
        NitradoBanList(host.address).read()
    assert words in str(caught.value)
    assert TOKEN not in repr(caught.value)
    assert caught.value.wait == timedelta(seconds=wait_s)
    assert caught.value.is_refused == ("refused" in words)
    assert NitradoBanList(host.address).read()


@pytest.mark.parametrize(("reset_in_s", "wait_s"), [(120, 120), (-5, 1), (90_000, 3600)])
def test_limit_names_the_moment_of_its_end(host: NitradoHost, reset_in_s: int, wait_s: int) -> None:
    headers = {"X-RateLimit-Reset": str(round(time.time()) + reset_in_s)}
    host.faults["gameservers"] = [Response(status=429, headers=headers)]
    with pytest.raises(NitradoError) as caught:
        NitradoBanList(host.address).read()
    assert caught.value.wait.total_seconds() == pytest.approx(wait_s, abs=3)


def test_answer_without_end_is_not_read_to_it(host: NitradoHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("territory.reach.nitrado._MOST_OF_AN_ANSWER", 1_000)
    host.bans = "X" * 1_000
    with pytest.raises(NitradoError, match="has no end"):
        NitradoBanList(host.address).read()


def test_host_that_is_off_is_away(host: NitradoHost) -> None:
    with pytest.raises(HostAwayError, match="cannot be reached") as caught:
        NitradoBanList(replace(host.address, api_url="http://127.0.0.1:9")).read()
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "ends_at"),
    [
        ("2026-12-31T00:00:00", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31T00:00:00-03:00", datetime(2026, 12, 31, 3, tzinfo=UTC)),
        (1_798_675_200, datetime(2026, 12, 31, tzinfo=UTC)),
        ("9" * 30, None),
        ("soon", None),
        (None, None),
        ([1], None),
    ],
)
def test_end_of_the_token_is_known(host: NitradoHost, words: Any, ends_at: datetime | None) -> None:
    host.token_ends_at = words
    assert NitradoService(host.address).token_ends_at() == ends_at


# -- Logs ---------------------------------------------------------------------------------------------------------


def read(host: NitradoHost, *parts: tuple[int, int]) -> list[bytes]:
    source = NitradoSource(host.address)
    with source.open_log(source.list_logs()[-1]) as log:
        return [log.read(*part) for part in parts]


def test_logs_are_listed_oldest_first(host: NitradoHost) -> None:
    host.put("b.ADM", b"12", 100)
    host.put("a.ADM", b"1", 200)
    host.put("script.log", b"1", 300)
    logs = NitradoSource(host.address).list_logs()
    assert [(log.name, log.size, log.written_at) for log in logs] == [("b.ADM", 2, 100), ("a.ADM", 1, 200)]


def test_place_with_signs_that_nobody_sees_is_not_used(host: NitradoHost) -> None:
    host.put("a.ADM", b"1", 1)
    host.files[f"{GAME}config/\u202e\0/../b.ADM"] = b"1", 2
    host.files[f"{GAME}config/c\0.ADM"] = b"1", 3
    assert [log.name for log in NitradoSource(host.address).list_logs()] == ["a.ADM"]
    host.game = "/games/\0/"
    with pytest.raises(HostAwayError, match="does not tell the folder"):
        NitradoSource(host.address).list_logs()


def test_folder_of_the_address_counts(host: NitradoHost) -> None:
    host.files["/games/x/logs/a.ADM"] = b"1", 1
    address = replace(host.address, text=f"{SERVICE}/games/x/logs")
    assert [log.name for log in NitradoSource(address).list_logs()] == ["a.ADM"]
    with pytest.raises(HostAwayError, match=r"no \.ADM file"):
        NitradoSource(host.address).list_logs()


def test_log_is_read_from_an_offset_by_parts(host: NitradoHost) -> None:
    host.put(ONE, LONG)
    assert read(host, (0, 9), (500_000, 9), (500_005, len(LONG))) == [
        LONG[:9],
        LONG[500_000:500_009],
        LONG[500_005:],
    ]
    assert "GET download" not in host.asked


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda host: host.faults.update(seek=[Response(status=500)] * 9), id="500"),
        pytest.param(lambda host: setattr(host, "signed_404", True), id="404 of the signed address"),
        pytest.param(lambda host: setattr(host, "most_of_a_part", 4048), id="short parts"),
    ],
)
def test_log_is_downloaded_where_there_are_no_parts(
    host: NitradoHost, fault: Callable[[NitradoHost], None]
) -> None:
    host.put(ONE, LONG)
    fault(host)
    assert read(host, (0, 9), (500_000, len(LONG))) == [LONG[:9], LONG[500_000:]]


@pytest.mark.django_db
def test_log_is_followed_and_trouble_passes(host: NitradoHost) -> None:
    server = make_server(time_zone="UTC")
    make_log_source(server, SERVICE, kind="nitrado", secret=TOKEN)
    lines = [header("2026-02-07 19:00:00"), line("19:01:00", "A")]
    host.put(ONE, "".join(f"{one}\n" for one in lines).encode(), time.time())
    host.faults["list"] = [Response(status=429)]
    assert follow(server) == 0
    source = LogSource.objects.get()
    assert "429" in source.last_error
    assert source.not_before is not None

    assert (follow(server), follow(server)) == (1, 0)
    host.put(ONE, "".join(f"{one}\n" for one in [*lines, line("19:02:00", "B")]).encode(), time.time())
    assert follow(server) == 1
    assert LogSource.objects.get().last_error == ""
    assert set(Placement.objects.values_list("gamertag", flat=True)) == {"A", "B"}


@pytest.mark.django_db
def test_delivery_waits_as_long_as_the_host_asks(host: NitradoHost) -> None:
    server = make_server()
    make_ban_list(server, SERVICE, kind="nitrado", secret=TOKEN)
    ban_by_hand(server, "Invasor")
    headers = {"X-RateLimit-Reset": str(round(time.time()) + 1_800)}
    host.faults["gameservers"] = [Response(status=429, headers=headers)]
    deliveries.deliver_due()
    row = BanDelivery.objects.get()
    assert row.not_before - timezone.now() > timedelta(minutes=28)
    assert TOKEN not in row.last_error

    BanDelivery.objects.update(not_before=timezone.now())
    deliveries.deliver_due()
    assert host.bans == f"OUTRO // à mão\r\nLAST\r\n{row.line}"
    assert BanDelivery.objects.get().state == "applied"


@pytest.mark.django_db
def test_limit_in_the_middle_of_a_look_ends_it_for_as_long_as_the_host_asks(host: NitradoHost) -> None:
    server = make_server(time_zone="UTC")
    source = make_log_source(server, SERVICE, kind="nitrado", secret=TOKEN)
    for name in ("a.ADM", "b.ADM"):
        host.put(name, f"{header('2026-02-07 19:00:00')}\n".encode(), time.time())
    host.faults["seek"] = [Response(status=429)]
    follow(server)
    source.refresh_from_db()
    assert host.asked.count("GET seek") == 1
    assert source.not_before is not None
    assert source.not_before - timezone.now() > timedelta(minutes=4)


# -- What staff hear ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_end_of_the_token_is_stored_once_a_day(host: NitradoHost, monkeypatch: pytest.MonkeyPatch) -> None:
    server = make_server()
    source = make_log_source(server, SERVICE, kind="nitrado", secret=TOKEN)
    other = make_ban_list(server, SERVICE, kind="nitrado", secret="wrong")
    make_log_source(server, "/logs")
    woken: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks, "wake", lambda *args: woken.append(args))
    tasks.note_token_ends()
    assert woken == [(tasks.note_token_end, "source", source.pk), (tasks.note_token_end, "list", other.pk)]
    for _task, kind, pk in woken:
        tasks.note_token_end(kind, pk)

    source.refresh_from_db()
    other.refresh_from_db()
    assert source.secret_ends_at == datetime(2026, 12, 31, tzinfo=UTC)
    assert other.secret_ends_at is None


@pytest.mark.django_db
def test_end_of_a_token_that_was_replaced_meanwhile_is_not_stored(
    host: NitradoHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, ask = (
        make_log_source(make_server(), SERVICE, kind="nitrado", secret=TOKEN),
        NitradoService.token_ends_at,
    )

    def ask_while_it_is_replaced(service: NitradoService) -> datetime | None:
        row.secret = "another"
        row.save()
        return ask(service)

    monkeypatch.setattr(NitradoService, "token_ends_at", ask_while_it_is_replaced)
    token_ends.note_token_end("source", row.pk)
    row.refresh_from_db()
    assert (row.secret, row.secret_ends_at) == ("another", None)


@pytest.mark.django_db
def test_refusal_is_noted_from_the_first_on_and_one_passes_by_itself(host: NitradoHost) -> None:
    server = make_server()
    source = make_log_source(server, SERVICE, kind="nitrado", secret=TOKEN)
    row = make_ban_list(server, SERVICE, kind="nitrado", secret=TOKEN)
    ban = ban_by_hand(server)
    host.faults["gameservers"] = [Response(status=401), Response(status=401), Response(status=401)]
    tasks.follow_log(source.pk)
    deliveries.deliver_due()
    row.refresh_from_db()
    source.refresh_from_db()
    first = row.refused_at
    assert first
    assert source.refused_at
    assert "token was refused" in row.last_error
    reconciling.reconcile(row.pk)
    row.refresh_from_db()
    assert row.refused_at == first

    LogSource.objects.update(not_before=None), BanDelivery.objects.update(not_before=timezone.now())
    tasks.follow_log(source.pk)
    deliveries.deliver_due()
    row.refresh_from_db()
    source.refresh_from_db()
    assert (BanList.objects.get().refused_at, row.last_error) == (None, "")
    assert LogSource.objects.get().refused_at is None
    assert BanDelivery.objects.get(ban=ban).state == "applied"
