"""The ban list in the settings of a game server at Nitrado: one field of text, which each change overwrites as a whole."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from territory.checklist import CheckLevel, CheckLine, CheckSubject
from territory.hosts.capabilities import Capabilities, Identifier, check_content
from territory.reach import HostAddress, HostAwayError, HostError
from territory.reach.nitrado import NitradoService

MAX_BYTES = 64 * 1024
_TRIES = 3
_SCOPE = "service"


class NitradoBanList:
    """The setting `bans` of the category `general`. Nothing ever resets the settings."""

    capabilities = Capabilities(
        within=timedelta(minutes=10),
        max_bytes=MAX_BYTES,
        identifiers=frozenset({Identifier.PLAYER_ID, Identifier.GAMERTAG}),
    )

    checks = (
        *(CheckSubject.REACH, CheckSubject.SIGN_IN, CheckSubject.TOKEN_END),
        *(CheckSubject.LIST_READ, CheckSubject.LIST_SIZE, CheckSubject.DRY_WRITE),
    )

    def __init__(self, address: HostAddress) -> None:
        self._service = NitradoService(address)

    def check(self) -> Iterator[CheckLine]:
        """Test the API and the token, read the list, and look whether the token may change it. Nothing is posted."""
        yield from self._service.check()
        yield from check_content(self.read(), self.capabilities)
        scopes = self._service.token().get("scopes")
        names = [str(scope) for scope in scopes] if isinstance(scopes, list) else []
        level = CheckLevel.OK if _SCOPE in names else CheckLevel.WARN
        yield CheckLine(CheckSubject.DRY_WRITE, level, {"scope": _SCOPE})

    def read(self) -> bytes:
        return self._read().encode("utf-8", "surrogatepass")

    def edit(self, edit: Callable[[bytes], bytes]) -> None:
        """Rewrite the list by a pure edit, and read it back; `edit` runs again if something else stands there then."""
        for _ in range(_TRIES):
            before = self.read()
            edited = edit(_with_crlf(before))
            if edited == _with_crlf(before):
                return
            if len(edited) > max(MAX_BYTES, len(before)):
                raise HostError(f"The ban list would have {len(edited)} bytes; Nitrado takes {MAX_BYTES}")
            self._service.post("/settings", category="general", key="bans", value=_text(edited))
            if _lines(self.read()) == _lines(edited):
                return
        raise HostError("The ban list at Nitrado is not as it was written")

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
