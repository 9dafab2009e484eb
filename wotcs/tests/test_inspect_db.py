"""The operator's diagnosis: what it says of real rows, of the real broker, and of servers that do not answer."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pytest_django import Settings

from announcements.tests.factories import make_announcement, make_channel
from tanks.models import SyncStatus, Vehicle
from tanks.tasks import sync_clan
from tanks.tests import rows
from tanks.wargaming import Breaker, BreakerReason, shared
from territory.models import BanDelivery, LogFile, Placement, SenderClock
from territory.services.intake import store
from territory.tests.factories import incoming, make_base, make_server, make_user
from territory.tests.page_rows import make_ban, make_infraction
from wotcs.celery import app
from wotcs.inspection import servers
from wotcs.tasks import BEAT_KEY, WORKER_KEY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def quiet(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Nothing to look at: signs of life, empty queues, an application id and an empty folder."""
    settings.WOT_APP_ID = "0123456789abcdef0123456789abcdef"
    settings.WOT_CACHE_DIR = tmp_path / "kept"
    _purge()
    cache.set_many({BEAT_KEY: time.time(), WORKER_KEY: time.time()})
    yield
    _purge()
    cache.delete_many([BEAT_KEY, WORKER_KEY])


def _purge() -> None:
    with app.connection_for_write() as broker:
        channel: Any = broker.channel()
        for queue in servers.queue_names():
            channel.queue_purge(queue)
        channel.close()


def shown(language: str = "en") -> str:
    out = StringIO()
    with translation.override(language):
        call_command("inspect_db", stdout=out)
    return out.getvalue()


