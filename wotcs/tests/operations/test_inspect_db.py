"""The figures of an installation and `inspect_db`: of real rows, of the real broker, and of servers that do not answer."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as configured
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pytest_django import Settings

from announcements.tests.factories import make_announcement, make_channel
from tanks.tasks import sync_clan
from tanks.tests.factories import rows
from tanks.wargaming import Breaker, BreakerReason, shared
from territory.services.intake import store
from territory.tests.factories import (
    incoming,
    make_ban,
    make_ban_list,
    make_base,
    make_delivery,
    make_infraction,
    make_log_file,
    make_log_source,
    make_server,
    make_user,
)
from wotcs.celery import QUEUES, app
from wotcs.operations import database, figures
from wotcs.tasks import BEAT_KEY, WORKER_KEY

pytestmark = pytest.mark.django_db
TIMES = {"last_read_at", "players_until"}
HOUR = timedelta(hours=1)
LONG_AGO = timezone.now() - 5 * HOUR
OPERATIONS = Path(configured.BASE_DIR, "docs/operations.md").read_text()


@pytest.fixture(autouse=True)
def quiet(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Nothing to look at: signs of life, empty queues, an application id and an empty folder."""
    settings.WOT_APP_ID = "0123456789abcdef0123456789abcdef"
    settings.WOT_CACHE_DIR = tmp_path / "kept"
    _purge()
    cache.set_many({BEAT_KEY: time.time(), WORKER_KEY: time.time()})
    yield
    _purge()


def _purge() -> None:
    with app.connection_for_write() as opened:
        channel: Any = opened.channel()
        for queue in QUEUES:
            channel.queue_purge(queue)
        channel.close()


def shown(*options: str, language: str = "en") -> str:
    out = StringIO()
    with translation.override(language):
        call_command("inspect_db", *options, stdout=out)
    return out.getvalue()


def inspected() -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = json.loads(shown("--json"))
    return answer


def values(*names: str) -> dict[str, Any]:
    """The values by key, of these names only."""
    return {row["key"]: row["value"] for row in inspected() if row["key"].partition(":")[0] in names}


def looks() -> dict[str, str]:
    """The level of each figure that needs a look, by name. Each has a hint and its anchor in the docs."""
    levels = {}
    for row in inspected():
        if row["level"] != "ok":
            assert row["hint"]
            assert f'id="{row["docs"].partition("#")[2]}"' in OPERATIONS
            levels[row["key"].partition(":")[0]] = row["level"]
    return levels


def fresh_clan() -> Any:
    clan, now = rows.clan("Lobos", sync_due_at=timezone.now() + HOUR), timezone.now()
    rows.status(clan, last_success_at=now, next_due_at=now + HOUR)
    folder = Path(configured.WOT_CACHE_DIR, "na/account/info")
    folder.mkdir(parents=True)
    (folder / "7.json.gz").write_bytes(b"x" * 100)
    (folder / "half").write_bytes(b"x")
    return clan


def troubled_sections() -> None:
    clan, long_ago = rows.clan(sync_due_at=timezone.now() + HOUR), timezone.now() - 5 * HOUR
    rows.status(clan, "members", last_success_at=long_ago, trouble="unavailable", last_error="NoAnswer: 502")
    rows.status(clan, "tanks", last_success_at=long_ago)


def unfinished_syncs() -> None:
    clan, now = fresh_clan(), timezone.now()
    rows.run(clan, "running", started_at=now)
    rows.run(clan, "running", started_at=now - HOUR)
    rows.run(clan, "waiting", requested_at=now - HOUR)


def waiting_placement(age: timedelta) -> None:
    server = make_server(slug="sul")
    store(server, [incoming("A", occurred_at=timezone.now() - 2 * HOUR)])
    server.placements.update(received_at=timezone.now() - age)


def watched(*, files: int = 1, silent_for: timedelta = timedelta(0), **fields: Any) -> None:
    """A watched game server with logs; times are hours ago."""
    server, now = make_server(slug="sul", log_folder="/srv/logs", time_zone="UTC"), timezone.now()
    times = {name: now - fields.pop(name) * HOUR for name in list(fields) if name in TIMES}
    for number in range(files):
        make_log_file(server, f"{number}.ADM", **times, **fields)
    server.log_sources.update(silent_for=silent_for)


