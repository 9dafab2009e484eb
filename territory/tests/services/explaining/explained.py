"""Asks `explain` for what `incoming` stores, and reads its answer."""

import json
from io import StringIO
from typing import Any

from django.core.management import call_command


def read(gamertag: str = "Invasor", **options: Any) -> str:
    """The answer in words, on the game server "sul"."""
    answer = StringIO()
    call_command(
        "explain", **{"server": "sul", "gamertag": gamertag, "x": 5045, "z": 3000} | options, stdout=answer
    )
    return answer.getvalue()


def ask(gamertag: str = "Invasor", **options: Any) -> dict[str, Any]:
    """The answer for machines."""
    result: dict[str, Any] = json.loads(read(gamertag, json=True, **options))
    return result
