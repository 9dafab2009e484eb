"""Logs of a game server at Nitrado, by its files' API."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

from territory.checklist import CheckLine, CheckSubject
from territory.reach import HostAddress, HostAwayError
from territory.reach.nitrado import NitradoError, NitradoService
from territory.sources.fetched import HEAD_BYTES, FetchedLog
from territory.sources.protocol import ListedLog, SourceCapabilities, is_log_name

_FILES = "/file_server"
_PART = 1024 * 1024


class NitradoSource:
    """The .ADM files of a service, in the folder `config` of the game or in the one that the address names."""

    capabilities = SourceCapabilities(visible_within=timedelta(minutes=10), interval=timedelta(seconds=60))

    checks = (CheckSubject.REACH, CheckSubject.SIGN_IN, CheckSubject.TOKEN_END)

    def __init__(self, address: HostAddress) -> None:
        self._service = NitradoService(address)

    def check(self) -> Iterator[CheckLine]:
        return self._service.check()

    def list_logs(self) -> list[ListedLog]:
        folder = self._service.folder or f"{self._game_folder()}config"
        entries = self._service.get(f"{_FILES}/list", dir=folder).get("entries")
        logs = [log for entry in entries if (log := _listed(entry))] if isinstance(entries, list) else []
        if not logs:
            raise HostAwayError(f"There is no .ADM file at Nitrado in {folder}")
        return sorted(logs, key=lambda log: (log.written_at, log.name))

    @contextmanager
    def open_log(self, log: ListedLog) -> Iterator[FetchedLog]:
        """Open a log as it was listed; what it has grown since is read at the next look."""
        head = b"".join(_up_to(HEAD_BYTES, self._fetch(log, 0, min(log.size, HEAD_BYTES))))
        opened = FetchedLog(
            size=log.size,
            written_at=log.written_at,
            head=head,
            fetch=lambda offset: self._fetch(log, offset, log.size),
        )
        with closing(opened):
            yield opened

    def _game_folder(self) -> str:
        details = self._service.get("").get("gameserver")
        specific = details.get("game_specific") if isinstance(details, dict) else None
        path = specific.get("path") if isinstance(specific, dict) else None
        if not isinstance(path, str) or not path.startswith("/") or not path.isprintable():
            raise HostAwayError("Nitrado does not tell the folder of the game")
        return f"{path.rstrip('/')}/"

    def _fetch(self, log: ListedLog, offset: int, end: int) -> Iterator[bytes]:
        """Yield a log's bytes from an offset to an end: by parts, or all of it where the API gives no parts."""
        while offset < end:
            count = min(_PART, end - offset)
            part = self._part(log, offset, count)
            if part:
                yield part
            offset += len(part)
            if len(part) < count:
                yield from _behind(offset, self._service.blocks(f"{_FILES}/download", file=log.key))
                return

    def _part(self, log: ListedLog, offset: int, count: int) -> bytes:
        """Return a part of a log; less of it, or nothing, where the API does not give it."""
        place = {"file": log.key, "offset": offset, "length": count, "mode": "raw"}
        try:
            return b"".join(_up_to(count, self._service.blocks(f"{_FILES}/seek", **place)))
        except NitradoError as error:
            if error.status not in {404, 500}:
                raise
            return b""


def _listed(entry: Any) -> ListedLog | None:
    """Return a log of the listing; None for anything else."""
    if not isinstance(entry, dict) or entry.get("type", "file") != "file":
        return None
    path, name = str(entry.get("path") or ""), str(entry.get("name") or "")
    if not path or not path.isprintable() or not is_log_name(name):
        return None
    return ListedLog(path, name, _number(entry.get("size")), _number(entry.get("modified_at")))


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _up_to(count: int, blocks: Iterator[bytes]) -> Iterator[bytes]:
    for block in blocks:
        if count <= 0:
            return
        yield block[:count]
        count -= len(block)


def _behind(offset: int, blocks: Iterator[bytes]) -> Iterator[bytes]:
    for block in blocks:
        if rest := block[offset:]:
            yield rest
        offset = max(0, offset - len(block))
