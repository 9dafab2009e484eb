"""The pages of setting up as people read and send them."""

import re
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

SECRET = "s3nha&<muito>'secreta"
SOURCES, LISTS = "sources", "lists"


def said(answer: Any, status: int = 200) -> str:
    """What the page says, without its markup and the marks around names."""
    assert answer.status_code == status, answer.status_code
    text = re.sub(r"<[^>]*>", " ", answer.content.decode().partition("<main")[2])
    return " ".join(re.sub("[\u2068\u2069]", "", unescape(text)).split())


def read(client: Client, name: str = "server-setup", *args: Any, **query: Any) -> str:
    address = reverse(name, args=args or ["sul"])
    return said(client.get(address, query, headers={"accept-language": "en"}))


def post(client: Client, name: str, /, *args: Any, query: str = "", **fields: Any) -> Any:
    return client.post(reverse(name, args=args) + query, fields, headers={"accept-language": "en"})


def add(client: Client, what: str, kind: str, **fields: Any) -> str:
    """Add a place; return what the form says of it, nothing if it was taken."""
    answer = post(client, "place-new", "sul", what, query=f"?kind={kind}", **fields)
    return "" if answer.status_code == 302 else said(answer)


def ftp(**fields: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": "9", "user": "ana", "path": "", "new_secret": SECRET} | fields
