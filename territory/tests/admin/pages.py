"""What the tests of the admin share: addresses, acts, staff of a group, and what the history of an object says."""

from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from clans.models import User
from territory.tests.factories import make_user

ENGLISH = {"accept-language": "en"}
WHY = "Engano da equipe"
REASON = {"confirmed": "yes", "reason": WHY}


def enter(client: Client, group: str) -> User:
    """Sign in as staff of a group, or as a superuser, staff without a group, or a member."""
    powers = {"is_staff": group != "member", "is_superuser": group == "superuser"}
    user = make_user(f"visitor-{group}", **powers)
    if group not in {"superuser", "staff", "member"}:
        user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return user


def get_model(name: str) -> Any:
    return apps.get_model("territory", name)


def address(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:territory_{model}_{page}", args=args)


def page(client: Client, model: str, name: str = "changelist", *args: Any, **query: Any) -> str:
    answer = client.get(address(model, name, *args), query, headers=ENGLISH)
    assert answer.status_code == 200
    return answer.content.decode()


def listed(client: Client, model: str, **query: Any) -> Any:
    answer = client.get(address(model, "changelist"), query)
    assert answer.status_code == 200
    return answer.context["cl"]


def act(client: Client, model: str, name: str, *pks: int, **given: str) -> str:
    """Do an action of the list, as the buttons do, and return the page that follows."""
    data = {"action": name, "_selected_action": [str(pk) for pk in pks]} | given
    answer = client.post(address(model, "changelist"), data, follow=True, headers=ENGLISH)
    assert answer.status_code in {200, 403}
    return answer.content.decode()


def notes(row: Model) -> list[str]:
    """What the history of an object says of it, newest last."""
    found = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk)
    )
    return [entry.get_change_message() for entry in found.order_by("pk")]


class Fields(HTMLParser):
    """What a browser would post of a page's inputs and selects."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "select":
            self._select = given.get("name") or ""
        elif tag == "option" and self._select and "selected" in given:
            self.values[self._select] = given.get("value") or ""
        elif tag == "input" and (name := given.get("name")) and self._is_sent(given):
            self.values[name] = given.get("value") or ("on" if given.get("type") == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""

    @staticmethod
    def _is_sent(given: dict[str, str | None]) -> bool:
        if given.get("type") == "checkbox":
            return "checked" in given
        return given.get("type") != "submit"


def posted(page: str) -> dict[str, str]:
    return Fields(page).values
