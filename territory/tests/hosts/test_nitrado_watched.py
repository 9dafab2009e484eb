"""What staff hear of Nitrado: tokens that end and tokens that are refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Response

from territory import tasks
from territory.models import BanDelivery, BanList, LogSource
from territory.reach.nitrado import NitradoService
from territory.services import deliveries, reconciling, token_ends
from territory.tests.factories import ban_by_hand, make_ban_list, make_log_source, make_server
from territory.tests.hosts.servers.nitrado import SERVICE, TOKEN, NitradoHost, success

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(httpserver: HTTPServer, settings: Settings) -> NitradoHost:
    host = NitradoHost(httpserver)
    settings.NITRADO_API_URL = host.address.api_url
    return host


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


@pytest.mark.parametrize("answer", ["", "soon", "2026-99-99T00:00:00"])
def test_end_of_a_token_that_is_no_moment_is_not_known(host: NitradoHost, answer: str) -> None:
    row = make_log_source(make_server(), SERVICE, kind="nitrado", secret=TOKEN)
    host.faults["token"] = [success({"token": {"expires_at": answer}})]
    token_ends.note_token_end("source", row.pk)
    row.refresh_from_db()
    assert row.secret_ends_at is None


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
