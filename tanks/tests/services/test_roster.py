from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from clans.models import Clan
from tanks.models import Player, RosterEvent, SyncedClan, SyncTrouble
from tanks.services.realms import clan_in
from tanks.services.roster import StoredRoster, store_roster
from tanks.tests.factories import rows
from tanks.tests.factories.answers import JOINED, LATER, NOW, SOON, TEN, clan_member, disbanded, roster
from tanks.tests.proofs import events, on_roster, player_of, rewritten, versions
from tanks.wargaming import answers
from tanks.wargaming.answers import ClanInfo

pytestmark = pytest.mark.django_db


def only_event(clan: SyncedClan) -> RosterEvent:
    return RosterEvent.objects.get(clan=clan)


@pytest.mark.parametrize(
    ("joined_at", "occurred_at"),
    [
        pytest.param(SOON - timedelta(minutes=5), SOON - timedelta(minutes=5), id="the-games-date"),
        pytest.param(None, SOON, id="no-date"),
        pytest.param(SOON + timedelta(days=1), SOON, id="a-date-ahead"),
    ],
)
def test_joining_has_the_date_of_the_game_or_happened_when_noticed(
    wolves: SyncedClan, joined_at: datetime | None, occurred_at: datetime
) -> None:
    store_roster(wolves, roster(*TEN, clan_member(11, role="recruit", joined_at=joined_at)), at=SOON)
    assert events() == [("joined", 11, "", "recruit")]
    assert (only_event(wolves).occurred_at, only_event(wolves).noticed_at) == (occurred_at, SOON)
    assert 11 in on_roster(wolves)


def test_leaving_is_one_event_and_the_player_stays(wolves: SyncedClan) -> None:
    stored = store_roster(wolves, roster(*range(1, 10)), at=SOON)
    store_roster(wolves, roster(*range(1, 10)), at=LATER)

    assert stored == StoredRoster(2)
    assert events() == [("left", 10, "private", "")]
    assert (only_event(wolves).occurred_at, only_event(wolves).noticed_at) == (SOON, SOON)
    gone = player_of(10)
    assert (gone.clan, gone.role, gone.joined_clan_at, gone.nickname) == (None, "", None, "Jogador_10")


@pytest.mark.parametrize(
    "info",
    [None, roster(), roster(members=None), roster(name=None, tag=None, members=None), roster(0)],
    ids=["null", "nobody", "members-null", "all-null", "only-account-0"],
)
def test_answer_without_members_changes_no_row(wolves: SyncedClan, info: ClanInfo | None) -> None:
    before = versions()
    assert store_roster(wolves, info, at=SOON) == StoredRoster(0, SyncTrouble.EMPTY)
    assert rewritten(before) == {}


def test_clan_called_disbanded_once_keeps_its_roster_and_twice_has_none_any_more(wolves: SyncedClan) -> None:
    before = versions("tanks_player", "tanks_rosterevent")
    assert store_roster(wolves, disbanded(), at=SOON) == StoredRoster(1, SyncTrouble.DISBANDED)
    assert rewritten(before) == {}
    assert store_roster(wolves, disbanded(), at=LATER) == StoredRoster(20, SyncTrouble.DISBANDED)

    wolves.refresh_from_db()
    assert (wolves.name, wolves.disbanded_at, on_roster(wolves)) == ("Lobos do Cerrado", SOON, set())
    assert events() == [("left", number, "private", "") for number in TEN]
    assert player_of(1).nickname == "Jogador_1", "who they were stays"

    before = versions()
    assert store_roster(wolves, disbanded(), at=LATER) == StoredRoster(0, SyncTrouble.DISBANDED)
    assert rewritten(before) == {}


@pytest.mark.parametrize("between", [roster(*TEN), roster(1, 2)], ids=["whole", "few"])
def test_clan_called_disbanded_with_a_roster_between_has_one(wolves: SyncedClan, between: ClanInfo) -> None:
    for info in (disbanded(), between, disbanded()):
        store_roster(wolves, info, at=SOON)
    assert on_roster(wolves) == set(TEN)
    assert not events()


def test_answer_that_contradicts_itself_waits_for_the_second_reading(wolves: SyncedClan) -> None:
    short = roster(clan_member(1, "Nova"), *range(2, 10), 11, contradicts_itself=True)
    assert store_roster(wolves, short, at=SOON).trouble == SyncTrouble.HELD_BACK
    assert on_roster(wolves) == {*TEN, 11}
    assert events() == [("joined", 11, "", "private"), ("renamed", 1, "Jogador_1", "Nova")]

    assert store_roster(wolves, short, at=LATER).trouble == SyncTrouble.NONE
    assert on_roster(wolves) == {*range(1, 10), 11}


def test_member_who_cannot_be_read_never_leaves_for_that(wolves: SyncedClan) -> None:
    short = roster(*range(1, 10), unreadable_members=1)
    for at in (SOON, LATER, LATER):
        assert store_roster(wolves, short, at=at).trouble == SyncTrouble.HELD_BACK
    assert on_roster(wolves) == set(TEN)
    store_roster(wolves, roster(*range(1, 10)), at=LATER)
    assert on_roster(wolves) == set(range(1, 10))


