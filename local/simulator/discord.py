"""A stand-in for Discord's sign-in: OAuth 2 with PKCE, invented people, and everything that can go wrong with them.

    with running(people()) as discord:
        settings.DISCORD_API_URL = discord.api_url

A browser sees a page on which it chooses who it is. Whoever chose once is remembered by a cookie, as Discord does it; with
`prompt=none` the page is left out for what was granted before.
"""

import base64
import hashlib
import html
import json
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

CLIENT_ID: Final = "900000000000000001"
CLIENT_SECRET: Final = "stand-in"  # noqa: S105 - guards nothing
SCOPES: Final = frozenset({"identify", "connections"})
# Faults of an answer, by path; `hang` never answers.
FAULTS: Final[dict[str, tuple[int, bytes]]] = {
    "http_500": (500, b"<html>Internal Server Error</html>"),
    "html": (200, b"<!DOCTYPE html><html><title>Maintenance</title></html>"),
    "not_json": (200, b'{"id": "'),
    "wrong_shape": (200, b'[null, 7, "surprise"]'),
    "number": (200, b"7"),
    "unauthorized": (401, b'{"message": "401: Unauthorized", "code": 0}'),
    "rate_limited": (429, b'{"message": "You are being rate limited.", "retry_after": 60}'),
    "redirect": (302, b""),
    "hang": (200, b""),
    "endless": (200, b""),
}
_COOKIE: Final = "stand_in_person"
Form = dict[str, str]


@dataclass(slots=True)
class Person:
    """A Discord account; `granted` are the scopes that the person has consented to."""

    id: str
    username: str
    global_name: str | None = None
    connections: list[dict[str, Any]] = field(default_factory=list)
    granted: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Code:
    person: Person
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str


class RefusedError(Exception):
    """A request is answered by this status and this error."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(status, error)
        self.status = status
        self.error = error


def steam(steam_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {"type": "steam", "id": steam_id, "name": name, "verified": True, "visibility": 1, **more}


def xbox(opaque_id: str, gamertag: str, **more: Any) -> dict[str, Any]:
    return {"type": "xbox", "id": opaque_id, "name": gamertag, "verified": True, "visibility": 1, **more}


def opaque_id(xuid: str) -> str:
    """Return the id of an Xbox connection as Discord made it of a XUID in 2021."""
    return base64.b64encode(hashlib.sha256(xuid.encode()).hexdigest().encode()).decode().rstrip("=")


def people() -> list[Person]:
    """Return the demo's people: one whom staff know by Discord id only, and two whom nobody knows."""
    return [
        Person(
            "901100000000000109",
            "enzo.ferrugem",
            "Enzo Ferrugem",
            [xbox(opaque_id("2535400000000109"), "Enzo Ferrugem")],
        ),
        Person(
            "901100000000000201",
            "tainara",
            "Tainara do Rio",
            [xbox(opaque_id("2535400000000201"), "Tainara Rio"), steam("76561198000000201", "tai")],
        ),
        Person("901100000000000202", "bento_sul", None),
    ]


