"""The link of a person to a player of the game stands beside the identity, whoever writes it."""

import pytest

from clans.models import AccountLink
from territory.models import PlayerIdentity
from territory.tests.factories import make_user, player_id

pytestmark = pytest.mark.django_db


def links() -> list[tuple[str, str, str, str]]:
    found = AccountLink.objects.select_related("user")
    return [(str(link.user), link.kind, link.key, link.name) for link in found]


def test_link_follows_the_identity() -> None:
    ana, bia, onca = make_user("ana"), make_user("bia"), player_id("Onça")
    identity = PlayerIdentity.objects.create(user=ana, gamertag="Onça Preta")
    assert links() == [("ana", "gamertag", "onça preta", "Onça Preta")]
    AccountLink.objects.update(proof="staff")
    of_identity = PlayerIdentity.objects.filter(pk=identity.pk)
    of_identity.update(player_id=onca, gamertag="Onça Parda")  # as judging learns it
    assert links() == [("ana", "player_id", onca, "Onça Parda")]
    assert AccountLink.objects.get().proof == "staff"
    of_identity.update(user=bia)
    assert links() == [("bia", "player_id", onca, "Onça Parda")]
    assert AccountLink.objects.get().proof == "entered"
    of_identity.update(user=None)
    assert links() == []
    of_identity.update(user=ana)
    identity.delete()
    assert links() == []


def test_link_of_a_learned_player_id_settles_the_claim_on_it() -> None:
    ana, onca = make_user("ana"), player_id("Onça")
    AccountLink.objects.create(user=ana, kind="player_id", key=onca)
    PlayerIdentity.objects.create(user=ana, gamertag="Onça").save()
    PlayerIdentity.objects.update(player_id=onca)
    assert links() == [("ana", "player_id", onca, "Onça")]
    assert AccountLink.objects.get().state == "proven"