def delivery(**fields: Any) -> None:
    make_delivery(make_ban(make_server()), **fields)


def messages(count: int) -> None:
    for number in range(count):
        sync_clan.apply_async((number,))


def no_application() -> None:
    configured.WOT_APP_ID = ""
    rows.realm()


SILENT = "placements_silent_seconds:warning alarm_failing:failing"
LOOKS: dict[str, tuple[Callable[[], object], str]] = {
    "nothing": (lambda: None, ""),
    "100 messages": (lambda: messages(100), ""),
    "long queue": (lambda: messages(101), "messages_waiting:warning"),
    "beat silent": (lambda: cache.set(BEAT_KEY, time.time() - 300), "beat_seconds_ago:warning"),
    "worker never seen": (lambda: cache.delete(WORKER_KEY), "worker_seconds_ago:warning"),
    "fresh clan": (fresh_clan, ""),
    "sections": (troubled_sections, "section_trouble:warning section_success_at:warning cache_files:warning"),
    "never synced": (rows.clan, "clan_never_synced:warning"),
    "sync late": (lambda: type(fresh_clan()).objects.update(sync_due_at=timezone.now() - HOUR / 2), "sync_due_at:warning"),
    "disbanded": (lambda: rows.clan(disbanded_at=timezone.now()), "clan_disbanded:note"),
    "never read": (lambda: rows.player(fresh_clan()), "members_never_read:note"),
    "unfinished syncs": (unfinished_syncs, "runs_left_running:warning runs_left_waiting:warning"),
    "no application": (no_application, "application_refused:failing"),
    "cache is a file": (lambda: Path(configured.WOT_CACHE_DIR).write_text("x"), "cache_unreadable:failing"),
    "placement just in": (lambda: waiting_placement(HOUR / 30), ""),
    "placement waits": (lambda: waiting_placement(HOUR), "oldest_due_seconds:warning"),
    "unwatched server": (make_server, ""),
    "no log": (lambda: watched(files=0), "log_files:warning"),
    "log": (watched, ""),
    "log old": (lambda: watched(last_read_at=3), "log_read_at:warning"),
    "log unreadable": (lambda: watched(last_error="denied"), "logs_unreadable:warning"),
    "folder": (lambda: make_log_source(make_server(), last_error="denied", created_at=LONG_AGO), "log_files:warning log_folder_unreadable:failing alarm_failing:failing"),
    "ban list": (lambda: make_ban_list(make_server(), last_error="denied", created_at=LONG_AGO), "ban_list_unreadable:failing alarm_failing:failing"),
    "ban list nearly full": (lambda: make_ban_list(make_server(), kind="nitrado", size=60_000), "alarm:warning"),
    "placements silent": (lambda: watched(players_until=0, silent_for=6 * HOUR), SILENT),
    "built today": (lambda: watched(players_until=0, silent_for=5 * HOUR), ""),
    "log's clock": (lambda: watched(clock_shift_min=180), "clock_shift_minutes:warning"),
    "sender's clock": (lambda: make_log_source(make_server(), "", kind="api", clock_shift_min=180), "clock_shift_minutes:warning"),
    "review": (lambda: make_infraction(of := make_server(), make_base(of, make_user()), status="review"), "infractions_for_staff:note"),
    "delivery due": (delivery, ""),
    "delivery failed": (lambda: delivery(state="failed"), "ban_deliveries_failed:failing alarm_failing:failing"),
    "delivery in vain": (lambda: delivery(attempts=2, last_error="no"), "ban_deliveries_in_trouble:warning"),
    "foreign line": (lambda: delivery(state="foreign"), "foreign_lines:note"),
    "announcement due": (lambda: make_announcement(make_channel(), "one"), ""),
    "announcement failed": (lambda: make_announcement(make_channel(), "one", state="failed"), "announcements_failed:failing"),
    "announcement in vain": (lambda: make_announcement(make_channel(), "one", attempts=1, last_error="no"), "announcements_in_trouble:warning"),
}  # fmt: skip


