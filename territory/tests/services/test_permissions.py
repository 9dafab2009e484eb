"""Permissions and invitations of a base."""

from datetime import timedelta
from functools import partial

import pytest

from clans.models import User
from territory.models import BasePermission, PlayerIdentity
from territory.services.bases import remove_base
from territory.services.errors import NotPossibleError
from territory.services.permissions import (
    MOST_INVITATIONS,
    accept,
    find_friend,
    grant,
    invitation_of,
    invite,
    may_manage,
    open_invitations,
    revoke,
    take_back,
)
from territory.tests.database import at_once
from territory.tests.factories import NOW, make_base, make_player, make_server, make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def test_permission_is_given_changed_and_ended() -> None:
    ana, bia = make_user(), make_user()
    base = make_base(make_server(), ana)
    given = grant(base, bia, "build", by=ana, at=NOW)
    assert not may_manage(bia, base, at=NOW)
    changed = grant(base, bia, "admin", by=ana, at=LATER, ends_at=LATER + timedelta(days=1))
    assert (changed.pk, changed.granted_at) == (given.pk, NOW)
    assert may_manage(bia, base, at=LATER)
    assert not may_manage(bia, base, at=LATER + timedelta(days=1))
    revoke(changed, at=LATER)
    with pytest.raises(NotPossibleError):
        revoke(changed, at=LATER)
    assert grant(base, bia, "build", by=ana, at=LATER).pk != given.pk


def test_owner_and_a_base_that_is_gone_get_no_permission() -> None:
    ana, base = make_user(), make_base(make_server(), make_user("owner"))
    for person, ends_at in ((base.owner, None), (ana, NOW)):
        with pytest.raises(NotPossibleError):
            grant(base, person, "build", by=base.owner, at=NOW, ends_at=ends_at)
    remove_base(base, at=NOW)
    with pytest.raises(NotPossibleError):
        grant(base, ana, "build", by=base.owner, at=NOW)
    assert not BasePermission.objects.exists()


def test_base_admin_whose_permission_ended_since_gives_none() -> None:
    eve, base = make_user("eve"), make_base(make_server(), make_user("owner"))
    revoke(grant(base, eve, "admin", by=base.owner, at=NOW), at=LATER)
    with pytest.raises(NotPossibleError):
        grant(base, make_user("mallory"), "build", by=eve, at=LATER)
    assert BasePermission.objects.count() == 1


def test_friend_is_found_by_discord_id_or_gamertag() -> None:
    bia = make_player("Onça Preta")
    assert find_friend(" onça  preta ") == bia
    assert find_friend("901100000000000017") == User.objects.get(discord_id="901100000000000017")
    PlayerIdentity.objects.create(user=make_user(), gamertag="Onça Preta", player_id="B" * 40)
    for text in ("Onça Preta", "Nobody", "", "12345", "x" * 500):
        with pytest.raises(NotPossibleError):
            find_friend(text)


def test_invitation_becomes_one_permission() -> None:
    base, bia = make_base(make_server(), make_user()), make_user()
    invitation, token = invite(base, "admin", by=base.owner, at=NOW)
    assert token not in str(vars(invitation))
    assert invitation_of(token, at=NOW) == invitation
    permission = accept(token, bia, at=NOW)
    assert (permission.user, permission.level, permission.granted_by) == (bia, "admin", base.owner)
    for again in (lambda: accept(token, make_user(), at=NOW), lambda: take_back(invitation, at=NOW)):
        with pytest.raises(NotPossibleError):
            again()


def test_open_invitations_are_limited() -> None:
    base = make_base(make_server(), make_user())
    for _number in range(MOST_INVITATIONS):
        invite(base, "build", by=base.owner, at=NOW)
    with pytest.raises(NotPossibleError):
        invite(base, "build", by=base.owner, at=NOW)
    assert open_invitations(base, at=NOW + timedelta(days=7)).count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_who_open_an_invitation_at_once_one_gets_it() -> None:
    base = make_base(make_server(), make_user())
    _invitation, token = invite(base, "build", by=base.owner, at=NOW)

    def attempt(person: User) -> bool:
        try:
            accept(token, person, at=NOW)
        except NotPossibleError:
            return False
        return True

    assert sum(at_once(*(partial(attempt, make_user()) for _ in range(4)))) == 1
    assert BasePermission.objects.count() == 1
