"""Unlinking by the person: what goes with each kind of link, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount

from accounts.services.unlinking import unlink
from clans.models import AccountLink, ClanMembership, User
from common.errors import NotPossibleError
from tanks.models import GarageTank, Player
from tanks.services.garages import store_private_garage
from tanks.services.links import follow_game
from tanks.tests.factories import rows
from territory.models import Ban, Infraction, Placement, PlayerIdentity
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests import factories
from territory.tests.factories import NOW

pytestmark = pytest.mark.django_db
Kind = AccountLink.Kind


def with_password(**fields: Any) -> User:
    return factories.make_user("rafa", password="md5$x$y", **fields)


def sign_in_by(person: User, provider: str, uid: str) -> None:
    SocialAccount.objects.create(user=person, provider=provider, uid=uid)


def link_of(person: User, kind: AccountLink.Kind) -> AccountLink:
    return AccountLink.objects.get(user=person, kind=kind)


def test_unlinked_discord_leaves_no_id_and_no_way_in() -> None:
    person = with_password(discord_id="123", reads_connections=True)
    sign_in_by(person, "discord", "123")
    unlink(link_of(person, Kind.DISCORD), at=NOW)
    person.refresh_from_db()
    assert (person.discord_id, person.reads_connections) == (None, False)
    assert not SocialAccount.objects.exists()
    assert not AccountLink.objects.exists()


def test_unlinked_wargaming_account_takes_clan_token_and_garage_with_it() -> None:
    person, clan = with_password(), rows.clan()
    player = rows.player(clan, "Ana", user=person, access_token="a" * 32, shares_garage=True)
    follow_game(clan, at=NOW)
    tank = rows.garage_tank(player).tank
    store_private_garage(player, [tank.pk], at=NOW)
    sign_in_by(person, "wargaming", player.link_key)
    unlink(link_of(person, Kind.WARGAMING), at=NOW)
    player = Player.objects.get()
    assert (player.user, player.access_token, player.shares_garage) == (None, "", False)
    assert GarageTank.objects.get().in_garage is None
    assert ClanMembership.objects.get().left_at == NOW
    assert not SocialAccount.objects.exists()
    assert not AccountLink.objects.exists()


@pytest.mark.parametrize("known", [True, False], ids=["player-id", "gamertag"])
def test_unlinked_player_is_nobodys(*, known: bool) -> None:
    person = factories.make_player("Rafa", known=known)
    unlink(link_of(person, Kind.PLAYER_ID if known else Kind.GAMERTAG), at=NOW)
    identity = PlayerIdentity.objects.get()
    assert (identity.user, identity.unlinked_at is not None) == (None, True)
    assert not AccountLink.objects.exists()


@pytest.mark.parametrize("kind", [Kind.STEAM, Kind.XBOX])
def test_unlinked_connection_is_forgotten(kind: AccountLink.Kind) -> None:
    person = with_password()
    proven = {"state": "proven", "proof": "oauth", "decided_at": NOW}
    AccountLink.objects.create(user=person, kind=kind, key="1", **proven)
    unlink(link_of(person, kind), at=NOW)
    assert not AccountLink.objects.exists()


# -- The last way in ----------------------------------------------------------------------------------------------


def test_last_way_to_sign_in_is_not_unlinked_but_one_of_two_is() -> None:
    person = factories.make_user("rafa", discord_id="123")
    sign_in_by(person, "discord", "123")
    with pytest.raises(NotPossibleError):
        unlink(link_of(person, Kind.DISCORD), at=NOW)
    person.refresh_from_db()
    assert person.discord_id == "123"
    sign_in_by(person, "wargaming", "1:2")
    unlink(link_of(person, Kind.DISCORD), at=NOW)
    assert [way.provider for way in SocialAccount.objects.all()] == ["wargaming"]


def test_link_that_is_no_way_in_is_unlinked_without_a_password() -> None:
    person = factories.make_player("Rafa")
    sign_in_by(person, "discord", "123")
    unlink(link_of(person, Kind.PLAYER_ID), at=NOW)
    assert not AccountLink.objects.exists()


def test_claim_is_not_unlinked() -> None:
    person = with_password()
    claim = AccountLink.objects.create(user=person, kind=Kind.GAMERTAG, key="rafa")
    with pytest.raises(NotPossibleError):
        unlink(claim, at=NOW)


# -- What was done before -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False], ids=["player-id", "gamertag"])
def test_act_from_before_the_unlinking_goes_to_staff_and_a_later_one_bans(*, known: bool) -> None:
    """The log comes after the owner unlinked the player: nobody may be banned in the own base for that."""
    owner, server = factories.make_player("Dono", known=known), factories.make_server()
    factories.make_base(server, owner)
    store(server, [factories.incoming("Dono")])
    PlayerIdentity.objects.update(user=None)
    PlayerIdentity.objects.update(unlinked_at=NOW)
    judge_due(server.pk, now=NOW)
    assert (Placement.objects.get().action, Ban.objects.count()) == ("review", 0)
    assert Infraction.objects.get().status == Infraction.Status.REVIEW

    PlayerIdentity.objects.update(unlinked_at=NOW - timedelta(hours=1))
    store(server, [factories.incoming("Dono")])
    judge_due(server.pk, now=NOW)
    assert Ban.objects.count() == 1
