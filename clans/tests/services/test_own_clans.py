"""Clans that lead themselves: never members without a leader, each change dated, invitations used once."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from clans.models import Clan, ClanInvitation, ClanMembership, User
from clans.services import own_clans
from clans.services.own_clans import Role
from common.errors import NotPossibleError

NOW = timezone.now()


def make_person(name: str) -> User:
    return User.objects.create(username=name)


def stay_of(clan: Clan, person: User) -> ClanMembership:
    return own_clans.stays_in_force(at=timezone.now()).get(clan=clan, user=person)


@pytest.fixture
def ana(db: None) -> User:
    return make_person("ana")


@pytest.fixture
def clan(ana: User) -> Clan:
    return own_clans.found_clan(ana, "  Os   Garimpeiros ", "OURO", at=NOW)


def let_in(clan: Clan, name: str, role: str = Role.MEMBER) -> User:
    person = make_person(name)
    ClanMembership.objects.create(clan=clan, user=person, role=role, joined_at=NOW)
    return person


def test_a_founder_leads_the_clan(clan: Clan, ana: User) -> None:
    assert (clan.name, clan.tag, clan.founded_by) == ("Os Garimpeiros", "OURO", ana)
    assert own_clans.leads(ana, clan, at=NOW)


def test_a_name_is_given_once_and_one_person_founds_three_clans_at_most(ana: User, clan: Clan) -> None:
    with pytest.raises(NotPossibleError, match="exist"):
        own_clans.found_clan(make_person("bia"), "os garimpeiros", at=NOW)
    for name in ("B", "C"):
        own_clans.found_clan(ana, name, at=NOW)
    with pytest.raises(NotPossibleError):
        own_clans.found_clan(ana, "D", at=NOW)


def test_a_person_joins_by_the_own_invitation(clan: Clan, ana: User) -> None:
    bia, caio = make_person("bia"), make_person("caio")
    invitation = own_clans.invite_person(clan, bia, by=ana, at=NOW)
    with pytest.raises(NotPossibleError):
        own_clans.accept(invitation, caio, at=NOW)
    stay = own_clans.accept(invitation, bia, at=NOW + timedelta(minutes=1))
    assert (stay.user, stay.role, stay.joined_at) == (bia, Role.MEMBER, NOW + timedelta(minutes=1))
    with pytest.raises(NotPossibleError):
        own_clans.accept(invitation, bia, at=NOW + timedelta(minutes=2))


def test_a_link_lets_in_one_person(clan: Clan, ana: User) -> None:
    invitation, token = own_clans.invite_by_link(clan, by=ana, at=NOW)
    assert token not in str(ClanInvitation.objects.values())
    assert own_clans.invitation_by_token(token, at=NOW) == invitation
    own_clans.accept(invitation, make_person("bia"), at=NOW)
    assert own_clans.invitation_by_token(token, at=NOW) is None


def _expire(invitation: ClanInvitation, ana: User) -> None:
    ClanInvitation.objects.filter(pk=invitation.pk).update(expires_at=NOW)


def _take_back(invitation: ClanInvitation, ana: User) -> None:
    own_clans.end_invitation(invitation, at=NOW)


def _demote_inviter(invitation: ClanInvitation, ana: User) -> None:
    let_in(invitation.clan, "other leader", Role.COMMANDER)
    own_clans.set_role(stay_of(invitation.clan, ana), Role.MEMBER, by=ana, at=timezone.now())


def _become_a_games(invitation: ClanInvitation, ana: User) -> None:
    Clan.objects.filter(pk=invitation.clan_id).update(origin="eu")


@pytest.mark.parametrize("end", [_expire, _take_back, _demote_inviter, _become_a_games])
def test_an_invitation_that_is_over_opens_nothing(
    clan: Clan, ana: User, end: Callable[[ClanInvitation, User], None]
) -> None:
    invitation, token = own_clans.invite_by_link(clan, by=ana, at=NOW)
    end(invitation, ana)
    later = timezone.now() + timedelta(seconds=1)
    assert own_clans.invitation_by_token(token, at=later) is None
    with pytest.raises(NotPossibleError):
        own_clans.accept(invitation, make_person("bia"), at=later)


def test_only_leaders_invite_promote_demote_and_remove(clan: Clan, ana: User) -> None:
    bia = let_in(clan, "bia")
    now = timezone.now()
    for act in (
        lambda: own_clans.invite_person(clan, make_person("x"), by=bia, at=now),
        lambda: own_clans.invite_by_link(clan, by=bia, at=now),
        lambda: own_clans.set_role(stay_of(clan, bia), Role.COMMANDER, by=bia, at=now),
        lambda: own_clans.remove(stay_of(clan, ana), by=bia, at=now),
    ):
        with pytest.raises(NotPossibleError):
            act()


def test_a_stay_ends_at_the_moment_it_is_ended(clan: Clan, ana: User) -> None:
    bia, caio = let_in(clan, "bia"), let_in(clan, "caio")
    at = timezone.now()
    removed, left = stay_of(clan, bia), stay_of(clan, caio)
    own_clans.remove(removed, by=ana, at=at)
    own_clans.leave(left, at=at)
    ends = ClanMembership.objects.filter(user__in=[bia, caio]).values_list("left_at", flat=True)
    assert set(ends) == {at}
    with pytest.raises(NotPossibleError):
        own_clans.leave(left, at=at)


@pytest.mark.parametrize("way", ["leave", "demote", "remove"])
def test_the_last_leader_stays_until_somebody_else_leads(clan: Clan, ana: User, way: str) -> None:
    bia, at = let_in(clan, "bia"), timezone.now()

    stay = stay_of(clan, ana)
    ways: dict[str, Callable[[], None]] = {
        "leave": lambda: own_clans.leave(stay, at=at),
        "demote": lambda: own_clans.set_role(stay, Role.MEMBER, by=ana, at=at),
        "remove": lambda: own_clans.remove(stay, by=ana, at=at),
    }
    with pytest.raises(NotPossibleError):
        ways[way]()
    own_clans.set_role(stay_of(clan, bia), Role.COMMANDER, by=ana, at=at)
    ways[way]()
    assert own_clans.leads(bia, clan, at=timezone.now())


def test_who_is_alone_leaves_and_takes_the_invitations_along(clan: Clan, ana: User) -> None:
    _made, token = own_clans.invite_by_link(clan, by=ana, at=NOW)
    own_clans.leave(stay_of(clan, ana), at=timezone.now())
    assert not own_clans.stays_in_force(at=timezone.now()).filter(clan=clan).exists()
    assert own_clans.invitation_by_token(token, at=timezone.now()) is None


def test_a_games_clan_is_the_games(clan: Clan, ana: User) -> None:
    _become_a_games(ClanInvitation(clan_id=clan.pk), ana)
    clan.refresh_from_db()
    assert not own_clans.leads(ana, clan, at=NOW)
    with pytest.raises(NotPossibleError):
        own_clans.leave(stay_of(clan, ana), at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_two_leaders_who_demote_each_other_at_once_one_stays() -> None:
    ana, bia = make_person("ana"), make_person("bia")
    clan = own_clans.found_clan(ana, "TXS", at=NOW)
    ClanMembership.objects.create(clan=clan, user=bia, role=Role.COMMANDER, joined_at=NOW)
    start, refused = Barrier(2), []

    def demote(other: User, by: User) -> None:
        try:
            stay = stay_of(clan, other)
            start.wait()
            own_clans.set_role(stay, Role.MEMBER, by=by, at=timezone.now())
        except NotPossibleError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [Thread(target=demote, args=pair) for pair in ((ana, bia), (bia, ana))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    leaders = own_clans.stays_in_force(at=timezone.now()).filter(clan=clan, role=Role.COMMANDER)
    assert (leaders.count(), len(refused)) == (1, 1)
