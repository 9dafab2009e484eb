"""Rows in one statement, on a table of the test's own."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import DataError, IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from common import bulk

pytestmark = pytest.mark.django_db
TABLE = "vehicle"
KEY, NAMED = {"tank_id": "bigint"}, {"tank_id": "bigint", "name": "text"}
COLUMNS = NAMED | {"tier": "smallint", "is_premium": "boolean", "first_seen": "timestamptz"}
TEXTS = ["", "NULL", '"', "'", "\\", "{1,2}", "a\nb\tc", "%s", "%(x)s", "'); --", "👩‍👩‍👧", "é\u0301", "\ufeff"]  # fmt: skip
NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {TABLE} (tank_id bigint PRIMARY KEY, name varchar(200) NOT NULL DEFAULT '',"
            " tier smallint, is_premium boolean, first_seen timestamptz)"
        )


def stored(columns: str = ", ".join(COLUMNS)) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {TABLE} ORDER BY tank_id")
        return list(cursor.fetchall())


def test_insert_writes_rows_as_they_are_given() -> None:
    rows = [(1, "Löwe", 8, True, NOW), (2**63 - 1, "", None, False, NOW)]
    assert bulk.insert_rows(TABLE, COLUMNS, rows) == 2
    assert stored() == rows


def test_insert_and_update_keep_any_text() -> None:
    bulk.insert_rows(TABLE, NAMED, list(enumerate(TEXTS)))
    assert stored("name") == [(text,) for text in TEXTS]
    bulk.update_rows(TABLE, "tank_id", NAMED, list(enumerate(reversed(TEXTS))))
    assert stored("name") == [(text,) for text in reversed(TEXTS)]


def test_insert_of_one_column_leaves_the_others_at_their_defaults() -> None:
    assert bulk.insert_rows(TABLE, KEY, [(5,)]) == 1
    assert stored("tank_id, name") == [(5, "")]


def test_insert_of_nothing_asks_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert bulk.insert_rows(TABLE, COLUMNS, []) == 0
        assert bulk.update_rows(TABLE, "tank_id", COLUMNS, []) == 0


def test_insert_counts_only_what_was_written() -> None:
    bulk.insert_rows(TABLE, NAMED, [(1, "old")])
    written = bulk.insert_rows(TABLE, NAMED, [(1, "new"), (2, "b")], conflict="ON CONFLICT DO NOTHING")
    assert written == 1
    assert stored("tank_id, name") == [(1, "old"), (2, "b")]


@pytest.mark.parametrize(
    ("row", "error"),
    [((1, "x"), IntegrityError), ((2**63, "x"), DataError), ((3, "nul\x00"), DataError)],
    ids=["a key that is there", "a number too large", "an unstorable letter"],
)
def test_row_that_the_table_refuses_fails_them_all(row: tuple[int, str], error: type[Exception]) -> None:
    bulk.insert_rows(TABLE, KEY, [(1,)])
    with pytest.raises(error), transaction.atomic():
        bulk.insert_rows(TABLE, NAMED, [(2, "good"), row])
    assert stored("tank_id") == [(1,)]


def test_rows_of_uneven_length_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        bulk.insert_rows(TABLE, NAMED, [(1, "a"), (2,)])


def test_update_writes_named_columns_of_named_rows() -> None:
    bulk.insert_rows(TABLE, COLUMNS, [(number, "x", 5, True, NOW) for number in (1, 2, 3)])
    columns = NAMED | {"tier": "smallint"}
    assert bulk.update_rows(TABLE, "tank_id", columns, [(3, "c", None), (1, "a", 9), (4, "d", 1)]) == 2
    assert stored() == [(1, "a", 9, True, NOW), (2, "x", 5, True, NOW), (3, "c", None, True, NOW)]


def test_ten_thousand_rows_go_in_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    rows = [(number, f"V {number}") for number in range(1, 10_001)]
    with django_assert_num_queries(1):
        assert bulk.insert_rows(TABLE, NAMED, rows) == 10_000


def test_staged_rows_are_those_of_the_last_staging() -> None:
    columns = {"number": "bigint", "word": "text"}
    bulk.stage_rows("told_here", columns, [(1, "a"), (2, None)])
    bulk.stage_rows("told_here", columns, [(3, "c\t\\N")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM told_here")
        assert cursor.fetchall() == [(3, "c\t\\N")]


def test_ids_are_drawn_once_each() -> None:
    drawn = bulk.next_ids(Group, 5)
    assert len(set(drawn)) == 5
    assert Group.objects.create(name="x").pk not in drawn
