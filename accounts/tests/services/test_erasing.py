"""Deleting an account: what goes, what stays, and that nobody is punished because somebody left."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, transaction
from django.utils import timezone, translation

from accounts.services.erasing import erase
from accounts.tests.services.test_exporting import everything_about
from clans.models import AccountLink, ClanInvitation, ClanMembership, User
from clans.services.own_clans import found_clan
from common.audit import kinds
from common.errors import NotPossibleError
from common.locks import LockKind, lock_transaction
from tanks.models import Player, SyncRun
from territory.models import (
    Activity,
    AlarmMute,
    Ban,
    Base,
    BaseInvitation,
    BasePermission,
    BaseRevision,
    Infraction,
    Placement,
    PlayerIdentity,
    StaffImmunity,
)
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests import factories
from territory.tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return factories.make_player("Rafa", known=True)


def erased(person: User) -> User:
    erase(person, at=timezone.now())
    return User.objects.get(pk=person.pk)


def test_row_that_remains_names_nobody_and_opens_nothing(person: User) -> None:
    everything_about(person, "Rafinha")
    User.objects.filter(pk=person.pk).update(display_name="Rafa Mota", email="r@example.org", discord_id="12")
    nobody = erased(person)
    assert (nobody.username, nobody.display_name, nobody.email) == (f"deleted:{person.pk}", "", "")
    assert (nobody.discord_id, nobody.is_active, nobody.has_usable_password()) == (None, False, False)
    assert nobody.erased_at is not None
    with translation.override("en"):
        assert str(nobody) == "deleted account"
    for model in (SocialAccount, Authenticator, UserSession, AccountLink):
        assert not model._default_manager.filter(user=nobody).exists(), model


def test_rights_end_and_pointers_go(person: User) -> None:
    everything_about(person, "Rafinha")
    base = factories.make_base(factories.make_server(), factories.make_user(), x=9000)
    factories.permit(base, person, revoked_at=timezone.now(), revoke_reason="saiu do grupo")
    nobody = erased(person)
    assert not BasePermission.objects.exclude(revoke_reason="").exists()
    assert not Base.objects.filter(owner=nobody, removed_at=None).exists()
    assert not BasePermission.objects.filter(revoked_at=None).exists()
    assert not BaseInvitation.objects.filter(revoked_at=None).exists()
    assert not ClanMembership.objects.filter(user=nobody, left_at=None).exists()
    player = Player.objects.get()
    assert (player.user, player.access_token, player.shares_garage) == (None, "", False)
    assert not ClanInvitation.objects.filter(accepted_at=None, revoked_at=None).exists()
    assert not AlarmMute.objects.exists()
    for model in (PlayerIdentity, Placement, Infraction, Activity):
        assert not model._default_manager.filter(user=nobody).exists(), model
    assert not SyncRun.objects.filter(requested_by=nobody).exists()


def test_clan_of_the_last_leader_is_led_by_the_oldest_member(person: User) -> None:
    clan = found_clan(person, "Bando", at=factories.LONG_AGO)
    for name, days in (("nova", 1), ("antiga", 9)):
        factories.join(clan, factories.make_user(name), joined_at=timezone.now() - timedelta(days=days))
    erase(person, at=timezone.now())
    left = ClanMembership.objects.filter(clan=clan, left_at=None)
    assert set(left.values_list("user__username", "role")) == {("antiga", "commander"), ("nova", "member")}


def test_former_base_keeps_nobodys_name_and_a_later_one_never_begins(person: User) -> None:
    server, soon = factories.make_server(), timezone.now() + timedelta(days=1)
    former = factories.make_base(server, person)
    later = factories.make_base(server, person, name="Depois", x=9000.0, registered_at=soon)
    Base.objects.filter(pk=former.pk).update(owner=factories.make_user("outra"))
    nobody = erased(person)
    later.refresh_from_db()
    assert later.removed_at == soon
    assert BaseRevision.objects.get(base=former).owner == nobody


def test_ban_and_infraction_stay_in_force_by_player_id(person: User) -> None:
    server = factories.make_server()
    base = factories.make_base(server, factories.make_user("dono"))
    ban = factories.make_ban(server, "Rafa")
    infraction = factories.make_infraction(server, base, gamertag="Rafa", ban=ban, user=person)
    erased(person)
    ban.refresh_from_db()
    infraction.refresh_from_db()
    assert (ban.lifted_at, ban.player_id) == (None, factories.player_id("Rafa"))
    assert (infraction.user, infraction.status) == (None, Infraction.Status.CONFIRMED)
    assert infraction.player_id == ban.player_id


def test_appeal_stays_without_the_person_and_the_persons_words(person: User) -> None:
    ban = factories.make_ban(factories.make_server(), "Rafa")
    appeal = apps.get_model("justice", "Appeal")._default_manager.create(ban=ban, person=person)
    appeal.messages.create(by=person, text="Sou a Rafa, moro na rua tal")
    appeal.messages.create(by=factories.make_user("equipe"), is_staff=True, text="O banimento fica")
    erased(person)
    appeal.refresh_from_db()
    assert appeal.person is None
    said = appeal.messages.values_list("by__username", "text")
    assert list(said) == [(None, ""), ("equipe", "O banimento fica")]


def test_log_of_the_admin_names_the_person_no_more(person: User) -> None:
    staff, other = factories.make_user("equipe", is_staff=True), factories.make_user("outra")
    everything_about(person, "Rafinha")
    permission = factories.permit(Base.objects.latest("pk"), person)
    immunity = StaffImmunity.objects.create(server=permission.base.server, user=person)
    own: list[Any] = [
        model._default_manager.filter(user=person).first() for model in (AccountLink, ClanMembership, Player)
    ]
    for about in (person, permission, immunity, *own, other):
        LogEntry.objects.log_actions(staff.pk, [about], CHANGE)
    erased(person)
    assert [entry.object_repr for entry in LogEntry.objects.all()] == ["outra"]


@pytest.mark.parametrize("power", ["is_staff", "is_superuser"])
def test_account_with_powers_is_not_deleted(person: User, power: str) -> None:
    User.objects.filter(pk=person.pk).update(**{power: True})
    with pytest.raises(NotPossibleError):
        erase(person, at=NOW)
    assert User.objects.filter(username="Rafa", is_active=True).exists()


def test_groups_go_and_the_name_is_free_for_others(person: User) -> None:
    person.groups.add(Group.objects.get(name="moderator"))
    assert not erased(person).groups.exists()
    namesake = factories.make_user("Rafa")
    assert erased(namesake).username != User.objects.get(pk=person.pk).username


# -- Judging ------------------------------------------------------------------------------------------------------


@pytest.fixture
def friend() -> User:
    return factories.make_player("Amiga")


def test_nobody_is_banned_for_what_was_allowed_before_the_owner_left(person: User, friend: User) -> None:
    """All acts are from before; the log comes after. The owner built in the own base, too, and in the friend's."""
    server = factories.make_server()
    factories.permit(factories.make_base(server, person), friend)
    factories.permit(factories.make_base(server, friend, name="Dela", x=9000.0), person)
    acts = [factories.incoming("Amiga"), factories.incoming("Rafa"), factories.incoming("Rafa", x=9000.0)]
    store(server, acts)
    erase(person, at=NOW)
    PlayerIdentity.objects.filter(gamertag="Rafa").update(unlinked_at=NOW)
    judge_due(server.pk, now=NOW)
    assert not Ban.objects.exists()
    actions = Placement.objects.order_by("pk").values_list("gamertag", "outcome", "action")
    assert list(actions) == [("Amiga", "allowed", "none"), *[("Rafa", "invasion", "review")] * 2]


