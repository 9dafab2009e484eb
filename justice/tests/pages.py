"""Helps to read pages and to make what waits."""

import re
from html import unescape
from typing import Any

from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from clans.models import User
from territory.models import Base, Case, GameServer
from territory.tests.factories import make_infraction, make_user

REVIEW = reverse("review")


def waiting(server: GameServer, base: Base, gamertag: str = "Invasor", **fields: Any) -> Case:
    """A case with one act that waits for staff."""
    act = make_infraction(server, base, gamertag=gamertag, **{"status": "review"} | fields)
    assert act.case is not None
    return Case.objects.get(pk=act.case.pk)


def said(answer: Any) -> str:
    """What a page says, without its markup, marks of direction and gaps."""
    text = re.sub(
        r"<(script|dialog)\b.*?</\1>|<[^>]*>",
        " ",
        answer.content.decode().partition("<main")[2],
        flags=re.DOTALL,
    )
    return " ".join(re.sub("[\u2068\u2069]", "", unescape(text)).split())


def read(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query, headers={"accept-language": "en"})
    assert answer.status_code == 200, answer.status_code
    return said(answer)


def item(case: Case) -> str:
    return reverse("review-item", args=["review", case.pk])


def decide(client: Client, case: Case, act: str, query: str = "?from=queue", **given: Any) -> HttpResponse:
    """Carry a decision out, as the page that says its consequences does."""
    values = {"reason": "porque sim", "seen": case.version, "sure": "1"} | given
    values = {name: value for name, value in values.items() if value is not None}
    return client.post(  # type: ignore[return-value]
        reverse("case-decide", args=[case.pk, act]) + query, values, headers={"accept-language": "en"}
    )


def make_staff(name: str = "", group: str = "manager", **fields: Any) -> User:
    user = make_user(name, is_staff=True, **fields)
    user.groups.add(Group.objects.get(name=group))
    return user


def signed_in(person: User | None) -> Client:
    """A browser of somebody; of a visitor without a person."""
    browser = Client(headers={"accept-language": "en"})
    if person:
        browser.force_login(person)
    return browser


def html(client: Client, address: str, **query: Any) -> str:
    """The whole page, in English."""
    answer = client.get(address, query, headers={"accept-language": "en"})
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()
