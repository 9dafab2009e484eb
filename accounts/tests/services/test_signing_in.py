"""Whose account it is: known, taken over, new, refused; linked, merged, disputed."""

import threading
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from accounts.connections import Connection
from accounts.services.signing_in import (
    BelongsToSomebodyError,
    InactiveError,
    ProvenAccount,
    connect,
    sign_in,
)
from clans.models import AccountLink, ClanMembership, User
from clans.services.account_links import Kind
from common.errors import NotPossibleError
from tanks.models import Player
from tanks.tests.factories import rows
from territory.tests.factories import make_base, make_server, make_user

pytestmark = pytest.mark.django_db
DISCORD_ID = "901100000000000109"


def discord(key: str = DISCORD_ID, name: str = "Ana Vilela", **fields: Any) -> ProvenAccount:
    return ProvenAccount(Kind.DISCORD, key, name, **fields)


def wargaming(player: Player) -> ProvenAccount:
    return ProvenAccount(Kind.WARGAMING, player.link_key, player.nickname)


def enter(account: ProvenAccount) -> User:
    return sign_in(account, at=timezone.now())


def link(person: User, account: ProvenAccount) -> bool:
    return connect(account, person, at=timezone.now())


def member(name: str = "ana", **fields: Any) -> User:
    """Somebody with a password."""
    return make_user(name, **{"password": "md5$x$y"} | fields)


def states(account: ProvenAccount) -> dict[str, str]:
    found = AccountLink.objects.filter(kind=account.kind, key=account.key)
    return {one.user.username: one.state for one in found.select_related("user")}


def snapshot() -> list[list[dict[str, Any]]]:
    models: tuple[type[Model], ...] = (User, AccountLink, SocialAccount, Player, ClanMembership)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


# -- Signing in ---------------------------------------------------------------------------------------------------


def test_stranger_becomes_a_person_and_is_known_by_the_id_alone_afterwards() -> None:
    ana = enter(discord())
    assert (ana.username, ana.display_name, ana.discord_id) == ("ana-vilela", "Ana Vilela", DISCORD_ID)
    assert not ana.has_usable_password()
    proven = AccountLink.objects.get(user=ana)
    assert (proven.state, proven.proof, proven.name) == ("proven", "oauth", "Ana Vilela")
    assert enter(discord(name="Outro Nome")) == ana
    assert User.objects.count() == 1


def test_name_or_address_of_somebody_else_matches_nobody() -> None:
    ana = member("ana-vilela", email="ana@example.org", display_name="Ana Vilela")
    assert enter(discord()) != ana
    assert set(User.objects.values_list("username", flat=True)) == {"ana-vilela", "ana-vilela-2"}


@pytest.mark.parametrize(
    ("name", "username"),
    [
        ("Ana Vilela", "ana-vilela"),
        ("discord-901100000000000777", "player-discord-901100000000000777"),
        ("Discord", "player-discord"),
        ("Çã\u202e", "player-ca"),
        ("見", "player"),
        ("", "player"),
        ("../../etc", "etc"),
        ("x" * 100, "x" * 30),
        ("ANA", "ana-2"),
    ],
)
def test_user_name_is_made_of_the_name_and_is_nobodys(name: str, username: str) -> None:
    member("Ana")
    assert enter(discord(name=name)).username == username


def test_person_known_by_discord_id_only_is_taken_over() -> None:
    known = User.objects.for_discord_id(DISCORD_ID)
    assert [enter(discord()), enter(discord())] == [known, known]
    assert User.objects.get().display_name == "Ana Vilela"
    assert AccountLink.objects.get(user=known).proof == "oauth"


WAYS_IN: dict[str, dict[str, Any]] = {
    "a password": {"password": "md5$x$y"},
    "a sign-in": {"last_login": timezone.now()},
    "staff's rights": {"is_staff": True},
    "all rights": {"is_superuser": True},
}


@pytest.mark.parametrize("way", [*WAYS_IN, "a passkey", "another account"])
def test_person_with_another_way_in_is_not_taken_over(way: str) -> None:
    person = make_user("ana", discord_id=DISCORD_ID, **WAYS_IN.get(way, {}))
    if way == "a passkey":
        Authenticator.objects.create(user=person, type="webauthn", data={})
    if way == "another account":
        SocialAccount.objects.create(user=person, provider="wargaming", uid="1:7")
    before = snapshot()
    with pytest.raises(BelongsToSomebodyError):
        enter(discord())
    assert snapshot() == before


def test_inactive_person_stays_out_is_not_merged_and_nothing_changes() -> None:
    make_user(discord_id=DISCORD_ID, is_active=False)
    before = snapshot()
    with pytest.raises(InactiveError):
        enter(discord())
    assert snapshot() == before
    assert not link(member(), discord())


