"""BattlEye's RCON over UDP: an address, and a session with its commands. It knows the network and no bans.

Of berconpy only its protocol is used, over a socket of our own. Its client drops the answers to its own repeats and names whose
bytes are no UTF-8, and cancels its caller on errors; and an edit of a ban list asks the database between two commands, which no
event loop may run around.
"""

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from berconpy import RCONError
from berconpy.protocol import (
    ClientAuthEvent,
    ClientCommandEvent,
    ClientCommandPacket,
    ClientEvent,
    ClientPacket,
    Packet,
    RCONClientProtocol,
    ServerCommandPacket,
    ServerMessagePacket,
    ServerPacket,
)

from territory.reach import HostAddress, HostAwayError, HostError

ANSWER_SECONDS = 3.0
# A worker has 45 s, and may need two sessions: one that hangs must end by itself and say why.
SESSION_SECONDS = 20.0
_TRIES = 3
_MOST_OF_A_PACKET = 65_535
# BattlEye shuts out an address that goes on guessing.
_AFTER_REFUSAL = timedelta(minutes=5)


class RefusedError(HostAwayError):
    """The server answers, and refuses the password. It may be the right one again tomorrow."""

    is_refused = True


class NoAnswerError(HostAwayError):
    """A command's answer did not come: the server may have carried it out all the same."""


@dataclass(frozen=True, slots=True)
class RconAddress:
    """`battleye://host:port`; RCON has no users, and its port is a setting of the server."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "RconAddress":
        """Read an address. Raises a permanent HostError if it is none, or holds a password: addresses are shown."""
        error = HostError("This is no address like battleye://host:port", permanent=True)
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise error from None
        if parts.scheme != "battleye" or not host or not port or "@" in parts.netloc:
            raise error
        if parts.path or parts.query or parts.fragment or not text.isprintable():
            raise error
        return cls(host, port)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class _BytesProtocol(RCONClientProtocol):
    """The library's protocol with texts as bytes of the wire, one character each: names and reasons need not be UTF-8."""

    def receive_datagram(self, data: bytes) -> ServerPacket:
        packet: ServerPacket = Packet.from_bytes(data, from_client=False)
        if isinstance(packet, ServerCommandPacket):
            text = _widened(packet.message)
            packet = ServerCommandPacket(packet.sequence, packet.total, packet.index, text)
        elif isinstance(packet, ServerMessagePacket):
            packet = ServerMessagePacket(packet.sequence, _widened(packet.message))
        return super().receive_datagram(packet.data)


def _widened(text: bytes) -> bytes:
    return text.decode("latin-1").encode()


class RconSession:
    """A signed-in session. It answers the server's messages, without which the server would end it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._protocol = _BytesProtocol()
        self._ends_at = time.monotonic() + SESSION_SECONDS

    def sign_in(self, password: str) -> None:
        """Sign in. Raises RefusedError, or HostAwayError if nothing answers."""
        packet = self._protocol.authenticate(password)
        for _ in range(_TRIES):
            for event in self._events(packet):
                if isinstance(event, ClientAuthEvent):
                    if not event.success:
                        raise RefusedError("the password was refused", wait=_AFTER_REFUSAL)
                    return
        raise HostAwayError("no answer yet; it answers only a minute or two after its start")

    def ask(self, command: bytes) -> bytes:
        """Return the answer to a command that does no harm when it is carried out twice."""
        return self._ask(command, _TRIES)

    def order(self, command: bytes) -> bytes:
        """Send a command once and return its answer. Raises NoAnswerError, and then nobody knows whether it was carried out."""
        return self._ask(command, 1)

    def _ask(self, command: bytes, tries: int) -> bytes:
        asked = set()
        for _ in range(tries):
            # Under a number of its own: the parts of two answers are never put together.
            sequence = self._protocol.send_command("").sequence
            asked.add(sequence)
            for event in self._events(ClientCommandPacket(sequence, command)):
                if isinstance(event, ClientCommandEvent) and event.sequence in asked:
                    return event.message.encode("latin-1")
        raise NoAnswerError(f"no answer to {command.split()[0].decode('latin-1')}")

    def _events(self, packet: ClientPacket) -> Iterator[ClientEvent]:
        """Send a packet, and yield what comes back until an answer should have come."""
        if time.monotonic() > self._ends_at:
            raise HostAwayError("the server answers too slowly")
        self._connection.send(packet.data)
        until = min(time.monotonic() + ANSWER_SECONDS, self._ends_at)
        while (left := until - time.monotonic()) > 0:
            self._connection.settimeout(left)
            with contextlib.suppress(TimeoutError):
                yield from self._received(self._connection.recv(_MOST_OF_A_PACKET))

    def _received(self, data: bytes) -> list[ClientEvent]:
        # Whatever is malformed, late or not asked for is passed over, as on any UDP port.
        with contextlib.suppress(ValueError, RCONError):
            self._protocol.receive_datagram(data)
        for acknowledgement in self._protocol.packets_to_send():
            self._connection.send(acknowledgement.data)
        return self._protocol.events_received()


@contextlib.contextmanager
def rcon_session(address: HostAddress) -> Iterator[RconSession]:
    """Sign in for the time of the block. Every error of the network and of the server becomes a HostAwayError with its place."""
    place = RconAddress.parse(address.text)
    try:
        with _connected(place) as connection:
            session = RconSession(connection)
            session.sign_in(address.secret)
            yield session
    except HostAwayError as error:
        error.args = (f"BattlEye server {place}: {error}",)
        raise
    except (OSError, UnicodeError) as error:
        words = error.strerror if isinstance(error, OSError) else ""
        raise HostAwayError(f"BattlEye server {place}: {words or type(error).__name__}") from None


def _connected(place: RconAddress) -> socket.socket:
    """Return a socket that hears this server alone."""
    family, kind, protocol, _name, address = socket.getaddrinfo(
        place.host, place.port, type=socket.SOCK_DGRAM
    )[0]
    connection = socket.socket(family, kind, protocol)
    connection.connect(address)
    return connection
