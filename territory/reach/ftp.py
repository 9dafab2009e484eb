"""FTP and FTPS: an address, and a session with its transfers. It knows the network and no logs or ban lists."""

import contextlib
import ftplib
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from urllib.parse import unquote, urlsplit

from territory.checklist import CheckLevel, CheckLine, CheckSubject
from territory.reach import HostAddress, HostAwayError, HostError, tame_words

TIMEOUT_SECONDS = 10
_GOODBYE_SECONDS = 2
_BLOCK = 64 * 1024
_MOST_OF_A_LISTING = 4 * 1024 * 1024
_ERRORS = (ftplib.Error, OSError, EOFError, ValueError)


class Encryption(Enum):
    """What a server speaks. Some take the reused TLS session on data connections under TLS 1.2 only."""

    TLS = "TLS"
    TLS_1_2 = "TLS 1.2"
    NONE = "no encryption"


# What worked last for each server, so that a worker finds it out once.
_WORKED: dict[tuple[str, int], Encryption] = {}


@dataclass(frozen=True, slots=True)
class FtpAddress:
    """`ftp://user@host:port/path`. With `ftps` nothing goes over the network in the clear; it is explicit TLS too."""

    user: str
    host: str
    port: int
    path: str
    must_encrypt: bool = False

    @classmethod
    def parse(cls, text: str) -> "FtpAddress":
        """Read an address. Raises a permanent HostError if it is none, or holds a password: addresses are shown."""
        error = HostError("This is no address like ftp://user@host:port/path", permanent=True)
        try:
            parts = urlsplit(text)
            user, host, port = parts.username, parts.hostname, parts.port or ftplib.FTP_PORT
        except ValueError:
            raise error from None
        path = unquote(parts.path) or "/"
        if parts.scheme not in {"ftp", "ftps"} or not user or not host or parts.password is not None:
            raise error
        if parts.query or parts.fragment or not f"{text}{path}".isprintable():
            raise error
        return cls(unquote(user), host, port, path, parts.scheme == "ftps")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of a folder: its name as bytes of the wire (`wire`), its size, -1 if unknown, and its time, 0 if unknown."""

    name: str
    size: int = -1
    written_at: float = 0.0


class _Client(ftplib.FTP_TLS):
    """The library's client, which hands the control connection's TLS session to each data connection.

    Servers that demand it refuse data connections without (522, 425): so they know that both have one owner.
    """

    _prot_p: bool

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[Any, Any]:
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if not self._prot_p:
            return connection, size
        session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
        try:
            connection.getpeername()  # the library forgets to close the socket of a server that has hung up already
            return self.context.wrap_socket(connection, server_hostname=self.host, session=session), size
        except BaseException:
            connection.close()
            raise


class FtpSession:
    """A signed-in connection. Paths are bytes of the wire in Latin-1 (`wire`); errors are the library's own."""

    def __init__(self, client: _Client) -> None:
        self._client = client
        self._features = self._ask("FEAT").upper()
        self._tells_facts = "MLST" in self._features or "MLSD" in self._features
        if "UTF8" in self._features:
            self._ask("OPTS UTF8 ON")

    def _ask(self, command: str) -> str:
        """Return the answer to a command that a server need not know; nothing if it refuses."""
        try:
            return self._client.sendcmd(command)
        except ftplib.error_perm:
            return ""

    def home(self) -> str:
        """Return the folder in which a session begins."""
        return self._client.pwd()

    def files(self, folder: str) -> list[ListedFile]:
        """Return a folder's files, with their size and time where one answer tells them all."""
        self._client.cwd(folder)
        if self._tells_facts:
            try:
                return [one for line in self._lines("MLSD") if (one := _of_facts(line))]
            except ftplib.error_perm as error:
                if not str(error).startswith("50"):
                    raise
                self._tells_facts = False  # some promise the command and do not know it
        try:
            lines = self._lines("NLST")
        except (ftplib.error_perm, ftplib.error_temp) as error:
            if str(error)[:3] in {"450", "550"}:  # how some say that nothing is in the folder
                return []
            raise
        # Some tell names, others whole paths.
        return [ListedFile(name) for line in lines if (name := line.replace("\\", "/").rpartition("/")[2])]

    def lines_of(self, names: Iterable[str]) -> dict[str, str]:
        """Return the line of each of these names in the listing of the folder that was read last, if it tells them."""
        try:
            lines = {line.rsplit(maxsplit=1)[-1]: line for line in self._lines("LIST") if line.strip()}
        except ftplib.error_perm:
            return {}
        return {name: lines[name] for name in names if name in lines}

    def size(self, path: str) -> int | None:
        """Return a file's size; None if the server does not tell, or has no such file."""
        self._client.voidcmd("TYPE I")
        try:
            return self._client.size(path)
        except (ftplib.error_perm, ValueError):
            return None

    def written_at(self, path: str) -> float:
        """Return when a file was written last, in seconds since 1970; 0 if the server does not tell."""
        return _moment(self._ask(f"MDTM {path}").removeprefix("213").strip())

    def blocks(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """Yield a file's bytes from this offset on. Raises an error unless the server says that it sent everything."""
        self._client.voidcmd("TYPE I")
        connection, skip = self._open(path, offset)
        with connection:
            while block := connection.recv(_BLOCK):
                if rest := block[skip:]:
                    yield rest
                skip = max(0, skip - len(block))
        self._client.voidresp()

    def _open(self, path: str, offset: int) -> tuple[ssl.SSLSocket, int]:
        """Return the data connection, and how many bytes come before the offset: all, if the server knows no REST."""
        try:
            return self._client.ntransfercmd(f"RETR {path}", offset or None)[0], 0
        except ftplib.error_perm as error:
            if not offset or not str(error).startswith("50"):
                raise
            return self._client.ntransfercmd(f"RETR {path}")[0], offset

    def head(self, path: str, count: int) -> bytes:
        """Return a file's first bytes, and break the transfer off behind them."""
        self._client.voidcmd("TYPE I")
        connection, got = self._client.ntransfercmd(f"RETR {path}")[0], bytearray()
        with connection:
            while len(got) < count and (block := connection.recv(min(_BLOCK, count - len(got)))):
                got += block
        with contextlib.suppress(*_ERRORS):  # the server complains that nobody took the rest, or hangs up
            self._client.voidresp()
        return bytes(got)

    def store(self, path: str, content: bytes) -> None:
        """Write a file as a whole. A connection that breaks leaves half of it."""
        self._client.voidcmd("TYPE I")
        connection = self._client.ntransfercmd(f"STOR {path}")[0]
        with connection:
            connection.sendall(content)
            _say_that_it_ends(connection)
        self._client.voidresp()

    def rename(self, path: str, new: str) -> None:
        """Give a file another name, in the place of the file that has it."""
        self._client.rename(path, new)

    def remove(self, path: str) -> None:
        """Remove a file if it is there and may be removed."""
        self._ask(f"DELE {path}")

    def _lines(self, command: str) -> list[str]:
        self._client.voidcmd("TYPE A")
        connection, got = self._client.ntransfercmd(command)[0], bytearray()
        with connection:
            while block := connection.recv(_BLOCK):
                got += block
                if len(got) > _MOST_OF_A_LISTING:
                    raise ftplib.error_proto("the folder's listing has no end")
        self._client.voidresp()
        return [line for line in got.decode("latin-1").replace("\r", "").split("\n") if line]


@contextlib.contextmanager
def ftp_session(address: HostAddress) -> Iterator[FtpSession]:
    """Sign in, and sign off at the end. Every error of the network and of the server becomes a HostAwayError."""
    with host_errors(address) as place, contextlib.ExitStack() as stack:
        yield _signed_in(place, address.secret, stack)


def check_session(address: HostAddress) -> Iterator[CheckLine]:
    """Test the server's port, the sign-in, and what goes over the network encrypted."""
    with host_errors(address) as place:
        socket.create_connection((place.host, place.port), TIMEOUT_SECONDS).close()
    yield CheckLine(CheckSubject.REACH, values={"host": str(place)})
    try:
        with ftp_session(address):
            mode = _WORKED.get((place.host, place.port), Encryption.NONE)
    except HostAwayError as error:
        if _NOT_ENCRYPTED not in str(error):
            raise
        yield CheckLine(CheckSubject.ENCRYPTION, CheckLevel.FAIL)
        raise
    yield CheckLine(CheckSubject.SIGN_IN, values={"user": place.user})
    level = CheckLevel.WARN if mode is Encryption.NONE else CheckLevel.OK
    yield CheckLine(CheckSubject.ENCRYPTION, level, {"mode": mode.value})


@contextlib.contextmanager
def host_errors(address: HostAddress) -> Iterator[FtpAddress]:
    """Turn the library's errors into ours, in the server's words without the password."""
    place = FtpAddress.parse(address.text)
    try:
        yield place
    except _ERRORS as error:
        _forget(place)
        # A server repeats a password as it came over the wire.
        answer = (str(error) or type(error).__name__).replace(wire(address.secret) or "\0", "***")
        words = tame_words(unwire(answer), address.secret)
        error.args = (words,)  # it hangs on ours, and a server may repeat the password
        away = HostAwayError(f"FTP server {place}: {words}")
        away.is_refused = words.startswith("530")
        raise away from None


def wire(text: str) -> str:
    """Return a text as the bytes of its UTF-8, one character each: so the library sends them unchanged."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def unwire(name: str) -> str:
    """Return a name of the wire as text, from UTF-8 or else Latin-1."""
    try:
        return name.encode("latin-1").decode()
    except UnicodeError:
        return name


def _signed_in(place: FtpAddress, secret: str, stack: contextlib.ExitStack) -> FtpSession:
    """Sign in with what worked last, or else with TLS; and with TLS 1.2 where the data connection is refused."""
    if (known := _WORKED.get((place.host, place.port))) is not None:
        return _begin(place, secret, known, stack)
    try:
        with contextlib.ExitStack() as attempt:
            session = _begin(place, secret, Encryption.TLS, attempt)
            if _WORKED.get((place.host, place.port)) is Encryption.TLS:
                session.files(session.home())  # shows whether a data connection is taken
            stack.push(attempt.pop_all())
            return session
    except (ftplib.Error, ConnectionError, EOFError, ssl.SSLError) as error:
        _forget(place)
        if isinstance(error, ConnectionRefusedError) or str(error).startswith(_NO_USE_WITH_1_2):
            raise
    return _begin(place, secret, Encryption.TLS_1_2, stack)


def _begin(place: FtpAddress, secret: str, encryption: Encryption, stack: contextlib.ExitStack) -> FtpSession:
    client = stack.enter_context(_client(place, secret, encryption))
    session = FtpSession(client)
    if isinstance(client.sock, ssl.SSLSocket):
        is_1_2 = client.sock.version() == "TLSv1.2"
        _WORKED[place.host, place.port] = Encryption.TLS_1_2 if is_1_2 else Encryption.TLS
    else:
        _WORKED[place.host, place.port] = Encryption.NONE
    return session


def _forget(place: FtpAddress) -> None:
    _WORKED.pop((place.host, place.port), None)


_NOT_ENCRYPTED = "The server offers no encryption, which an address with ftps:// demands"
_NO_USE_WITH_1_2 = ("530", "421", _NOT_ENCRYPTED)


@contextlib.contextmanager
def _client(place: FtpAddress, secret: str, encryption: Encryption) -> Iterator[_Client]:
    # Latin-1 takes any byte that a server sends; `wire` and `unwire` make text of it.
    client = _Client(context=_context(encryption), timeout=TIMEOUT_SECONDS, encoding="latin-1")
    try:
        client.connect(place.host, place.port)
        is_encrypted = _takes(client.auth)
        if place.must_encrypt and not is_encrypted:
            raise ftplib.error_perm(_NOT_ENCRYPTED)
        client.login(wire(place.user), wire(secret), secure=False)
        if is_encrypted and not _takes(client.prot_p) and place.must_encrypt:
            raise ftplib.error_perm(_NOT_ENCRYPTED)
        yield client
        _say_goodbye(client)
    finally:
        client.close()


def _takes(command: Callable[[], object]) -> bool:
    """Give a command to encrypt something; return False if the server refuses it for good."""
    try:
        command()
    except ftplib.error_perm:
        return False
    return True


def _context(encryption: Encryption) -> ssl.SSLContext:
    # Game hosts sign their certificates themselves: this keeps listeners out, not somebody in the server's place.
    # The machine's authorities, which the default context reads for each connection, are therefore not asked.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if encryption is Encryption.TLS_1_2:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def _say_goodbye(client: _Client) -> None:
    with contextlib.suppress(*_ERRORS):
        if client.sock:
            client.sock.settimeout(_GOODBYE_SECONDS)
        client.voidcmd("QUIT")


def _say_that_it_ends(connection: ssl.SSLSocket) -> None:
    """End an encrypted transfer as TLS does; servers that only close are many."""
    if isinstance(connection, ssl.SSLSocket):
        connection.settimeout(_GOODBYE_SECONDS)
        with contextlib.suppress(OSError, ValueError):
            connection.unwrap()


def _of_facts(line: str) -> ListedFile | None:
    """Return the file of a line of MLSD (`type=file;size=1;modify=20260207190000; name`), None for anything else."""
    words, _space, name = line.partition(" ")
    facts = dict(fact.lower().partition("=")[::2] for fact in words.split(";"))
    if not name or facts.get("type", "file") != "file":
        return None
    size = facts.get("size", "")
    return ListedFile(name, int(size) if size.isdecimal() else -1, _moment(facts.get("modify", "")))


def _moment(text: str) -> float:
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0
