"""A stand-in for a BattlEye server, written from the text of its RCON protocol, with faults that tests switch on."""

import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from territory.reach import HostAddress

PASSWORD = "s3nha-do-rcon"
_LOGIN, _COMMAND, _MESSAGE = 0, 1, 2


@dataclass(frozen=True)
class Row:
    """A ban: a GUID or an address, the minutes left (0 for ever), and the reason."""

    who: str
    minutes: int = 0
    reason: bytes = b""

    @property
    def is_address(self) -> bool:
        return "." in self.who


@dataclass
class BattleyeHost:
    """The server's bans in memory and on its disk, its players, and the commands that it was asked."""

    port: int = 0
    password: str = PASSWORD
    bans: list[Row] = field(default_factory=list)
    saved: list[Row] = field(default_factory=list)
    players: list[bytes] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    # Commands that are carried out, and whose answers are lost, once each; and those that are lost themselves.
    loses_answer_to: list[bytes] = field(default_factory=list)
    loses: list[bytes] = field(default_factory=list)
    # Something that somebody else does right after a list was read, once each.
    after_read: list[Callable[[], object]] = field(default_factory=list)
    answers: dict[bytes, bytes] = field(default_factory=dict)
    is_silent: bool = False
    part_bytes: int = 400
    _signed_in: set[object] = field(default_factory=set)

    @property
    def address(self) -> HostAddress:
        return HostAddress(f"battleye://127.0.0.1:{self.port}", PASSWORD)

    @property
    def written(self) -> list[bytes]:
        """The commands that change something."""
        return [one for one in self.asked if one.split()[0] not in {b"bans", b"players"}]

    def restart(self) -> None:
        self.bans = [row for row in self.saved if row.minutes >= 0]

    def remove(self, who: str) -> None:
        self.bans = [row for row in self.bans if row.who != who]

    def packets(self, data: bytes, client: object) -> Iterator[bytes]:
        """Yield what is sent back to a client."""
        if self.is_silent or data[:2] != b"BE" or data[6] != 0xFF:
            return
        assert zlib.crc32(data[6:]) == int.from_bytes(data[2:6], "little")
        kind, rest = data[7], data[8:]
        if kind == _LOGIN:
            is_right = rest == self.password.encode()
            self._signed_in |= {client} if is_right else set()
            yield _packet(_LOGIN, bytes([is_right]))
            if is_right:
                yield _packet(_MESSAGE, b"\x07Player #0 On\xe7a - BE GUID: 00")
        elif kind == _MESSAGE:
            self.acknowledged.append(rest[0])
        elif client in self._signed_in:
            yield from self._answer(rest[0], rest[1:])

    def _answer(self, number: int, command: bytes) -> Iterator[bytes]:
        name = command.split()[0]
        if name in self.loses:
            self.loses.remove(name)
            return
        self.asked.append(command)
        answer = self.answers.get(name, self._carried_out(command))
        if name in self.loses_answer_to:
            self.loses_answer_to.remove(name)
            return
        parts = [answer[at : at + self.part_bytes] for at in range(0, len(answer), self.part_bytes)] or [b""]
        for index, part in enumerate(parts):
            head = bytes([0, len(parts), index]) if len(parts) > 1 else b""
            yield _packet(_COMMAND, bytes([number]) + head + part)
        if name == b"bans" and self.after_read:
            self.after_read.pop(0)()

    def _carried_out(self, command: bytes) -> bytes:
        name, *words = command.split(b" ", 3)
        if name == b"bans":
            return self._list()
        if name == b"players":
            return self._players()
        if name == b"addBan":
            minutes, reason = int(words[1]), words[2] if len(words) > 2 else b"Admin Ban"
            self.bans.append(Row(words[0].decode(), minutes, reason))
            self.bans.sort(key=lambda row: row.is_address)
        elif name == b"removeBan":
            del self.bans[int(words[0])]
        elif name == b"writeBans":
            self.saved = list(self.bans)
        return b""

    def _list(self) -> bytes:
        rows = [
            b"%-2d %s %s %s"
            % (number, row.who.encode(), b"%d" % row.minutes if row.minutes else b"perm", row.reason)
            for number, row in enumerate(self.bans)
        ]
        count = sum(not row.is_address for row in self.bans)
        return b"\n".join(
            [
                *(b"GUID Bans:", b"[#] [GUID] [Minutes left] [Reason]", b"-" * 40, *rows[:count]),
                *(b"", b"IP Bans:", b"[#] [IP Address] [Minutes left] [Reason]", b"-" * 46, *rows[count:]),
            ]
        )

    def _players(self) -> bytes:
        head = [b"Players on server:", b"[#] [IP Address]:[Port] [Ping] [GUID] [Name]", b"-" * 50]
        rows = [b"%-3d %s" % (number, row) for number, row in enumerate(self.players)]
        return b"\n".join([*head, *rows, b"(%d players in total)" % len(rows)])

    def a_minute_passes(self) -> None:
        self.bans = [replace(row, minutes=row.minutes - 1) if row.minutes else row for row in self.bans]


def player(name: str, guid: str, status: str = "OK") -> bytes:
    """A row of the players' list, without its number."""
    return f"10.0.0.5:2304    47   {guid}({status}) {name}".encode()


def _packet(kind: int, rest: bytes) -> bytes:
    payload = bytes([0xFF, kind]) + rest
    return b"BE" + zlib.crc32(payload).to_bytes(4, "little") + payload


@contextmanager
def battleye_host() -> Iterator[BattleyeHost]:
    """Serve until the end of the block, on a free port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.bind(("127.0.0.1", 0))
        host = BattleyeHost(connection.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(connection, host))
        thread.start()
        try:
            yield host
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", host.port))
            thread.join()


def _serve(connection: socket.socket, host: BattleyeHost) -> None:
    while True:
        data, client = connection.recvfrom(65_535)
        if not data:
            return
        for packet in host.packets(data, client):
            connection.sendto(packet, client)
