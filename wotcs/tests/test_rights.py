"""Who may open which page of the admin, and what is seen, added, changed, deleted and decided there, by whom."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from clans.models import User
from territory.models import PlayerIdentity
from territory.tests.admin.pages import REASON, act, address, enter
from tests.routes import Route, routes
from wotcs.groups import GROUPS, rights_of
from wotcs.tests.test_access import STAFF, browser_of, call, make_role

pytestmark = pytest.mark.django_db
# A model's pages by the action that each needs; the rest of the admin is for all staff, and checks rights by itself.
ACTIONS = {
    **dict.fromkeys(("changelist", "change", "history", "try", "export"), "view"),
    "add": "add",
    "delete": "delete",
}
# What a page offers to those who may: a part of it, and the action that it does.
OFFERS = {"change": (b'name="_save"', "change"), "changelist": (b'value="delete_selected"', "delete")}
# What is decided about, never edited: the rights to add and to change mean deciding.
DECIDED = {
    *("announcements.announcement", "clans.accountlink", "territory.ban", "territory.bandelivery"),
    *("territory.case", "territory.identityconflict", "territory.infraction"),
}
OPEN_ROUTES = {
    "admin:index": 200,
    "admin:login": 302,
    "admin:logout": 405,  # takes posts only
    "admin:password_change": 302,  # to the account's own page
    "admin:password_change_done": 200,
    "admin:autocomplete": 403,  # without a field to complete
    "admin:jsi18n": 200,
    "admin:app_list": 404,  # for those who may see nothing of the app
    "admin:view_on_site": 404,
    "admin:auth_user_password_change": 403,
}


@cache
def admin_routes() -> list[Route]:
    return [route for route in routes() if route.pattern.startswith("admin/")]


@cache
def model_pages() -> list[tuple[Route, str, str]]:
    """Return the routes of models, with the model's label and the kind of page."""
    found = []
    for route in admin_routes():
        if route.name and route.name not in OPEN_ROUTES:
            app, model, kind = route.name.removeprefix("admin:").split("_")
            found.append((route, f"{app}.{model}", kind))
    return found


def address_of(route: Route) -> str:
    label = {page: label for page, label, _kind in model_pages()}.get(route)
    if label:
        return reverse(route.name, args=[newest(label).pk] if route.has_arguments else [])
    pattern = re.sub(r"\^?\(\?P<app_label>[^)]*\)", "territory", route.pattern)
    return "/" + re.sub(r"<[^>]*>", "1", pattern.replace("(?P<url>.*)", "nowhere")).removesuffix("$")


def newest(label: str) -> Any:
    found = apps.get_model(label)._default_manager.order_by("-pk")
    return found.filter(is_staff=False).first() if label == "clans.user" else found.first()


def may(role: str, label: str, action: str) -> bool:
    """Return whether a role may act by hand; superusers do no more than administrators, but for the groups themselves."""
    app, model = label.split(".")
    if label in DECIDED and action != "view":
        return False
    if role == "superuser":
        return action == "view" or app == "auth" or may("administrator", label, action)
    return role in GROUPS and f"{action}_{model}" in rights_of(role, app)


def test_every_page_of_the_admin_has_a_rule() -> None:
    assert {kind for _route, _label, kind in model_pages()} == ACTIONS.keys()
    assert OPEN_ROUTES.keys() <= {route.name for route in admin_routes()}


@pytest.mark.parametrize("role", ["anonymous", "account"])
def test_the_whole_admin_sends_others_than_staff_to_sign_in(everything: None, role: str) -> None:
    browser = browser_of(make_role(role))
    doors = ("admin:login", "admin:logout")
    for page in [address_of(route) for route in admin_routes() if route.name not in doors]:
        for method in ("GET", "POST"):
            answer = call(browser, method, page)
            assert (answer.status_code, answer["Location"][:14]) == (302, "/admin/login/?"), page


def wrong_answers(browser: Client, role: str) -> Iterator[str]:
    """Yield what the pages of models show, offer or do against the rights, also for a form made by hand."""
    for route, label, kind in model_pages():
        page, is_open = address_of(route), may(role, label, ACTIONS[kind])
        shown = call(browser, "GET", page)
        if shown.status_code != (200 if is_open else 403):
            yield f"{page} answers {shown.status_code}"
        if kind in OFFERS:
            sign, action = OFFERS[kind]
            if (sign in shown.content) is not may(role, label, action):
                yield f"{page} offers to {action}, or does not"
        is_refused = kind == "change" and not may(role, label, "change")
        if is_refused and call(browser, "POST", page).status_code != 403:
            yield f"{page} is saved"
        status = call(browser, "POST", page, post="yes").status_code if kind == "delete" else 0
        if status not in {0, 302 if is_open else 403}:
            yield f"{page} answers {status} to a deletion"


@pytest.mark.usefixtures("short_refusals")
@pytest.mark.parametrize("role", sorted(STAFF))
def test_page_of_a_model_shows_and_does_what_the_rights_of_the_group_allow(
    everything: None, role: str
) -> None:
    assert list(wrong_answers(browser_of(make_role(role)), role)) == []


def test_rest_of_the_admin_shows_staff_without_a_group_nothing(everything: None) -> None:
    browser = browser_of(make_role("staff"))
    rest = [route for route in admin_routes() if route.name in OPEN_ROUTES]
    assert {route.name: call(browser, "GET", address_of(route)).status_code for route in rest} == OPEN_ROUTES


@pytest.mark.parametrize(
    ("who", "may_decide"),
    [
        *((who, False) for who in ("member", "staff", "viewer", "moderator")),
        *((who, True) for who in ("manager", "administrator", "superuser")),
    ],
)
def test_identities_are_merged_by_whom_it_is_for_and_noted(
    client: Client, everything: None, who: str, *, may_decide: bool
) -> None:
    user = enter(client, "staff" if who == "viewer" else who)
    if who == "viewer":
        user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    linked, *others = PlayerIdentity.objects.order_by("user", "pk")
    shown = client.get(address("playeridentity", "change", linked.pk))
    assert shown.status_code == {"member": 302, "staff": 403}.get(who, 200)
    given = REASON | {"remaining": str(linked.pk)}
    act(client, "playeridentity", "merge", linked.pk, *(other.pk for other in others), **given)
    notes = list(LogEntry.objects.select_related("user"))
    assert (bool(notes), {entry.user for entry in notes} <= {user}) == (may_decide, True)
    assert all(REASON["reason"] in entry.get_change_message() for entry in notes)
    if not may_decide:
        assert b'name="action"' not in shown.content
        assert User.objects.filter(player_identities__isnull=False).count() == 1
