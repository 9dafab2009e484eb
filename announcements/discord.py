"""The one call to Discord. No models here; the webhook's address is a secret and goes into no log and no error."""

import logging
import math
import re
from datetime import timedelta
from typing import Any

import requests
from discord_webhook import DiscordWebhook
from django.conf import settings
from requests import Response
from urllib3.exceptions import ProtocolError

from announcements.message import Message
from common.addresses import NotPublicError, check_public

TIMEOUT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(days=1)
_SHORTEST_WAIT = timedelta(seconds=1)

_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS, _SERVER_ERROR = 408, 429, 500
_GONE = {10015, 50027}  # Discord's codes for an unknown webhook, and for a token that is not the webhook's
_TOKEN = re.compile(r"(/webhooks/\d+/)[^\s/?#\"']+")


class DiscordUnavailableError(Exception):
    """The message may be sent later: no answer, a fault on Discord's side, or its rate limit, which alone says when.

    `is_everywhere` says that Discord takes no message for any channel from this address; without a time it blocks the address.
    `may_stand` says that the message was sent and its answer was lost: it may stand in the channel all the same.
    """

    def __init__(
        self,
        message: str,
        retry_after: timedelta | None = None,
        *,
        is_everywhere: bool = False,
        may_stand: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.is_everywhere = is_everywhere
        self.may_stand = may_stand


class DiscordRefusedError(Exception):
    """The message can never be sent: the webhook's address is wrong, or Discord refuses the message."""


class WebhookGoneError(Exception):
    """The webhook was deleted, or its address is no longer its own: no message can be sent to it."""


def send(webhook_url: str, message: Message, *, timeout: timedelta = TIMEOUT) -> timedelta:
    """Post one message; mentions in it call nobody. Return how long the webhook's next message must wait.

    DiscordUnavailableError if it may be tried again, WebhookGoneError and DiscordRefusedError if that is useless. What is tried
    again may be said twice: Discord has no idempotency key.
    """
    webhook = DiscordWebhook(
        webhook_url,
        embeds=[_embed(message)],
        allowed_mentions={"parse": []},
    )
    answer: Response | Exception
    try:
        answer = _post(webhook, timeout)
    except Exception as error:  # noqa: BLE001 - whatever a library under it raises, the row must be kept for a retry
        answer = error
    # Raised out here, so that no traceback carries the library's error: its text holds the address.
    return _pause_after(_taken(answer))


def _post(webhook: DiscordWebhook, timeout: timedelta) -> Response:
    """Post to Discord and nobody else. The library's own call follows redirects, and would take the message along."""
    check_public(webhook.url, allow_loopback=settings.ALLOW_LOOPBACK_ADDRESSES)
    return requests.post(
        webhook.url,
        json=webhook.json,
        params={"wait": "true"},
        timeout=timeout.total_seconds(),
        allow_redirects=False,
        headers={"User-Agent": _user_agent()},
    )


def _user_agent() -> str:
    """Return the form that Discord's documentation asks for; it may block others."""
    return f"DiscordBot ({settings.SITE_URL or 'http://localhost'}, {settings.VERSION})"


def _embed(message: Message) -> dict[str, Any]:
    embed = message.to_json()
    embed["color"] = embed.pop("colour")
    # A colour of 0 is one, so only what is blank goes.
    return {name: value for name, value in embed.items() if value not in (None, "", ())}


def _taken(answer: Response | Exception) -> Response:
    """Return the answer with which Discord took the message; raise for every other."""
    if isinstance(answer, NotPublicError):
        raise DiscordRefusedError(f"The webhook's address is not used: {answer}")
    if isinstance(answer, ValueError):
        raise DiscordRefusedError("The webhook's address is not usable")
    if isinstance(answer, Exception):
        text = f"No answer from Discord: {type(answer).__name__}"
        raise DiscordUnavailableError(text, may_stand=_was_sent(answer))
    status = answer.status_code
    if 300 <= status < 400:
        raise DiscordRefusedError(f"The webhook's address redirects elsewhere ({status})")
    if answer.ok:
        return answer
    raise _refusal(answer)


def _was_sent(error: Exception) -> bool:
    """Return whether the message may have arrived before the connection failed; without a connection it was not sent."""
    if isinstance(error, requests.ConnectionError):
        return bool(error.args) and isinstance(error.args[0], ProtocolError)
    return isinstance(error, requests.ReadTimeout | requests.exceptions.ChunkedEncodingError)


def _refusal(answer: Response) -> Exception:
    status, body = answer.status_code, _body(answer)
    text = f"Discord answered {_detail(status, (body or {}).get('message'))}"
    if status == _TOO_MANY_REQUESTS:
        wait = _retry_after(answer, body or {})
        is_global = body is not None and body.get("global") is True
        is_everywhere = wait is None or is_global or "X-RateLimit-Global" in answer.headers
        return DiscordUnavailableError(text, wait and max(wait, _SHORTEST_WAIT), is_everywhere=is_everywhere)
    # What is no JSON comes from a proxy before Discord, which says nothing of the message.
    if status == _REQUEST_TIMEOUT or status >= _SERVER_ERROR or body is None:
        return DiscordUnavailableError(text)
    return WebhookGoneError(text) if body.get("code") in _GONE else DiscordRefusedError(text)


def _body(answer: Response) -> dict[str, Any] | None:
    """Return the JSON object of an answer, empty for other JSON; None for what is no JSON."""
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else {}


def _detail(status: int, words: Any) -> str:
    text = f"{status}: {words[:200]}" if isinstance(words, str) else str(status)
    return _TOKEN.sub(r"\1…", text)


def _retry_after(answer: Response, body: dict[str, Any]) -> timedelta | None:
    """Read how long to wait: seconds, in the body to the millisecond or, from the proxy before it, in a header."""
    given = (body.get("retry_after"), answer.headers.get("Retry-After"))
    waits = [wait for value in given if (wait := _seconds(value)) is not None]
    return waits[0] + answer.elapsed if waits else None


def _pause_after(answer: Response) -> timedelta:
    """Return how long the webhook takes no more messages, as the headers of a good answer say."""
    if answer.headers.get("X-RateLimit-Remaining") != "0":
        return timedelta(0)
    wait = _seconds(answer.headers.get("X-RateLimit-Reset-After"))
    return wait + answer.elapsed if wait else timedelta(0)


def _seconds(value: Any) -> timedelta | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    if not (math.isfinite(seconds) and seconds >= 0):
        return None
    return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))


def _hide_token(record: logging.LogRecord) -> bool:
    """Take the token out of a log record; as a filter it lets every record pass."""
    text = record.getMessage()
    hidden = _TOKEN.sub(r"\1…", text)
    if hidden != text:
        record.msg, record.args = hidden, None
    return True


# At level DEBUG urllib3 writes down every path it asks for.
for _name in ("urllib3.connectionpool", "urllib3.util.retry", "discord_webhook.webhook"):
    logging.getLogger(_name).addFilter(_hide_token)
