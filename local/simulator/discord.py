"""A stand-in for Discord's sign-in: OAuth 2 with PKCE, invented people, and everything that can go wrong with them.

    with running(people()) as discord:
        settings.DISCORD_API_URL = discord.api_url

A browser sees a page on which it chooses who it is. Whoever chose once is remembered by a cookie, as Discord does it; with
`prompt=none` the page is left out for what was granted before.
"""

import base64
import hashlib
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, Final
from urllib.parse import urlencode

from local.simulator.serving import BROKEN, Reply, Request, choice_page, json_reply, serving

CLIENT_ID: Final = "900000000000000001"
CLIENT_SECRET: Final = "stand-in"  # noqa: S105 - guards nothing
SCOPES: Final = frozenset({"identify", "connections"})
# Faults of an answer.
FAULTS: Final = BROKEN | {
    "wrong_shape": Reply(b'[null, 7, "surprise"]'),
    "number": Reply(b"7"),
    "unauthorized": Reply(b'{"message": "401: Unauthorized", "code": 0}', 401),
    "rate_limited": Reply(b'{"message": "You are being rate limited.", "retry_after": 60}', 429),
    "redirect": Reply(b"", 302, location="http://127.0.0.1:1/stolen"),
    "endless": Reply(b"7" * 2**22),  # longer than anybody reads
}
_COOKIE: Final = "stand_in_person"
_LONGEST_HANG_SECONDS: Final = 60.0
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


def steam(steam_id: str, name: str) -> dict[str, Any]:
    return {"type": "steam", "id": steam_id, "name": name, "verified": True, "visibility": 1}


def xbox(opaque_id: str, gamertag: str) -> dict[str, Any]:
    return {"type": "xbox", "id": opaque_id, "name": gamertag, "verified": True, "visibility": 1}


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
        self.api_url = ""
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.closing = threading.Event()
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, tuple[Person, frozenset[str]]] = {}
        self._faults: dict[str, str] = {}
        self._guard = threading.RLock()

    # What can be done to it

    def fault(self, path: str, kind: str) -> None:
        """Answer a path, such as /users/@me, by a fault of FAULTS from now on."""
        assert kind in FAULTS
        self._faults[path] = kind

    def revoke(self, person_id: str) -> None:
        """Take back what a person has consented to, with all tokens."""
        with self._guard:
            self.people[person_id].granted.clear()
            self._tokens = {k: v for k, v in self._tokens.items() if v[0].id != person_id}

    # What it does

    def answer(self, request: Request) -> Reply:
        """Answer what came over the network."""
        path = request.path.removeprefix("/api")
        self.requests.append((request.verb, path, request.headers))
        if kind := self._faults.get(path):
            if kind == "hang":
                self.closing.wait(_LONGEST_HANG_SECONDS)
            return FAULTS[kind]
        try:
            return self._answer(path, request)
        except RefusedError as refused:
            return json_reply({"error": refused.error}, refused.status)

    def _answer(self, path: str, request: Request) -> Reply:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if path == "/oauth2/authorize":
            return self._choose(request)
        if path == "/oauth2/token" and request.verb == "POST":
            return json_reply(self.exchange(request.form))
        if path == "/users/@me":
            person = self.owner(token, "identify")
            return json_reply(
                {"id": person.id, "username": person.username, "global_name": person.global_name}
            )
        if path == "/users/@me/connections":
            return json_reply(self.owner(token, "connections").connections)
        raise RefusedError(404, "404: Not Found")

    def _choose(self, request: Request) -> Reply:
        """Let a browser choose who it is, or send it back who has chosen, now or once before."""
        form, scopes = request.form, self.check(request.form)
        chosen = form.get("person", "")
        if chosen == "nobody":
            return _back(
                form, error="access_denied", error_description="The resource owner denied the request"
            )
        if chosen in self.people:
            return self.authorize(form, chosen, scopes)
        cookie = SimpleCookie(request.headers.get("Cookie", "")).get(_COOKIE)
        remembered = self.people.get(cookie.value) if cookie else None
        if form.get("prompt") == "none" and remembered and scopes <= remembered.granted:
            return self.authorize(form, remembered.id, scopes)
        people = [(person.id, person.global_name or person.username) for person in self.people.values()]
        return choice_page("Stand-in for Discord", "person", [*people, ("nobody", "Cancel")], form)

    def authorize(self, asked: Form, person_id: str, scopes: set[str]) -> Reply:
        """Send a person back who consents."""
        with self._guard:
            person, code = self.people[person_id], secrets.token_urlsafe(16)
            granted = scopes - self.refused_scopes
            person.granted |= granted
            self._codes[code] = Code(
                person, frozenset(granted), asked["redirect_uri"], asked.get("code_challenge", "")
            )
        return _back(asked, f"{_COOKIE}={person_id}; Path=/; HttpOnly; SameSite=Lax", code=code)

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


def _back(asked: Form, cookie: str = "", **said: str) -> Reply:
    state = {"state": asked["state"]} if "state" in asked else {}
    return Reply(b"", 302, location=f"{asked['redirect_uri']}?{urlencode(said | state)}", cookie=cookie)


@contextmanager
def running(who: Iterable[Person], *, port: int = 0) -> Iterator[Discord]:
    """Serve until the end of the block; port 0 takes a free one."""
    discord = Discord(who)
    with serving(discord.answer, port=port) as url:
        discord.api_url = f"{url}/api"
        try:
            yield discord
        finally:
            discord.closing.set()
