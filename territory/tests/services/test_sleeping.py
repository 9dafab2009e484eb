"""Sleeping bases: warned, then released; never where nobody could be seen, and never during a leave."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from common.errors import NotPossibleError
from territory.models import Base, BasePermission, GamertagUse, GameServer, LogFile, PlayerIdentity
from territory.services.sleeping import release_sleepers, set_leave
from territory.tests.factories import (
    join,
    make_base,
    make_clan,
    make_log_file,
    make_placement,
    make_player,
    make_server,
    make_user,
    permit,
)

pytestmark = pytest.mark.django_db
# Days after which a base is released, and how long before its owner is warned.
DAYS, NOTICE = 20, 5
NOW = timezone.now()


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def server() -> GameServer:
    return make_server(sleep_after_days=DAYS)


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_player("Dona"), registered_at=ago(300))


def log_came(server: GameServer, first: float = 300, last: float = 0) -> LogFile:
    return make_log_file(server, f"{first}.ADM", players_since=ago(first), players_until=ago(last))


def seen(gamertag: str, days_ago: float) -> None:
    identity = PlayerIdentity.objects.get(gamertag=gamertag)
    GamertagUse.objects.update_or_create(
        identity=identity,
        gamertag=gamertag,
        defaults={"first_seen_at": ago(300), "last_seen_at": ago(days_ago)},
    )


def pass_days(days: Iterable[int]) -> None:
    """Let the daily task run, that many days from now."""
    for day in days:
        LogFile.objects.update(players_until=NOW + timedelta(days=day))
        release_sleepers(now=NOW + timedelta(days=day))


def state(base: Base) -> str:
    base.refresh_from_db()
    if base.removed_at is not None:
        return "released"
    return "awake" if base.sleeps_at is None else "warned"


def test_a_base_is_warned_of_and_then_released(server: GameServer, base: Base) -> None:
    log_came(server)
    seen("Dona", DAYS - NOTICE - 2)
    permission = permit(base, make_user())
    pass_days([0])
    assert state(base) == "awake"
    pass_days(range(1, 4))
    assert state(base) == "warned"
    pass_days(range(4, NOTICE + 2))
    assert state(base) == "warned"
    pass_days(range(NOTICE + 2, NOTICE + 5))
    assert state(base) == "released"
    assert BasePermission.objects.get(pk=permission.pk).revoked_at == base.removed_at


def test_nobody_is_released_without_a_warning(server: GameServer, base: Base) -> None:
    log_came(server)
    seen("Dona", 200)
    pass_days([0])
    assert state(base) == "warned"
    assert base.sleeps_at == NOW + timedelta(days=NOTICE)
    pass_days([NOTICE - 1])
    assert state(base) == "warned"
    pass_days([NOTICE])
    assert state(base) == "released"


def test_without_the_setting_nothing_falls_asleep(server: GameServer, base: Base) -> None:
    GameServer.objects.update(sleep_after_days=None)
    log_came(server)
    seen("Dona", 200)
    pass_days([0, NOTICE, 100])
    assert state(base) == "awake"


@pytest.mark.parametrize(
    ("role", "times", "then"),
    [
        ("owner", {}, "awake"),
        ("friend", {}, "awake"),
        ("friend", {"revoked_at": ago(1)}, "released"),
        ("mate", {}, "awake"),
        ("mate", {"left_at": ago(1)}, "released"),
    ],
)
def test_builder_who_is_seen_wakes_the_base(
    server: GameServer, base: Base, role: str, times: dict[str, datetime], then: str
) -> None:
    log_came(server)
    seen("Dona", 200)
    pass_days([0])
    clan = make_clan()
    Base.objects.filter(pk=base.pk).update(clan=clan)
    if role == "friend":
        permit(base, make_player("friend"), **times)
    if role == "mate":
        join(clan, make_player("mate"), **times)
    seen("Dona" if role == "owner" else role, 1)
    pass_days([NOTICE])
    assert state(base) == then


@pytest.mark.parametrize("came", [None, (300, 19), (5, 0)], ids=["never", "stopped", "only lately"])
def test_while_the_log_does_not_come_nobody_is_released(
    server: GameServer, base: Base, came: tuple[float, float] | None
) -> None:
    if came:
        log_came(server, *came)
    seen("Dona", 18)
    Base.objects.update(sleeps_at=ago(1))
    release_sleepers(now=NOW)
    assert state(base) in {"awake", "warned"}
    assert base.removed_at is None


def test_days_without_the_log_do_not_count(server: GameServer, base: Base) -> None:
    log_came(server, 300, 10)
    seen("Dona", 10 + DAYS - 2)
    for day in range(40):
        release_sleepers(now=NOW + timedelta(days=day))
    assert state(base) == "warned"


def test_placements_show_that_the_log_came(server: GameServer, base: Base) -> None:
    for days in range(DAYS + 1):
        make_placement(server, occurred_at=ago(days))
    seen("Dona", 200)
    Base.objects.update(sleeps_at=ago(0.1))
    release_sleepers(now=NOW)
    assert state(base) == "released"


def test_an_owner_whom_no_log_can_show_keeps_the_base(server: GameServer) -> None:
    log_came(server)
    unknown = make_base(server, make_user(), registered_at=ago(300))
    unproven = make_base(server, make_player("B", known=False), x=9000.0, registered_at=ago(300))
    pass_days([0, NOTICE])
    assert (state(unknown), state(unproven)) == ("awake", "awake")


def test_a_leave_stops_the_clock(server: GameServer, base: Base) -> None:
    log_came(server)
    seen("Dona", 200)
    pass_days([0])
    set_leave(base, days=30, at=NOW)
    assert state(base) == "awake"
    pass_days(range(1, 30 + DAYS - NOTICE))
    assert state(base) == "awake"
    pass_days([30 + DAYS - NOTICE + 1])
    assert state(base) == "warned"


def test_a_leave_ends_by_itself_and_by_hand_and_is_short(base: Base) -> None:
    set_leave(base, days=90, at=NOW)
    assert Base.objects.get().away_until == NOW + timedelta(days=90)
    set_leave(base, days=0, at=NOW)
    assert Base.objects.get().away_until is None
    with pytest.raises(NotPossibleError):
        set_leave(base, days=91, at=NOW)
