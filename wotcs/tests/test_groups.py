"""The groups of staff: made by migrate, in agreement with the rights that exist, and never poorer for a migrate."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from common.audit import kinds
from territory.models import Base
from territory.tests.factories import make_base, make_server, make_user
from wotcs.groups import ADMINISTRATOR, GROUPS, MANAGER, MODERATOR, make_groups, rights_of

pytestmark = pytest.mark.django_db
APPS = ("clans", "tanks", "territory", "justice", "announcements", "face", "wotcs")
_KEPT = "banlist base basepermission clan clanmembership gameserver logsource playeridentity user"
_SET_UP = "channel itemrule offence realm staffimmunity"
# What each group may do that the one before may not; what a moderator may look at is all the rest.
MORE = {
    MODERATOR: {"add": "ban", "change": "ban bandelivery case identityconflict infraction"},
    MANAGER: {"add": _KEPT, "change": f"{_KEPT} accountlink player"},
    ADMINISTRATOR: {
        "add": _SET_UP,
        "change": f"{_SET_UP} announcement community",
        "delete": "channel itemrule offence realm",
        "view": "auditentry channel community",
    },
}


def held(name: str) -> set[str]:
    found = Permission.objects.filter(group__name=name).values_list("content_type__app_label", "codename")
    return {f"{label}.{codename}" for label, codename in found}


def listed(name: str) -> set[str]:
    return {f"{label}.{codename}" for label in APPS for codename in rights_of(name, label)}


def migrated_again() -> None:
    for label in APPS:
        make_groups(app_config=apps.get_app_config(label), using="default", apps=apps)


@pytest.mark.parametrize("name", GROUPS)
def test_group_has_exactly_the_rights_listed(name: str) -> None:
    assert held(name) == listed(name)


@pytest.mark.parametrize(
    ("name", "before"), [(MODERATOR, ""), (MANAGER, MODERATOR), (ADMINISTRATOR, MANAGER)]
)
def test_each_group_may_do_what_the_one_before_does_and_this(name: str, before: str) -> None:
    assert held(before) < held(name)
    more = {right.partition(".")[2] for right in held(name) - held(before)}
    if name == MODERATOR:
        more = {right for right in more if not right.startswith("view_")}
    assert more == {f"{action}_{model}" for action, models in MORE[name].items() for model in models.split()}


def test_every_model_of_ours_can_at_least_be_looked_at_by_administrators() -> None:
    models = {
        model._meta.model_name
        for label in APPS
        for model in apps.get_app_config(label).get_models()
        if model._meta.default_permissions
    }
    looked_at = {right.split(".view_")[1] for right in held(ADMINISTRATOR) if ".view_" in right}
    assert models == looked_at


def test_nobody_hands_out_rights() -> None:
    assert not {right for right in held(ADMINISTRATOR) if right.startswith("auth.")}


def test_right_added_by_hand_stays_when_migrated_again() -> None:
    group = Group.objects.get(name=MODERATOR)
    group.permissions.add(Permission.objects.get(codename="change_base"))
    migrated_again()
    assert held(MODERATOR) == listed(MODERATOR) | {"territory.change_base"}


def test_listed_right_taken_away_and_group_deleted_come_back_when_migrated_again() -> None:
    Group.objects.get(name=MODERATOR).permissions.clear()
    Group.objects.get(name=MANAGER).delete()
    migrated_again()
    assert (held(MODERATOR), held(MANAGER)) == (listed(MODERATOR), listed(MANAGER))


@pytest.mark.django_db(transaction=True)
def test_emptied_database_has_the_groups_again() -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert {name: held(name) for name in GROUPS} == {name: listed(name) for name in GROUPS}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("nth", ["first", "second"])
def test_what_a_test_commits_is_gone_in_the_next_one_but_the_groups_stay(nth: str) -> None:
    assert not Base.objects.exists(), nth
    assert not kinds()["territory.Base"].objects.exists(), nth
    assert {name: held(name) for name in GROUPS} == {name: listed(name) for name in GROUPS}
    make_base(make_server(), make_user())
