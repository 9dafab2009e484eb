"""A stand-in for Nitrado's API over HTTP that behaves as the API is described, with faults that tests switch on."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from territory.reach import HostAddress

TOKEN = "s3creto-do-nitrado"
SERVICE = 1234567
GAME = "/games/ni1_1/noftp/dayzxb/"


@dataclass
class NitradoHost:
    """A service's files and its ban list; `asked` are the calls as method and last part of the path."""

    server: HTTPServer
    files: dict[str, tuple[bytes, float]] = field(default_factory=dict)
    game: str = GAME
    bans: str | None = "OUTRO // à mão\r\nLAST"
    asked: list[str] = field(default_factory=list)
    posted: list[dict[str, str]] = field(default_factory=list)
    # Answers instead of the right ones, by the last part of the path, one for each call.
    faults: dict[str, list[Response]] = field(default_factory=dict)
    # What is done and whose answer is lost: the connection breaks off instead.
    loses_post: bool = False
    stores: Any = None
    signed_404: bool = False
    most_of_a_part: int = 10_000_000
    token_ends_at: Any = "2026-12-31T00:00:00"
    scopes: list[str] = field(default_factory=lambda: ["service"])
    _tokens: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.server.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    @property
    def address(self) -> HostAddress:
        return HostAddress(str(SERVICE), TOKEN, api_url=self.server.url_for("").rstrip("/"))

    def put(self, name: str, content: bytes, modified_at: float = 0) -> None:
        self.files[f"{GAME}config/{name}"] = content, modified_at

    def _answer(self, request: Request) -> Response:
        last = request.path.rsplit("/", 1)[-1]
        self.asked.append(f"{request.method} {last}")
        if request.path.startswith("/signed/"):
            return self._signed(request, last)
        if fault := self.faults.get(last):
            return fault.pop(0)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Response(status=401)
        if request.path == "/token":
            return success({"token": {"expires_at": self.token_ends_at, "scopes": self.scopes}})
        answers = {
            "gameservers": self._details,
            "settings": self._settings,
            "list": self._list,
            "seek": self._seek,
            "download": self._download,
        }
        assert request.path.startswith(f"/services/{SERVICE}/gameservers")
        return answers[last](request)

    def _details(self, request: Request) -> Response:
        general = {} if self.bans is None else {"bans": self.bans}
        return success(
            {"gameserver": {"game_specific": {"path": self.game}, "settings": {"general": general}}}
        )

    def _settings(self, request: Request) -> Response:
        assert request.method == "POST", "any other method resets the settings"
        form = request.form.to_dict()
        assert (form["category"], form["key"]) == ("general", "bans")
        self.posted.append(form)
        self.bans = self.stores(form["value"]) if self.stores else form["value"]
        if self.loses_post:
            self.loses_post = False
            return Response(status=504)
        return success({})

    def _list(self, request: Request) -> Response:
        folder = request.args["dir"].rstrip("/")
        entries = [
            {
                "type": "file",
                "path": path,
                "name": path.rsplit("/", 1)[-1],
                "size": len(content),
                "modified_at": at,
            }
            for path, (content, at) in self.files.items()
            if path.rsplit("/", 1)[0] == folder
        ]
        return success({"entries": [*entries, {"type": "dir", "name": "x.ADM", "path": f"{folder}/x.ADM"}]})

    def _seek(self, request: Request) -> Response:
        content, _at = self.files[request.args["file"]]
        offset, length = int(request.args["offset"]), int(request.args["length"])
        if offset >= len(content):
            return Response(status=500)
        return self._token(content[offset : offset + min(length, self.most_of_a_part)], "seek")

    def _download(self, request: Request) -> Response:
        return self._token(self.files[request.args["file"]][0], "download")

    def _token(self, content: bytes, kind: str) -> Response:
        word = f"{kind}-{len(self._tokens)}"
        self._tokens[word] = content
        return success({"token": {"url": self.server.url_for(f"/signed/{kind}"), "token": word}})

    def _signed(self, request: Request, kind: str) -> Response:
        assert "Authorization" not in request.headers
        if self.signed_404 and kind == "seek":
            return Response(status=404)
        content = self._tokens.pop(request.args["token"], None)
        self._tokens[request.args["token"] + "-used"] = b""
        return Response(status=404) if content is None else Response(content)


def success(data: dict[str, Any]) -> Response:
    return Response(json.dumps({"status": "success", "data": data}), mimetype="application/json")


def refusal(message: str = "no") -> Response:
    return Response(json.dumps({"status": "error", "message": message}), mimetype="application/json")
