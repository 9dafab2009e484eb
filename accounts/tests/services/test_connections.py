"""Connected accounts become links to players of the game."""

import pytest
from django.utils import timezone

from accounts.connections import Connection
from accounts.services.connections import apply_connections
from clans.models import AccountLink, User
from clans.services.account_links import refuse
from territory.models import GamertagUse, IdentityConflict, PlayerIdentity
from territory.services.identities import SeenPlayer, match_players
from territory.steam import player_id_of
from territory.tests.factories import make_placement, make_player, make_server, make_user, player_id

pytestmark = pytest.mark.django_db
STEAM_ID = "76561198000000201"
PC_ID = player_id_of(STEAM_ID)
Row = tuple[str, str, str, str]


def steam(name: str = "tai") -> Connection:
    return Connection("steam", STEAM_ID, name)


def xbox(name: str = "Onça", key: str = "opaque") -> Connection:
    return Connection("xbox", key, name)


def apply(user: User, *connections: Connection) -> None:
    apply_connections(user, connections, at=timezone.now())


def links(user: User) -> list[Row]:
    rows = AccountLink.objects.filter(user=user).order_by("kind", "key")
    return list(rows.values_list("kind", "key", "state", "proof"))


def see(gamertag: str, number: str, platform: str = "xbox") -> int | None:
    seen = SeenPlayer(gamertag, number, timezone.now())
    return match_players([seen], platform=platform)[number, gamertag].user_id


def test_steam_account_links_the_player_of_the_log_for_certain() -> None:
    ana = make_user("ana")
    apply(ana, steam())
    assert links(ana) == [("player_id", PC_ID, "proven", "hash"), ("steam", STEAM_ID, "proven", "oauth")]
    assert see("any name", PC_ID, "pc") == ana.pk
    assert see("tai", player_id("somebody else"), "pc") is None


@pytest.mark.parametrize("name", ["", "\u200b\u202e"])
def test_steam_name_that_shows_nothing_is_the_number(name: str) -> None:
    apply(make_user("ana"), steam(name))
    assert PlayerIdentity.objects.get().gamertag == STEAM_ID


def test_never_linked_player_is_named_as_the_log_named_it_last() -> None:
    make_placement(make_server(), player_id=PC_ID, gamertag="Da Base")
    apply(make_user("ana"), steam())
    assert PlayerIdentity.objects.get().gamertag == "Da Base"


def test_steam_account_settles_the_doubt_about_its_player() -> None:
    ana = make_player("Onça", known=False)
    seen = {"first_seen_at": timezone.now(), "last_seen_at": timezone.now()}
    other = {"identity": PlayerIdentity.objects.get(), "player_id": PC_ID, "gamertag": "Onça"}
    IdentityConflict.objects.create(**other, **seen)
    apply(ana, steam())
    assert not IdentityConflict.objects.filter(resolved_at=None).exists()


def test_player_of_somebody_else_is_disputed_and_stays_theirs() -> None:
    bia, ana = make_player("Bia", player_id=PC_ID), make_user("ana")
    apply(ana, steam())
    assert links(ana) == [("player_id", PC_ID, "disputed", "hash"), ("steam", STEAM_ID, "proven", "oauth")]
    assert see("Bia", PC_ID, "pc") == bia.pk


def test_steam_account_of_somebody_else_links_nothing() -> None:
    bia, ana = make_user("bia"), make_user("ana")
    apply(bia, steam())
    apply(ana, steam())
    assert links(ana) == [("steam", STEAM_ID, "disputed", "oauth")]
    assert see("x", PC_ID, "pc") == bia.pk


def test_gamertag_is_linked_and_learned_and_survives_another_name() -> None:
    ana = make_user("ana")
    apply(ana, xbox())
    assert links(ana) == [("gamertag", "onça", "proven", "oauth"), ("xbox", "opaque", "proven", "oauth")]
    apply(ana, xbox("Jaguar"))
    assert [row[1] for row in links(ana)] == ["jaguar", "opaque"]
    assert see("Jaguar", player_id("J")) == ana.pk
    assert ("player_id", player_id("J"), "proven", "oauth") in links(ana)