def test_nobody_is_banned_in_a_base_that_ended_with_its_owner(person: User) -> None:
    server = factories.make_server()
    factories.make_base(server, person)
    erase(person, at=NOW - timedelta(hours=1))
    store(server, [factories.incoming("Estranho")])
    judge_due(server.pk, now=NOW)
    assert Placement.objects.get().rule == "outside"
    assert not Ban.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_deletion_waits_for_judging(person: User) -> None:
    is_judging, may_end = threading.Event(), threading.Event()

    def judge() -> None:
        with transaction.atomic():
            lock_transaction(LockKind.PEOPLE, 0, shared=True)
            is_judging.set()
            may_end.wait(10)
        connection.close()

    worker = threading.Thread(target=judge)
    worker.start()
    assert is_judging.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '300ms'")
    try:
        with pytest.raises(OperationalError):
            erase(person, at=timezone.now())
    finally:
        may_end.set()
        worker.join()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert erased(person).erased_at


@pytest.mark.django_db(transaction=True)
def test_deletion_while_judging_runs_bans_nobody(person: User, friend: User) -> None:
    server, now = factories.make_server(), timezone.now()
    factories.permit(factories.make_base(server, person), friend)
    moments = [now + timedelta(milliseconds=20 * number) for number in range(-100, 100)]
    acts = [factories.incoming(name, occurred_at=at) for at in moments for name in ("Amiga", "Rafa")]
    store(server, acts)

    def judge() -> None:
        while judge_due(server.pk, now=timezone.now(), limit=10).judged:
            pass
        connection.close()

    workers = [threading.Thread(target=judge) for _number in range(2)]
    for worker in workers:
        worker.start()
    erase(person, at=timezone.now())
    for worker in workers:
        worker.join()
    assert not Placement.objects.filter(state=Placement.State.PENDING).exists()
    assert not Ban.objects.exists()
    assert set(Placement.objects.filter(gamertag="Amiga").values_list("outcome", flat=True)) == {"allowed"}


def test_audit_names_the_person_no_more(person: User) -> None:
    everything_about(person, "Rafinha")
    User.objects.filter(pk=person.pk).update(display_name="Rafa Mota", email="rafa@example.org")
    User.objects.filter(pk=person.pk).update(display_name="Rafael")
    other = factories.make_user("outra")
    User.objects.filter(pk=other.pk).update(display_name="Outra")
    erased(person)
    events = kinds()
    names = set(events["clans.User"].objects.values_list("username", flat=True))
    assert names & {"Rafa", "outra"} == {"outra"}
    for label in ("clans.AccountLink", "tanks.Player", "territory.PlayerIdentity"):
        assert not events[label].objects.filter(user=person.pk).exists(), label
