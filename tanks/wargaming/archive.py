"""The last good answers on disk: rows can be made from them anew without any network.

One small file for each clan, account, account's vehicles and page of the catalogue, so that a new answer replaces exactly
what it answers. Files are written whole or not at all; one that cannot be read is as good as none. Nothing that a
player's token showed is archived.
"""

import contextlib
import gzip
import json
import logging
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

from tanks.wargaming import answers
from tanks.wargaming.answers import AccountInfo, ClanInfo, TankStatistic, VehiclePage
from tanks.wargaming.envelope import Envelope
from tanks.wargaming.errors import BadAnswerError
from tanks.wargaming.methods import Request

logger = logging.getLogger(__name__)
T = TypeVar("T")

_VEHICLES: Final = "encyclopedia/vehicles"
_SUFFIX: Final = ".json.gz"
_UNREADABLE: Final = (
    OSError,
    EOFError,
    zlib.error,
    ValueError,
    LookupError,
    TypeError,
    OverflowError,
    RecursionError,
    BadAnswerError,
)


@dataclass(frozen=True, slots=True)
class Archived(Generic[T]):
    """An answer, and when it came."""

    read_at: datetime
    answer: T


class Archive:
    """The answers of one realm, below a folder of their own."""

    def __init__(self, folder: Path, realm: str) -> None:
        self._folder = folder / quote(realm, safe="").replace(
            ".", "%2E"
        )  # so that no name leads out of the folder

    def keep(self, request: Request, envelope: Envelope) -> None:
        """Archive an answer part by part; a part that is null or empty replaces nothing. Raises OSError."""
        if request.path == _VEHICLES:
            number = int(dict(request.parameters)["page_no"])
            self._write(request.path, number, {"data": envelope.data, "meta": envelope.meta})
        elif request.ids:
            for number in request.ids:
                if value := envelope.data.get(str(number)):
                    self._write(request.path, number, {"data": {str(number): value}})

    def clans(self) -> Iterator[Archived[ClanInfo]]:
        return self._each("clans/info", answers.clans)

    def accounts(self) -> Iterator[Archived[AccountInfo]]:
        return self._each("account/info", answers.accounts)

    def tanks(self) -> Iterator[tuple[int, Archived[tuple[TankStatistic, ...]]]]:
        """Yield each account's vehicles by account id."""
        for archived in self._read_all("account/tanks", lambda content: answers.tanks(content["data"])):
            for number, tanks in archived.answer.items():
                if tanks:
                    yield number, Archived(archived.read_at, tanks)

    def catalogue(self) -> list[Archived[VehiclePage]]:
        """Return the pages in their order, as many as the first page counts."""
        archived_pages = self._read_all(
            _VEHICLES,
            lambda content: answers.vehicle_page(content["data"], content.get("meta"), content["number"]),
        )
        pages = {archived.answer.number: archived for archived in archived_pages}
        last = pages[1].answer.pages if 1 in pages else None
        return [pages[number] for number in sorted(pages) if last is None or number <= last]

    def _each(self, path: str, read: Callable[[object], dict[int, T | None]]) -> Iterator[Archived[T]]:
        for archived in self._read_all(path, lambda content: read(content["data"])):
            for answer in archived.answer.values():
                if answer is not None:
                    yield Archived(archived.read_at, answer)

    def _read_all(self, path: str, read: Callable[[Any], T]) -> Iterator[Archived[T]]:
        for file in sorted((self._folder / path).glob(f"*{_SUFFIX}")):
            try:
                content = json.loads(gzip.decompress(file.read_bytes()))
                yield Archived(datetime.fromtimestamp(content["read_at"], tz=UTC), read(content))
            except _UNREADABLE as error:
                logger.warning(
                    "The kept answer %s/%s is of no use: %s", path, file.name, type(error).__name__
                )

    def _write(self, path: str, number: int, parts: dict[str, Any]) -> None:
        folder = self._folder / path
        folder.mkdir(parents=True, exist_ok=True)
        content = {"read_at": datetime.now(tz=UTC).timestamp(), "number": number, **parts}
        body = gzip.compress(json.dumps(content, separators=(",", ":")).encode(), compresslevel=5)
        descriptor, name = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
            Path(name).replace(folder / f"{number}{_SUFFIX}")
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
