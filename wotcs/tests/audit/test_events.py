"""What is audited: each change of a tracked column, from what to what, and never a secret."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.utils import timezone

from announcements.tests.factories import make_channel
from clans.models import ClanMembership, User
from clans.models.user import GroupOfUser, RightOfGroup, RightOfUser
from common.audit import forget, kinds
from common.sealed import SealedTextField
from tanks.tests.factories import rows
from territory.models import BasePermission, IdentityConflict, ItemRule, LogSource, PlayerIdentity
from territory.tests.factories import (
    ban_by_hand,
    make_base,
    make_clan,
    make_infraction,
    make_log_source,
    make_server,
    make_user,
    permit,
    player_id,
)
from wotcs.models import AuditEntry
from wotcs.tests.audit.rows import entries, story

pytestmark = pytest.mark.django_db
SECRET_WORDS = ("password", "secret", "token", "hash", "webhook", "application_id", "logo")


@pytest.mark.parametrize("kind", kinds())
def test_no_event_holds_a_secret(kind: str) -> None:
    events = kinds()[kind]
    model = events.pgh_tracked_model
    names = {field.name for field in events._meta.concrete_fields}
    sealed = {field.name for field in model._meta.concrete_fields if isinstance(field, SealedTextField)}
    assert not names & sealed
    assert not [name for name in names - {"logo_type"} if any(word in name for word in SECRET_WORDS)]


def test_list_of_the_audit_has_every_kind() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT definition FROM pg_views WHERE viewname = 'wotcs_auditentry'")
        definition = cursor.fetchone()[0]
    assert not [kind for kind in kinds() if f"'{kind}'::text" not in definition]
    assert definition.count("::text AS kind") == len(kinds())


def test_new_changed_and_deleted_row_say_from_what_to_what() -> None:
    rule = ItemRule.objects.create(pattern="Barrel_*", policy="ignored")
    assert story(rule).differences == [
        ("class or pattern", "-", "Barrel_*"),
        ("policy", "-", "ignored"),
    ]
    ItemRule.objects.update(policy="forbidden", note="vira arma")
    assert [name for name, _old, _new in story(rule).differences] == ["policy", "note"]
    ItemRule.objects.update(note="")
    assert story(rule).differences == [("note", "vira arma", "-")]
    pk = rule.pk
    rule.delete()
    rule.pk = pk
    assert [entry.act for entry in entries(rule)] == ["insert", "update", "update", "delete"]
    assert ("class or pattern", "Barrel_*", "-") in story(rule).differences


def test_older_entries_stay_tellable_when_the_oldest_are_gone() -> None:
    rule = ItemRule.objects.create(pattern="Barrel_*", policy="ignored")
    for note in ("um", "dois"):
        ItemRule.objects.update(note=note)
    kinds()["territory.ItemRule"].objects.filter(pgh_label="insert").delete()
    kinds()["territory.ItemRule"].objects.earliest("pgh_id").delete()
    assert story(rule).differences == [("note", "um", "dois")]


def test_columns_left_out_make_no_event() -> None:
    user, server = make_user("ana"), make_server()
    make_log_source(server)
    player = rows.player(rows.clan(), "Lobo")
    identity = PlayerIdentity.objects.create(gamertag="Lobo", player_id=player_id("Lobo"))
    seen = {"first_seen_at": timezone.now(), "last_seen_at": timezone.now()}
    IdentityConflict.objects.create(identity=identity, player_id="x", gamertag="L", **seen)
    channel, infraction = make_channel("c"), make_infraction(server, make_base(server, make_user()))
    ban = ban_by_hand(server)
    newest = AuditEntry.objects.latest("pk").pk
    User.objects.filter(pk=user.pk).update(password="x", last_login=timezone.now())
    LogSource.objects.update(
        last_read_at=timezone.now(), lag=timedelta(1), last_error="e", token_hash="f" * 64
    )
    type(player).objects.update(nickname="Loba", battles=5, access_token="t")
    PlayerIdentity.objects.update(gamertag="Loba")
    IdentityConflict.objects.update(last_seen_at=timezone.now())
    type(channel).objects.update(webhook_url="https://discord.com/api/webhooks/2/x")
    type(infraction).objects.update(description="d")
    ban.deliveries.update(attempts=3)
    assert not AuditEntry.objects.filter(pk__gt=newest)


def test_stranger_seen_in_the_log_makes_no_event_and_a_link_does() -> None:
    identity = PlayerIdentity.objects.create(gamertag="Lobo", player_id=player_id("Lobo"))
    assert entries(identity) == []
    PlayerIdentity.objects.update(user=make_user("ana", display_name="Ana"))
    assert story(identity).differences == [("person", "-", "Ana")]
    assert str(story(identity).row) == "Lobo"


def test_roles_and_rights_of_people_and_groups_are_audited() -> None:
    user, group = make_user("ana"), Group.objects.get(name="moderator")
    right = Permission.objects.get(codename="delete_base")
    user.groups.add(group)
    assert str(story(GroupOfUser).row) == "ana · moderator"
    user.user_permissions.add(right)
    assert str(story(RightOfUser).row).startswith("ana · ")
    group.permissions.add(right)
    assert str(story(RightOfGroup).row).startswith("moderator · ")
    user.groups.clear()
    assert (entries(GroupOfUser)[-1].act, story(GroupOfUser).differences) == (
        "delete",
        [("person", "ana", "-"), ("group", "moderator", "-")],
    )


def test_choices_people_moments_and_switches_are_in_words() -> None:
    owner, friend = make_user("dona"), make_user("amiga")
    permission = permit(make_base(make_server(), owner, name="Norte"), friend, granted_by=owner)
    told = {name: new for name, _old, new in story(permission).differences}
    assert (told["base"], told["person"], told["level"]) == ("Norte", "amiga", "build")
    BasePermission.objects.update(level="admin", revoked_at=timezone.now())
    assert story(permission).differences[0] == ("level", "build", "build and manage permissions")
    membership = ClanMembership.objects.create(clan=make_clan(), user=friend)
    ClanMembership.objects.update(role="commander", role_by_hand=True)
    assert ("role given by hand", "No", "Yes") in story(membership).differences


def test_row_and_person_that_are_gone_have_their_numbers() -> None:
    ana = make_user("ana")
    membership = ClanMembership.objects.create(clan=make_clan("C"), user=ana)
    pk, number = membership.pk, ana.pk
    membership.delete()
    ana.delete()
    told = story(ClanMembership)
    assert (told.row.pk, told.is_there) == (pk, False)
    assert str(told.row) == f"#{number} · C"


def test_forgotten_row_leaves_no_event() -> None:
    ana, bia = make_user("ana", email="ana@example.org"), make_user("bia")
    User.objects.update(email="x@example.org")
    pk = ana.pk
    ana.delete()
    assert forget(User, pk) == 3
    assert (entries(User, object_id=pk), len(entries(bia))) == ([], 2)
