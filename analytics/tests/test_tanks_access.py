from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analytics.tests.tank_rows import (
    make_clan,
    make_commander,
    make_member,
    make_player,
    make_read,
    make_realm,
    make_staff,
    make_tank,
    make_user,
    make_vehicle,
)
from clans.models import User
from tanks.models import Player, SyncedClan

pytestmark = pytest.mark.django_db
OWN, THEIRS, ELSEWHERE, FORMER = "Own_Player", "Clan_Mate", "Far_Away", "Gone_Player"


@pytest.fixture
def clan() -> SyncedClan:
    """A clan with two players, one who has left it, and a clan of its own for a fourth."""
    clan = make_clan("Onças")
    make_read(clan)
    tank = make_vehicle("Maus")
    for nickname in (OWN, THEIRS):
        make_tank(make_player(clan, nickname), tank)
    make_tank(make_player(None, FORMER), tank)
    make_tank(make_player(make_clan("Jaguares", tag="JAG"), ELSEWHERE), tank)
    return clan


def jaguares() -> SyncedClan:
    return SyncedClan.objects.get(name="Jaguares")


def _visitor(role: str, clan: SyncedClan) -> User | None:
    if role == "anonymous":
        return None
    if role.startswith("staff"):
        return make_staff(role, may_see=role == "staff with the right")
    if role == "other commander":
        return make_commander(jaguares(), role)
    user = make_user(role, is_superuser=role == "superuser", is_staff=role == "superuser")
    if role in {"member", "unlinked member", "commander", "former member"}:
        make_member(clan, user, commands=role == "commander")
    if role in {"member", "former member"}:
        Player.objects.filter(nickname=OWN if role == "member" else FORMER).update(user=user)
    return user


def visit(client: Client, user: User | None, **query: Any) -> str:
    if user:
        client.force_login(user)
    answer = client.get(reverse("tanks"), query, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("no clan", set()),
        ("unlinked member", set()),
        ("former member", set()),
        ("member", {OWN}),
        ("commander", {OWN, THEIRS}),
        ("staff without the right", set()),
        ("staff with the right", {ELSEWHERE}),
        ("superuser", {ELSEWHERE}),
        ("other commander", {ELSEWHERE}),
    ],
)
def test_tanks_shows_each_role_its_players_and_no_others(
    client: Client, clan: SyncedClan, role: str, seen: set[str]
) -> None:
    page = visit(client, _visitor(role, clan))
    assert {name for name in (OWN, THEIRS, ELSEWHERE, FORMER) if name in page} == seen
    assert ("Maus" in page) is bool(seen)
    assert ("Ask a member of staff" in page) is (not seen)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("anonymous", 302),
        ("no clan", 404),
        ("staff without the right", 404),
        ("other commander", 404),
        ("unlinked member", 200),
        ("member", 200),
        ("commander", 200),
        ("staff with the right", 200),
        ("superuser", 200),
    ],
)
def test_tanks_of_a_named_clan_are_404_for_those_who_may_not_see_it(
    client: Client, clan: SyncedClan, role: str, status: int
) -> None:
    if user := _visitor(role, clan):
        client.force_login(user)
    answer = client.get(reverse("tanks"), {"clan": clan.pk})
    assert answer.status_code == status
    if status == 302:
        assert answer["Location"].startswith(reverse("login") + "?next=/tanks/")
    if status != 200:
        assert OWN.encode() not in answer.content


@pytest.mark.parametrize("clan_id", ["abc", "-1", "9" * 40, "1 or 1", "\x00"])
def test_tanks_of_a_clan_that_is_none_is_404(client: Client, clan: SyncedClan, clan_id: str) -> None:
    client.force_login(make_commander(clan))
    assert client.get(reverse("tanks"), {"clan": clan_id}).status_code == 404


def test_tanks_for_somebody_who_is_no_longer_active_asks_to_sign_in(client: Client, clan: SyncedClan) -> None:
    user = make_commander(clan)
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(reverse("tanks")).status_code == 302


