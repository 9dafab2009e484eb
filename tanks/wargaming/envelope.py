"""The envelope around every answer: errors come with HTTP 200 too, and only `status` marks them."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from tanks.wargaming.errors import (
    ApiRefusedError,
    BadAccountError,
    NoAnswerError,
    NotConfiguredError,
    RateLimitedError,
    SourceUnavailableError,
    WargamingError,
)
from tanks.wargaming.reading import JsonObject

# Code 407 stands for eight different faults: only the message distinguishes them.
_STOP: Final = frozenset(
    {"APPLICATION_ID_NOT_SPECIFIED", "APPLICATION_IS_BLOCKED", "INVALID_APPLICATION_ID", "INVALID_IP_ADDRESS"}
)
_BAD_ID: Final = frozenset({"INVALID_ACCOUNT_ID", "INVALID_CLAN_ID"})
_KEY_WORD: Final = re.compile(r"[A-Za-z0-9_%.]{1,80}")
_SECRETS: Final = frozenset({"application_id", "access_token"})
_LONGEST_VALUE: Final = 100
_MANY_REQUESTS: Final = 429


@dataclass(frozen=True, slots=True)
class Envelope:
    data: Any
    meta: Any


def open_envelope(status: int, body: bytes, ids: tuple[int, ...], secrets: tuple[str, ...]) -> Envelope:
    """Return what an answer holds; `ids` are those that were asked for, `secrets` must not come back in an error.

    Raises BadAccountError, NotConfiguredError, RateLimitedError, SourceUnavailableError or ApiRefusedError for what the API says, and NoAnswerError
    for what it cannot have said itself: no JSON, no envelope, an HTTP error.
    """
    content = _decoded(body)
    if content is not None and content.get("status") == "error":
        raise _error(content.get("error"), ids, secrets)
    if status == _MANY_REQUESTS:
        raise RateLimitedError("Too many requests (HTTP 429).")
    if status != 200 or content is None or content.get("status") != "ok" or "data" not in content:
        raise NoAnswerError(f"HTTP {status} with {len(body)} bytes that are no answer of the API.")
    return Envelope(content["data"], content.get("meta"))


def _decoded(body: bytes) -> JsonObject | None:
    try:
        content = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON.")


def _error(error: object, ids: tuple[int, ...], secrets: tuple[str, ...]) -> WargamingError:
    values = error if isinstance(error, dict) else {}
    message = _key_word(values.get("message"), secrets) or "UNKNOWN"
    if message in _STOP:
        return NotConfiguredError(message)
    if message == "REQUEST_LIMIT_EXCEEDED":
        return RateLimitedError(message)
    if message == "SOURCE_NOT_AVAILABLE":
        return SourceUnavailableError(message)
    if message in _BAD_ID and ids:
        return BadAccountError(message)
    code = values.get("code")
    field = _key_word(values.get("field"), secrets)
    return ApiRefusedError(
        code if isinstance(code, int) else None, message, field, _value(values.get("value"), field, secrets)
    )


def _key_word(value: object, secrets: tuple[str, ...]) -> str | None:
    """Return a word of the API's own, nothing longer: whatever else stands in its place may repeat what we sent."""
    if (
        not isinstance(value, str)
        or not _KEY_WORD.fullmatch(value)
        or any(secret in value for secret in secrets)
    ):
        return None
    return value


def _value(value: object, field: str | None, secrets: tuple[str, ...]) -> str | None:
    if field in _SECRETS or not isinstance(value, str | int):
        return None
    shown = str(value)[:_LONGEST_VALUE]
    return None if any(secret in str(value) for secret in secrets) else shown
