"""Kinds of log sources and ban lists: each is complete, and another one needs nothing but its class."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.utils import timezone

from territory import hosts, sources
from territory.admin import hints
from territory.models import BanDelivery, BanList, LogFile, LogSource, Placement
from territory.reach import HostAddress, HostError
from territory.services import deliveries, reconciling
from territory.sources.protocol import ListedLog
from territory.tests.factories import (
    ban_by_hand,
    lift_by_hand,
    make_ban_list,
    make_log_source,
    make_server,
    make_user,
    player_id,
)
from territory.tests.logs import follow, header, line

pytestmark = pytest.mark.django_db


def test_every_kind_has_its_class_and_its_hint() -> None:
    assert set(LogSource.Kind.values) == {*sources.KINDS, "api"}
    assert set(BanList.Kind.values) == set(hosts.KINDS)
    assert set(hints._SOURCE_HINTS) == set(LogSource.Kind.values)
    assert set(hints._LIST_HINTS) == set(BanList.Kind.values)
    assert set(sources.CAPABILITIES) == set(sources.KINDS)
    assert set(hosts.CAPABILITIES) == set(hosts.KINDS) == set(hosts.TAKES_EFFECT_WITHIN)


@dataclass
class LogInMemory:
    data: bytes
    written_at: float

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, offset: int, count: int) -> bytes:
        return self.data[offset : offset + count]


@dataclass
class Elsewhere:
    """A host that keeps logs and a ban list in memory, and that one signs in to."""

    logs: dict[str, bytes] = field(default_factory=dict)
    ban_list: bytes = b""

    def connect(self, address: HostAddress) -> "Elsewhere":
        assert (address.text, address.secret) == ("game.example", "s3cret")
        assert "s3cret" not in repr(address)
        return self

    def list_logs(self) -> list[ListedLog]:
        now = timezone.now().timestamp()
        return [ListedLog(name, name, len(data), now) for name, data in self.logs.items()]

    @contextmanager
    def open_log(self, log: ListedLog) -> Iterator[LogInMemory]:
        yield LogInMemory(self.logs[log.key], log.written_at)

    def edit(self, edit: Callable[[bytes], bytes]) -> bool:
        before, self.ban_list = self.ban_list, edit(self.ban_list)
        return before != self.ban_list

    def read(self) -> bytes:
        return self.ban_list


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    elsewhere = Elsewhere()
    for kinds in (sources.KINDS, hosts.KINDS):
        monkeypatch.setitem(kinds, "elsewhere", elsewhere.connect)
    monkeypatch.setitem(hosts.CAPABILITIES, "elsewhere", hosts.CAPABILITIES["file"])
    return elsewhere


def test_log_source_of_another_kind_is_followed_like_a_folder(host: Elsewhere) -> None:
    server = make_server(time_zone="UTC")
    make_log_source(server, "game.example", kind="elsewhere", secret="s3cret")
    host.logs["a.ADM"] = f"{header('2026-02-07 19:00:00')}\n{line('19:01:00', 'A')}\n".encode()
    assert follow(server) == 1
    host.logs["a.ADM"] += f"{line('19:02:00', 'B')}\n".encode()
    assert (follow(server), follow(server)) == (1, 0)

    source = LogSource.objects.get()
    assert (source.last_error, source.last_event_at) == ("", LogFile.objects.get().last_event_at)
    assert source.lag is not None
    assert source.last_read_at is not None
    assert set(Placement.objects.values_list("gamertag", flat=True)) == {"A", "B"}


def test_ban_list_of_another_kind_is_filled_compared_and_cleared_like_a_file(host: Elsewhere) -> None:
    server, staff = make_server(), make_user("equipe")
    row = make_ban_list(server, "game.example", kind="elsewhere", secret="s3cret")
    ban = ban_by_hand(server, by=staff)
    deliveries.deliver_due()
    assert host.ban_list.startswith(player_id("X").encode())

    host.ban_list = b"OTHER\n"
    reconciling.reconcile(row.pk)
    deliveries.deliver_due()
    lift_by_hand(ban, staff)
    deliveries.deliver_due()
    assert (host.ban_list, BanDelivery.objects.get().state) == (b"OTHER\n", "lifted")


def test_host_that_cannot_be_reached_is_an_error_of_its_source(
    host: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server()
    make_log_source(server, "game.example", kind="elsewhere", secret="s3cret")

    def fail() -> list[ListedLog]:
        raise HostError("The host refused the password", permanent=True)

    monkeypatch.setattr(host, "list_logs", fail)
    assert follow(server) == 0
    assert LogSource.objects.get().last_error == "The host refused the password"
