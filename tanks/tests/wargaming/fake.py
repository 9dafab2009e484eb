"""A small Wargaming on this machine. That requests are as the official reference allows them, `test_methods` proves."""

import json
import re
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

DATA: Final = Path(__file__).parent / "data"
APPLICATION_ID: Final = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
TOKEN: Final = "feedc0de00112233445566778899aabbccddeeff"


def load(name: str) -> Any:
    """Return a saved answer of the real API, with its envelope."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def ok(data: object, **meta: object) -> Response:
    return _json({"status": "ok", "meta": {"count": 1, **meta}, "data": data})


def error(code: int, message: str, about: str | None = None, value: object = None) -> Response:
    return _json(
        {"status": "error", "error": {"code": code, "message": message, "field": about, "value": value}}
    )


def _json(content: object) -> Response:
    return Response(json.dumps(content), content_type="application/json")


def player(account_id: int) -> dict[str, Any]:
    return {"account_id": account_id, "nickname": f"Player_{account_id}", "last_battle_time": 1_700_000_000}


def tank(tank_id: int = 1) -> dict[str, Any]:
    return {"tank_id": tank_id, "mark_of_mastery": 3, "statistics": {"battles": 10, "wins": 6}}


def vehicle(tank_id: int) -> dict[str, Any]:
    return {"tank_id": tank_id, "name": f"Vehicle {tank_id}", "tier": 1 + tank_id % 11, "type": "SPG"}


@dataclass
class FakeWargaming:
    """What it knows, what was asked, and answers to give first, out of turn."""

    url: str
    clans: dict[int, Any] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    bad: set[int] = field(default_factory=set)
    vehicles: list[int] = field(default_factory=list)
    page_size: int = 100
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    verbs: list[tuple[str, str]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    out_of_turn: list[Response] = field(default_factory=list)

    def serve(self, server: HTTPServer) -> None:
        server.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    def calls(self, path: str) -> int:
        return sum(asked == path for asked, _ in self.asked)

    def pages(self) -> list[int]:
        return [int(form["page_no"]) for path, form in self.asked if path == "encyclopedia/vehicles"]

    def _answer(self, request: Request) -> Response:
        path = request.path.removeprefix("/wot/").removesuffix("/")
        form = (request.form if request.method == "POST" else request.args).to_dict()
        self.asked.append((path, form))
        self.verbs.append((request.method, path))
        self.addresses.append(request.url)
        if self.out_of_turn:
            return self.out_of_turn.pop(0)
        return self._by_path(path, form)

    def _by_path(self, path: str, form: dict[str, str]) -> Response:
        if form["application_id"] != APPLICATION_ID:
            return error(407, "INVALID_APPLICATION_ID", "application_id", form["application_id"])
        if path == "clans/info":
            return ok({key: self.clans.get(int(key)) for key in form["clan_id"].split(",")})
        if path == "encyclopedia/vehicles":
            return self._vehicles(int(form["page_no"]))
        if path == "encyclopedia/info":
            return _json(load("encyclopedia_info"))
        if path.startswith("auth/"):
            data = {"auth/login": {"location": f"{self.url}/id/"}, "auth/logout": {}}.get(path)
            return _json(load("auth_prolongate") if data is None else {"status": "ok", "data": data})
        return self._players(path, form["account_id"])

    def _players(self, path: str, ids: str) -> Response:
        numbers = [int(key) for key in ids.split(",")]
        if self.bad & set(numbers):
            return error(407, "INVALID_ACCOUNT_ID", "account_id", ids)
        known = player if path == "account/info" else lambda _number: [tank()]
        return ok({str(number): None if number in self.hidden else known(number) for number in numbers})

    def _vehicles(self, page: int) -> Response:
        rows = self.vehicles[(page - 1) * self.page_size : page * self.page_size]
        pages = -(-len(self.vehicles) // self.page_size)
        data = {str(number): vehicle(number) for number in rows}
        return ok(data, page_total=pages, total=len(self.vehicles))


def assert_no_secret(error: BaseException) -> None:
    """Hold everything that an error may show against the secrets."""
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    chain: BaseException | None = error
    while chain:
        shown += repr(chain)
        chain = chain.__cause__ or chain.__context__
    assert APPLICATION_ID not in shown
    assert TOKEN not in shown
