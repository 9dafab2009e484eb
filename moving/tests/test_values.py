"""Single values and addresses of old databases, whatever somebody wrote there."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError
from hypothesis import given
from hypothesis import strategies as st

from moving import values
from moving.management.commands.import_wotcs import address_of

NOON = datetime(2026, 2, 1, 12, 0, tzinfo=UTC)
WHOLE: dict[str | None, int | None] = {
    "7": 7, " 1000000001 ": 1_000_000_001, "7.00": 7, "1e+09": 1_000_000_000, "9223372036854775807": 2**63 - 1,
    "100000000000000001": 100_000_000_000_000_001,
    "1e+17": None, "1000000000000001.0": None,  # floats that lost digits
    **dict.fromkeys([None, "", "-1", "7.5", "NaN", "Infinity", "abc", "1e999", "1" * 21, "٣", "0x10"]),
}  # fmt: skip
TIMES: dict[str | None, datetime | None] = {
    **dict.fromkeys(["2026-02-01 12:00:00", "2026-02-01T12:00:00Z", "2026-02-01 12:00:00+00"], NOON),
    **dict.fromkeys(["2026-02-01T09:00:00-03:00", "2026-02-01 12:00:00.000000", "20260201T120000"], NOON),
    **dict.fromkeys([f"{NOON.timestamp():.0f}", f"{NOON.timestamp()}", f"{NOON.timestamp() * 1000:.0f}"], NOON),
    **dict.fromkeys([None, "", "yesterday", "infinity", "0044-03-15 BC", "0001-01-01T00:00:00+14:00"]),
    **dict.fromkeys(["0", "1e300", "9" * 20, "1970-01-01", "2300-01-01", "-5"]),
}  # fmt: skip


@pytest.mark.parametrize(("value", "number"), WHOLE.items())
def test_whole_number_is_read_in_every_spelling(value: str | None, number: int | None) -> None:
    assert values.whole(value) == number


@pytest.mark.parametrize(("value", "at"), TIMES.items())
def test_time_is_read_in_every_spelling(value: str | None, at: datetime | None) -> None:
    assert values.moment(value) == at


@given(st.one_of(st.text(), st.none(), st.integers().map(str), st.floats().map(str)))
def test_any_value_is_read_or_is_none(value: str | None) -> None:
    for read, kind in ((values.whole, int), (values.number, float), (values.moment, datetime)):
        assert isinstance(read(value), kind | None)
    assert "\x00" not in values.text(value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql+psycopg2://user:senha@h:5432/wotcs", {"USER": "user", "PASSWORD": "senha", "HOST": "h", "PORT": 5432, "NAME": "wotcs"}),
        ("postgres://localhost/wotcs", {"HOST": "localhost", "NAME": "wotcs", "PASSWORD": ""}),
        ("postgresql://u:p%40s%2Fs%3F%23:x@db.example/w?sslmode=require", {"PASSWORD": "p@s/s?#:x", "HOST": "db.example", "OPTIONS": {"sslmode": "require"}}),
        ("postgresql:///wotcs?host=/run/postgresql", {"NAME": "wotcs", "OPTIONS": {"host": "/run/postgresql"}}),
        ("sqlite:///copy.db", {"NAME": "copy.db"}),
        ("sqlite:////srv/my copy.db", {"NAME": "/srv/my copy.db"}),
    ],
)  # fmt: skip
def test_address_is_read_as_the_old_system_wrote_it(url: str, expected: dict[str, Any]) -> None:
    config = address_of(url)

    assert {name: config[name] for name in expected} == expected


@pytest.mark.parametrize("url", ["", "wotcs", "sqlite://", "sqlite:///", "mysql://u:secret@h/d", "postgresql:/u:secret@h/d", "postgresql://u:secret@h:port/d", "postgresql://u:secret%00@h/d"])  # fmt: skip
def test_what_is_no_address_is_refused_without_the_password(url: str) -> None:
    with pytest.raises(CommandError) as raised:
        address_of(url)
    assert "secret" not in str(raised.value)