def test_reading_with_an_unreadable_member_is_no_second_word_about_who_is_missing(wolves: SyncedClan) -> None:
    store_roster(wolves, roster(*range(1, 7)), at=SOON)
    store_roster(wolves, roster(*range(1, 7), unreadable_members=1), at=LATER)
    assert on_roster(wolves) == set(TEN)


def test_four_of_ten_wait_for_the_second_reading(wolves: SyncedClan) -> None:
    first = store_roster(wolves, roster(*range(1, 7)), at=SOON)
    assert first == StoredRoster(0, SyncTrouble.HELD_BACK)
    assert on_roster(wolves) == set(TEN)
    assert not events()
    wolves.refresh_from_db()
    assert wolves.missing_account_ids == [7, 8, 9, 10]

    second = store_roster(wolves, roster(*range(1, 7)), at=LATER)
    assert second == StoredRoster(8)
    assert on_roster(wolves) == set(range(1, 7))
    assert events() == [("left", number, "private", "") for number in (7, 8, 9, 10)]
    wolves.refresh_from_db()
    assert wolves.missing_account_ids == []


def test_silence_between_two_heavy_losses_takes_nobody_more(wolves: SyncedClan) -> None:
    for info in (roster(*range(1, 7)), None, roster(), disbanded(), roster(1, 7, 8, 9, 10)):
        store_roster(wolves, info, at=LATER)
        assert on_roster(wolves) == set(TEN), "nobody is missing twice"


def test_clan_that_is_renamed_writes_its_row_alone(wolves: SyncedClan) -> None:
    before = versions()
    assert store_roster(wolves, roster(*TEN, name="Lobos-Guará", tag="GUARA"), at=SOON) == StoredRoster(1)
    wolves.refresh_from_db()
    assert (wolves.name, wolves.tag) == ("Lobos-Guará", "GUARA")
    assert rewritten(before) == {"clans_clan": 1}


def test_clan_is_distinguished_by_its_number_while_no_tag_in_force_does(wolves: SyncedClan) -> None:
    number = wolves.wargaming_id
    labels = []
    for info in (disbanded(), roster(*TEN)):
        store_roster(wolves, info, at=SOON)
        labels.append(Clan.objects.get(pk=wolves.pk).label)
    assert labels == [f"[LBCR] Lobos do Cerrado · na #{number}", "[LBCR] Lobos do Cerrado · na"]

    unread = clan_in(wolves.realm, 77)
    assert Clan.objects.get(pk=unread.pk).label == "#77 · na #77"


def test_texts_too_long_are_cut_and_then_stay_the_same() -> None:
    clan = rows.clan()
    info = roster(clan_member(1, "Ñ" * 150, "r" * 80), name="N" * 200, tag="T" * 50)
    store_roster(clan, info, at=NOW)
    before = versions()

    assert store_roster(clan, info, at=SOON) == StoredRoster(0)
    assert rewritten(before) == {}
    clan.refresh_from_db()
    assert (len(clan.name), len(clan.tag)) == (100, 16)
    assert (player_of(1).nickname, player_of(1).role) == ("Ñ" * 100, "r" * 40)
    assert not events()


@pytest.mark.parametrize(
    "name", ["nul\x00byte", "half\ud83d", "\u202eevil", "👩‍👩‍👧" * 40, "%s %(x)s {}", '{1,"2",NULL}\\', " "]
)
def test_odd_names_are_stored_and_then_stay_the_same(name: str) -> None:
    clan = rows.clan()
    member = {"account_id": 5, "account_name": name, "role": "commander", "joined_at": 1767636000}
    info = answers.clans({"77": {"clan_id": 77, "tag": name, "name": name, "members": [member]}})[77]
    store_roster(clan, info, at=NOW)
    before = versions()

    assert store_roster(clan, info, at=SOON) == StoredRoster(0)
    assert rewritten(before) == {}
    assert player_of(5).nickname.startswith(name[:3].replace("\x00", "\N{REPLACEMENT CHARACTER}"))
    assert not events()


def test_one_number_in_two_realms_is_two_players(wolves: SyncedClan) -> None:
    elsewhere = rows.clan(realm=rows.realm("eu", "https://api.worldoftanks.eu"))
    store_roster(elsewhere, roster(clan_member(1, "Outra", joined_at=SOON)), at=SOON)

    assert Player.objects.filter(account_id=1).count() == 2
    assert on_roster(wolves) == set(TEN)
    assert Player.objects.get(account_id=1, clan=wolves).nickname == "Jogador_1"
    assert not events()


def test_roster_of_a_hundred_is_stored_in_a_fixed_number_of_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    clan = rows.clan()
    store_roster(clan, roster(*range(1, 101)), at=NOW)
    changed = [clan_member(number, f"Novo_{number}", joined_at=JOINED) for number in range(21, 121)]
    with django_assert_max_num_queries(20):
        store_roster(clan, roster(*changed), at=SOON)
    assert len(events()) == 20 + 20 + 80