class Discord:
    """The state of the stand-in; safe from any thread. `refused_scopes` are those that every person declines."""

    def __init__(self, who: Iterable[Person]) -> None:
        self.people = {person.id: person for person in who}
        self.refused_scopes: set[str] = set()
        self.url = ""
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.closing = threading.Event()
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, tuple[Person, frozenset[str]]] = {}
        self._faults: dict[str, str] = {}
        self._guard = threading.RLock()

    @property
    def api_url(self) -> str:
        return f"{self.url}/api"

    # What can be done to it

    def fault(self, path: str, kind: str) -> None:
        """Answer a path, such as /users/@me, by a fault of FAULTS until `clear`."""
        assert kind in FAULTS
        self._faults[path] = kind

    def clear(self) -> None:
        self._faults.clear()

    def revoke(self, person_id: str) -> None:
        """Take back what a person has consented to, with all tokens."""
        with self._guard:
            self.people[person_id].granted.clear()
            self._tokens = {k: v for k, v in self._tokens.items() if v[0].id != person_id}

    def fault_of(self, path: str) -> str | None:
        return self._faults.get(path)

    # What it does

    def authorize(self, asked: Form, person_id: str) -> str:
        """Return the address to which a person who consents is sent back. Raises RefusedError for a wrong request."""
        scopes = self.check(asked)
        with self._guard:
            person = self.people[person_id]
            granted = scopes - self.refused_scopes
            person.granted |= granted
            code = secrets.token_urlsafe(16)
            self._codes[code] = Code(
                person, frozenset(granted), asked["redirect_uri"], asked.get("code_challenge", "")
            )
        return _back(asked, code=code)

    def cancel(self, asked: Form) -> str:
        self.check(asked)
        return _back(asked, error="access_denied", error_description="The resource owner denied the request")

    def check(self, asked: Form) -> set[str]:
        scopes = set(asked.get("scope", "").split())
        if asked.get("client_id") != CLIENT_ID or asked.get("response_type") != "code":
            raise RefusedError(400, "invalid_client")
        if (
            not asked.get("redirect_uri", "").startswith(("http://", "https://"))
            or not scopes <= SCOPES
            or not scopes
        ):
            raise RefusedError(400, "invalid_request")
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            raise RefusedError(400, "invalid_request")
        return scopes

    def exchange(self, form: Form) -> dict[str, Any]:
        """Exchange a code, which is good once, for the browser that asked and for the address that was asked with."""
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise RefusedError(401, "invalid_client")
        with self._guard:
            code = self._codes.pop(form.get("code", ""), None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if code is None or form.get("redirect_uri") != code.redirect_uri:
                raise RefusedError(400, "invalid_grant")
            if code.challenge and code.challenge != challenge:
                raise RefusedError(400, "invalid_grant")
            token = secrets.token_urlsafe(24)
            self._tokens[token] = (code.person, code.scopes)
        scope = " ".join(sorted(code.scopes))
        return {"access_token": token, "token_type": "Bearer", "expires_in": 604800, "scope": scope}

    def owner(self, token: str, scope: str) -> Person:
        person, scopes = self._tokens.get(token, (None, frozenset()))
        if person is None:
            raise RefusedError(401, "401: Unauthorized")
        if scope not in scopes:
            raise RefusedError(403, "Missing Access")
        return person


def _back(asked: Form, **said: str) -> str:
    state = {"state": asked["state"]} if "state" in asked else {}
    return f"{asked['redirect_uri']}?{urlencode(said | state)}"


@contextmanager
def running(who: Iterable[Person], *, port: int = 0) -> Iterator[Discord]:
    """Serve until the end of the block, at the stand-in's `url`; port 0 takes a free one."""
    discord = Discord(who)
    server = _Server(("127.0.0.1", port), discord)
    discord.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield discord
    finally:
        discord.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], discord: Discord) -> None:
        self.discord = discord
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's signature
        """Say nothing: requests hold codes."""

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self._answer(address.path.removeprefix("/api"), dict(parse_qsl(address.query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode(errors="replace")
        self._answer(urlsplit(self.path).path.removeprefix("/api"), dict(parse_qsl(body)))

    def _answer(self, path: str, form: Form) -> None:
        discord = self.server.discord
        discord.requests.append((self.command, path, dict(self.headers)))
        if kind := discord.fault_of(path):
            self._misbehave(kind)
            return
        try:
            self._answer_well(path, form)
        except RefusedError as refused:
            self._json({"error": refused.error}, refused.status)

    def _answer_well(self, path: str, form: Form) -> None:
        discord = self.server.discord
        if path == "/oauth2/authorize":
            self._authorize(form)
        elif path == "/oauth2/token" and self.command == "POST":
            self._json(discord.exchange(form))
        elif path == "/users/@me":
            person = discord.owner(self._token(), "identify")
            self._json({"id": person.id, "username": person.username, "global_name": person.global_name})
        elif path == "/users/@me/connections":
            self._json(discord.owner(self._token(), "connections").connections)
        else:
            raise RefusedError(404, "404: Not Found")

    def _authorize(self, form: Form) -> None:
        discord = self.server.discord
        scopes = discord.check(form)
        chosen = form.get("person", "")
        if chosen == "nobody":
            self._redirect(discord.cancel(form))
        elif chosen in discord.people:
            self._redirect(discord.authorize(form, chosen), remember=chosen)
        elif form.get("prompt") == "none" and (person := self._remembered()) and scopes <= person.granted:
            self._redirect(discord.authorize(form, person.id))
        else:
            self._send(200, _page(discord, form).encode(), "text/html; charset=utf-8")

    def _remembered(self) -> Person | None:
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get(_COOKIE)
        return self.server.discord.people.get(cookie.value) if cookie else None

    def _token(self) -> str:
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ")

    def _misbehave(self, kind: str) -> None:
        status, body = FAULTS[kind]
        if kind == "hang":
            self.server.discord.closing.wait(60)
        elif kind == "redirect":
            self._redirect("http://127.0.0.1:1/stolen")
        elif kind == "endless":
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not self.server.discord.closing.is_set():
                    self.wfile.write(b" " * 65536)
        else:
            self._send(status, body, "application/json" if body[:1] in b'{["7' else "text/html")

    def _json(self, content: object, status: int = 200) -> None:
        self._send(status, json.dumps(content).encode(), "application/json")

    def _redirect(self, address: str, *, remember: str = "") -> None:
        self.send_response(302)
        self.send_header("Location", address)
        if remember:
            self.send_header("Set-Cookie", f"{_COOKIE}={remember}; Path=/; HttpOnly; SameSite=Lax")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _page(discord: Discord, form: Form) -> str:
    """Return the page on which a browser chooses who it is."""
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in form.items()
    )
    choices = [(person.id, person.global_name or person.username) for person in discord.people.values()]
    buttons = "".join(
        f'<p><button name="person" value="{html.escape(value)}">{html.escape(words)}</button></p>'
        for value, words in [*choices, ("nobody", "Cancel")]
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Stand-in for Discord</title><h1>Stand-in for Discord</h1><p>Asked for: "
        f'{html.escape(form.get("scope", ""))}</p><form method="post" action="/api/oauth2/authorize">{hidden}{buttons}</form></html>'
    )
