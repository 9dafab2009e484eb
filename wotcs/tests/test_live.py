"""A page that swaps a part of itself gets nothing again that it shows already (the list of verdicts asks by number)."""

from typing import Any

import pytest
from django.test import Client

from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_part_of_a_page_is_sent_again_only_when_it_has_changed(admin_client: Client, encoding: str) -> None:
    clan = rows.clan()

    def ask(**headers: str) -> Any:
        return admin_client.get("/sync/?partial=1", headers={"accept-encoding": encoding, **headers})

    rows.run(clan)
    first = ask()
    etag = first["ETag"]
    same = ask(**{"if-none-match": etag})
    rows.run(clan)
    other = ask(**{"if-none-match": etag})

    assert (first.status_code, same.status_code, other.status_code) == (200, 304, 200)
    assert (same.content, same["ETag"].removeprefix("W/")) == (b"", etag.removeprefix("W/"))
    assert other["ETag"] != etag
    assert "no-store" in same["Cache-Control"]


def test_whole_page_and_a_strangers_part_have_no_mark(admin_client: Client) -> None:
    rows.clan()
    assert "ETag" not in admin_client.get("/sync/")
    refused = Client().get("/sync/?partial=1", headers={"if-none-match": "*"})
    assert (refused.status_code, "ETag" in refused) == (302, False)
