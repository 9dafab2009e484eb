"""Where people are signed in: the sessions of a person, and their end."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import User
from common.attempts import visitor_address

SEEN_AT = "seen_at"  # in the session: when its use was noted last
NOTED_EACH = timedelta(minutes=10)
NO_ADDRESS = "0.0.0.0"  # noqa: S104 - noted where the server does not know the visitor's address
# The first words that a browser's name for itself has decide: most call themselves Chrome and Safari as well.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Vivaldi": "Vivaldi",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser in which a person is signed in. `address` is blank if it is unknown."""

    pk: int
    browser: str
    address: str
    last_seen_at: datetime
    is_this_one: bool


def sessions_of(request: HttpRequest) -> list[SessionRow]:
    """Return the reader's own sessions that still work, this one first, then those used last."""
    own = request.session.session_key
    rows = UserSession.objects.filter(user=request.user.pk)
    working = _working_keys(request.user, [row.session_key for row in rows])
    shown = [_row(row, is_this_one=row.session_key == own) for row in rows if row.session_key in working]
    return sorted(shown, key=lambda row: (row.is_this_one, row.last_seen_at), reverse=True)


def _row(session: UserSession, *, is_this_one: bool) -> SessionRow:
    address = "" if session.ip == NO_ADDRESS else session.ip
    browser = browser_in_words(session.user_agent)
    return SessionRow(session.pk, browser, address, session.last_seen_at, is_this_one)


def _working_keys(person: Any, keys: Iterable[str]) -> set[str]:
    """Return the keys of sessions that are stored and made since the person's password was changed last."""
    hashes = {person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()}
    stored = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return {one.session_key for one in stored if one.get_decoded().get(HASH_SESSION_KEY) in hashes}


def end_sessions(person: User, *, but: str | None = None) -> None:
    """End all sessions of a person, or all but the one with this key."""
    for session in UserSession.objects.filter(user=person).exclude(session_key=but or ""):
        session.end()


def note_use(request: HttpRequest) -> None:
    """Note that a session is in use, at most once in NOTED_EACH."""
    seen_at = request.session.get(SEEN_AT)
    if seen_at is None or time.time() - seen_at < NOTED_EACH.total_seconds():
        return
    request.session[SEEN_AT] = time.time()
    UserSession.objects.filter(session_key=request.session.session_key).update(
        last_seen_at=timezone.now(), ip=visitor_address(request) or NO_ADDRESS
    )


def browser_in_words(user_agent: str) -> str:
    """Return the browser and the system that a user agent names, such as "Chrome · Windows"."""
    parts = [_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)]
    return " · ".join(filter(None, parts)) or _("Unknown browser")


def _first(table: dict[str, str], text: str) -> str:
    return next((name for words, name in table.items() if words in text), "")
