"""Addresses and values of old databases, whatever somebody wrote there."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clans.moving import cells
from clans.moving.address import BadAddress, PostgresAddress, SqliteAddress, parse


@pytest.mark.parametrize(
    ("url", "parameters"),
    [
        (
            "postgresql+psycopg2://user:senha@localhost:5432/wotcs",
            {"user": "user", "password": "senha", "host": "localhost", "port": "5432", "dbname": "wotcs"},
        ),
        ("postgres://localhost/wotcs", {"host": "localhost", "dbname": "wotcs"}),
        (
            "postgresql://u:p%40s/s?#:x@db.example/wotcs?sslmode=require",
            {
                "user": "u",
                "password": "p@s/s?#:x",
                "host": "db.example",
                "dbname": "wotcs",
                "sslmode": "require",
            },
        ),
        ("postgresql+asyncpg://u@[::1]:5433/w", {"user": "u", "host": "::1", "port": "5433", "dbname": "w"}),
        ("postgresql:///wotcs?host=/run/postgresql", {"dbname": "wotcs", "host": "/run/postgresql"}),
    ],
)
def test_address_of_postgresql_is_read_as_the_old_system_did(url: str, parameters: dict[str, str]) -> None:
    found = parse(url)

    assert isinstance(found, PostgresAddress)
    assert found.parameters == parameters


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:///copy.db", "copy.db"), ("sqlite:////srv/my copy.db", "/srv/my copy.db")],
)
def test_address_of_a_copy_is_a_path(url: str, path: str) -> None:
    assert parse(url) == SqliteAddress(path)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "wotcs",
        "sqlite://",
        "sqlite:///",
        "mysql://u:secret@h/d",
        "postgresql:/u:secret@h/d",
        "postgresql://u:secret@h:port/d",
        "postgresql://u:se@cret@h/d",
        "postgresql://u:secret%00@h/d",
    ],
)
def test_no_address_is_refused_without_telling_it(url: str) -> None:
    with pytest.raises(BadAddress) as raised:
        parse(url)

    assert str(raised.value) == ""


def test_passwords_are_neither_shown_nor_told() -> None:
    found = parse("postgresql://u:s%20cret@h/d?sslpassword=tls-word")

    assert isinstance(found, PostgresAddress)
    assert "s cret" not in repr(found)
    assert found.hushed("no s cret, no tls-word") == "no ***, no ***"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7),
        ("7", 7),
        (" 1000000001 ", 1_000_000_001),
        (7.0, 7),
        ("1e+09", 1_000_000_000),
        ("7.00", 7),
        (b"12", 12),
        ("9223372036854775807", 2**63 - 1),
        (None, None),
        ("", None),
    ],
)
def test_whole_number_is_read_in_every_spelling(value: object, number: int | None) -> None:
    assert cells.whole(value) == number


@pytest.mark.parametrize(
    "value",
    [
        "-1",
        "7.5",
        "NaN",
        "Infinity",
        "abc",
        "9223372036854775808",
        "1e999999999",
        "1" * 5000,
        "٣",
        "0x10",
        b"\xff",
    ],
)
def test_what_is_no_number_is_unreadable(value: object) -> None:
    with pytest.raises(cells.Unreadable):
        cells.whole(value)


NOON = datetime(2026, 2, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-01 12:00:00",
        "2026-02-01T12:00:00Z",
        "2026-02-01 12:00:00+00",
        "2026-02-01T09:00:00-03:00",
        "2026-02-01 12:00:00.000000",
        "20260201T120000",
        int(NOON.timestamp()),
        NOON.timestamp(),
        str(int(NOON.timestamp()) * 1000),
    ],
)
def test_time_is_read_in_every_spelling(value: object) -> None:
    assert cells.moment(value) == NOON


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "infinity",
        "0044-03-15 BC",
        "0001-01-01T00:00:00+14:00",
        0,
        "1e300",
        "99999999999999999999",
        "1970-01-01",
        "2300-01-01",
        "-5",
    ],
)
def test_what_is_no_time_of_the_game_is_unreadable(value: object) -> None:
    with pytest.raises(cells.Unreadable):
        cells.moment(value)


@given(st.one_of(st.text(), st.binary(), st.integers(), st.floats(), st.none(), st.booleans()))
def test_any_value_is_read_or_unreadable_and_nothing_else(value: Any) -> None:
    readers = {
        int: cells.whole,
        datetime: cells.moment,
        str: lambda told: cells.name(told, 100),
        bool: cells.flag,
    }
    for kind, read in readers.items():
        try:
            found = read(value)
        except cells.Unreadable:
            continue
        assert found is None or isinstance(found, kind), kind


@pytest.mark.parametrize("value", ["x" * 101, "a\0b", "a\u202eb", "a\nb"])
def test_name_that_cannot_be_shown_is_unreadable(value: str) -> None:
    with pytest.raises(cells.Unreadable):
        cells.name(value, 100)


@pytest.mark.parametrize(
    "option", ["client_encoding=utf8", "row_factory=x", "autocommit=1", "prepare_threshold=x"]
)
def test_options_for_another_driver_are_left_out(option: str) -> None:
    found = parse(f"postgresql+psycopg2://u@h/d?{option}&sslmode=require&connect_timeout=3")
    assert isinstance(found, PostgresAddress)
    assert found.parameters == {
        "user": "u",
        "host": "h",
        "dbname": "d",
        "sslmode": "require",
        "connect_timeout": "3",
    }
