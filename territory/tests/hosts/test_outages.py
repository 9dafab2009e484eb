"""A host that is out of order for a day, in any way, ends no delivery: it is carried out once the host works again."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Response

from territory.models import BanDelivery, BanList
from territory.reach import HostAddress
from territory.services import deliveries, reconciling
from territory.tests.factories import ban_by_hand, make_ban_list, make_server
from territory.tests.hosts.servers.ftp import FtpHost
from territory.tests.hosts.servers.nitrado import NitradoHost

pytestmark = pytest.mark.django_db

MORE_THAN_A_DAY = 26  # attempts, an hour apart
FOREIGN = b"OUTRO  // \xc3\xa0 m\xc3\xa3o\r\n"
Outage = Callable[[], object]


def fail_by(number: int) -> Callable[[int], None]:
    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def survives(outage: Outage, recover: Outage, content: Callable[[], bytes]) -> None:
    """Ban during an outage of more than a day: nothing is given up, and one line stands on the list afterwards."""
    ban = ban_by_hand(BanList.objects.get().server)
    before = content()
    outage()
    for attempts in (0, 11, MORE_THAN_A_DAY):
        BanDelivery.objects.update(not_before=timezone.now(), attempts=attempts)
        deliveries.deliver_due()
    row = BanDelivery.objects.get()
    assert (row.state, row.attempts) == ("pending", MORE_THAN_A_DAY + 1)
    assert BanList.objects.get().last_error == row.last_error != ""
    assert content() == before

    recover()
    BanDelivery.objects.update(not_before=timezone.now())
    deliveries.deliver_due()
    row.refresh_from_db()
    assert (row.state, row.last_error, BanList.objects.get().last_error) == ("applied", "", "")
    assert content().startswith(before)
    assert content().count(ban.player_id.encode()) == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO, errno.ESTALE])
def test_file_on_a_disk_out_of_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    path = tmp_path / "ban.txt"
    path.write_bytes(FOREIGN)
    make_server(ban_list=path)
    fsync = os.fsync
    survives(
        lambda: monkeypatch.setattr(os, "fsync", fail_by(number)),
        lambda: monkeypatch.setattr(os, "fsync", fsync),
        path.read_bytes,
    )


@pytest.mark.parametrize(
    "refused",
    [
        {"PASS": "530 No"},
        {"STOR": "552 Disk full"},
        {"STOR": "553 Not allowed"},
        {"CWD": "421 Bye"},
        {"CWD": "550 No"},
    ],
    ids=str,
)
def test_ftp_server_out_of_order(ftp: FtpHost, folder: Path, refused: dict[str, str]) -> None:
    (folder / "ban.txt").write_bytes(FOREIGN)
    place: HostAddress = ftp.address("/ban.txt")
    make_ban_list(make_server(), place.text, kind="ftp", secret=place.secret)
    survives(lambda: ftp.refused.update(refused), ftp.refused.clear, (folder / "ban.txt").read_bytes)
    assert {one.name for one in folder.iterdir()} == {"ban.txt"}


@pytest.mark.parametrize("status", [401, 428, 429, 500, 503, 200])
def test_nitrado_out_of_order(httpserver: HTTPServer, settings: Settings, status: int) -> None:
    host = NitradoHost(httpserver)
    settings.NITRADO_API_URL = host.address.api_url
    make_ban_list(make_server(), host.address.text, kind="nitrado", secret=host.address.secret)
    no = Response('{"status": "error", "message": "no"}', status=status)
    survives(
        lambda: host.faults.update(gameservers=[no] * 3),
        host.faults.clear,
        lambda: str(host.bans).encode(),
    )


def test_transfer_that_ends_early_where_no_size_says_so_lifts_no_ban(ftp: FtpHost, folder: Path) -> None:
    (folder / "ban.txt").write_bytes(FOREIGN)
    place = ftp.address("/ban.txt")
    row = make_ban_list(make_server(), place.text, kind="ftp", secret=place.secret)
    ban_by_hand(row.server)
    deliveries.deliver_due()
    reconciling.reconcile(row.pk)
    ftp.refused["SIZE"] = "500 Unknown"
    ftp.truncates_after.append(len(FOREIGN))

    differences = reconciling.reconcile(row.pk)
    assert differences
    assert not ftp.truncates_after
    assert (differences.removed, differences.missing) == ([], [])
    assert BanDelivery.objects.get().state == "applied"
