"""Nitrado's API: one service with its token, its answers and its limits. It knows the network and no logs or ban lists."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any
from urllib.parse import urlsplit

import requests

from territory.checklist import CheckLevel, CheckLine, CheckSubject
from territory.reach import HostAddress, HostAwayError, HostError, limited, tame_words

_TIMEOUTS = (5, 20)
_MOST_OF_AN_ANSWER = 8 * 1024 * 1024
_BLOCK = 64 * 1024
_AGENT = {"User-Agent": "WOTCS (game server's own administration)"}
# What an answer means, and how long to leave the API alone after it if it does not tell.
_ANSWERS = {
    401: ("the token was refused", timedelta(minutes=5)),
    428: ("too many requests at once", timedelta(seconds=10)),
    429: ("too many requests", timedelta(minutes=5)),
    503: ("maintenance", timedelta(minutes=5)),
}
_OTHER = ("", timedelta())
_LONGEST_PAUSE = timedelta(hours=1)
_NAME = "Nitrado"
_SOON = timedelta(days=30)


class NitradoError(HostAwayError):
    """An answer that is none: `status` is that of HTTP, 200 for an error in a good one's clothes."""

    def __init__(self, message: str, *, status: int, wait: timedelta = timedelta()) -> None:
        super().__init__(message, wait=wait)
        self.status = status
        self.is_refused = status == requests.codes.unauthorized


class NitradoService:
    """A service (a game server) at Nitrado. The address is its number, and for logs perhaps `/` and a folder."""

    def __init__(self, address: HostAddress) -> None:
        number, slash, folder = address.text.partition("/")
        if not (number.isascii() and number.isdecimal()):
            raise HostError("This is no number of a service at Nitrado", permanent=True)
        self.number, self.folder = number, slash + folder
        self._secret = address.secret
        self._api = address.api_url
        self._service = f"{address.api_url}/services/{number}/gameservers"

    def get(self, path: str, **parameters: object) -> dict[str, Any]:
        """Return the `data` of an answer. Raises NitradoError, whatever is wrong with it."""
        return self._answer("GET", f"{self._service}{path}", params=parameters)

    def post(self, path: str, **form: str) -> dict[str, Any]:
        """Change something, as `get` does otherwise."""
        return self._answer("POST", f"{self._service}{path}", data=form)

    def token_ends_at(self) -> datetime | None:
        """Return when the token ends; None if the API does not tell."""
        return _moment(self.token().get("expires_at"))

    def token(self) -> dict[str, Any]:
        """Return what the API says of the token: `expires_at`, `scopes`."""
        token = self._answer("GET", f"{self._api}/token").get("token")
        return token if isinstance(token, dict) else {}

    def check(self) -> Iterator[CheckLine]:
        """Test the API, the token with this service, and the token's end."""
        try:
            self.get("")
        except NitradoError:
            yield CheckLine(CheckSubject.REACH, values={"host": _NAME})
            raise
        yield CheckLine(CheckSubject.REACH, values={"host": _NAME})
        yield CheckLine(CheckSubject.SIGN_IN, values={"service": self.number})
        yield _end_line(self.token_ends_at())

    def blocks(self, path: str, **parameters: object) -> Iterator[bytes]:
        """Yield the bytes of a file, or of a part of it, from the single-use address that the API answers."""
        token = self.get(path, **parameters).get("token")
        if not isinstance(token, dict) or not token.get("url"):
            raise NitradoError("Nitrado: no address of the file in the answer", status=200)
        url, word = str(token["url"]), str(token.get("token") or "")
        if urlsplit(url).scheme not in {"https", urlsplit(self._api).scheme}:
            raise NitradoError("Nitrado: the file's address is not https", status=200)
        known = {} if not word or "token=" in urlsplit(url).query else {"token": word}
        with self._request("GET", url, params=known) as response:
            self._check(response)
            yield from _in_blocks(response)

    def _answer(self, method: str, url: str, **parts: Any) -> dict[str, Any]:
        with self._request(
            method, url, headers={"Authorization": f"Bearer {self._secret}"}, **parts
        ) as response:
            self._check(response)
            try:
                endless = NitradoError("Nitrado: the answer has no end", status=response.status_code)
                answer = json.loads(limited(_in_blocks(response), _MOST_OF_AN_ANSWER, endless))
            except ValueError:
                raise NitradoError("Nitrado: the answer is no JSON", status=response.status_code) from None
        if not isinstance(answer, dict) or answer.get("status") != "success":
            raise NitradoError(f"Nitrado: {self._words_of(answer)}", status=response.status_code)
        data = answer.get("data")
        return data if isinstance(data, dict) else {}

    def _request(
        self, method: str, url: str, *, headers: dict[str, str] | None = None, **parts: Any
    ) -> requests.Response:
        try:
            return requests.request(
                method,
                url,
                headers={**_AGENT, **(headers or {})},
                timeout=_TIMEOUTS,
                allow_redirects=False,
                stream=True,
                **parts,
            )
        except requests.RequestException as error:
            # Its words hold the whole address.
            raise HostAwayError(f"Nitrado cannot be reached: {type(error).__name__}") from None

    def _check(self, response: requests.Response) -> None:
        status = response.status_code
        if status in range(200, 300):
            return
        words, pause = _ANSWERS.get(status, _OTHER)
        wait = _named_pause(response) or pause
        raise NitradoError(f"Nitrado answers {status} {words}".strip(), status=status, wait=wait)

    def _words_of(self, answer: object) -> str:
        message = answer.get("message") if isinstance(answer, dict) else None
        return tame_words(str(message or "the answer says no success"), self._secret)


def _moment(value: object) -> datetime | None:
    """Read a moment as ISO text, in UTC unless it says otherwise, or as seconds since 1970."""
    text = str(value or "")
    try:
        moment = datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _end_line(ends_at: datetime | None) -> CheckLine:
    if ends_at is None:
        return CheckLine(CheckSubject.TOKEN_END, values={"ends_at": ""})
    left = ends_at - datetime.now(UTC)
    level = CheckLevel.FAIL if left < timedelta() else CheckLevel.WARN if left < _SOON else CheckLevel.OK
    return CheckLine(CheckSubject.TOKEN_END, level, {"ends_at": ends_at.isoformat()})


def _named_pause(response: requests.Response) -> timedelta:
    """Return how long an answer asks to leave the API alone, within reason; no time if it does not tell."""
    after, reset = (response.headers.get(name, "") for name in ("Retry-After", "X-RateLimit-Reset"))
    if after.isdecimal():
        seconds = float(after)
    elif reset.isdecimal() and response.status_code == requests.codes.too_many_requests:
        seconds = int(reset) - time()
    else:
        return timedelta()
    return timedelta(seconds=max(1, min(seconds, _LONGEST_PAUSE.total_seconds())))


def _in_blocks(response: requests.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_content(_BLOCK)
    except requests.RequestException as error:
        raise HostAwayError(f"Nitrado broke off: {type(error).__name__}") from None
