from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from analytics.tests.tank_rows import READ_AT
from clans.models import User
from tanks.models import Player, SyncedClan
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db
OWN, THEIRS, ELSEWHERE, FORMER = "Own_Player", "Clan_Mate", "Far_Away", "Gone_Player"


@pytest.fixture
def clan() -> SyncedClan:
    """A clan with two players, one who has left it, and a clan of its own for a fourth."""
    clan = rows.clan("Onças")
    rows.status(clan, last_success_at=READ_AT)
    tank = rows.vehicle("Maus")
    for nickname in (OWN, THEIRS):
        rows.garage_tank(rows.player(clan, nickname), tank)
    rows.garage_tank(rows.player(clan, FORMER, clan=None), tank)
    rows.garage_tank(rows.player(rows.clan("Jaguares", tag="JAG"), ELSEWHERE), tank)
    return clan


def jaguares() -> SyncedClan:
    return SyncedClan.objects.get(name="Jaguares")


def visitor(kind: str, clan: SyncedClan) -> User | None:
    """A visitor of `rows.visitor`; a former member and a "linked" one whose account in the game is known."""
    if kind == "outsider":
        return rows.commander(jaguares())
    user = rows.visitor("member" if kind == "linked" else kind, clan)
    if kind in {"linked", "former"}:
        Player.objects.filter(nickname=OWN if kind == "linked" else FORMER).update(user=user)
    return user


def visit(client: Client, user: User | None, **query: Any) -> str:
    if user:
        client.force_login(user)
    answer = client.get(reverse("tanks"), query, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("kind", "seen", "status"),
    [
        ("anonymous", None, 302),
        ("stranger", set(), 404),
        ("member", set(), 200),
        ("former", set(), 404),
        ("linked", {OWN}, 200),
        ("commander", {OWN, THEIRS}, 200),
        ("staff", set(), 404),
        ("overseer", {ELSEWHERE}, 200),
        ("superuser", {ELSEWHERE}, 200),
        ("outsider", {ELSEWHERE}, 404),
    ],
)
def test_tanks_shows_each_visitor_their_players_and_no_clan_that_they_may_not_see(
    client: Client, clan: SyncedClan, kind: str, seen: set[str] | None, status: int
) -> None:
    user = visitor(kind, clan)
    if seen is not None:
        page = visit(client, user)
        assert {name for name in (OWN, THEIRS, ELSEWHERE, FORMER) if name in page} == seen
        assert ("Maus" in page) is bool(seen)
        assert ("Ask a member of staff" in page) is (not seen)
    answer = client.get(reverse("tanks"), {"clan": clan.pk})
    assert answer.status_code == status
    if status == 302:
        assert answer["Location"].startswith(reverse("account_login") + "?next=/tanks/")
    if status != 200:
        assert OWN.encode() not in answer.content


@pytest.mark.parametrize("clan_id", ["abc", "-1", "9" * 40, "1 or 1", "\x00"])
def test_tanks_of_a_clan_that_is_none_is_404(client: Client, clan: SyncedClan, clan_id: str) -> None:
    client.force_login(rows.commander(clan))
    assert client.get(reverse("tanks"), {"clan": clan_id}).status_code == 404


@pytest.mark.parametrize(("kind", "foreign"), [("linked", THEIRS), ("commander", ELSEWHERE)])
def test_tanks_of_a_player_whom_the_visitor_may_not_see_are_those_without_a_choice(
    client: Client, clan: SyncedClan, kind: str, foreign: str
) -> None:
    number = Player.objects.get(nickname=foreign).pk
    page = visit(client, visitor(kind, clan), player=number)
    assert (OWN in page, foreign in page) == (True, False)
    assert f"?player={number}&amp;" not in page
    assert '<meta name="robots" content="noindex, nofollow">' in page


def test_tanks_of_a_member_with_two_players_are_of_both_and_may_be_chosen(
    client: Client, clan: SyncedClan
) -> None:
    user = visitor("linked", clan)
    second = rows.player(clan, "Second_Own", user=user)
    rows.garage_tank(second, rows.vehicle("IS-7"))
    assert {name for name in (OWN, "Second_Own", THEIRS) if name in visit(client, user)} == {
        OWN,
        "Second_Own",
    }
    chosen = visit(client, user, player=second.pk)
    assert "IS-7" in chosen
    assert "Maus" not in chosen


def test_tanks_offers_the_clans_of_somebody_in_several(client: Client, clan: SyncedClan) -> None:
    user = rows.commander(clan)
    rows.member(user, jaguares(), rows.COMMANDER)
    first, chosen = visit(client, user), visit(client, user, clan=clan.pk)
    assert (ELSEWHERE in first, OWN in first) == (True, False)
    assert (ELSEWHERE in chosen, OWN in chosen) == (False, True)
    assert f'<option value="{clan.pk}" selected>[LBCR] Onças · na</option>' in chosen
    assert f'<option value="{jaguares().pk}">[JAG] Jaguares · na</option>' in chosen
    assert f"?clan={clan.pk}&amp;sort=battles" in chosen


@pytest.mark.parametrize(("kind", "is_linked"), [("linked", False), ("commander", True), ("overseer", True)])
def test_tanks_links_to_the_sync_for_those_who_may_see_it(
    client: Client, clan: SyncedClan, kind: str, *, is_linked: bool
) -> None:
    page = visit(client, visitor(kind, clan), clan=clan.pk)
    assert (f'href="{reverse("sync-page")}?clan={clan.pk}"' in page) is is_linked


def test_navigation_names_the_tanks_to_those_who_are_signed_in(client: Client, clan: SyncedClan) -> None:
    link = f'<a href="{reverse("tanks")}"'
    assert link not in client.get("/rules/").content.decode()
    client.force_login(rows.user("somebody"))
    assert link in client.get("/rules/").content.decode()
    assert f'{link} aria-current="true"' in client.get(reverse("tanks")).content.decode()


@pytest.mark.parametrize("official", [True, False])
def test_tanks_says_whether_its_players_are_real(client: Client, *, official: bool) -> None:
    realm = rows.realm() if official else rows.realm("demo", "http://127.0.0.1:8701")
    clan = rows.clan("Sim", realm=realm)
    page = visit(client, rows.commander(clan))
    assert ("Simulated data" in page) is not official
    assert ("from Wargaming&#x27;s API, realm NA" in page.replace("'", "&#x27;")) is official
