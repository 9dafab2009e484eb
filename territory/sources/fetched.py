"""A log that is fetched over the network, and then read as often as its reader likes."""

import tempfile
from collections.abc import Callable, Iterator

from territory.reach import HostAwayError, HostError

HEAD_BYTES = 64 * 1024
_IN_MEMORY = 8 * 1024 * 1024
_BREAKS = 3
_MOST_AT_ONCE = 1024 * 1024 * 1024
_OVERLAP = 512

Fetch = Callable[[int], Iterator[bytes]]


class FetchedLog:
    """A log of which the beginning is known, and the rest is fetched once from the first offset that is read.

    `fetch` yields the log's bytes from an offset on. If it breaks, it is asked again from a little before the break, and the
    overlap must be the same: else the log was replaced meanwhile. What is read ends at `size`, however much the log has
    grown since it was opened. Raises HostAwayError if fewer bytes come.
    """

    def __init__(self, *, size: int, written_at: float, head: bytes, fetch: Fetch) -> None:
        self.size, self.written_at = size, written_at
        self._head, self._fetch = head[:size], fetch
        self._spool = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - `close` closes it
        self._start = self._end = 0
        self._blocks: Iterator[bytes] | None = None
        self._breaks = 0

    def read(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from this offset, nothing at the end."""
        end = min(offset + count, self.size)
        if end <= max(offset, len(self._head)):
            return self._head[offset:end]
        if self._blocks is None or offset < self._start:
            self._begin(offset)
        self._fill(end)
        self._spool.seek(offset - self._start)
        return self._spool.read(end - offset)

    def close(self) -> None:
        """End the transfer."""
        self._stop()
        self._spool.close()

    def _begin(self, offset: int) -> None:
        """Fetch everything from here: bytes of two transfers are never put together unchecked."""
        self._stop()
        self._spool.seek(0)
        self._spool.truncate()
        self._start = self._end = offset
        self._blocks = self._fetch(offset)

    def _stop(self) -> None:
        close = getattr(self._blocks, "close", None)
        if close:
            close()

    def _fill(self, end: int) -> None:
        while self._end < end:
            assert self._blocks is not None
            try:
                block = next(self._blocks, b"")
                if not block:
                    raise HostAwayError(f"The log ended at byte {self._end} of {self.size}")  # noqa: TRY301
            except HostAwayError:
                self._breaks += 1
                if self._breaks > _BREAKS:
                    raise
                self._blocks = self._go_on()
                continue
            if self._end - self._start > _MOST_AT_ONCE:
                raise HostError("The log is too large to be fetched", permanent=True)
            self._spool.seek(0, 2)
            self._spool.write(block)
            self._end += len(block)

    def _go_on(self) -> Iterator[bytes]:
        """Fetch the rest after a break."""
        offset = max(self._start, self._end - _OVERLAP)
        self._spool.seek(offset - self._start)
        before, got = self._spool.read(), b""
        for block in self._fetch(offset):
            if len(got) >= len(before):
                yield block
                continue
            got += block
            if not (got.startswith(before) or before.startswith(got)):
                raise HostAwayError("The log was replaced while it was read")
            if rest := got[len(before) :]:
                yield rest
