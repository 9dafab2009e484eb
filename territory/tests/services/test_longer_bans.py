"""A ban is as long as the gravest act asks: a shorter one that runs swallows none, and is not ended under it."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from clans.models import User
from territory.models import Ban, BanExtension, Case, GameServer, Infraction
from territory.services import deliveries
from territory.services.bans import lift_ban
from territory.services.deciding import confirm_case, lift_ended_bans
from territory.services.errors import NotPossibleError
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import (
    NOW,
    ban_by_hand,
    incoming,
    make_base,
    make_player,
    make_server,
    make_user,
    player_id,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return make_user("staff")


@pytest.fixture
def server(tmp_path: Path) -> GameServer:
    made = make_server(ban_list=str(tmp_path / "ban.txt"))
    make_base(made, make_player("Dona"))
    return made


def timed_ban(server: GameServer, by: User, *, hours: float = 1) -> Ban:
    ends_at = timezone.now() + timedelta(hours=hours)
    return ban_by_hand(server, "Invasor", by, reason="ofensa", ends_at=ends_at)


def invade(server: GameServer) -> None:
    store(server, [incoming("Invasor")])
    judge_due(server.pk, now=NOW)


@pytest.mark.parametrize("way", ["enforce", "review"])
def test_guilty_act_lengthens_a_ban_that_would_end(server: GameServer, staff: User, way: str) -> None:
    server.mode = way
    server.save()
    ban = timed_ban(server, staff)
    deliveries.deliver_due()

    invade(server)
    if way == "review":
        confirm_case(Case.objects.get(state="waiting"), by=staff, reason="visto")
    deliveries.deliver_due()

    extension = BanExtension.objects.get()
    assert Ban.objects.get().ends_at is None
    assert {one.ban for one in Infraction.objects.all()} == {ban}
    assert (extension.ban, extension.ended_at, extension.ends_at) == (ban, ban.ends_at, None)
    assert "FenceKit" in extension.reason
    assert lift_ended_bans(now=timezone.now() + timedelta(days=9)) == 0
    assert Path(server.ban_lists.get().address).read_text().count(player_id("Invasor")) == 1


def test_further_acts_lengthen_nothing_more(server: GameServer, staff: User) -> None:
    timed_ban(server, staff)

    for _ in range(3):
        invade(server)

    assert BanExtension.objects.count() == Ban.objects.count() == 1
    assert Infraction.objects.exclude(infraction_type="by_staff").count() == 3


def test_ban_that_was_lengthened_meanwhile_is_not_ended(server: GameServer, staff: User) -> None:
    ban = timed_ban(server, staff)
    invade(server)

    with pytest.raises(NotPossibleError):
        lift_ban(ban, by=None, reason="fim", kind=Ban.LiftKind.EXPIRED)


def test_ban_whose_time_is_over_but_not_lifted_yet_goes_on(server: GameServer, staff: User) -> None:
    Ban.objects.filter(pk=timed_ban(server, staff).pk).update(ends_at=timezone.now() - timedelta(seconds=1))

    invade(server)

    assert lift_ended_bans(now=timezone.now()) == 0
    assert Ban.objects.get().lifted_at is None


@pytest.mark.django_db(transaction=True)
def test_ban_that_ends_while_a_guilty_act_is_judged_is_never_lost(server: GameServer, staff: User) -> None:
    for round_ in range(10):
        Ban.objects.filter(lifted_at=None).update(lifted_at=timezone.now())
        ban = timed_ban(server, staff)
        Ban.objects.filter(pk=ban.pk).update(ends_at=timezone.now())
        store(server, [incoming("Invasor", occurred_at=NOW - timedelta(seconds=round_))])
        start = threading.Barrier(2)

        def work(ends: bool, start: threading.Barrier = start) -> None:  # noqa: FBT001
            start.wait()
            with transaction.atomic():
                if ends:
                    lift_ended_bans(now=timezone.now())
                else:
                    judge_due(server.pk, now=NOW)
            connection.close()

        threads = [threading.Thread(target=work, args=[ends]) for ends in (True, False)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        active = Ban.objects.get(lifted_at=None)
        assert active.ends_at is None
