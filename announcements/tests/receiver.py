"""A stand-in for Discord's webhooks over HTTP: its limits, its rate limits and its refusals, written from its documentation."""

import json
import re
import threading
import time
from collections import defaultdict, deque
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from announcements import discord

_AGENT = re.compile(r"DiscordBot \(https?://[^\s,]+, [\w.]+\)")
_LIMITS = {"title": 256, "description": 4096}
_TEXTS = {"name": 256, "value": 1024}
SECRET = "t0ken-of-a-webhook"
BLOCKED = "<html><title>Access denied</title><h1>Error 1015</h1>You are being rate limited</html>"


class Receiver:
    """Takes what Discord would take. `messages` are the embeds that stand in each webhook's channel, by the webhook's id."""

    def __init__(self, server: HTTPServer, *, limit: int = 1_000, window: float = 0.3) -> None:
        self.messages: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.requests: list[str] = []
        self.gone: set[str] = set()
        self.is_blocked = self.is_down = self.is_deaf = False
        self.limit, self.window = limit, window
        self.awake = threading.Event()
        self._tokens: dict[str, str] = {}
        self._times: dict[str, deque[float]] = defaultdict(deque)
        self._server = server
        server.expect_request(re.compile("^/api/webhooks/"), method="POST").respond_with_handler(self._answer)

    def webhook(self, number: int = 1) -> str:
        """Make a webhook and return its address."""
        self._tokens[str(number)] = token = f"{SECRET}-{number}"
        return self._server.url_for(f"/api/webhooks/{number}/{token}")

    def titles(self, number: int = 1) -> list[str]:
        return [embed["title"] for embed in self.messages[str(number)]]

    def _answer(self, request: Request) -> Response:
        *_path, number, token = request.path.split("/")
        self.requests.append(number)
        if self.is_deaf:
            self.awake.wait(10)
        if self.is_down:
            return Response("upstream connect error", 503)
        if self.is_blocked:
            return Response(BLOCKED, 429, content_type="text/html")
        if not _AGENT.fullmatch(request.headers.get("User-Agent", "")):
            return Response("<html>blocked</html>", 403, content_type="text/html")
        if number in self.gone or number not in self._tokens:
            return _error(404, 10015, "Unknown Webhook")
        if token != self._tokens[number]:
            return _error(401, 50027, "Invalid Webhook Token")
        return self._take(request, number)

    def _take(self, request: Request, number: str) -> Response:
        times, now = self._times[number], time.time()
        while times and now - times[0] >= self.window:
            times.popleft()
        if len(times) >= self.limit:
            left = round(self.window - (now - times[0]), 3)
            body = {"message": "You are being rate limited.", "retry_after": left, "global": False}
            return Response(json.dumps(body), 429, {"Retry-After": "1"}, content_type="application/json")
        times.append(now)
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.limit - len(times)),
            "X-RateLimit-Reset-After": f"{self.window - (now - times[0]):.3f}",
        }
        body = request.get_json()
        if errors := errors_of(body):
            return _error(400, 50035, "Invalid Form Body", errors=errors)
        self.messages[number] += body["embeds"]
        if request.args.get("wait") != "true":
            return Response(status=204, headers=headers)
        return Response(json.dumps({"id": "1"}), 200, headers, content_type="application/json")


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up an answer after a tenth of a second."""
    send = discord.send
    monkeypatch.setattr(
        discord, "send", lambda url, message: send(url, message, timeout=timedelta(milliseconds=100))
    )


def errors_of(body: dict[str, Any]) -> list[str]:
    """Return what Discord refuses of a message."""
    embeds = body.get("embeds", [])
    lengths = [*map(_length, embeds)]
    wrong = [] if 0 < len(embeds) <= 10 and sum(lengths) <= 6000 else ["embeds"]
    for embed in embeds:
        fields = embed.get("fields", [])
        wrong += ["fields"] if len(fields) > 25 else []
        wrong += [name for name in _LIMITS if len(embed.get(name, "").strip()) > _LIMITS[name]]
        wrong += [name for name in _TEXTS for one in fields if not 0 < len(one[name].strip()) <= _TEXTS[name]]
    return wrong


def _length(embed: dict[str, Any]) -> int:
    texts = [embed.get("title", ""), embed.get("description", "")]
    texts += [field[name] for field in embed.get("fields", []) for name in _TEXTS]
    return sum(len(text.strip()) for text in texts)


def _error(status: int, code: int, message: str, **more: Any) -> Response:
    body = {"message": message, "code": code, **more}
    return Response(json.dumps(body), status, content_type="application/json")