def inspected() -> dict[str, Any]:
    out = StringIO()
    with translation.override("en"):
        call_command("inspect_db", "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def keys(found: dict[str, Any] | None = None) -> set[str]:
    return {finding["key"] for finding in (found or inspected())["findings"]}


def table(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(table for table in inspected()["tables"] if table["name"] == name)
    return found


# -- Servers ------------------------------------------------------------------------------------------------------


def test_empty_installation_needs_no_look() -> None:
    text = shown()
    assert text.rstrip().endswith("What needs a look\n-----------------\n  Nothing.")
    assert keys() == set()


@pytest.mark.parametrize("language", ["pt-br", "en"])
def test_versions_and_sizes_are_told_and_no_password(language: str) -> None:
    text = shown(language)
    assert f"PostgreSQL {connection.pg_version // 10_000}." in text  # type: ignore[attr-defined]
    assert str(connection.settings_dict["NAME"]) in text
    assert "Valkey " in text or "Redis " in text
    secrets = [str(connection.settings_dict["PASSWORD"]), configured.SECRET_KEY, configured.WOT_APP_ID]
    for secret in filter(None, secrets):
        assert secret not in text + json.dumps(inspected())


def test_messages_are_counted_by_queue_and_those_that_a_worker_holds() -> None:
    for number in range(3):
        sync_clan.apply_async((number,))
    assert inspected()["broker"]["queues"] == {
        "placements": 0,
        "bans": 0,
        "logs": 0,
        "outbound": 0,
        "sync": 3,
        "default": 0,
    }
    with app.connection_for_read() as broker:
        channel: Any = broker.channel()
        channel.basic_get("sync")
        found = inspected()["broker"]
        assert (found["queues"]["sync"], found["unacknowledged"]) == (2, 1)
        channel.close()
    assert "sync 3" in shown()


def test_long_queue_and_silent_workers_need_a_look() -> None:
    for number in range(101):
        sync_clan.apply_async((number,))
    cache.set(BEAT_KEY, time.time() - 300)
    cache.delete(WORKER_KEY)
    found = inspected()
    assert keys(found) == {"queue_long", "beat_silent", "worker_silent"}
    assert 299 <= found["broker"]["beat_seconds_ago"] <= 302
    assert "101 messages wait in the queue “sync”" in shown()


def test_redis_that_is_down_is_a_finding_without_its_password(settings: Settings) -> None:
    rows.clan()
    settings.REDIS_URL = "redis://:geheim@127.0.0.1:1/0"
    found = inspected()
    assert "broker_down" in keys(found)
    assert found["broker"]["error"] == "ConnectionError"
    assert "geheim" not in shown() + json.dumps(found)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_database_that_is_down_is_told_in_a_sentence(tmp_path: Path, language: str) -> None:
    database = {"DATABASE_URL": "postgres://app:geheim@127.0.0.1:1/wotcs", "LANGUAGE_CODE": language}
    command = [sys.executable, "manage.py", "inspect_db"]
    ended = subprocess.run(
        command,
        cwd=configured.BASE_DIR,
        env=os.environ | database,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert "DATABASE_URL" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "geheim" not in ended.stderr + ended.stdout


def test_question_that_the_database_refuses_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Any:
        raise DatabaseError("canceling statement due to lock timeout\nLINE 1: …")

    monkeypatch.setattr(servers, "postgres", refuse)
    with pytest.raises(CommandError, match=r"does not answer: canceling statement due to lock timeout\. "):
        inspected()


# -- Tables and migrations ----------------------------------------------------------------------------------------


def test_tables_tell_rows_size_and_newest() -> None:
    clan = rows.clan()
    rows.player(clan, first_seen=timezone.now() - HOUR)
    newer = rows.player(clan)
    found = table("tanks_player")
    assert (found["rows"], found["is_estimate"]) == (2, False)
    assert found["bytes"] > 8192
    assert abs(datetime.fromisoformat(found["newest_at"]) - newer.first_seen) < timedelta(seconds=1)
    assert table("tanks_vehicle")["newest_at"] is None
    tank = rows.vehicle(first_seen=timezone.now() - HOUR)
    assert datetime.fromisoformat(table("tanks_vehicle")["newest_at"]) < tank.first_seen + HOUR


def test_large_table_is_estimated_and_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wotcs.inspection.tables.MOST_COUNTED", 4)
    clan = rows.clan()
    for is_estimate in (False, False, False, True, True):
        rows.player(clan)
        assert table("tanks_player")["is_estimate"] is is_estimate
    found = table("tanks_player")
    assert found["rows"] >= 4
    line = next(line for line in shown().splitlines() if line.startswith("  tanks_player "))
    assert "~" in line


def test_every_model_has_its_line() -> None:
    names = {table["name"] for table in inspected()["tables"]}
    assert {model._meta.db_table for model in apps.get_models(include_auto_created=True)} == names


def test_migration_that_was_not_applied_is_told_and_the_rows_are_left_alone() -> None:
    rows.clan()
    ((_app, newest),) = MigrationLoader(connection).graph.leaf_nodes("announcements")
    MigrationRecorder(connection).record_unapplied("announcements", newest)
    found = inspected()
    assert f"announcements.{newest}" in found["pending_migrations"]
    assert found["rows"] is None
    assert keys(found) == {"migrations_pending"}
    assert f"announcements.{newest}" in shown()


def test_database_without_tables_is_told_in_a_sentence() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA bare")
        cursor.execute("SET LOCAL search_path = bare")
    assert keys() == {"no_tables"}
    assert "The database holds no tables yet" in shown()


def test_number_of_queries_does_not_grow_with_rows() -> None:
    clan, server = rows.clan(), make_server()
    rows.status(clan)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            inspected()
        return len(captured)

    before = count()
    for _ in range(3):
        rows.garage_tank(rows.player(clan))
        rows.run(clan)
        LogFile.objects.create(server=server, name=f"{_}.ADM")
    store(server, [incoming(f"X{number}") for number in range(5)])
    assert count() == before


# -- World of Tanks -----------------------------------------------------------------------------------------------


def test_clan_that_is_fresh_needs_no_look(tmp_path: Path) -> None:
    clan = rows.clan(sync_due_at=timezone.now() + HOUR)
    rows.status(clan, last_success_at=timezone.now(), next_due_at=timezone.now() + HOUR)
    rows.run(clan, calls=3, rows_changed=12, started_at=timezone.now(), ended_at=timezone.now())
    folder = tmp_path / "kept" / "na" / "account" / "info"
    folder.mkdir(parents=True)
    (folder / "7.json.gz").write_bytes(b"x" * 100)
    (folder / "half").write_bytes(b"x")
    found = inspected()
    assert keys(found) == set()
    assert (found["disk_cache"]["files"], found["disk_cache"]["bytes"]) == (1, 100)
    assert found["disk_cache"]["newest_at"] is not None
    text = shown()
    assert "3 calls, 12 rows changed" in text
    assert "Realm na: requests are sent" in text


def test_sections_tell_their_trouble_and_their_age() -> None:
    clan = rows.clan("Lobos", sync_due_at=timezone.now() - HOUR)
    long_ago = timezone.now() - timedelta(hours=5)
    rows.status(clan, "members", last_success_at=long_ago, trouble="unavailable", last_error="NoAnswer: 502")
    rows.status(clan, "tanks", last_success_at=long_ago)
    found = inspected()
    assert keys(found) == {"section_trouble", "section_stale", "sync_late", "cache_empty"}
    (state,) = found["rows"]["clans"]
    assert [section["trouble"] for section in state["sections"]] == ["unavailable", ""]
    text = shown()
    assert "The game's API did not answer." in text
    assert "no answer: NoAnswer: 502" in text
    assert "Players' vehicles: not read for more than three syncs." in text


def test_clan_never_synced_and_clan_disbanded_need_a_look() -> None:
    rows.clan("Novo", sync_due_at=timezone.now())
    rows.clan("Velho", disbanded_at=timezone.now(), sync_due_at=timezone.now())
    assert keys() == {"clan_never_synced", "clan_disbanded"}


def test_orphans_are_counted() -> None:
    clan, now = rows.clan(sync_due_at=timezone.now() + HOUR), timezone.now()
    rows.status(clan, last_success_at=now)
    unlisted = rows.vehicle(not_in_catalogue_since=now)
    rows.vehicle(not_in_catalogue_since=now)
    rows.garage_tank(rows.player(clan, garage_read_at=now), unlisted)
    rows.garage_tank(rows.player(clan))
    rows.player(clan, hidden_since=now)
    rows.player(clan, refused_since=now)
    rows.player(clan, clan=None)
    rows.member(rows.user("sem-conta"), clan)
    linked = rows.user("com-conta")
    rows.player(clan, user=linked, garage_read_at=now)
    rows.member(linked, clan)
    rows.run(clan, "running", started_at=now - HOUR)
    rows.run(clan, "running", started_at=now)
    rows.run(rows.clan(sync_due_at=now + HOUR), "waiting", requested_at=now - HOUR)
    found = inspected()
    assert found["rows"]["orphans"] == {
        "unlisted_vehicles_of_players": 1,
        "players_without_clan": 1,
        "memberships_without_player": 1,
        "members_hidden": 1,
        "members_refused": 1,
        "members_never_read": 1,
        "tanks_of_members_never_read": 1,
        "runs_left_running": 1,
        "runs_left_waiting": 1,
    }
    assert {"members_never_read", "runs_left_running", "runs_left_waiting"} <= keys(found)


def test_open_breaker_needs_a_look(settings: Settings) -> None:
    realm = rows.realm("simulador", "http://127.0.0.1:9")
    client = shared.connect(settings.REDIS_URL)
    breaker = Breaker(client, shared.key_for(realm.url, settings.WOT_APP_ID))
    try:
        breaker.failed(breaker.enter(), BreakerReason.NOT_CONFIGURED, "clans/info")
        found = inspected()
        assert keys(found) == {"breaker_open"}
        (state,) = found["breakers"]
        assert (state["realm"], state["state"], state["reason"]) == ("simulador", "open", "not_configured")
        assert state["until"] is not None
        assert "Realm simulador: requests are suspended, because the application was refused." in shown()
    finally:
        breaker.reset()
        client.close()
    assert keys() == set()


def test_missing_application_id_needs_a_look(settings: Settings) -> None:
    settings.WOT_APP_ID = ""
    rows.realm()
    assert keys() == {"not_configured"}


# -- DayZ ---------------------------------------------------------------------------------------------------------


def test_placements_that_wait_are_counted_with_the_oldest() -> None:
    server, now = make_server(slug="sul"), timezone.now()
    store(server, [incoming("A", occurred_at=now - 2 * HOUR), incoming("B", occurred_at=now)])
    assert keys() == set()
    Placement.objects.update(received_at=now - HOUR)
    found = inspected()
    assert keys(found) == {"placements_waiting"}
    (state,) = found["rows"]["servers"]
    assert state["waiting"] == 2
    assert datetime.fromisoformat(state["oldest_occurred_at"]) < now - HOUR
    assert "sul: a placement waits to be judged since 1 h" in shown()


def test_watched_server_without_news_needs_a_look() -> None:
    server = make_server(slug="sul", log_folder="/srv/logs")
    make_server(slug="norte")
    assert keys() == {"no_log"}
    log = LogFile.objects.create(server=server, name="a.ADM")
    assert keys() == set()
    LogFile.objects.filter(pk=log.pk).update(last_read_at=timezone.now() - 3 * HOUR, last_error="denied")
    assert keys() == {"log_old", "log_trouble"}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        pytest.param({}, set(), id="nobody-seen"),
        pytest.param({"players_since": 1, "players_until": 0}, {"placements_never"}, id="never-a-placement"),
        pytest.param(
            {"players_since": 90, "players_until": 0, "last_placement_at": 13},
            {"placements_silent"},
            id="silent",
        ),
        pytest.param(
            {"players_since": 90, "players_until": 0, "last_placement_at": 11}, set(), id="built-today"
        ),
        pytest.param(
            {"players_since": 90, "players_until": 40, "last_placement_at": 41}, set(), id="empty-server"
        ),
    ],
)
def test_players_without_placements_need_a_look(fields: dict[str, int], found: set[str]) -> None:
    server, now = make_server(slug="sul", log_folder="/srv/logs"), timezone.now()
    hours_ago = {name: now - hours * HOUR for name, hours in fields.items()}
    LogFile.objects.create(server=server, name="a.ADM", **hours_ago)

    assert keys() == found


@pytest.mark.parametrize("source", ["log", "sender"])
def test_source_with_a_wrong_clock_needs_a_look_and_is_told_the_zone_that_fits(source: str) -> None:
    server = make_server(slug="sul", time_zone="UTC", log_folder="/srv/logs")
    LogFile.objects.create(server=server, name="a.ADM", clock_shift_min=180 if source == "log" else 0)
    if source == "sender":
        SenderClock.objects.create(server=server, clock_shift_min=180)

    assert keys() == {"clock_wrong"}
    assert "America/Sao_Paulo" in shown()


def test_deliveries_and_announcements_that_fail_need_a_look() -> None:
    server = make_server()
    make_infraction(server, make_base(server, make_user()), status="review")
    values: dict[str, Any] = {"ban": make_ban(server), "ban_list": "file", "line": "x"}
    BanDelivery.objects.create(target="/a", state="failed", **values)
    BanDelivery.objects.create(target="/b", attempts=2, last_error="denied", **values)
    BanDelivery.objects.create(target="/c", state="foreign", **values)
    channel = make_channel()
    make_announcement(channel, "one")
    make_announcement(channel, "two", state="failed")
    found = inspected()
    assert found["rows"]["deliveries"] == {
        "bans_to_end": 0,
        "infractions_for_staff": 1,
        "ban_deliveries_due": 1,
        "ban_deliveries_failed": 1,
        "ban_deliveries_in_trouble": 1,
        "foreign_lines": 1,
        "announcements_due": 1,
        "announcements_failed": 1,
        "announcements_in_trouble": 0,
    }
    fine = {"bans_to_end", "ban_deliveries_due", "announcements_due", "announcements_in_trouble"}
    assert keys(found) == found["rows"]["deliveries"].keys() - fine


def test_names_cannot_move_the_terminals_cursor() -> None:
    rows.clan("Lobos\x1b[2J\nNothing.", sync_due_at=timezone.now())
    assert "\x1b" not in shown()
    assert "\nNothing." not in shown()


def test_looking_changes_nothing() -> None:
    clan = rows.clan()
    rows.status(clan)
    with CaptureQueriesContext(connection) as captured:
        inspected()
    verbs = {query["sql"].split()[0] for query in captured.captured_queries}
    assert verbs <= {"SELECT", "EXPLAIN", "SHOW", "SET", "SAVEPOINT", "RELEASE", "WITH"}
    assert SyncStatus.objects.count() == 1
    assert not Vehicle.objects.exists()
