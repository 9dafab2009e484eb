"""The command in words, and what it says when the old database cannot be read."""

import pytest
from django.core.management import CommandError
from django.db import InternalError

from moving import source
from moving.management.commands.import_wotcs import address_of
from moving.tests.old_wotcs import OldDatabase, import_wotcs, postgres

pytestmark = pytest.mark.django_db
SECRET = "s3cret-w0rd"


@pytest.mark.parametrize(
    "address", ["127.0.0.1:1/old", "no-such-host.invalid/old", "127.0.0.1:99999/old", f"127.0.0.1:1/old?nonsense={SECRET}", f"127.0.0.1:1/{'x' * 99}"]
)  # fmt: skip
def test_trouble_with_the_address_is_one_sentence_without_the_password(address: str) -> None:
    with pytest.raises(CommandError) as raised:
        import_wotcs(f"postgresql+psycopg2://user:{SECRET}@{address}")

    assert SECRET not in f"{raised.value!r}"
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("definition", ["", "(nickname VARCHAR)"], ids=["no tables", "no columns"])
def test_database_without_the_tables_is_said(empty: OldDatabase, definition: str) -> None:
    if definition:
        empty.make("player", definition)
    with pytest.raises(CommandError, match="garagetank"):
        import_wotcs(empty.url)


def test_old_database_is_read_only_and_its_views_are_not_read() -> None:
    with postgres() as old:
        old.make("player", "(account_id BIGINT, nickname VARCHAR)")
        old.change("CREATE VIEW \"user\" AS SELECT 'onca'::text AS username")
        assert import_wotcs(old.url)["missing_tables"] == ["garagetank", "user"]

        with source.open_database(address_of(old.url)) as opened:
            old.player(1001)
            assert list(opened.rows("player", ["account_id"])) == [], "read in the state of the beginning"
            with pytest.raises(InternalError, match="read-only"):
                opened._connection.cursor().execute("DELETE FROM player")
