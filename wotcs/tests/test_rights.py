"""The admin walked with each group's rights: what may be seen, added, changed, deleted and decided, by whom."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from clans.models import User
from territory.models import PlayerIdentity
from territory.tests.admin.pages import REASON, act, address, enter
from wotcs.groups import GROUPS, rights_of

pytestmark = pytest.mark.django_db


def newest(label: str) -> Any:
    found = apps.get_model(label)._default_manager.order_by("-pk")
    return found.filter(is_staff=False).first() if label == "clans.User" else found.first()


def may(role: str, label: str, action: str) -> bool:
    """Return whether the group has the right, and whether this model's rows are added or deleted by hand at all."""
    model = apps.get_model(label)
    by_hand: bool = getattr(admin.site.get_model_admin(model), f"can_{action}", True)
    if role == "superuser":
        return by_hand
    return (
        by_hand
        and role in GROUPS
        and f"{action}_{model._meta.model_name}" in rights_of(role, model._meta.app_label)
    )


class Pages:
    """The pages of a model, as one reader gets them; what is posted is undone."""

    def __init__(self, client: Client, label: str) -> None:
        self.client, self.label, self.row = client, label, newest(label)

    def get(self, page: str) -> HttpResponse:
        return self.client.get(self._address(page))  # type: ignore[return-value]

    def post(self, page: str, **given: str) -> int:
        with transaction.atomic():
            answer = self.client.post(self._address(page), given)
            transaction.set_rollback(True)
        return answer.status_code

    def _address(self, page: str) -> str:
        arguments = [self.row.pk] if page in {"change", "delete"} else []
        return reverse(f"admin:{self.label.lower().replace('.', '_')}_{page}", args=arguments)


def wrong_answers(pages: Pages, role: str) -> Iterator[str]:
    """Yield what the pages of a model show or do against the rights, also for a form made by hand."""
    sees, adds, saves, deletes = (
        may(role, pages.label, action) for action in ("view", "add", "change", "delete")
    )
    shown, listed = pages.get("change"), pages.get("changelist")
    found = {
        "seen": (shown.status_code, 200 if sees else 403),
        "listed": (listed.status_code, 200 if sees else 403),
        "form to add": (pages.get("add").status_code, 200 if adds else 403),
        "form to save": (b'name="_save"' in shown.content, saves),
        "saved": (saves or pages.post("change"), saves or 403),
        "deletion offered": (b'value="delete_selected"' in listed.content, deletes),
        "deleted": (pages.post("delete", post="yes"), 302 if deletes else 403),
    }
    yield from (
        f"{pages.label} {what}: {is_so}" for what, (is_so, expected) in found.items() if is_so != expected
    )


@pytest.mark.parametrize("role", [*GROUPS, "superuser"])
def test_reader_sees_adds_changes_and_deletes_what_the_rights_allow(
    client: Client, everything: None, role: str
) -> None:
    enter(client, role)
    labels = [model._meta.label for model in admin.site._registry]
    assert [one for label in labels for one in wrong_answers(Pages(client, label), role)] == []


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
