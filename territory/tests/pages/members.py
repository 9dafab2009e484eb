"""Browsers of people for the tests of members' pages."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.test import Client

from clans.models import User
from territory.models import GameServer

ENGLISH = {"Accept-Language": "en"}


class Browser:
    """A person who has signed in and reads English."""

    def __init__(self, person: User | None, **options: Any) -> None:
        self.client = Client(headers=ENGLISH, **options)
        if person:
            self.client.force_login(person)

    def get(self, address: str, *, status: int = 200) -> str:
        answer = self.client.get(address)
        assert answer.status_code == status, (address, answer.status_code)
        return answer.content.decode()

    def post(self, address: str, /, fields: Mapping[str, Any] = {}, *, status: int = 200) -> str:
        """Send a form; who is sent on, reads the next page."""
        answer: HttpResponse = self.client.post(address, fields, follow=True)  # type: ignore[assignment]
        assert answer.status_code == status, (address, answer.status_code)
        return answer.content.decode()


def base_fields(server: GameServer | None = None, /, **fields: Any) -> dict[str, Any]:
    """Return what a person types to register a base."""
    given = {"name": "Toca", "centre": "5000 / 3000", "radius_m": "100", "place": "", "clan": "", "save": ""}
    return given | ({"server": server.pk} if server else {}) | fields
