"""How long a ban lasts: the server's list of offences, the first, second and third time, and the gravest act of several."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from territory.models import Ban, BanExtension, GameServer, Offence
from territory.services.deciding import lift_case
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.services.offences import earlier_offences, kinds_of
from territory.tests.factories import NOW, incoming, judge, player_id
from territory.tests.services.worlds_of_cases import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(world: World) -> World:
    offend(world.server, "territory_invasion", 1, 7, 0)
    return world


def offend(server: GameServer, key: str, *days: int) -> None:
    Offence.objects.create(server=server, key=key, name=key, lengths_days=list(days))


def days() -> list[int | None]:
    """The length of each ban, from the oldest."""
    return [
        round((ban.ends_at - NOW) / timedelta(days=1)) if ban.ends_at else None
        for ban in Ban.objects.order_by("pk")
    ]


def test_first_second_and_every_later_offence_has_a_length_of_its_own(world: World) -> None:
    lengths = []
    for _ in range(4):
        world.build()
        lengths.append(days()[-1])
        world.expire()

    assert lengths == [1, 7, None, None]
    assert earlier_offences(world.server, "territory_invasion", [player_id("X")]) == {player_id("X"): 4}


def test_lengths_go_up_only_after_a_ban_is_over(world: World) -> None:
    for _ in range(3):
        world.build()
    assert (days(), BanExtension.objects.count()) == ([1], 0)

    world.expire()
    world.build()

    assert days()[-1] == 7


@pytest.mark.parametrize("kind", ["mistake", "dismissed"])
def test_what_does_not_count_makes_no_second_offence(world: World, kind: str) -> None:
    world.build("review" if kind == "dismissed" else "enforce")
    world.decide("dismiss" if kind == "dismissed" else "mistake")

    world.build()

    assert days()[-1] == 1


def test_case_is_no_earlier_offence_of_itself(world: World) -> None:
    world.build()
    world.build("review")
    world.expire()

    world.decide("confirm")

    assert world.case.acts.filter(kind="confirm").exists()
    [_over, ban] = Ban.objects.order_by("pk")
    assert ban.ends_at is not None
    assert ban.ends_at - timezone.now() < timedelta(days=2), "the first offence is one of a day"


def test_mercy_counts(world: World) -> None:
    world.build()
    world.decide("mercy")
    world.build()
    assert days()[-1] == 7


def test_confirmed_case_has_the_length_of_the_rules_own_bans(world: World) -> None:
    world.build("review")
    world.decide("confirm")
    ban = Ban.objects.get()
    assert ban.ends_at is not None
    assert timedelta(hours=23) < ban.ends_at - timezone.now() < timedelta(hours=25)


@pytest.mark.parametrize("items", [("FenceKit", "ShelterKit"), ("ShelterKit", "FenceKit")])
@pytest.mark.parametrize("batches", [1, 2])
def test_gravest_act_counts_whatever_the_order(world: World, items: tuple[str, str], batches: int) -> None:
    offend(world.server, "forbidden_item", 30)
    acts = [
        incoming("X", item=item, occurred_at=NOW - timedelta(minutes=9 - n)) for n, item in enumerate(items)
    ]
    for batch in [acts] if batches == 1 else [[act] for act in acts]:
        judge(world.server, *batch)

    assert days() == [30]
    grave = world.server.cases.get(kind="forbidden_item")
    lift_case(grave, by=world.staff, kind=Ban.LiftKind.MISTAKE, reason="engano")
    assert days() == [1]


def test_ban_for_good_is_shortened_by_no_lighter_act(world: World) -> None:
    world.ban()
    world.build()
    assert days() == [None]


def test_server_without_a_list_bans_for_good(world: World) -> None:
    Offence.objects.all().delete()
    world.build()
    assert days() == [None]


def test_lengths_of_the_rule_leave_staff_all_kinds_and_a_list_replaces_them(world: World) -> None:
    assert len(kinds_of(world.server)) == 12
    offend(world.server, "griefing", 3)
    assert [(kind.key, kind.own_name) for kind in kinds_of(world.server)] == [("griefing", "griefing")]


def test_judging_takes_the_same_queries_whatever_the_players(world: World) -> None:
    offend(world.server, "forbidden_item", 1, 2)
    world.build()  # notes the version of the rule
    costs = []
    for players in (1, 30):
        acts = [
            incoming(f"R{players}-{n}", item=item)
            for n in range(players)
            for item in ("FenceKit", "ShelterKit")
        ]
        store(world.server, acts)
        with CaptureQueriesContext(connection) as queries:
            judge_due(world.server.pk, now=NOW)
        costs.append(len(queries))
    assert costs[0] == costs[1]
