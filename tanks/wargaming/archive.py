"""The last good answers on disk: rows can be made from them anew without any network.

One small file for each clan, account, account's vehicles and page of the catalogue, so that a new answer replaces exactly
what it answers. Files are written whole or not at all; one that cannot be read is as good as none. Nothing that a
player's token showed is archived.
"""

import gzip
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

from tanks.wargaming import answers
from tanks.wargaming.answers import AccountInfo, ClanInfo, TankStatistic, VehiclePage
from tanks.wargaming.envelope import Envelope
from tanks.wargaming.methods import Request

logger = logging.getLogger(__name__)
T = TypeVar("T")

_VEHICLES: Final = "encyclopedia/vehicles"


@dataclass(frozen=True, slots=True)
class Archived(Generic[T]):
    """An answer, when it came, and the id or the page that it is about."""

    number: int
    read_at: datetime
    answer: T


class Archive:
    """The answers of one realm, below a folder of their own."""

    def __init__(self, folder: Path, realm: str) -> None:
        # so that no name leads out of the folder
        self._folder = folder / quote(realm, safe="").replace(".", "%2E")

    def keep(self, request: Request, envelope: Envelope) -> None:
        """Archive an answer part by part; a part that is null or empty replaces nothing. Raises OSError."""
        if request.path == _VEHICLES:
            page = int(dict(request.parameters)["page_no"])
            self._write(request.path, page, {"data": envelope.data, "meta": envelope.meta})
        for number in request.ids:
            if value := envelope.data.get(str(number)):
                self._write(request.path, number, {"data": {str(number): value}})

    def clans(self) -> list[Archived[ClanInfo]]:
        return list(self._each("clans/info", lambda content: answers.clans(content["data"])))

    def accounts(self) -> list[Archived[AccountInfo]]:
        return list(self._each("account/info", lambda content: answers.accounts(content["data"])))

    def tanks(self) -> list[Archived[tuple[TankStatistic, ...]]]:
        return list(self._each("account/tanks", lambda content: answers.tanks(content["data"])))

    def pages(self) -> list[Archived[VehiclePage]]:
        """Return the catalogue's pages in their order, as many as the first page counts."""

        def read(content: Any) -> dict[int, VehiclePage]:
            number = content["number"]
            return {number: answers.vehicle_page(content["data"], content["meta"], number)}

        pages = {page.number: page for page in self._each(_VEHICLES, read)}
        last = pages[1].answer.pages if 1 in pages else None
        return [pages[number] for number in sorted(pages) if last is None or number <= last]

    def _each(self, path: str, read: Callable[[Any], Mapping[int, T | None]]) -> Iterator[Archived[T]]:
        for file in sorted((self._folder / path).glob("*.json.gz")):
            try:
                content = json.loads(gzip.decompress(file.read_bytes()))
                read_at = datetime.fromtimestamp(content["read_at"], tz=UTC)
                by_number = read(content)
            except Exception as error:  # noqa: BLE001 - whatever lies there, it is no answer
                kind = type(error).__name__
                logger.warning("The archived answer %s/%s is of no use: %s", path, file.name, kind)
                continue
            for number, answer in by_number.items():
                if answer and number > 0:
                    yield Archived(number, read_at, answer)

    def _write(self, path: str, number: int, parts: dict[str, Any]) -> None:
        folder = self._folder / path
        folder.mkdir(parents=True, exist_ok=True)
        content = {"read_at": datetime.now(tz=UTC).timestamp(), "number": number, **parts}
        half_written = folder / f"{number}.{os.getpid()}.part"
        half_written.write_bytes(gzip.compress(json.dumps(content, separators=(",", ":")).encode(), 5))
        half_written.replace(folder / f"{number}.json.gz")