def test_tanks_of_a_member_with_somebody_elses_player_in_the_address_are_their_own(
    client: Client, clan: SyncedClan
) -> None:
    mate = Player.objects.get(nickname=THEIRS)
    page = visit(client, _visitor("member", clan), player=mate.pk)
    assert OWN in page
    assert THEIRS not in page
    assert f"?player={mate.pk}&amp;" not in page


def test_tanks_of_a_commander_with_a_player_of_another_clan_are_those_of_the_clan(
    client: Client, clan: SyncedClan
) -> None:
    stranger = Player.objects.get(nickname=ELSEWHERE)
    page = visit(client, make_commander(clan), player=stranger.pk)
    assert ELSEWHERE not in page
    assert OWN in page


def test_tanks_of_a_member_with_two_players_are_of_both_and_may_be_chosen(
    client: Client, clan: SyncedClan
) -> None:
    user = _visitor("member", clan)
    second = make_player(clan, "Second_Own", user)
    make_tank(second, make_vehicle("IS-7"))
    assert {name for name in (OWN, "Second_Own", THEIRS) if name in visit(client, user)} == {
        OWN,
        "Second_Own",
    }
    chosen = visit(client, user, player=second.pk)
    assert "IS-7" in chosen
    assert "Maus" not in chosen


def test_tanks_offers_the_clans_of_somebody_in_several(client: Client, clan: SyncedClan) -> None:
    user = make_commander(clan)
    make_member(jaguares(), user, commands=True)
    first, chosen = visit(client, user), visit(client, user, clan=clan.pk)
    assert (ELSEWHERE in first, OWN in first) == (True, False)
    assert (ELSEWHERE in chosen, OWN in chosen) == (False, True)
    assert f'<option value="{clan.pk}" selected>[ONCA] Onças · na</option>' in chosen
    assert f'<option value="{jaguares().pk}">[JAG] Jaguares · na</option>' in chosen
    assert f"?clan={clan.pk}&amp;sort=battles" in chosen


def test_tanks_of_a_known_player_are_those_of_the_players_clan(client: Client, clan: SyncedClan) -> None:
    user = _visitor("member", clan)
    assert user is not None
    make_member(jaguares(), user)
    page = visit(client, user)
    assert OWN in page
    assert "Jaguares" not in page


@pytest.mark.parametrize(
    ("role", "linked"), [("member", False), ("commander", True), ("staff with the right", True)]
)
def test_tanks_links_to_the_sync_for_those_who_may_see_it(
    client: Client, clan: SyncedClan, role: str, *, linked: bool
) -> None:
    page = visit(client, _visitor(role, clan), clan=clan.pk)
    assert (f'href="{reverse("sync-page")}?clan={clan.pk}"' in page) is linked


def test_navigation_names_the_tanks_to_those_who_are_signed_in(client: Client, clan: SyncedClan) -> None:
    link = f'<a href="{reverse("tanks")}"'
    assert link not in client.get("/rules/").content.decode()
    client.force_login(make_user("somebody"))
    assert link in client.get("/rules/").content.decode()
    assert f'{link} aria-current="true"' in client.get(reverse("tanks")).content.decode()


def test_tanks_are_kept_from_caches_and_search_engines(client: Client, clan: SyncedClan) -> None:
    client.force_login(make_commander(clan))
    answer = client.get(reverse("tanks"))
    assert "no-store" in answer["Cache-Control"]
    assert b'<meta name="robots" content="noindex, nofollow">' in answer.content


def test_tanks_cannot_be_posted_to(client: Client, clan: SyncedClan) -> None:
    client.force_login(make_commander(clan))
    assert client.post(reverse("tanks")).status_code == 405


@pytest.mark.parametrize("official", [True, False])
def test_tanks_says_whether_its_players_are_real(client: Client, *, official: bool) -> None:
    clan = make_clan("Sim", realm=make_realm(official=official))
    page = visit(client, make_commander(clan))
    assert ("Simulated data" in page) is not official
    assert ("from Wargaming&#x27;s API, realm NA" in page.replace("'", "&#x27;")) is official
