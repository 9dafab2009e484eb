"""Which account of World of Tanks a text means: by the rosters, and by a simulated API."""

import time
import uuid
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from accounts.services.claiming import MOST_CHOICES, MOST_LOOKUPS, Outcome, claim_chosen, look_up
from clans.models import AccountLink, User
from common.attempts import TooManyAttemptsError, count_attempt
from common.errors import NotPossibleError
from local.simulator.server import running
from local.simulator.simulator import Simulator
from local.simulator.world import CLAN_ID, World
from tanks import wargaming
from tanks.models import Player, SyncedClan
from tanks.services.realms import clan_in, realm_at
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_application(settings: Settings) -> None:
    settings.WOT_APP_ID = uuid.uuid4().hex  # a pace and a breaker of its own
    settings.WOT_REQUESTS_PER_SECOND = 1000.0


@pytest.fixture
def roster() -> SyncedClan:
    """A clan whose realm does not answer, with a few players."""
    clan = rows.clan(realm=rows.realm("here", "http://127.0.0.1:1"))
    for nickname in ("Nando", "NandoCWB", "O_Nando", "Ana_BR", "100_por_cento"):
        rows.player(clan, nickname)
    rows.player(clan, "Velho", user=rows.user("velho"))
    rows.player(clan, "Minha", user=rows.user("ana"))
    rows.player(clan, "12345", account_id=777)
    rows.player(clan, "Sete", account_id=12345)
    rows.player(clan, "Fora", clan=None)
    return clan


@pytest.mark.parametrize(
    ("text", "outcome", "nicknames"),
    [
        pytest.param("NandoCWB", "found", ["NandoCWB"], id="whole"),
        pytest.param("  nandocwb ", "found", ["NandoCWB"], id="whole-in-other-case"),
        pytest.param("nando", "found", ["Nando"], id="whole-though-part-of-others"),
        pytest.param("nan", "choice", ["Nando", "NandoCWB", "O_Nando"], id="part-nearest-first"),
        pytest.param("cwb", "choice", ["NandoCWB"], id="part-of-one-is-still-chosen"),
        pytest.param("an", "not found", [], id="part-too-short"),
        pytest.param("777", "found", ["12345"], id="number-of-an-account"),
        pytest.param("12345", "choice", ["Sete", "12345"], id="number-that-is-a-nickname-as-well"),
        pytest.param("velho", "taken", ["Velho"], id="taken"),
        pytest.param("Minha", "yours", ["Minha"], id="ones-own"),
        pytest.param("Fora", "not found", [], id="left-the-clan"),
        pytest.param("Ninguém", "not found", [], id="nobody"),
        pytest.param("", "not found", [], id="blank"),
        pytest.param("%%%", "not found", [], id="wildcards-mean-themselves"),
        pytest.param("___", "not found", [], id="underscores-mean-themselves"),
        pytest.param("0_p", "choice", ["100_por_cento"], id="underscore-in-a-part"),
        pytest.param("Nando\x00", "not found", [], id="null-character"),
        pytest.param("\u202eodnaN", "not found", [], id="turned-round"),
        pytest.param("' OR 1=1 --", "not found", [], id="sql"),
        pytest.param("9" * 100, "not found", [], id="huge-number"),
        pytest.param("²³¹", "not found", [], id="digits-of-another-kind"),
        pytest.param("x" * 101, "not found", [], id="too-long"),
    ],
)  # fmt: skip
def test_rosters_answer_while_the_game_is_silent(
    roster: SyncedClan, text: str, outcome: str, nicknames: list[str]
) -> None:
    found = look_up(text, user_id=User.objects.get(username="ana").pk)
    assert (found.outcome, [one.nickname for one in found.candidates]) == (outcome, nicknames)
    is_a_name = text.strip() and text.isprintable() and len(text) <= 100
    asked_in_vain = outcome in {"choice", "not found"} and is_a_name and text != "12345"
    assert found.asked_game is not asked_in_vain


def test_choice_is_short_and_offers_only_what_is_free(roster: SyncedClan) -> None:
    for number in range(MOST_CHOICES + 5):
        rows.player(roster, f"Onça_{number:02}", user=None if number else rows.user())
    found = look_up("onça")
    assert len(found.candidates) == MOST_CHOICES
    taken, free = found.candidates[:2]
    assert [found.chosen(taken.key), found.chosen(free.key), found.chosen("1:2")] == [None, free, None]


def test_nickname_in_two_realms_is_a_choice(roster: SyncedClan) -> None:
    rows.player(rows.clan("Outro", realm=rows.realm("eu", "https://api.worldoftanks.eu")), "Nando")
    assert [str(one.realm) for one in look_up("Nando").candidates] == ["here", "eu"]


