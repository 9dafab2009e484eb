"""The command in words, and what it says when the old database cannot be read."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError
from django.utils import translation

from clans.models import GarageTank, Player, Realm
from moving.wotcs_games import Destination, store_players
from moving.tests.old_wotcs import OldDatabase, import_wotcs, name_of, postgres, said, server, url_of

pytestmark = pytest.mark.django_db
SECRET = "s3cret-w0rd"


def test_words_tell_each_row_and_the_counts(old: OldDatabase) -> None:
    old.player(1001)
    old.tank()
    old.tank(account_id=None)
    old.user("a\033[31m", "segredo")
    with translation.override("en"):
        text = said(old.url)

    assert "garagetank ? · 11: not taken. It names no account." in text
    assert "garagetank: 2 rows found, 1 taken, 0 unchanged, 1 not taken." in text
    assert "\033" not in text


def test_trial_says_that_nothing_was_kept(old: OldDatabase) -> None:
    old.player(1001)
    with translation.override("en"):
        text = said(old.url, "--dry-run")

    assert "nothing of it was kept" in text
    assert not Player.objects.exists()
    assert not Realm.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg2://user:{SECRET}@127.0.0.1:1/old",
        f"postgresql://user:{SECRET}@no-such-host.invalid/old",
        f"postgresql://user:{SECRET}@127.0.0.1:99999/old",
        f"postgresql://user:{SECRET}@127.0.0.1:1/old?{SECRET}=1&nonsense",
        f"postgresql://user:{SECRET}@extra@127.0.0.1/old",
        f"mysql://user:{SECRET}@127.0.0.1/old",
        f"postgresql:/user:{SECRET}@127.0.0.1/old",
    ],
)
def test_trouble_with_the_address_is_one_sentence_without_the_password(url: str) -> None:
    with pytest.raises(CommandError) as raised:
        import_wotcs(url)

    assert SECRET not in f"{raised.value!r}{raised.value.__context__!r}"
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


def test_database_that_is_not_there_is_said() -> None:
    with pytest.raises(CommandError, match="no_such_database"):
        import_wotcs(url_of("no_such_database"))


def test_database_without_the_tables_is_said(empty: OldDatabase) -> None:
    with pytest.raises(CommandError, match="garagetank"):
        import_wotcs(empty.url)


def test_tables_without_their_columns_are_said(empty: OldDatabase) -> None:
    empty.make("player", "(nickname VARCHAR)")
    with pytest.raises(CommandError):
        import_wotcs(empty.url)


@pytest.mark.parametrize("content", [None, b"", b"no database at all, but long enough to look like one" * 50])
def test_file_that_is_no_database_is_said(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "old.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError):
        import_wotcs(f"sqlite:///{path}")

    assert path.exists() == (content is not None)


def test_copy_is_not_changed_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as opened:
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("CREATE TABLE player (account_id INTEGER, nickname TEXT)")
        opened.execute("INSERT INTO player VALUES (1001, CAST(X'4F6EE761' AS TEXT))")  # not UTF-8
    opened.close()
    path.chmod(0o444)
    before = path.read_bytes()
    report = import_wotcs(f"sqlite:///{path}")

    assert report["tables"]["player"]["taken"] == 1
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_old_database_is_read_only_and_read_in_one_state() -> None:
    with postgres() as old:
        old.make("player", "(account_id BIGINT, nickname VARCHAR)")
        # A view that writes when it is read.
        old.change("CREATE TABLE seen (at TIMESTAMP)")
        old.change(
            "CREATE FUNCTION note() RETURNS BIGINT LANGUAGE sql AS 'INSERT INTO seen VALUES (now()) RETURNING 1'"
        )
        old.change('CREATE VIEW "user" AS SELECT note()::text AS username')
        with pytest.raises(CommandError, match="read-only"):
            import_wotcs(old.url)


def test_table_that_may_not_be_read_is_said() -> None:
    with postgres() as old:
        old.make("player")
        name = name_of(old)
        old.change("CREATE ROLE old_reader LOGIN PASSWORD 'old-reader-word'")
        try:
            with pytest.raises(CommandError) as raised:
                import_wotcs(url_of(name, user="old_reader", password="old-reader-word"))
        finally:
            old.change("DROP ROLE old_reader")

    assert "player" in str(raised.value)
    assert "old-reader-word" not in str(raised.value)


def test_odd_types_of_postgresql_do_no_harm() -> None:
    with postgres() as old:
        old.make("player", "(account_id NUMERIC, nickname JSONB)")
        old.change("INSERT INTO player VALUES ('NaN', '{}'), (1001, '\"Onça\"'), (1e30, NULL)")
        old.change(f"ALTER DATABASE {name_of(old)} SET datestyle TO 'SQL, DMY'")
        old.make("garagetank", "(account_id BIGINT, tank_id BIGINT, battles MONEY, last_updated TIMESTAMPTZ)")
        old.change(
            "INSERT INTO garagetank VALUES (1, 1, 5, 'infinity'), (1, 2, 5, '0044-03-15 BC'), "
            "(1, 3, NULL, '2026-02-01 10:00-03')"
        )
        report = import_wotcs(old.url)

    assert report["reasons"] == {"bad_account": 2, "bad_time": 2}
    assert GarageTank.objects.get().first_seen == datetime(2026, 2, 1, 13, 0, tzinfo=UTC)


def test_unknown_realm_lists_the_known(old: OldDatabase) -> None:
    with pytest.raises(CommandError, match="asia, eu, na"):
        import_wotcs(old.url, "--realm", "mars")


def test_server_that_goes_away_is_said_and_what_was_taken_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moving.wotcs._BATCH", 1)
    names: list[str] = []

    def store_and_kill(nicknames: Mapping[int, str], to: Destination) -> set[int]:
        with psycopg.connect(**server(), autocommit=True) as control:
            control.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s AND state = 'idle in transaction'",
                names,
            )
        return store_players(nicknames, to)

    monkeypatch.setattr("moving.wotcs.store_players", store_and_kill)
    with postgres() as old:
        names.append(name_of(old))
        old.make("player")
        for number in (1001, 1002, 1003):
            old.player(number)
        with pytest.raises(CommandError) as raised:
            import_wotcs(old.url)

    assert "\n" not in str(raised.value)
    assert Player.objects.count() == 1