def test_agreement_and_connections_follow_in_the_same_transaction() -> None:
    steam = Connection("steam", "76561198000000201", "tai")
    ana = enter(discord(connections=(steam,), agrees=True))
    assert ana.reads_connections
    kinds = set(AccountLink.objects.filter(user=ana).values_list("kind", flat=True))
    assert kinds == {"discord", "steam", "player_id"}
    assert enter(discord()).reads_connections  # nothing was said about it
    assert not enter(discord(agrees=False)).reads_connections
    assert AccountLink.objects.filter(user=ana, kind="steam").exists()


@pytest.mark.parametrize("kind", [Kind.DISCORD, Kind.WARGAMING])
@pytest.mark.parametrize("now_has", ["somebody else", "nobody"])
def test_account_that_staff_took_from_a_person_signs_that_person_in_no_more(
    kind: AccountLink.Kind, now_has: str
) -> None:
    player = rows.player(rows.clan())
    account = discord() if kind == Kind.DISCORD else wargaming(player)
    ana = enter(account)
    if kind == Kind.DISCORD:
        User.objects.filter(pk=ana.pk).update(discord_id="7")
    else:
        Player.objects.filter(pk=player.pk).update(user=None)
    if now_has == "somebody else":
        bia = member("bia")
        assert link(bia, account)
        assert enter(account) == bia
    else:
        assert enter(account) != ana
    assert not SocialAccount.objects.filter(user=ana).exists()
    ana.refresh_from_db()
    assert ana.discord_id == ("7" if kind == Kind.DISCORD else None)


# -- Wargaming ----------------------------------------------------------------------------------------------------


def test_player_of_nobody_is_linked_and_the_role_in_the_game_counts_at_once() -> None:
    player = rows.player(rows.clan(), role="commander")
    other = member()
    rows.claim(other, player)
    bia = enter(wargaming(player))
    assert ClanMembership.objects.get(user=bia).role == "commander"
    assert states(wargaming(player)) == {"ana": "claimed", bia.username: "proven"}
    assert AccountLink.objects.get(user=bia).proof == "wargaming"


def test_own_claim_is_settled() -> None:
    player, ana = rows.player(rows.clan(), role="private"), member()
    rows.claim(ana, player)
    assert link(ana, wargaming(player))
    assert states(wargaming(player)) == {"ana": "proven"}


def test_account_that_no_sync_knows_becomes_a_player() -> None:
    realm = rows.clan().realm
    ana = enter(ProvenAccount(Kind.WARGAMING, f"{realm.pk}:7", "Sete"))
    player = Player.objects.get(user=ana)
    assert (player.account_id, player.nickname, player.clan) == (7, "Sete", None)


# -- Linking ------------------------------------------------------------------------------------------------------


def test_person_known_by_discord_id_only_becomes_who_is_signed_in() -> None:
    known, ana = User.objects.for_discord_id(DISCORD_ID), member()
    base = make_base(make_server(), known)
    assert link(ana, discord())
    base.refresh_from_db()
    assert base.owner == ana
    assert not User.objects.filter(pk=known.pk).exists()
    assert states(discord()) == {"ana": "proven"}
    assert enter(discord()) == ana


@pytest.mark.parametrize("way", WAYS_IN)
def test_account_of_somebody_else_is_disputed_and_nothing_else_changes(way: str) -> None:
    make_user("bia", discord_id=DISCORD_ID, **WAYS_IN[way])
    ana = member()
    users, _links, *others = snapshot()
    assert not link(ana, discord())
    assert states(discord()) == {"bia": "proven", "ana": "disputed"}
    assert [users, *others] == [part for number, part in enumerate(snapshot()) if number != 1]


def test_second_discord_account_is_refused_with_words() -> None:
    ana = member(discord_id="7")
    before = snapshot()
    with pytest.raises(NotPossibleError):
        link(ana, discord())
    assert snapshot() == before


def test_known_person_with_another_discord_account_is_compared_by_staff() -> None:
    player, known = rows.player(rows.clan()), User.objects.for_discord_id(DISCORD_ID)
    Player.objects.filter(pk=player.pk).update(user=known)
    ana = member(discord_id="7")
    assert not link(ana, wargaming(player))
    assert states(wargaming(player))["ana"] == "disputed"


def test_what_staff_refused_is_not_asked_again() -> None:
    make_user("bia", discord_id=DISCORD_ID, is_staff=True)
    ana = member()
    link(ana, discord())
    AccountLink.objects.filter(user=ana).update(state="refused")
    with pytest.raises(NotPossibleError):
        link(ana, discord())


# -- At once ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_people_who_link_one_account_at_once_do_not_both_have_it() -> None:
    player = rows.player(rows.clan(), role="commander")
    people = [member(f"p{number}") for number in range(4)]
    start, results = threading.Barrier(6), []

    def work(person: User | None) -> None:
        start.wait()
        try:
            results.append(link(person, wargaming(player)) if person else enter(wargaming(player)).username)
        except BelongsToSomebodyError:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[one]) for one in (*people, None, None)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    player.refresh_from_db()
    assert player.user
    found = states(wargaming(player))
    assert [name for name, state in found.items() if state == "proven"] == [player.user.username]
    assert SocialAccount.objects.get().user == player.user
    assert ClanMembership.objects.get().user == player.user