def test_lookups_of_an_address_are_counted(roster: SyncedClan) -> None:
    for _ in range(MOST_LOOKUPS):
        count_attempt("nickname", "192.0.2.7", MOST_LOOKUPS)
    with pytest.raises(TooManyAttemptsError):
        look_up("Nando", address="192.0.2.7")
    assert look_up("Nando", address="192.0.2.8").outcome == Outcome.FOUND


# -- At the game --------------------------------------------------------------------------------------------------


@pytest.fixture
def game(settings: Settings) -> Iterator[Simulator]:
    """A game whose clan this site follows, and has not read yet."""
    world = World(seed=7, members=8)
    members = list(world.members)
    for number, nickname in zip(members, ("Recem_1", "Recem_2", "Recem_3"), strict=False):
        world.players[number].nickname = nickname
    leaver = members[3]
    world.players[leaver].nickname = "Saiu_1"
    with running(world, rate=10_000) as simulator:
        settings.WOT_REALM = simulator.url
        clan_in(realm_at(simulator.url), CLAN_ID)
        world.leave(leaver)
        yield simulator


@pytest.mark.parametrize(
    ("text", "outcome", "nicknames"),
    [
        pytest.param("recem_1", "found", ["Recem_1"], id="whole"),
        pytest.param("rece", "choice", ["Recem_1", "Recem_2", "Recem_3"], id="beginning"),
        pytest.param("ecem", "not found", [], id="middle-is-for-rosters"),
        pytest.param("Saiu_1", "no clan", [], id="in-no-clan-of-this-site"),
        pytest.param("saiu", "not found", [], id="beginning-of-one-in-no-clan"),
        pytest.param("Ninguem_9", "not found", [], id="nobody"),
        pytest.param("Ação", "not found", [], id="no-nickname-of-the-game"),
        pytest.param("a,b", "not found", [], id="no-list-of-names"),
    ],
)
def test_game_knows_who_joined_since_the_last_sync(
    game: Simulator, text: str, outcome: str, nicknames: list[str]
) -> None:
    found = look_up(text)
    assert (found.outcome, [one.nickname for one in found.candidates]) == (outcome, nicknames)
    assert found.asked_game


def test_number_is_asked_for_too_and_is_taken_though_it_was_on_no_roster(game: Simulator) -> None:
    number, realm = next(iter(game.world.members)), realm_at(game.url)
    assert [one.account_id for one in look_up(str(number)).candidates] == [number]
    Player.objects.create(realm=realm, account_id=number, nickname="Recem_1", user=rows.user())
    assert look_up("Recem_1").outcome == Outcome.TAKEN


def test_refusal_of_the_game_leaves_the_rosters_answer(game: Simulator, settings: Settings) -> None:
    settings.WOT_APP_ID = ""
    rows.player(SyncedClan.objects.get(), "Recem_9")
    found = look_up("recem")
    assert ([one.nickname for one in found.candidates], found.asked_game) == (["Recem_9"], False)


def test_game_that_takes_long_is_not_waited_for(
    game: Simulator, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wargaming.AWAITED["longest_seconds"] < 5
    monkeypatch.setitem(wargaming.AWAITED, "timeout", (2.0, 0.3))
    with running(game.world, latency=1.5) as slow:
        settings.WOT_REALM = slow.url
        SyncedClan.objects.update(realm=realm_at(slow.url))
        began = time.monotonic()
        found = look_up("recem")
        assert time.monotonic() - began < 1.4
    assert (found.outcome, found.asked_game) == (Outcome.NOT_FOUND, False)


def test_claim_on_who_just_joined_makes_the_player_and_has_the_clan_synced(game: Simulator) -> None:
    SyncedClan.objects.update(sync_due_at="2030-01-01T00:00Z")
    link = claim_chosen(rows.user("ana"), look_up("Recem_1").candidates[0])
    player = Player.objects.get()
    assert (player.nickname, player.clan, player.user) == ("Recem_1", None, None)
    assert (link.kind, link.key, link.state) == ("wargaming", player.link_key, "claimed")
    assert SyncedClan.objects.get().sync_due_at.year < 2030


def test_claim_on_the_roster_leaves_the_sync_and_what_became_somebodys_meanwhile(roster: SyncedClan) -> None:
    SyncedClan.objects.update(sync_due_at="2030-01-01T00:00Z")
    candidate = look_up("Nando").candidates[0]
    claim_chosen(rows.user("eva"), candidate)
    assert SyncedClan.objects.get().sync_due_at.year == 2030
    assert Player.objects.get(nickname="Nando").user is None
    Player.objects.filter(nickname="Nando").update(user=rows.user("bia"))
    with pytest.raises(NotPossibleError):
        claim_chosen(rows.user("rui"), candidate)
    assert AccountLink.objects.get(state="claimed").user.username == "eva"
