"""A game server's program for tests: it knows its token and speaks JSON."""

import json
from typing import Any

from django.test import Client

from territory.models import GameServer
from territory.services.servers import create_token

Answer = dict[str, Any]


class Sender:
    """A game server's program: it knows its token and speaks JSON."""

    def __init__(self, server: GameServer) -> None:
        self.server = server
        self.token = create_token(server)
        self.client = Client(raise_request_exception=False)

    def post(
        self, body: object, *, slug: str = "", token: str | None = None, language: str = "en"
    ) -> tuple[int, Answer]:
        """Send a body, as it is if it is bytes; return the status and the answer, which must be JSON."""
        response = self.client.post(
            f"/api/v1/servers/{slug or self.server.slug}/placements",
            data=body if isinstance(body, bytes) else json.dumps(body),
            content_type="application/json",
            headers={
                "Authorization": f"Bearer {self.token if token is None else token}",
                "Accept-Language": language,
            },
        )
        return response.status_code, response.json()

    def ask(self, event_id: str, *, language: str = "en", slug: str = "") -> tuple[int, Answer]:
        response = self.client.get(
            f"/api/v1/servers/{slug or self.server.slug}/placements/{event_id}",
            headers={"Authorization": f"Bearer {self.token}", "Accept-Language": language},
        )
        return response.status_code, response.json()
