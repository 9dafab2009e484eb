"""Any sequence of decisions and acts leaves a player banned exactly while something that counts asks for it."""

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from django.db import transaction

from territory.models import Ban, Case, CaseAct, Infraction
from territory.services import deliveries
from territory.services.cases import Snapshot, settle
from territory.services.errors import NotPossibleError
from territory.tests.factories import NOW, player_id
from territory.tests.services.worlds_of_cases import ACTS, World

pytestmark = pytest.mark.django_db
_STEPS = (*ACTS, "undo", "build", "review", "forbidden", "expire")
_SEEDS = [pytest.param(seed, marks=() if seed < 1 else pytest.mark.thorough) for seed in range(6)]


def step(world: World, name: str, rng: random.Random) -> None:
    """Do one thing: about any of the cases, or an act that joins or opens one."""
    with transaction.atomic():
        if name in ("build", "review"):
            world.build("enforce" if name == "build" else "review")
        elif name == "forbidden":
            world.build(rng.choice(["enforce", "review"]), item="ShelterKit")
        elif name == "expire":
            world.expire()
        else:
            world.about = rng.choice(list(Case.objects.order_by("pk")))
            world.decide(name)


def check(world: World, versions: dict[int, int]) -> None:
    """Compare what is stored with what follows from it."""
    active = list(Ban.objects.filter(lifted_at=None))
    assert len(active) <= 1
    for ban in active:
        assert Infraction.objects.filter(ban=ban, status="confirmed").exists(), "a ban without a reason"
    for case in Case.objects.all():
        if case.state == "confirmed":
            assert case.ban_id in {ban.pk for ban in active}, "confirmed, but not banned"
        assert case.version >= versions.get(case.pk, 0)
        versions[case.pk] = case.version
        state = case.state
        settle([case.pk], now=NOW)
        case.refresh_from_db()
        assert case.state == state
        check_acts(list(case.acts.order_by("version")))
    deliveries.deliver_due()
    assert world.path.read_text().count(player_id("X")) == len(active)


def check_acts(acts: Sequence[CaseAct]) -> None:
    for earlier, later in pairwise(acts):
        before, after = Snapshot.from_json(later.before), Snapshot.from_json(earlier.after)
        assert earlier.version < later.version
        assert dict(after.statuses).items() <= dict(before.statuses).items(), (
            "an act changed between decisions"
        )


def standing() -> dict[int, object]:
    """What of each case an undo must bring back; a ban that it ended may still be named."""
    snapshots = {case.pk: Snapshot.of(case) for case in Case.objects.all()}
    return {
        pk: (one.is_banned and (one.ban_id, one.ends_at), dict(one.statuses)) for pk, one in snapshots.items()
    }


@pytest.mark.parametrize("seed", _SEEDS)
def test_player_is_banned_exactly_while_something_asks_for_it(world: World, seed: int) -> None:
    rng = random.Random(seed)
    versions: dict[int, int] = {}
    world.build("review")
    done = []
    for _ in range(25):
        name = rng.choice(_STEPS)
        done.append(name)
        try:
            step(world, name, rng)
        except NotPossibleError:
            done[-1] += " (refused)"
        with transaction.atomic():
            check(world, versions)


@pytest.mark.parametrize("seed", _SEEDS)
def test_undo_brings_everything_back_and_its_undo_does_again(world: World, seed: int) -> None:
    rng = random.Random(seed)
    world.build("review")
    tried = 0
    for _ in range(20):
        name = rng.choice([one for one in _STEPS if one not in ("undo", "redo", "expire")])
        before, decided = standing(), CaseAct.objects.count()
        try:
            step(world, name, rng)
        except NotPossibleError:
            continue
        if CaseAct.objects.count() == decided:
            continue
        tried += 1
        after = standing()
        world.about = CaseAct.objects.latest("pk").case
        world.undo()
        undone = standing()
        assert {pk: undone[pk] for pk in before} == before, name
        world.undo()
        assert standing() == after, name
    assert tried
