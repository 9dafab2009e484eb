from datetime import UTC, date, datetime, timedelta

import pytest

from tanks.models import AccountSnapshot, Player, SyncedClan, SyncRun
from tanks.services.accounts import store_accounts
from tanks.services.roster import store_roster
from tanks.services.sections import Sync, _roster
from tanks.tests.factories import rows
from tanks.tests.factories.answers import LATER, NOW, SOON, account, clan_member, roster
from tanks.tests.proofs import player_of, rewritten, versions
from tanks.tests.services.sync.truth import FIGURES
from tanks.wargaming.answers import AccountInfo
from tanks.wargaming.batches import Answers

pytestmark = pytest.mark.django_db
TABLES = ("tanks_player", "tanks_accountsnapshot")


@pytest.fixture
def wolves() -> SyncedClan:
    clan = rows.clan()
    store_roster(clan, roster(1, 2, 3), at=NOW)
    return clan


def store(
    *infos: AccountInfo, nulls: tuple[int, ...] = (), bad: tuple[int, ...] = (), at: datetime = NOW
) -> int:
    """Store an answer about these accounts, and no other ones."""
    by_id: dict[int, AccountInfo | None] = {info.account_id: info for info in infos}
    by_id |= dict.fromkeys(nulls)
    asked = Player.objects.filter(account_id__in=[*by_id, *bad]).values_list("pk", flat=True)
    return store_accounts(asked, Answers(by_id, frozenset(bad)), at=at)


def snapshots(number: int = 1) -> list[tuple[date, int | None, bool]]:
    found = AccountSnapshot.objects.filter(player__account_id=number).order_by("day")
    return list(found.values_list("day", "battles", "is_reset"))


@pytest.mark.usefixtures("wolves")
def test_null_figures_keep_what_is_stored() -> None:
    store(account(1, wins=500, last_battle_at=NOW, global_rating=9000))
    before = versions(*TABLES)
    nulls = account(1, battles=None)
    assert store(nulls, at=SOON) == 0
    assert store(account(1, statistics=None, nickname=None), at=SOON) == 0
    assert rewritten(before) == {}


@pytest.mark.usefixtures("wolves")
def test_hidden_account_is_noted_once_and_keeps_everything_until_it_comes_back() -> None:
    store(account(1, wins=500))
    shown = player_of(1)
    assert store(nulls=(1,), at=SOON) == 1
    before = versions()
    assert store(nulls=(1,), at=LATER) == 0

    hidden = player_of(1)
    assert hidden.hidden_since == SOON
    for name in ("battles", "wins", "nickname", "clan"):
        assert getattr(hidden, name) == getattr(shown, name)
    assert rewritten(before) == {}
    assert store(account(1, wins=500), at=LATER) == 1
    assert player_of(1).hidden_since is None
    assert snapshots() == [(date(2026, 3, 1), 1000, False)]


def asked_for(clan: SyncedClan, *, full: bool) -> set[int]:
    run = SyncRun(clan=clan, is_full=full)
    sync = Sync(run, clan, clan.realm, None, lambda *_: None)  # type: ignore[arg-type]
    return {player.account_id for player in _roster(sync)}


def test_refused_number_is_asked_for_in_full_passes_only(wolves: SyncedClan) -> None:
    store(account(1), bad=(2,))
    store(bad=(2,), at=SOON)

    assert (player_of(2).refused_since, player_of(2).hidden_since) == (NOW, None)
    assert asked_for(wolves, full=False) == {1, 3}
    assert asked_for(wolves, full=True) == {1, 2, 3}


@pytest.mark.parametrize("infos", [(account(2),), ()], ids=["answered", "hidden: the API knows the number"])
def test_number_that_is_accepted_again_is_no_longer_refused(
    wolves: SyncedClan, infos: tuple[AccountInfo, ...]
) -> None:
    store(bad=(2,))
    store(*infos, nulls=() if infos else (2,), at=SOON)
    assert player_of(2).refused_since is None
    assert asked_for(wolves, full=False) == {1, 2, 3}


@pytest.mark.usefixtures("wolves")
def test_counter_that_falls_is_stored_and_marks_the_day() -> None:
    for day, name in enumerate(FIGURES):
        at = NOW + timedelta(days=day)
        store(account(1, **dict.fromkeys(FIGURES, 100)), at=at)
        store(account(1, **dict.fromkeys(FIGURES, 100) | {name: 99}), at=at)
        assert getattr(player_of(1), name) == 99
        assert snapshots()[-1][2], name


@pytest.mark.usefixtures("wolves")
def test_reset_marks_its_day_to_the_end_and_no_other_day_and_a_falling_rating_is_none() -> None:
    store(account(1, battles=100, global_rating=9000))
    store(account(1, battles=5), at=SOON)
    store(account(1, battles=9), at=LATER)
    for rating in (9000, 8000):
        store(account(1, battles=12, global_rating=rating), at=NOW + timedelta(days=1))
    assert snapshots() == [(date(2026, 3, 1), 9, True), (date(2026, 3, 2), 12, False)]


@pytest.mark.usefixtures("wolves")
def test_snapshot_is_of_the_sites_day() -> None:
    for at, day in (
        (datetime(2026, 3, 2, 0, 1, tzinfo=UTC), 1),  # after midnight in UTC
        (datetime(2026, 3, 2, 2, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 3, 2, 3, 0, tzinfo=UTC), 2),
    ):
        AccountSnapshot.objects.all().delete()
        store(account(1), at=at)
        assert snapshots() == [(date(2026, 3, day), 1000, False)]


@pytest.mark.usefixtures("wolves")
def test_new_day_has_a_row_even_if_nothing_was_played() -> None:
    store(account(1))
    assert store(account(1), at=NOW + timedelta(days=1)) == 1
    assert snapshots() == [(date(2026, 3, 1), 1000, False), (date(2026, 3, 2), 1000, False)]


def test_name_comes_from_the_roster_and_else_from_the_account() -> None:
    clan, given = rows.clan(), ("Ana", "B" * 150, "Novo", None, "")
    store_roster(clan, roster(clan_member(1, None), 2, 3, 4, 5), at=NOW)
    store_roster(clan, roster(1, 3, 4, 5), at=NOW)
    Player.objects.filter(account_id=1).update(nickname="")
    store(*(account(number, nickname=name) for number, name in enumerate(given, 1)))
    names = Player.objects.order_by("account_id").values_list("nickname", flat=True)
    assert list(names) == ["Ana", "B" * 100, "Jogador_3", "Jogador_4", "Jogador_5"]
