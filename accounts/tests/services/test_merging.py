"""Two rows of one person become one, with the past that is in them."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from accounts.services.merging import merge_people
from clans.models import AccountLink, ClanMembership, User
from common.errors import NotPossibleError
from tanks.models import Player
from tanks.tests.factories import rows
from territory.models import BasePermission, BaseRevision, IdentityConflict, PlayerIdentity, StaffImmunity
from territory.tests import factories
from territory.tests.factories import (
    LONG_AGO,
    NOW,
    join,
    make_base,
    make_server,
    make_user,
    permit,
    player_id,
)

pytestmark = pytest.mark.django_db
LATER = LONG_AGO + timedelta(days=1)


@pytest.fixture
def known() -> User:
    return User.objects.for_discord_id("901100000000000109")


@pytest.fixture
def ana() -> User:
    return make_user("ana", password="md5$x$y")


def merge(from_: User, into: User) -> None:
    merge_people(from_, into, at=timezone.now())
    connection.check_constraints()
    assert not User.objects.filter(pk=from_.pk).exists()


def test_base_has_always_been_the_persons(known: User, ana: User) -> None:
    base = make_base(make_server(), known)
    base.x += 10
    base.save()
    merge(known, ana)
    base.refresh_from_db()
    assert base.owner == ana
    assert {revision.owner for revision in BaseRevision.objects.all()} == {ana}


def test_gamertag_proves_since_it_was_linked(known: User, ana: User) -> None:
    identity = PlayerIdentity.objects.create(user=known, gamertag="Onça", created_at=LONG_AGO)
    merge(known, ana)
    identity.refresh_from_db()
    assert (identity.user, identity.linked_at) == (ana, LONG_AGO)


def test_links_keep_what_proved_them(known: User, ana: User) -> None:
    staff = make_user(is_staff=True)
    PlayerIdentity.objects.create(user=known, gamertag="Onça", player_id=player_id("Onça"))
    player = rows.player(rows.clan())
    Player.objects.filter(pk=player.pk).update(user=known)
    decided = {"decided_by": staff, "decided_at": NOW, "note": "por quê"}
    AccountLink.objects.filter(user=known).update(proof="staff", **decided)
    columns = ("kind", "key", "name", "state", "proof", "decided_by", "decided_at", "note", "created_at")
    before = list(AccountLink.objects.filter(user=known).order_by("kind").values_list(*columns))
    merge(known, ana)
    assert list(AccountLink.objects.filter(user=ana).order_by("kind").values_list(*columns)) == before
    ana.refresh_from_db()
    assert ana.discord_id == "901100000000000109"


@pytest.mark.parametrize(
    ("theirs", "own", "state"),
    [("proven", "claimed", "proven"), ("claimed", "disputed", "disputed"), ("refused", "claimed", "claimed")],
)
def test_of_two_links_to_one_account_the_stronger_remains(
    known: User, ana: User, theirs: str, own: str, state: str
) -> None:
    for person, one in ((known, theirs), (ana, own)):
        decided = {} if one == "claimed" else {"decided_at": NOW, "proof": "oauth"}
        AccountLink.objects.create(user=person, kind="steam", key="1", state=one, **decided)
    merge(known, ana)
    assert AccountLink.objects.get(user=ana, kind="steam").state == state


def test_right_that_both_have_begins_earlier_and_is_the_wider_one(known: User, ana: User) -> None:
    server, clan = make_server(), factories.make_clan()
    base = make_base(server, make_user())
    permit(base, known, level="admin", granted_at=LATER)
    permit(base, ana, granted_at=LONG_AGO)
    join(clan, known, joined_at=LONG_AGO)
    join(clan, ana, joined_at=LATER, role="commander", follows_game=True)
    for person, moment in ((known, LATER), (ana, LONG_AGO)):
        StaffImmunity.objects.create(server=server, user=person, granted_at=moment)
    merge(known, ana)
    permission, stay = BasePermission.objects.get(), ClanMembership.objects.get()
    immunity = StaffImmunity.objects.get()
    assert (permission.user, permission.level, permission.granted_at) == (ana, "admin", LONG_AGO)
    assert (stay.user, stay.role, stay.joined_at, stay.follows_game) == (ana, "commander", LONG_AGO, False)
    assert (immunity.user, immunity.granted_at) == (ana, LONG_AGO)


def test_rights_that_have_ended_stay_in_the_past(known: User, ana: User) -> None:
    base = make_base(make_server(), make_user())
    for person in (known, ana):
        permit(base, person, granted_at=LONG_AGO, revoked_at=LATER)
    merge(known, ana)
    assert list(BasePermission.objects.values_list("user", "revoked_at")) == [(ana.pk, LATER)] * 2


def test_groups_come_together(known: User, ana: User) -> None:
    groups = [Group.objects.create(name=name) for name in ("a", "b")]
    known.groups.set(groups)
    ana.groups.set(groups[:1])
    merge(known, ana)
    assert set(ana.groups.all()) == set(groups)


def test_doubt_between_the_two_is_settled(known: User, ana: User) -> None:
    identity = PlayerIdentity.objects.create(user=known, gamertag="Onça", created_at=LONG_AGO)
    PlayerIdentity.objects.create(user=ana, gamertag="Onça", player_id=player_id("Onça"), created_at=LONG_AGO)
    values: dict[str, Any] = {"gamertag": "Onça", "first_seen_at": NOW, "last_seen_at": NOW}
    IdentityConflict.objects.create(identity=identity, player_id=player_id("Onça"), **values)
    IdentityConflict.objects.create(identity=identity, player_id=player_id("Outra"), **values)
    merge(known, ana)
    assert IdentityConflict.objects.get(resolved_at=None).player_id == player_id("Outra")


def test_two_discord_accounts_are_not_one_person_and_one_is_that_already(known: User, ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(discord_id="7")
    make_base(make_server(), known)
    for into in (ana, known):
        with pytest.raises(NotPossibleError):
            merge(known, into)
    assert known.bases.exists()
