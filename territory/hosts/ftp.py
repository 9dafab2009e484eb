"""Edit a ban list on an FTP server, which knows no locks and may break off at any moment."""

import ftplib
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta

from territory.checklist import CheckLine, CheckSubject
from territory.hosts.capabilities import Capabilities, Identifier, check_content
from territory.reach import HostAddress, HostAwayError, HostError, limited
from territory.reach.ftp import FtpAddress, FtpSession, check_session, ftp_session, wire

MAX_BYTES = 4 * 1024 * 1024
_TRIES = 5


class FtpBanList:
    """A ban.txt on an FTP server.

    The new list is uploaded under another name, compared, and renamed. A server that refuses to rename onto a file gets the
    list in place, and a whole copy beside it first, from which the next edit mends what a break left.
    """

    capabilities = Capabilities(
        within=timedelta(minutes=10), max_bytes=MAX_BYTES, identifiers=frozenset({Identifier.PLAYER_ID})
    )

    checks = (
        *(CheckSubject.REACH, CheckSubject.SIGN_IN, CheckSubject.ENCRYPTION),
        *(CheckSubject.LIST_READ, CheckSubject.LIST_SIZE, CheckSubject.DRY_WRITE),
    )

    def __init__(self, address: HostAddress) -> None:
        self._address = address
        self._path = wire(FtpAddress.parse(address.text).path)
        self._new, self._whole = f"{self._path}.new", f"{self._path}.whole"

    def read(self) -> bytes:
        with ftp_session(self._address) as ftp:
            names = self._names(ftp)
            return self._mended(ftp, _content(ftp, self._path, names), names)

    def edit(self, edit: Callable[[bytes], bytes]) -> None:
        """Rewrite the list by a pure edit, and read it back; `edit` runs again if somebody else changed it meanwhile."""
        with ftp_session(self._address) as ftp:
            for _ in range(_TRIES):
                names = self._names(ftp)
                content = _content(ftp, self._path, names)
                edited = edit(self._mended(ftp, content, names))
                if edited == content:
                    return
                if len(edited) > MAX_BYTES:
                    raise HostError("The ban list would be too large", permanent=True)
                self._upload(ftp, self._new, edited)
                if _content(ftp, self._path, names) != content:
                    continue
                self._put_in_place(ftp, edited)
                if _content(ftp, self._path) == edited:
                    return
        raise HostError("The ban list on the FTP server changes faster than it can be edited")

    def check(self) -> Iterator[CheckLine]:
        """Test the server, read the list, and upload a file beside it that goes again."""
        yield from check_session(self._address)
        yield from check_content(self.read(), self.capabilities)
        trial = f"{self._path}.test"
        with ftp_session(self._address) as ftp:
            self._upload(ftp, trial, b"test\r\n")
            ftp.remove(trial)
        yield CheckLine(CheckSubject.DRY_WRITE)

    def _put_in_place(self, ftp: FtpSession, edited: bytes) -> None:
        try:
            ftp.rename(self._new, self._path)
        except ftplib.error_perm:
            self._upload(ftp, self._whole, edited)
            self._upload(ftp, self._path, edited)
            ftp.remove(self._whole)
            ftp.remove(self._new)

    def _upload(self, ftp: FtpSession, path: str, content: bytes) -> None:
        ftp.store(path, content)
        if _content(ftp, path) != content:
            raise HostAwayError("The FTP server did not store the whole ban list")

    def _names(self, ftp: FtpSession) -> set[str]:
        folder = self._path.rpartition("/")[0]
        return {f"{folder}/{one.name}" for one in ftp.files(folder or "/")}

    def _mended(self, ftp: FtpSession, content: bytes, names: Collection[str]) -> bytes:
        """Return the list; if it is the beginning of a whole copy, a write in place broke off, and the copy is the list."""
        whole = _content(ftp, self._whole) if self._whole in names else b""
        is_broken = len(content) < len(whole) and whole.startswith(content)
        return whole if is_broken else content


def _content(ftp: FtpSession, path: str, names: Collection[str] | None = None) -> bytes:
    """Return a file's bytes, none if it is not one of `names`. Raises an error for a part of the file."""
    too_large = HostError("The file on the FTP server is too large for a ban list", permanent=True)
    size = ftp.size(path)
    try:
        content = limited(ftp.blocks(path), MAX_BYTES, too_large)
    except ftplib.error_perm as error:
        if names is not None and path not in names and size is None and str(error).startswith("550"):
            return b""
        raise
    if size is not None and size != len(content):
        raise HostAwayError(f"The FTP server sent {len(content)} of {size} bytes of the ban list")
    return content
