"""A visitor's browser, which follows the way to a stand-in over sockets and back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.http import HttpResponse
from django.test import Client

from clans.models import User


class Browser:
    """A browser with cookies of its own: those of the site in `client`, those of the stand-ins in `session`."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=False)
        self.session = requests.Session()
        self.session.trust_env = False

    @property
    def person(self) -> User | None:
        """Who is signed in."""
        pk = self.client.session.get("_auth_user_id")
        return User.objects.get(pk=pk) if pk else None

    def post(self, path: str, **form: Any) -> HttpResponse:
        return self.client.post(path, form)  # type: ignore[return-value]

    def get(self, address: str) -> HttpResponse:
        parts = urlsplit(address)
        return self.client.get(parts.path, dict(parse_qsl(parts.query)))  # type: ignore[return-value]

    def choose(self, location: str, **form: str) -> str:
        """Choose on a stand-in's page; return where it sends the browser."""
        hidden = dict(parse_qsl(urlsplit(location).query))
        target = location.partition("?")[0]
        answer = self.session.post(target, data=hidden | form, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    def wander(self, answer: HttpResponse) -> HttpResponse:
        """Follow redirects, through stand-ins that ask nothing, until a page of the site or a stand-in's question."""
        for _step in range(10):
            if answer.status_code != 302:
                return answer
            location = answer["Location"]
            if urlsplit(location).netloc in {"", "testserver"}:
                if urlsplit(location).path in {"/", "/me/"}:
                    return answer
                answer = self.get(location)
            else:
                reply = self.session.get(location, allow_redirects=False, timeout=10)
                answer = HttpResponse(
                    reply.content, status=reply.status_code, headers=_heading(reply.headers)
                )
        raise AssertionError("It goes round in circles.")


def _heading(headers: Mapping[str, str]) -> dict[str, str]:
    return {"Location": headers["Location"]} if "Location" in headers else {}
