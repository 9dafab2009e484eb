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

from announcements.message import Message
from common.addresses import NotPublicError, check_public

TIMEOUT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(days=1)

_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS, _SERVER_ERROR = 408, 429, 500
_TOKEN = re.compile(r"(/webhooks/\d+/)[^\s/?#\"']+")


class DiscordUnavailableError(Exception):
    """The message may be sent later: no answer, a fault on Discord's side, or its rate limit, which says when."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message, retry_after)
        self.message = message
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.message


class DiscordRefusedError(Exception):
    """The message can never be sent: the webhook is gone, its address is wrong, or Discord refuses the message."""


def send(webhook_url: str, message: Message, *, timeout: timedelta = TIMEOUT) -> None:
    """Post one message; mentions in it call nobody.

    DiscordUnavailableError if it may be tried again, DiscordRefusedError if that is useless. After DiscordUnavailableError without
    an answer (a timeout) the message may stand in the channel all the same: Discord has no idempotency key.
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
    _raise_for(answer)


def _post(webhook: DiscordWebhook, timeout: timedelta) -> Response:
    """Post to Discord and nobody else. The library's own call follows redirects, and would take the message along."""
    check_public(webhook.url, allow_loopback=settings.ALLOW_LOOPBACK_ADDRESSES)
    return requests.post(
        webhook.url,
        json=webhook.json,
        params={"wait": "True"},
        timeout=timeout.total_seconds(),
        allow_redirects=False,
        headers={"User-Agent": "WOTCS"},
    )


def _embed(message: Message) -> dict[str, Any]:
    embed = message.to_json()
    embed["color"] = embed.pop("colour")
    # A colour of 0 is one, so only what is blank goes.
    return {name: value for name, value in embed.items() if value not in (None, "", [])}


def _raise_for(answer: Response | Exception) -> None:
    if isinstance(answer, NotPublicError):
        raise DiscordRefusedError(f"The webhook's address is not used: {answer}")
    if isinstance(answer, ValueError):
        raise DiscordRefusedError("The webhook's address is not usable")
    if isinstance(answer, Exception):
        raise DiscordUnavailableError(f"No answer from Discord: {type(answer).__name__}")
    status = answer.status_code
    if 300 <= status < 400:
        raise DiscordRefusedError(f"The webhook's address redirects elsewhere ({status})")
    if answer.ok:
        return
    detail = _detail(answer)
    if status in {_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS} or status >= _SERVER_ERROR:
        raise DiscordUnavailableError(f"Discord answered {detail}", _retry_after(answer))
    raise DiscordRefusedError(f"Discord answered {detail}")


def _detail(answer: Response) -> str:
    words = _body(answer).get("message")
    text = f"{answer.status_code}: {words[:200]}" if isinstance(words, str) else str(answer.status_code)
    return _TOKEN.sub(r"\1…", text)


def _retry_after(answer: Response) -> timedelta | None:
    """Read how long to wait: seconds, in the body to the millisecond or, from the proxy before it, in a header."""
    given: tuple[Any, ...] = (_body(answer).get("retry_after"), answer.headers.get("Retry-After"))
    for value in given:
        try:
            seconds = float(value)
        except (TypeError, ValueError):
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))
    return None


def _body(answer: Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


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
