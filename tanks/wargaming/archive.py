"""The last good answers on disk: rows can be made from them anew without any network.

One small file for each clan, account, account's vehicles and page of the catalogue, so that a new answer replaces exactly
what it answers. Files are written whole or not at all; one that cannot be read is as good as none. Nothing that a
player's token told is kept.
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
from tanks.wargaming.answers import AccountInfo, ClanInfo, EncyclopediaInfo, TankStatistic, VehiclePage
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
class Kept(Generic[T]):
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
        """Keep what an answer told, part by part; what is null or empty replaces nothing. Raises OSError."""
        if request.path == _VEHICLES:
            number = int(dict(request.parameters)["page_no"])
            self._write(request.path, number, {"data": envelope.data, "meta": envelope.meta})
        elif request.ids:
            for number in request.ids:
                if told := envelope.data.get(str(number)):
                    self._write(request.path, number, {"data": {str(number): told}})
        else:
            self._write(request.path, 0, {"data": envelope.data})

    def clans(self) -> Iterator[Kept[ClanInfo]]:
        return self._each("clans/info", answers.clans)

    def accounts(self) -> Iterator[Kept[AccountInfo]]:
        return self._each("account/info", answers.accounts)

    def tanks(self) -> Iterator[tuple[int, Kept[tuple[TankStatistic, ...]]]]:
        """Yield each account's vehicles by account id."""
        for kept in self._read_all("account/tanks", lambda told: answers.tanks(told["data"])):
            for number, tanks in kept.answer.items():
                if tanks:
                    yield number, Kept(kept.read_at, tanks)

    def encyclopedia(self) -> Kept[EncyclopediaInfo] | None:
        return next(
            self._read_all("encyclopedia/info", lambda told: answers.encyclopedia(told["data"])), None
        )

    def catalogue(self) -> list[Kept[VehiclePage]]:
        """Return the pages in their order, as many as the first page counts."""
        found = self._read_all(
            _VEHICLES, lambda told: answers.vehicle_page(told["data"], told.get("meta"), told["number"])
        )
        pages = {kept.answer.number: kept for kept in found}
        last = pages[1].answer.pages if 1 in pages else None
        return [pages[number] for number in sorted(pages) if last is None or number <= last]

    def _each(self, path: str, read: Callable[[object], dict[int, T | None]]) -> Iterator[Kept[T]]:
        for kept in self._read_all(path, lambda told: read(told["data"])):
            for answer in kept.answer.values():
                if answer is not None:
                    yield Kept(kept.read_at, answer)

    def _read_all(self, path: str, read: Callable[[Any], T]) -> Iterator[Kept[T]]:
        for file in sorted((self._folder / path).glob(f"*{_SUFFIX}")):
            try:
                told = json.loads(gzip.decompress(file.read_bytes()))
                yield Kept(datetime.fromtimestamp(told["read_at"], tz=UTC), read(told))
            except _UNREADABLE as error:
                logger.warning(
                    "The kept answer %s/%s is of no use: %s", path, file.name, type(error).__name__
                )

    def _write(self, path: str, number: int, told: dict[str, Any]) -> None:
        folder = self._folder / path
        folder.mkdir(parents=True, exist_ok=True)
        content = {"read_at": datetime.now(tz=UTC).timestamp(), "number": number, **told}
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
