"""Browsers of people for the tests of pages, and what a page says."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from clans.models import User
from territory.models import GameServer

ENGLISH = {"Accept-Language": "en"}


class Browser:
    """A person who has signed in and reads English."""

    def __init__(self, person: User | None, **options: Any) -> None:
        self.client = Client(headers=ENGLISH, **options)
        if person:
            self.client.force_login(person)

    def get(self, address: str, *, status: int = 200, **query: Any) -> str:
        answer = self.client.get(address, query or None)
        assert answer.status_code == status, (address, answer.status_code)
        return answer.content.decode()

    def post(self, address: str, /, fields: Mapping[str, Any] = {}, *, status: int = 200) -> str:
        """Send a form; who is sent on, reads the next page."""
        answer: HttpResponse = self.client.post(address, fields, follow=True)  # type: ignore[assignment]
        assert answer.status_code == status, (address, answer.status_code)
        return answer.content.decode()


def page_of(client: Client, route: str, *args: object, language: str = "en", **query: Any) -> str:
    """Return the page of a route as this browser's reader gets it."""
    answer = client.get(reverse(route, args=args), query, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def words_of(page: str) -> str:
    """Return what the middle of a page says, without its markup."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>|[\u2068\u2069]", " ", main)).strip()


def base_fields(server: GameServer | None = None, /, *, act: str = "save", **fields: Any) -> dict[str, Any]:
    """Return what a person types to register a base; the act "try" only asks what would follow."""
    given = {"name": "Toca", "centre": "5000 / 3000", "radius_m": "100", "place": "", "clan": "", act: ""}
    return given | ({"server": server.pk} if server else {}) | fields
