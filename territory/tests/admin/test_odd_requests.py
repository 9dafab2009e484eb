"""Addresses and forms made by hand: never an error of the server, and nothing told that no page shows."""

from itertools import cycle, product
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from announcements.models import Channel
from territory.models import BasePermission
from territory.tests.admin.pages import enter
from territory.tests.factories import make_base, make_server, make_user, permit

pytestmark = pytest.mark.django_db
OURS = [
    one
    for model, one in admin.site._registry.items()
    if model.__module__.split(".")[0] in {"announcements", "clans", "tanks", "territory"}
]
IDS = [one.opts.label_lower for one in OURS]
ODD = ("\x00", "abc", "9" * 30, "-1", "'(")


@pytest.fixture(autouse=True)
def root(client: Client) -> None:
    enter(client, "superuser")


def place(one: Any, page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{one.opts.app_label}_{one.opts.model_name}_{page}", args=args)


def parameters(one: Any) -> list[str]:
    """The parameters that the filters of a list read."""
    found = []
    for entry in one.list_filter:
        if isinstance(entry, type):
            found.append(str(entry.parameter_name))  # type: ignore[attr-defined]
        else:
            name = entry if isinstance(entry, str) else entry[0]
            found += [name, f"{name}__exact", f"{name}__isnull", f"{name}__isempty", f"{name}__id__exact"]
    return found


@pytest.mark.thorough
@pytest.mark.parametrize("one", OURS, ids=IDS)
def test_no_value_of_a_filter_breaks_a_list(client: Client, one: Any) -> None:
    for name, value in product((*parameters(one), "q", "p", "o", "e"), ODD):
        answer = client.get(place(one), {name: value})
        assert answer.status_code in {200, 302, 400}, (name, value)
    for lookup, value in (("year", "9999"), ("year", "0"), ("month", "77"), ("day", "x")):
        query = {f"{one.date_hierarchy}__year": "9999", f"{one.date_hierarchy}__{lookup}": value}
        assert client.get(place(one), query).status_code < 500


@pytest.mark.parametrize("one", OURS, ids=IDS)
def test_only_offered_lookups_are_answered(client: Client, one: Any) -> None:
    for field, lookup in zip(one.opts.fields, cycle(("startswith", "regex", "year")), strict=False):
        answer = client.get(place(one), {f"{field.name}__{lookup}": "("})
        is_offered = (one.date_hierarchy, lookup) == (field.name, "year")
        assert answer.status_code == 400 or is_offered, (field.name, lookup)


@pytest.mark.thorough
@pytest.mark.parametrize("one", OURS, ids=IDS)
@pytest.mark.parametrize("key", ["abc", "\x00", "9" * 30, ""])
def test_no_key_breaks_an_action(client: Client, one: Any, key: str) -> None:
    for name in (*one.get_actions(_request(one, client)), "nonsense", "\x00"):
        given = {"action": name, "_selected_action": key, "index": "x"}
        assert client.post(place(one), given).status_code in {200, 302, 400, 403}, name


def _request(one: Any, client: Client) -> Any:
    return client.get(place(one)).wsgi_request


def test_autocompletion_takes_any_term(client: Client) -> None:
    query = {"app_label": "territory", "model_name": "base", "field_name": "owner", "term": "\x00"}
    assert client.get(reverse("admin:autocomplete"), query).status_code == 200
    assert client.get(reverse("admin:autocomplete"), query | {"model_name": "\x00"}).status_code == 403


@pytest.mark.parametrize(
    ("name", "lookup"),
    [("announcements_channel", f"webhook_url{ending}") for ending in ("", "__startswith", "__exact")]
    + [("clans_user", "password__startswith"), ("territory_playeridentity", "user__password__startswith")],
)
def test_no_lookup_guesses_a_secret(client: Client, name: str, lookup: str) -> None:
    Channel.objects.create(name="x", audience="public", webhook_url="https://discord.com/api/webhooks/1/x")
    assert client.get(reverse(f"admin:{name}_changelist"), {lookup: "h"}).status_code == 400


@pytest.mark.parametrize("one", OURS, ids=IDS)
def test_no_key_breaks_a_page(client: Client, one: Any) -> None:
    for page, key in zip(("change", "history", "delete"), ("_00", "9" * 30, "abc"), strict=True):
        assert client.get(place(one, page, key)).status_code in {302, 403, 404}, (page, key)


@pytest.mark.parametrize("value", ["abc", "\x00", "9" * 30, ""])
def test_no_key_of_a_row_breaks_a_form(client: Client, value: str) -> None:
    base = make_base(make_server(), make_user())
    remaining = permit(base, make_user())
    rows = {f"{name}-{n}_FORMS": "0" for name in ("permissions", "revisions") for n in ("TOTAL", "INITIAL")}
    rows |= {"permissions-TOTAL_FORMS": "1", "permissions-INITIAL_FORMS": "1", "permissions-0-base": value}
    rows |= {"permissions-0-id": value, "permissions-0-user": value, "x": value, "removed_at_0": value}
    address = reverse("admin:territory_base_change", args=[base.pk])
    for name, odd in (("server", value), ("permissions-0-id", value), ("permissions-TOTAL_FORMS", value[:2])):
        assert client.post(address, rows | {name: odd}).status_code in {200, 400}
    assert list(BasePermission.objects.all()) == [remaining]
