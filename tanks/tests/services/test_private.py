"""What stands in garages, as their owners let us see; the client is a stand-in, its answers are parsed ones."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
import time_machine

from tanks.models import GarageTank, Player
from tanks.services.garages import store_tanks, take_token_back
from tanks.services.private import give_token, read_private_garages
from tanks.tests.factories import rows
from tanks.tests.factories.answers import LATER, NOW, SOON, account, tank
from tanks.tests.proofs import rewritten, versions
from tanks.wargaming import Client
from tanks.wargaming.answers import AccountInfo, Login
from tanks.wargaming.batches import Answers
from tanks.wargaming.errors import ApiRefusedError

pytestmark = pytest.mark.django_db
TOKEN = "0123456789abcdef0123456789abcdef"
INVALID = ApiRefusedError(407, "INVALID_ACCESS_TOKEN", "access_token")
NEVER = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Api:
    """Stands where the client does, and remembers what it was asked."""

    garage: frozenset[int] | None = frozenset({1, 2})
    login: Login | None = None
    error: ApiRefusedError | None = None
    meanwhile: Callable[[], object] = lambda: None
    asked: list[tuple[str, object]] = field(default_factory=list)

    def account_info(
        self, account_ids: Iterable[int], *, access_token: str | None = None
    ) -> Answers[AccountInfo]:
        (number,) = account_ids
        self.asked.append((access_token or "", number))
        self._let_time_pass()
        if self.error:
            raise self.error
        return Answers({number: account(number, garage=self.garage)})

    def _let_time_pass(self) -> None:
        """Do what happens while the first request is under way, once."""
        work, self.meanwhile = self.meanwhile, lambda: None
        work()

    def prolongate(self, access_token: str) -> Login:
        self.asked.append(("prolongate", access_token))
        self._let_time_pass()
        if self.login is None:
            raise INVALID
        return self.login


@pytest.fixture
def ana() -> Player:
    player = rows.player(rows.clan(), "Ana", last_battle_at=NOW)
    give_token(player, TOKEN, expires_at=NEVER)
    store_tanks({player.pk: [tank(1), tank(3)]}, at=NOW)
    return player


def read(api: Api, at: datetime = SOON, *, full_pass_at: datetime | None = None) -> int:
    players = Player.objects.exclude(access_token="").order_by("pk")
    with time_machine.travel(at, tick=False):
        rows_written, _fault = read_private_garages(cast("Client", api), players, full_pass_at=full_pass_at)
        return rows_written


def in_garage(player: Player) -> dict[int, bool | None]:
    return dict(GarageTank.objects.filter(player=player).values_list("tank_id", "in_garage"))


def stored(player: Player) -> Player:
    return Player.objects.get(pk=player.pk)


def test_sold_vehicle_changes_alone(ana: Player) -> None:
    read(Api())
    before = versions("tanks_garagetank")
    assert read(Api(garage=frozenset({1})), at=LATER, full_pass_at=LATER) == 1
    assert in_garage(ana) == {1: True, 2: False, 3: False}
    assert rewritten(before) == {"tanks_garagetank": 1}


@pytest.mark.parametrize("garage", [None, frozenset(), frozenset({1, 2})], ids=["null", "empty", "as before"])
def test_garage_that_tells_nothing_new_rewrites_no_row(ana: Player, garage: frozenset[int] | None) -> None:
    read(Api())
    before = versions("tanks_garagetank", "tanks_vehicle", "tanks_tanksnapshot")
    assert read(Api(garage=garage), at=LATER, full_pass_at=LATER) == 0
    assert rewritten(before) == {}


@pytest.mark.parametrize(
    ("vehicles_read_at", "full_pass_at", "asked"),
    [
        pytest.param(NOW, None, False, id="not-played"),
        pytest.param(None, None, False, id="vehicles-never-read"),
        pytest.param(SOON + timedelta(minutes=1), None, True, id="played-since"),
        pytest.param(NOW, SOON + timedelta(minutes=1), True, id="not-yet-in-this-pass"),
        pytest.param(NOW, SOON, False, id="read-in-this-pass"),
    ],
)
def test_garage_is_asked_for_only_when_it_may_have_changed(
    ana: Player, vehicles_read_at: datetime | None, full_pass_at: datetime | None, *, asked: bool
) -> None:
    read(Api())
    Player.objects.update(garage_read_at=vehicles_read_at)
    api = Api()
    read(api, at=LATER, full_pass_at=full_pass_at)
    assert bool(api.asked) is asked


def test_dead_token_is_forgotten_and_what_it_showed_stays(ana: Player) -> None:
    read(Api())
    assert read(Api(error=INVALID), at=LATER, full_pass_at=LATER) == 0
    assert (stored(ana).access_token, stored(ana).token_expires_at) == ("", None)
    assert in_garage(ana) == {1: True, 2: True, 3: False}

    api = Api()
    read(api, at=LATER, full_pass_at=LATER)
    assert not api.asked


def test_token_of_somebody_else_is_forgotten_tells_nothing_and_leaves_the_others_alone(ana: Player) -> None:
    assert ana.clan is not None
    bia = rows.player(ana.clan, "Bia")
    for player in (ana, bia):
        give_token(player, TOKEN, expires_at=NOW)  # is to be renewed
    api = Api(login=Login(bia.account_id, NEVER, "c" * 32))
    read(api)
    assert stored(ana).access_token == "", "the new token was somebody else's"
    assert set(in_garage(ana).values()) == {None}
    assert stored(bia).access_token == "c" * 32
    assert set(in_garage(bia).values()) == {True}
    assert ("", ana.account_id) not in api.asked


@pytest.mark.parametrize(
    ("left", "is_renewed"),
    [
        pytest.param(timedelta(days=3, seconds=1), False, id="early"),
        pytest.param(timedelta(days=3), True, id="three-days-before"),
        pytest.param(timedelta(seconds=-1), True, id="run-out"),
        pytest.param(None, False, id="end-unknown"),
    ],
)
def test_token_is_renewed_before_it_runs_out(
    ana: Player, left: timedelta | None, *, is_renewed: bool
) -> None:
    give_token(ana, TOKEN, expires_at=None if left is None else SOON + left)
    api = Api(login=Login(ana.account_id, NEVER, "f" * 32))
    read(api)
    token = "f" * 32 if is_renewed else TOKEN
    assert (stored(ana).access_token, api.asked[-1]) == (token, (token, ana.account_id))
    assert not is_renewed or stored(ana).token_expires_at == NEVER


def test_new_token_survives_an_answer_that_does_not_come(ana: Player) -> None:
    give_token(ana, TOKEN, expires_at=SOON)
    api = Api(
        login=Login(ana.account_id, NEVER, "f" * 32), error=ApiRefusedError(504, "SOMETHING"), garage=None
    )
    assert read(api) == 0
    assert stored(ana).access_token == "f" * 32, "the old one is worth nothing any more"


def test_token_taken_back_makes_everything_unknown_again(ana: Player) -> None:
    # Only the token showed vehicle 2; what was fought in is public, also with no battles counted.
    store_tanks({ana.pk: [tank(9, 0, 0)]}, at=NOW)
    read(Api())
    take_token_back(ana)
    assert in_garage(ana) == {1: None, 3: None, 9: None}
    now = stored(ana)
    assert (now.access_token, now.token_expires_at, now.private_read_at) == ("", None, None)


def test_token_taken_back_while_the_garage_is_read_shows_nothing(ana: Player) -> None:
    assert read(Api(meanwhile=lambda: take_token_back(ana))) == 0
    assert set(in_garage(ana).values()) == {None}
    assert stored(ana).private_read_at is None


def test_token_taken_back_while_it_is_renewed_stays_forgotten(ana: Player) -> None:
    give_token(ana, TOKEN, expires_at=SOON)
    read(Api(login=Login(ana.account_id, NEVER, "f" * 32), meanwhile=lambda: take_token_back(ana)))
    assert stored(ana).access_token == ""
    assert set(in_garage(ana).values()) == {None}
