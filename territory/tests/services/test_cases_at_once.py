"""Moderators, the judge and the beat at once, on real transactions: nobody waits in a circle, nothing is lost or doubled."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from announcements.models import Announcement
from territory.models import Ban, Case, CaseAct, GameServer, Infraction, Placement
from territory.services.cases import StaleCaseError, lock_cases
from territory.services.deciding import (
    change_end,
    confirm_case,
    dismiss_case,
    lift_ended_bans,
)
from territory.services.errors import NotPossibleError
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.database import at_once
from territory.tests.factories import NOW, incoming, player_id
from territory.tests.services.worlds_of_cases import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[1, pytest.param(10, marks=pytest.mark.thorough)])
def rounds(request: pytest.FixtureRequest) -> int:
    """How many times the same players meet."""
    times: int = request.param
    return times


def tried(work: Callable[[], object]) -> Callable[[], object]:
    """Let a refusal be a result. Anything else, as a deadlock, fails the test."""

    def run() -> object:
        try:
            return work()
        except NotPossibleError as refusal:
            return refusal

    return run


def hands_over(world: World, name: str, item: str = "FenceKit") -> None:
    """Store an act of a player that waits for the judge."""
    world.seconds += 1
    at = NOW - timedelta(hours=1) + timedelta(seconds=world.seconds)
    store(world.server, [incoming(name, item=item, occurred_at=at)])


def check_whole() -> None:
    """Every act has its case, nobody has two bans, and each ban in force rests on an act that counts."""
    assert not Placement.objects.filter(state="pending").exists()
    guilty = Placement.objects.filter(action__in=["ban", "review"])
    assert guilty.count() == Infraction.objects.exclude(placement=None).count()
    for ban in Ban.objects.filter(lifted_at=None):
        assert Infraction.objects.filter(ban=ban, status="confirmed").exists()
    for case in Case.objects.exclude(ban=None):
        statuses = set(case.infractions.values_list("status", flat=True))
        assert case.ban is not None
        is_banned = case.ban.lifted_at is None and "confirmed" in statuses
        expected = "waiting" if "review" in statuses else "confirmed" if is_banned else None
        assert expected in (None, case.state)
    versions = CaseAct.objects.values_list("case", "version")
    assert len(versions) == len(set(versions))


def test_judge_waits_for_who_decides_at_this_moment(world: World) -> None:
    GameServer.objects.update(mode="review")  # where nobody is banned the breaker does not wait before
    hands_over(world, "X")

    def judge() -> None:
        try:
            judge_due(world.server.pk, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_cases(world.server.pk)
            judging = pool.submit(judge)
            with pytest.raises(TimeoutError):
                judging.result(0.5)
        judging.result(10)
    check_whole()


def test_of_two_moderators_one_decides_and_the_other_hears_of_it(world: World, rounds: int) -> None:
    for number in range(rounds):
        name = f"Dois{number}"
        world.server.mode = "review"
        world.server.save()
        hands_over(world, name)
        judge_due(world.server.pk, now=NOW)
        case = Case.objects.get(gamertag=name)
        how: dict[str, Any] = {"by": world.staff, "reason": "visto", "seen": case.version}

        results = at_once(
            tried(partial(confirm_case, case, **how)), tried(partial(dismiss_case, case, **how))
        )

        (act,) = [one for one in results if isinstance(one, CaseAct)]
        (stale,) = [one for one in results if isinstance(one, StaleCaseError)]
        assert stale.acts == [act]
    check_whole()


def test_decisions_while_the_same_players_are_judged(world: World, rounds: int) -> None:
    for number in range(rounds):
        for what in ("confirm", "dismiss", "mistake", "mercy", "undo", "instead"):
            name = f"{what} {number}"
            hands_over(world, name)
            judge_due(world.server.pk, now=NOW)
            case = Case.objects.get(gamertag=name)
            if what in ("confirm", "dismiss", "undo"):
                world.server.mode = "review"
                world.server.save()
                hands_over(world, name)
                judge_due(world.server.pk, now=NOW)
                world.server.mode = "enforce"
                world.server.save()
            if what == "undo":
                confirm_case(case, by=world.staff, reason="visto")
            for item in ("FenceKit", "ShelterKit"):
                hands_over(world, name, item)

            decide = tried(partial(world.decide, what, case))
            at_once(decide, partial(judge_due, world.server.pk, now=NOW), decide)

            judge_due(world.server.pk, now=NOW)
            assert Ban.objects.filter(player_id=player_id(name), lifted_at=None).exists(), what
    check_whole()


def test_end_that_is_moved_while_the_beat_ends_the_ban(world: World, rounds: int) -> None:
    for number in range(rounds):
        hands_over(world, f"Fim{number}")
        judge_due(world.server.pk, now=NOW)
        case = Case.objects.get(gamertag=f"Fim{number}")
        Ban.objects.filter(cases=case).update(ends_at=timezone.now())

        moved, ended = at_once(
            tried(partial(change_end, case, None, by=world.staff, reason="mais")),
            partial(lift_ended_bans, now=timezone.now()),
        )

        case.refresh_from_db()
        assert isinstance(moved, CaseAct) is (case.state == "confirmed") is (ended == 0)
        assert case.acts.count() == 1


def test_workers_that_judge_one_player_at_once_open_one_case(world: World, rounds: int) -> None:
    for number in range(rounds):
        for _ in range(4):
            hands_over(world, f"Um{number}")
        judge = partial(judge_due, world.server.pk, now=NOW, limit=2)

        at_once(judge, judge)

        assert Case.objects.filter(gamertag=f"Um{number}").count() == 1
        acts = Infraction.objects.filter(case__gamertag=f"Um{number}")
        assert (acts.count(), acts.filter(repeats=None).count()) == (4, 1)
        keys = Announcement.objects.values_list("channel", "key")
        assert len(keys) == len(set(keys))