@pytest.mark.parametrize("case", LOOKS)
def test_what_needs_a_look(case: str) -> None:
    make, expected = LOOKS[case]
    make()
    assert {f"{name}:{level}" for name, level in looks().items()} == set(expected.split())


def test_every_hint_has_its_anchor_in_the_docs() -> None:
    anchors = set(re.findall(r'<a id="(\w+)">', OPERATIONS))
    assert anchors == figures.HINTS.keys() | {"clock_shift_minutes", "clan_disbanded", "section_trouble"}


REFUSED, SUSPENDED = {"application_refused": "failing"}, {"requests_suspended": "warning"}


@pytest.mark.parametrize(
    ("reason", "look"), [(BreakerReason.NOT_CONFIGURED, REFUSED), (BreakerReason.NO_ANSWER, SUSPENDED)]
)
def test_open_breaker_needs_a_look(settings: Settings, reason: BreakerReason, look: dict[str, str]) -> None:
    realm = rows.realm("simulador", "http://127.0.0.1:9")
    client = shared.connect(settings.REDIS_URL)
    breaker = Breaker(client, shared.key_for(realm.url, settings.WOT_APP_ID))
    try:
        permits = [breaker.enter() for _ in range(5)]
        for number, permit in enumerate(permits):
            breaker.failed(permit, reason, f"method/{number}")
        assert looks() == look
        assert values("requests_suspended") == {"requests_suspended:simulador": True}
        assert values("requests_suspended_until")["requests_suspended_until:simulador"]
    finally:
        client.delete(breaker._key)
        client.close()
    assert looks() == {}


def test_worst_comes_first_and_each_look_says_what_to_do() -> None:
    assert shown().rstrip().endswith("  Nothing.")
    watched(files=0)
    delivery(state="failed")
    LOOKS["review"][0]()
    text = shown().partition("What needs a look")[2]
    marks = [text.index(words) for words in ("deliveries failed 1", "sul · logs 0", "wait for staff 1")]
    assert marks == sorted(marks)
    assert "  Nothing." not in text
    assert "No log was found in the watched folder. (docs/operations.md#log_files)" in " ".join(text.split())


@pytest.mark.parametrize(("language", "words"), [("pt-br", "não respondeu"), ("en", "did not answer")])
def test_versions_and_troubles_are_told_in_the_readers_language_and_no_password(
    language: str, words: str
) -> None:
    troubled_sections()
    text = shown(language=language)
    assert words in " ".join(text.split())
    assert f"PostgreSQL {connection.pg_version // 10_000}." in text  # type: ignore[attr-defined]
    assert str(connection.settings_dict["NAME"]) in text
    assert "Valkey " in text or "Redis " in text
    secrets = [str(connection.settings_dict["PASSWORD"]), configured.SECRET_KEY, configured.WOT_APP_ID]
    for secret in filter(None, secrets):
        assert secret not in text + shown("--json")


def test_messages_are_counted_by_queue_and_those_that_a_worker_holds() -> None:
    messages(3)
    empty = {f"messages_waiting:{name}": 0 for name in QUEUES}
    assert values("messages_waiting") == empty | {"messages_waiting:sync": 3}
    with app.connection_for_read() as opened:
        channel: Any = opened.channel()
        channel.basic_get("sync")
        assert values("messages_held") == {"messages_held": 1}
        assert values("messages_waiting")["messages_waiting:sync"] == 2
        channel.close()


def test_tables_tell_rows_size_and_newest_of_every_model() -> None:
    newer = rows.player(rows.clan(), first_seen=timezone.now() - HOUR)
    found = values("table_rows", "table_bytes", "table_newest_at")
    every = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table for model in every if model._meta.managed and not model._meta.proxy}
    assert {f"table_rows:{name}" for name in tables} <= found.keys()
    assert (found["table_rows:tanks_player"], found["table_newest_at:tanks_vehicle"]) == (1, None)
    assert found["table_bytes:tanks_player"] > 8192
    newest = datetime.fromisoformat(found["table_newest_at:tanks_player"])
    assert abs(newest - newer.first_seen) < timedelta(seconds=1)


