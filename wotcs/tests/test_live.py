"""Pages that refresh themselves send nothing again that is shown already."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tanks.models import SyncedClan
from tanks.tests.factories import rows
from territory.tests.factories import make_base, make_placement, make_server, make_user

pytestmark = pytest.mark.django_db
Change = Callable[[], object]


@pytest.fixture
def clan() -> SyncedClan:
    return rows.clan()


def placement() -> object:
    server = make_server()
    return make_placement(server, make_base(server, make_user()))


def sync() -> object:
    return rows.run(SyncedClan.objects.get())


@pytest.mark.parametrize(
    ("address", "change"), [("/staff/verdicts/", placement), ("/sync/", sync)], ids=["verdicts", "syncs"]
)
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_part_of_a_page_is_sent_again_only_when_it_has_changed(
    admin_client: Client, clan: SyncedClan, address: str, change: Change, encoding: str
) -> None:
    def ask(**headers: str) -> Any:
        return admin_client.get(f"{address}?partial=1", headers={"accept-encoding": encoding, **headers})

    change()
    first = ask()
    etag = first["ETag"]
    same = ask(**{"if-none-match": etag})
    change()
    other = ask(**{"if-none-match": etag})

    assert (first.status_code, same.status_code, other.status_code) == (200, 304, 200)
    assert (same.content, same["ETag"].removeprefix("W/")) == (b"", etag.removeprefix("W/"))
    assert other["ETag"] != etag
    assert "no-store" in same["Cache-Control"]


@pytest.mark.parametrize("address", ["/staff/verdicts/", "/sync/"])
def test_whole_page_and_a_strangers_part_have_no_mark(
    admin_client: Client, clan: SyncedClan, address: str
) -> None:
    assert "ETag" not in admin_client.get(address)
    refused = Client().get(f"{address}?partial=1", headers={"if-none-match": "*"})
    assert (refused.status_code, "ETag" in refused) == (302, False)
