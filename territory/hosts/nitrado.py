"""The ban list in the settings of a game server at Nitrado: one field of text, which each change overwrites as a whole."""

from collections.abc import Callable
from datetime import timedelta

from territory.hosts.capabilities import Capabilities, Identifier
from territory.reach import HostAddress, HostAwayError, HostBusyError, HostError
from territory.reach_nitrado import NitradoService

MAX_BYTES = 64 * 1024
_TRIES = 3


class NitradoBanList:
    """The setting `bans` of the category `general`. Nothing ever resets the settings."""

    capabilities = Capabilities(
        within=timedelta(minutes=10),
        max_bytes=MAX_BYTES,
        identifiers=frozenset({Identifier.PLAYER_ID, Identifier.GAMERTAG}),
    )

    def __init__(self, address: HostAddress) -> None:
        self._service = NitradoService(address)

    def read(self) -> bytes:
        """Return the list as it is stored."""
        return self._read().encode("utf-8", "surrogatepass")

    def edit(self, edit: Callable[[bytes], bytes]) -> bool:
        """Rewrite the list by a pure edit, and read it back; `edit` runs again if something else stands there then."""
        changed = False
        for _ in range(_TRIES):
            before = self.read()
            edited = edit(_with_crlf(before))
            if edited == _with_crlf(before):
                return changed
            if len(edited) > max(MAX_BYTES, len(before)):
                raise HostError(f"The ban list would have {len(edited)} bytes; Nitrado takes {MAX_BYTES}")
            self._service.post("/settings", category="general", key="bans", value=_text(edited))
            changed = True
            if _lines(self.read()) == _lines(edited):
                return changed
        raise HostBusyError("The ban list at Nitrado is not as it was written")

    def _read(self) -> str:
        details = self._service.get("").get("gameserver")
        for key in ("settings", "general"):
            details = details.get(key) if isinstance(details, dict) else None
        bans = details.get("bans") if isinstance(details, dict) else None
        if not isinstance(bans, str):  # never taken for an empty list: all lines would be lost
            raise HostAwayError("Nitrado's answer has no ban list")
        return bans


def _with_crlf(content: bytes) -> bytes:
    """Return the list with a line end behind each line, as lines are added to it."""
    lines = _lines(content)
    return b"".join(line + b"\r\n" for line in lines)


def _lines(content: bytes) -> list[bytes]:
    """Return the lines without their ends; the field may be stored with either end, and with or without the last."""
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogatepass").removesuffix("\r\n")