def test_large_table_is_estimated_and_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MOST_COUNTED", 4)
    clan = rows.clan()
    for is_estimate in (False, False, False, True, True):
        rows.player(clan)
        line = next(line for line in shown().splitlines() if line.startswith("  tanks_player: "))
        assert ("rows, estimated" in line) is is_estimate
    assert values("table_rows")["table_rows:tanks_player"] >= 4


def test_incomplete_rows_answers_on_disk_and_waiting_placements_are_counted() -> None:
    clan, now = fresh_clan(), timezone.now()
    waiting_placement(HOUR)
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
    names = [
        *("unlisted_vehicles_of_players", "players_without_clan", "memberships_without_player"),
        *("members_hidden", "members_refused", "members_never_read", "tanks_of_members_never_read"),
    ]
    expected = {"cache_files": 1, "cache_bytes": 100, "placements_waiting:sul": 1}
    assert (
        values(*names, *(name.partition(":")[0] for name in expected)) == dict.fromkeys(names, 1) | expected
    )


def test_redis_that_is_down_is_told_without_its_password(settings: Settings) -> None:
    fresh_clan()
    settings.REDIS_URL = "redis://:geheim@127.0.0.1:1/0"
    assert looks() == {"broker": "failing"}
    assert values("broker") == {"broker": "ConnectionError"}
    assert "geheim" not in shown() + shown("--json")


@pytest.mark.slow
def test_database_that_is_down_is_told_in_a_sentence() -> None:
    environment = {"DATABASE_URL": "postgres://app:geheim@127.0.0.1:1/wotcs"}
    ended = subprocess.run(
        [sys.executable, "manage.py", "inspect_db"],
        cwd=configured.BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert "DATABASE_URL" in ended.stderr
    assert "Valkey" in ended.stdout
    assert "Traceback" not in ended.stderr
    assert "geheim" not in ended.stderr + ended.stdout


def test_question_that_the_database_refuses_is_told_and_the_broker_is_looked_at() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE announcements_announcement")
    out = StringIO()
    with pytest.raises(CommandError, match=r"\(relation .* does not exist\)"):
        call_command("inspect_db", "--json", stdout=out)
    keys = {row["key"] for row in json.loads(out.getvalue())}
    assert {"database_version", "broker_version", "messages_held"} <= keys
    assert "bans_to_end" not in keys


def test_migration_that_was_not_applied_is_told_and_the_rows_are_left_alone() -> None:
    fresh_clan()
    ((_app, newest),) = MigrationLoader(connection).graph.leaf_nodes("announcements")
    MigrationRecorder(connection).record_unapplied("announcements", newest)
    assert looks() == {"migrations_pending": "failing"}
    assert f"announcements.{newest}" in values("migrations_pending_names")["migrations_pending_names"]
    assert not values("bans_to_end", "table_rows")
    assert "python manage.py migrate" in shown()


def test_number_of_queries_does_not_grow_with_rows_and_none_writes() -> None:
    def ask() -> CaptureQueriesContext:
        with CaptureQueriesContext(connection) as captured:
            inspected()
        return captured

    def grow() -> None:
        clan, server = rows.clan(), make_server()
        rows.status(clan)
        rows.run(clan)
        rows.garage_tank(rows.player(clan))
        make_log_file(server)
        make_log_source(server, "", kind="api", clock_shift_min=60)
        store(server, [incoming("X")])

    grow()
    before = len(ask())
    grow()
    grow()
    after = ask()
    assert len(after) == before
    verbs = {query["sql"].split()[0] for query in after.captured_queries}
    assert verbs <= {"SELECT", "EXPLAIN", "SET", "SAVEPOINT", "RELEASE", "WITH"}


def test_names_cannot_move_the_terminals_cursor() -> None:
    rows.clan("Lobos\x1b[2J\nNothing.", sync_due_at=timezone.now())
    assert "\x1b" not in shown()
    assert "\nNothing." not in shown()
