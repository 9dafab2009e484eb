"""Linking a person to a player of the game by a proof."""

import pytest
from django.utils import timezone

from clans.models import AccountLink
from common.errors import NotPossibleError
from territory.models import IdentityConflict, PlayerIdentity
from territory.models.server import Platform
from territory.services.identities import SeenPlayer, match_players
from territory.services.linking import link_gamertag, link_player_id, unlink_player
from territory.tests.factories import make_player, make_user, player_id

pytestmark = pytest.mark.django_db
XBOX, PC, PROOF = Platform.XBOX, Platform.PC, AccountLink.Proof
NOW = timezone.now()


def identities() -> list[tuple[str, str, str | None]]:
    found = PlayerIdentity.objects.select_related("user").order_by("pk")
    return [(str(one.user), one.gamertag, one.player_id) for one in found]


def see(gamertag: str, number: str) -> int | None:
    seen = SeenPlayer(gamertag, number, timezone.now())
    return match_players([seen], platform="xbox")[number, gamertag].user_id


def test_gamertag_of_nobody_waits_for_the_log_and_is_learned() -> None:
    ana = make_user("ana")
    link = link_gamertag(ana, "Onça", platform=XBOX, proof=PROOF.OAUTH, at=NOW)
    assert (link.kind, link.state, link.proof) == ("gamertag", "proven", "oauth")
    assert see("Onça", player_id("Onça")) == ana.pk
    link.refresh_from_db()
    assert (link.kind, link.key, link.proof) == ("player_id", player_id("Onça"), "oauth")


def test_renamed_account_is_one_player_before_and_after_the_log_knows_it() -> None:
    ana = make_user("ana")
    for former, name in (("", "Onça"), ("Onça", "Jaguar")):
        link_gamertag(ana, name, platform=XBOX, proof=PROOF.OAUTH, at=NOW, former=former)
    assert identities() == [("ana", "Jaguar", None)]
    see("Jaguar", player_id("J"))
    link_gamertag(ana, "Pantera", platform=XBOX, proof=PROOF.OAUTH, at=NOW, former="Jaguar")
    assert identities() == [("ana", "Jaguar", player_id("J"))]  # the log will tell the new name
    assert see("Pantera", player_id("J")) == ana.pk


@pytest.mark.parametrize("known", [True, False])
def test_gamertag_of_somebody_else_is_disputed_and_changes_nothing(*, known: bool) -> None:
    make_player("Onça", known=known)
    before, ana = identities(), make_user("ana")
    link = link_gamertag(ana, "onça", platform=XBOX, proof=PROOF.OAUTH, at=NOW)
    assert (link.kind, link.state, identities()) == ("gamertag", "disputed", before)


def test_xuid_of_somebody_else_is_disputed() -> None:
    other = make_player("Onça")
    PlayerIdentity.objects.filter(user=other).update(xuid="2535400000000017")
    link = link_gamertag(
        make_user("ana"), "Jaguar", platform=XBOX, proof=PROOF.STAFF, at=NOW, xuid="2535400000000017"
    )
    assert (link.state, len(identities())) == ("disputed", 1)


@pytest.mark.parametrize("gamertag", ["Survivor", "On\u200bça"])
def test_gamertag_that_proves_nothing_is_refused(gamertag: str) -> None:
    with pytest.raises(NotPossibleError):
        link_gamertag(make_user("ana"), gamertag, platform=XBOX, proof=PROOF.OAUTH, at=NOW)
    assert identities() == []


def test_player_id_links_whoever_bears_it_and_settles_the_doubt() -> None:
    ana = make_player("Onça")
    own, steam = PlayerIdentity.objects.get(), "c3RlYW0" * 6 + "Y="
    span = {"first_seen_at": NOW, "last_seen_at": NOW}
    IdentityConflict.objects.create(identity=own, player_id=steam, gamertag="Onça", **span)
    link = link_player_id(ana, steam, gamertag="Onça PC", platform=PC, proof=PROOF.HASH, at=NOW)
    assert (link.state, link.proof) == ("proven", "hash")
    assert identities()[1] == (str(ana), "Onça PC", steam)
    assert IdentityConflict.objects.get().resolved_at == NOW
    other = link_player_id(make_user("bia"), steam, gamertag="x", platform=PC, proof=PROOF.HASH, at=NOW)
    assert other.state == "disputed"
    assert unlink_player(ana, player_id=steam) == 1
    again = link_player_id(other.user, steam, gamertag="x", platform=PC, proof=PROOF.HASH, at=NOW)
    assert (again.state, identities()[1]) == ("proven", ("bia", "Onça PC", steam))
