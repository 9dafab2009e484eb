"""The admin walked with each group's rights: what may be seen, added, changed, deleted and decided, by whom."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import transaction
from django.test import Client
from django.urls import reverse

from clans.models import User
from territory.models import Ban, BanDelivery, Infraction, PlayerIdentity
from territory.tests.admin.pages import REASON, act, enter

pytestmark = pytest.mark.django_db
OURS = ("announcements", "clans", "tanks", "territory", "wotcs")
MODELS = sorted(
    f"{model._meta.app_label}.{model._meta.model_name}"
    for model in admin.site._registry
    if model._meta.app_label in OURS
)
_KEPT_BY_MANAGERS = {
    "clans.clan",
    "clans.clanmembership",
    "clans.user",
    "territory.base",
    "territory.basepermission",
    "territory.gameserver",
    "territory.playeridentity",
}
_SET_UP_BY_ADMINISTRATORS = {
    "announcements.channel",
    "tanks.realm",
    "territory.itemrule",
    "territory.offence",
    "territory.staffimmunity",
}
_ADDED = {
    "moderator": set[str](),
    "manager": _KEPT_BY_MANAGERS,
    "administrator": _KEPT_BY_MANAGERS | _SET_UP_BY_ADMINISTRATORS,
}
_SAVED = {
    "moderator": set[str](),
    "manager": _KEPT_BY_MANAGERS | {"tanks.player"},
    "administrator": _KEPT_BY_MANAGERS | {"tanks.player"} | _SET_UP_BY_ADMINISTRATORS,
}
_DELETED = {
    "administrator": {"announcements.channel", "territory.itemrule", "territory.offence", "tanks.realm"}
}
_HIDDEN = {group: {"announcements.channel", "wotcs.auditentry"} for group in ("moderator", "manager")}
GROUPS = ("moderator", "manager", "administrator")
# By action, the first group of those above that may do it.
ACTIONS = {
    ("playeridentity", "merge"): "manager",
}


def newest(label: str) -> Any:
    found = apps.get_model(label)._default_manager.order_by("-pk")
    return found.filter(is_staff=False).first() if label == "clans.user" else found.first()


def address(label: str, name: str, *args: Any) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{name}", args=args)


@pytest.mark.parametrize("group", GROUPS)
def test_group_sees_adds_changes_and_deletes_what_it_should(
    client: Client, everything: None, group: str
) -> None:
    enter(client, group)
    for label in MODELS:
        is_seen = label not in _HIDDEN.get(group, set())
        may_add = label in _ADDED[group]
        assert client.get(address(label, "add")).status_code == (200 if may_add else 403), label
        shown = client.get(address(label, "change", newest(label).pk))
        assert shown.status_code == (200 if is_seen else 403), label
        may_save = label in _SAVED[group]
        assert (b'name="_save"' in shown.content) is may_save, label
        if not may_save:  # a form made by hand is refused, too
            assert client.post(address(label, "change", newest(label).pk), {}).status_code == 403, label
        assert_deletes(client, label, group, status=200 if is_seen else 403)


def test_superuser_changes_and_deletes_no_more_than_administrators(client: Client, everything: None) -> None:
    enter(client, "superuser")
    for label in MODELS:
        if label not in _SAVED["administrator"]:
            assert client.post(address(label, "change", newest(label).pk), {}).status_code == 403, label
        assert_deletes(client, label, "administrator", status=200)


def assert_deletes(client: Client, label: str, group: str, *, status: int) -> None:
    """Look at a list, and delete its newest row only where the group may."""
    row, may_delete = newest(label), label in _DELETED.get(group, set())
    shown = client.get(address(label, "changelist"))
    assert (shown.status_code, b'value="delete_selected"' in shown.content) == (status, may_delete), label
    given = client.post(address(label, "delete", row.pk), {"post": "yes"})
    assert given.status_code == (302 if may_delete else 403), label
    assert apps.get_model(label)._default_manager.filter(pk=row.pk).exists() is not may_delete, label


def chosen(model: str, action: str) -> list[int]:
    """The rows an action is about."""
    if model == "playeridentity":
        return list(PlayerIdentity.objects.values_list("pk", flat=True))
    return [newest(f"territory.{model}").pk]


def given_for(model: str) -> dict[str, str]:
    first = PlayerIdentity.objects.filter(user__isnull=False).values_list("pk", flat=True).first()
    return REASON | {"remaining": str(first)}


@pytest.mark.parametrize("who", [*GROUPS, "superuser"])
def test_actions_are_done_by_whom_they_are_for_and_noted(client: Client, everything: None, who: str) -> None:
    user = enter(client, who)
    for (model, action), first in ACTIONS.items():
        with transaction.atomic():  # the next action finds every row as it was
            act(client, model, action, *chosen(model, action), **given_for(model))
            notes = list(LogEntry.objects.select_related("user"))
            transaction.set_rollback(True)
        assert bool(notes) is (who == "superuser" or GROUPS.index(who) >= GROUPS.index(first)), action
        assert {entry.user for entry in notes} <= {user}
        tells_reason = action != "retry"
        assert all((REASON["reason"] in entry.get_change_message()) is tells_reason for entry in notes), (
            action
        )


@pytest.mark.parametrize("who", ["member", "staff", "viewer"])
def test_action_of_somebody_without_rights_changes_nothing(
    client: Client, everything: None, who: str
) -> None:
    user = enter(client, "staff" if who == "viewer" else who)
    if who == "viewer":
        user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    for model, action in ACTIONS:
        act(client, model, action, *chosen(model, action), **given_for(model))
        shown = client.get(address(f"territory.{model}", "change", chosen(model, action)[0]))
        assert shown.status_code == {"member": 302, "staff": 403, "viewer": 200}[who]
        assert b'name="action"' not in shown.content
    assert Ban.objects.get().lifted_at is None
    assert sorted(Infraction.objects.values_list("status", flat=True)) == ["confirmed", "review"]
    assert BanDelivery.objects.get().state == "failed"
    assert User.objects.filter(player_identities__isnull=False).count() == 1
