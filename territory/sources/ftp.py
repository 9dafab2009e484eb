"""Logs on an FTP server."""

import ftplib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta

from territory.checklist import CheckLine, CheckSubject
from territory.reach import HostAddress, HostAwayError
from territory.reach.ftp import (
    FtpAddress,
    FtpSession,
    ListedFile,
    check_session,
    ftp_session,
    host_errors,
    unwire,
    wire,
)
from territory.sources.fetched import HEAD_BYTES, FetchedLog
from territory.sources.protocol import ListedLog, SourceCapabilities, is_log_name

# Below the folder in which a session begins: game servers' own, and those of hosts.
USUAL_FOLDERS = (
    "",
    "profiles",
    "config",
    "logs",
    "dayzxb/config",
    "dayzps/config",
    "dayzxb_config",
    "dayzps_config",
    "dayzstandalone/config",
    "DayZServer/profiles",
)
_MOST_LOGS = 1_000
# Each log's line in the folder's listing, and what the server told of it then: some tell it of one log at a time only.
_KNOWN: dict[tuple[str, str], tuple[str, ListedLog]] = {}


class FtpSource:
    """The .ADM files of one folder of an FTP server, or one file: at the address's path, or else in the usual folders."""

    capabilities = SourceCapabilities(visible_within=timedelta(minutes=6), interval=timedelta(seconds=60))

    checks = (CheckSubject.REACH, CheckSubject.SIGN_IN, CheckSubject.ENCRYPTION)

    def __init__(self, address: HostAddress) -> None:
        self._address = address

    def check(self) -> Iterator[CheckLine]:
        return check_session(self._address)

    def list_logs(self) -> list[ListedLog]:
        """Return the logs, oldest first; those of the usual folder in which one was written last."""
        path = FtpAddress.parse(self._address.text).path
        with ftp_session(self._address) as ftp:
            logs = self._logs_at(ftp, path.rstrip("/")) if path.strip("/") else self._usual_logs(ftp)
        if not logs:
            raise HostAwayError(f"There is no .ADM file on the FTP server at {path}")
        return sorted(logs, key=lambda log: (log.written_at, log.name))

    @contextmanager
    def open_log(self, log: ListedLog) -> Iterator[FetchedLog]:
        """Open a log; it is read by one transfer, from the first offset that is asked for."""
        with ExitStack() as stack:
            ftp = stack.enter_context(ftp_session(self._address))
            size, written_at = ftp.size(log.key), ftp.written_at(log.key) or log.written_at
            size = log.size if size is None else size
            if size < 0:
                raise HostAwayError(f"The FTP server does not tell the size of {log.name}")
            head = ftp.head(log.key, min(size, HEAD_BYTES))
            opened = FetchedLog(
                size=size, written_at=written_at, head=head, fetch=_Fetcher(self._address, ftp, log.key)
            )
            stack.callback(opened.close)
            yield opened

    def _usual_logs(self, ftp: FtpSession) -> list[ListedLog]:
        home, newest = ftp.home().rstrip("/"), list[ListedLog]()
        for name in USUAL_FOLDERS:
            with suppress(ftplib.error_perm):
                logs = self._logs_in(ftp, f"{home}/{name}".rstrip("/"))
                newest = max(newest, logs, key=lambda logs: max((log.written_at for log in logs), default=-1))
        return newest

    def _logs_at(self, ftp: FtpSession, path: str) -> list[ListedLog]:
        """Return the logs of a path as it was typed, in UTF-8 or in Latin-1."""
        folder, _slash, name = path.rpartition("/")
        if not is_log_name(name):
            folder, name = path, ""
        try:
            logs = self._logs_in(ftp, wire(folder))
        except ftplib.error_perm:
            if folder.isascii():
                raise
            logs = self._logs_in(ftp, folder)
        return [log for log in logs if name in {"", log.name}]

    def _logs_in(self, ftp: FtpSession, folder: str) -> list[ListedLog]:
        files = [one for one in ftp.files(folder or "/") if is_log_name(unwire(one.name))]
        lines = {} if all(one.size >= 0 for one in files) else ftp.lines_of(one.name for one in files)
        files.sort(key=lambda one: (one.written_at, one.name))
        return [self._listed(ftp, folder, one, lines.get(one.name, "")) for one in files[-_MOST_LOGS:]]

    def _listed(self, ftp: FtpSession, folder: str, file: ListedFile, line: str) -> ListedLog:
        path = f"{folder}/{file.name}"
        if file.size >= 0:
            return ListedLog(path, unwire(file.name), file.size, file.written_at)
        key = (self._address.text, path)
        known_line, known = _KNOWN.get(key, ("", None))
        if known and line == known_line:
            return known
        size = ftp.size(path)
        log = ListedLog(path, unwire(file.name), -1 if size is None else size, ftp.written_at(path))
        if line:
            _KNOWN[key] = line, log
        return log


class _Fetcher:
    """Yields a log's bytes: over the session that opened it, and after a break over a new one."""

    def __init__(self, address: HostAddress, ftp: FtpSession, path: str) -> None:
        self._address, self._path = address, path
        self._ftp: FtpSession | None = ftp

    def __call__(self, offset: int) -> Iterator[bytes]:
        ftp, self._ftp = self._ftp, None
        with ExitStack() as stack:
            stack.enter_context(host_errors(self._address))
            ftp = ftp or stack.enter_context(ftp_session(self._address))
            yield from ftp.blocks(self._path, offset)