def test_doing_it_again_changes_nothing() -> None:
    ana = make_user("ana")
    apply(ana, steam(), xbox(), xbox("Segunda", "other"))
    before = list(AccountLink.objects.order_by("pk").values())
    apply(ana, steam(), xbox(), xbox("Segunda", "other"))
    assert list(AccountLink.objects.order_by("pk").values()) == before
    assert PlayerIdentity.objects.filter(user=ana).count() == 3


def test_old_name_that_discord_keeps_does_not_bring_in_who_bears_it_now() -> None:
    ana = make_user("ana")
    apply(ana, xbox())
    see("Onça", player_id("Ana"))
    see("Pantera", player_id("Ana"))  # renamed in the game; Discord does not know
    apply(ana, xbox())
    AccountLink.objects.filter(user=ana, kind="xbox").delete()  # unlinked, and linked again
    apply(ana, xbox())
    assert see("Onça", player_id("somebody else")) is None
    assert PlayerIdentity.objects.filter(user=ana).count() == 1


def test_name_of_another_platform_is_another_player() -> None:
    ana, bia = make_user("ana"), make_user("bia")
    apply(bia, Connection("steam", "76561198000000999", "Onça"))
    apply(ana, steam("Onça"), xbox("Onça"))
    assert see("Onça", player_id("console")) == ana.pk
    assert see("Onça", PC_ID, "pc") == ana.pk
    assert ("player_id", PC_ID, "proven", "hash") in links(ana)


@pytest.mark.parametrize("name", ["Survivor", "On\u200bça", "\u202eaçnO"])
def test_gamertag_that_proves_nothing_leaves_a_note(name: str) -> None:
    ana = make_user("ana")
    apply(ana, xbox(name))
    apply(ana, xbox(name))
    link = AccountLink.objects.get(user=ana)
    assert (link.kind, link.state, bool(link.note)) == ("xbox", "proven", True)
    assert not PlayerIdentity.objects.exists()


def test_gamertag_of_somebody_else_is_disputed_until_they_let_it_go() -> None:
    make_player("Onça")
    ana = make_user("ana")
    apply(ana, xbox())
    assert ("gamertag", "onça", "disputed", "oauth") in links(ana)
    GamertagUse.objects.all().delete()
    PlayerIdentity.objects.all().delete()
    apply(ana, xbox())
    assert ("gamertag", "onça", "proven", "oauth") in links(ana)


@pytest.mark.parametrize("kind", ["xbox", "gamertag", "steam", "player_id"])
def test_what_staff_refused_stays_refused(kind: str) -> None:
    bia, ana = make_player("Onça", player_id=PC_ID), make_user("ana")
    if kind in {"xbox", "steam"}:
        apply(bia, xbox(), steam())
    apply(ana, xbox(), steam())
    link = AccountLink.objects.get(user=ana, kind=kind)
    refuse(link, by=bia, reason="não", at=timezone.now())
    apply(ana, xbox(), steam())
    link.refresh_from_db()
    assert link.state == "refused"


def test_new_name_that_somebody_else_waits_for_is_disputed_and_nobody_is_renamed() -> None:
    ana, bia = make_user("ana"), make_player("Pantera", known=False)
    apply(ana, xbox())
    apply(ana, xbox("Pantera"))
    apply(ana, xbox("Pantera"))
    assert dict(PlayerIdentity.objects.values_list("gamertag", "user")) == {"Onça": ana.pk, "Pantera": bia.pk}
    assert ("gamertag", "pantera", "disputed", "oauth") in links(ana)


def test_new_name_on_xbox_renames_no_player_of_playstation() -> None:
    ana = make_player("Onça", known=False)
    PlayerIdentity.objects.update(platform="playstation")
    apply(ana, xbox())
    apply(ana, xbox("Pantera"))
    players = set(PlayerIdentity.objects.values_list("gamertag", "platform", "user"))
    assert players == {("Onça", "playstation", ana.pk), ("Pantera", "xbox", ana.pk)}
