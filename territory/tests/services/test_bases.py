"""The rules of a base: registering, changing, removing; trying out and asking equal judging."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clans.models import User
from territory.models import Base, BaseRevision, GameServer, Placement
from territory.rules.verdict import Outcome
from territory.services.asking import ask
from territory.services.bases import (
    BaseDraft,
    CircleTakenError,
    change_base,
    is_taken,
    register_base,
    remove_base,
)
from territory.services.errors import NotPossibleError
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.services.trial import try_base
from territory.tests.database import at_once
from territory.tests.factories import (
    LONG_AGO,
    NOW,
    incoming,
    join,
    make_base,
    make_clan,
    make_player,
    make_server,
    make_user,
    permit,
    placed,
)


def draft(server: GameServer, **fields: Any) -> BaseDraft:
    values: dict[str, Any] = {"server": server, "name": "Toca", "x": 5000.0, "z": 3000.0, "radius_m": 100.0}
    return BaseDraft(**values | fields)


def pending(server: GameServer, gamertag: str, **fields: Any) -> Placement:
    """A placement that waits to be judged."""
    store(server, [incoming(gamertag, **fields)])
    return placed(gamertag)


@pytest.fixture
def server(db: None) -> GameServer:
    return make_server()


def test_base_counts_from_its_registration_and_its_past_stays(server: GameServer) -> None:
    ana = make_user()
    base = register_base(ana, draft(server, name="  Toca ", place=" perto do rio "), at=LONG_AGO)
    assert (base.name, base.place, base.registered_at) == ("Toca", "perto do rio", LONG_AGO)
    change_base(base, draft(server, x=5050.0), at=NOW)
    assert [(row.x, row.valid_from) for row in BaseRevision.objects.all()] == [(5000.0, LONG_AGO)]
    permission = permit(base, make_user())
    remove_base(base, at=NOW)
    permission.refresh_from_db()
    assert (Base.objects.get().removed_at, permission.revoked_at) == (NOW, NOW)
    for late in (lambda: remove_base(base, at=NOW), lambda: change_base(base, draft(server), at=NOW)):
        with pytest.raises(NotPossibleError):
            late()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("x", -1.0),
        ("z", 15361.0),
        ("radius_m", 49.0),
        ("radius_m", 201.0),
        ("name", " "),
        ("name", "n" * 101),
    ],
)
def test_draft_that_is_no_base_says_which_field(server: GameServer, field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        register_base(make_user(), draft(server, **{field: value}), at=NOW)
    assert not Base.objects.exists()


def test_base_carries_a_clan_of_its_owner_only(server: GameServer) -> None:
    ana, clan = make_user(), make_clan()
    with pytest.raises(ValidationError):
        register_base(ana, draft(server, clan=clan), at=NOW)
    stay = join(clan, ana)
    base = register_base(ana, draft(server, clan=clan), at=NOW)
    stay.left_at = NOW
    stay.save()
    assert (
        change_base(base, draft(server, clan=clan, x=5001.0), at=NOW).clan == clan
    )  # it was the base's already


def test_circle_of_somebody_else_is_taken_and_nothing_more_is_said(server: GameServer) -> None:
    make_base(server, make_user("bia"), name="Fortaleza", x=5150, z=3000, radius_m=50)
    ana = make_user()
    assert is_taken(draft(server), ana, at=NOW)
    with pytest.raises(CircleTakenError) as refusal:
        register_base(ana, draft(server), at=NOW)
    assert str(refusal.value) == "Parte do círculo já tem dono."
    own = register_base(ana, draft(server, radius_m=99.0), at=NOW)
    register_base(ana, draft(server, radius_m=60.0), at=NOW)  # one's own may overlap
    with pytest.raises(CircleTakenError):
        change_base(own, draft(server, radius_m=150.0), at=NOW)
    own.refresh_from_db()
    assert own.radius_m == 99.0


@pytest.mark.django_db(transaction=True)
def test_of_circles_registered_at_once_one_is_taken() -> None:
    server = make_server()

    def attempt(owner: User, x: float) -> bool:
        try:
            register_base(owner, draft(server, x=x), at=NOW)
        except CircleTakenError:
            return False
        return True

    assert sum(at_once(*(partial(attempt, make_user(), 5000.0 + number) for number in range(4)))) == 1
    assert Base.objects.count() == 1


# -- Trying out and asking ----------------------------------------------------------------------------------------


def test_trial_shows_friends_one_by_one_and_strangers_as_a_number(server: GameServer) -> None:
    ana, bia = make_player("Ana"), make_player("Bia")
    clan = make_clan()
    for user in (ana, bia):
        join(clan, user)
    make_player("Caio")
    places = {"Ana": 5000.0, "Bia": 5100.0, "Caio": 5010.0, "Estranho": 5020.0}
    for name, x in (*places.items(), ("Ana", 5101.0)):
        pending(server, name, x=x, z=3000.0)
    pending(server, "Ana", x=5000.0, z=3000.0, item="TireRepairKit")
    pending(server, "Ana", x=5000.0, z=3000.0, occurred_at=NOW - timedelta(days=8))
    trial = try_base(ana, draft(server, clan=clan), now=NOW)
    assert sorted((act.gamertag, act.x, act.outcome) for act in trial.friends) == [
        ("Ana", 5000.0, Outcome.ALLOWED),
        ("Ana", 5000.0, Outcome.FORBIDDEN),
        ("Bia", 5100.0, Outcome.ALLOWED),
    ]
    assert (trial.strangers, trial.friends_refused) == (2, 1)
    assert try_base(ana, draft(server), now=NOW).strangers == 3  # without the clan Bia is one
    assert Placement.objects.filter(state="pending").count() == 7


def test_trial_does_not_show_where_somebody_builds_who_was_given_a_permission_unasked(
    server: GameServer,
) -> None:
    ana, bia = make_player("Ana"), make_player("Bia")
    before = make_base(server, ana, x=4000, z=3000, registered_at=LONG_AGO)
    permit(before, bia)
    for name in ("Ana", "Bia"):
        pending(server, name, x=5000.0, z=3000.0)
    trial = try_base(ana, draft(server), now=NOW, base=before)
    assert ([act.gamertag for act in trial.shown], len(trial.friends)) == (["Ana"], 2)
    Base.objects.update(x=5000)  # moved there since
    before.refresh_from_db()
    assert len(try_base(ana, draft(server), now=NOW, base=before).shown) == 1
    join(clan := make_clan(), bia)
    assert len(try_base(ana, draft(server, clan=clan), now=NOW, base=before).shown) == 2


WORLDS = st.lists(
    st.tuples(st.sampled_from(["Ana", "Bia", "Caio", "X"]), st.integers(4850, 5150), st.sampled_from(["FenceKit", "TireRepairKit", "LandMineTrap"])),
    max_size=8,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=WORLDS, neighbour=st.integers(5160, 5400), moved=st.booleans())
def test_trial_and_question_equal_judging(
    server: GameServer, acts: list[tuple[str, int, str]], neighbour: int, *, moved: bool
) -> None:
    with transaction.atomic():
        ana, bia, caio = make_player("Ana"), make_player("Bia"), make_player("Caio")
        people = {"Ana": ana, "Bia": bia, "Caio": caio}
        make_base(server, caio, x=neighbour, z=3000, radius_m=50)
        plan = draft(server, radius_m=60.0 if neighbour < 5220 else 100.0, x=4999.0)
        before = make_base(server, ana, x=4000, z=3000, registered_at=LONG_AGO) if moved else None
        permit(before, bia) if before else None
        placements = [pending(server, name, x=x, z=3000, item=item) for name, x, item in acts]
        trial = try_base(ana, plan, now=NOW, base=before)
        # The same world, in which the base has stood there all the time.
        if before:
            Base.objects.filter(pk=before.pk).update(x=plan.x, radius_m=plan.radius_m)
            BaseRevision.objects.all().delete()
            Base.objects.filter(pk=before.pk).update(changed_at=LONG_AGO)
        else:
            make_base(server, ana, x=plan.x, z=plan.z, radius_m=plan.radius_m, registered_at=LONG_AGO)
        asked = [
            ask(server, people[name], x=x, z=3000, item=item, at=NOW).verdict.outcome
            if name in people
            else None
            for name, x, item in acts
        ]
        judge_due(server.pk, now=NOW)
        outcomes = [Placement.objects.get(pk=one.pk).outcome for one in placements]
        assert all(one in (None, outcome) for one, outcome in zip(asked, outcomes, strict=True))
        inside = [abs(x - plan.x) <= plan.radius_m for _name, x, _item in acts]
        friends = {"Ana", "Bia"} if moved else {"Ana"}
        expected = [
            (name, x, outcome)
            for (name, x, _item), outcome, is_inside in zip(acts, outcomes, inside, strict=True)
            if is_inside and name in friends
        ]
        assert sorted((act.gamertag, act.x, act.outcome) for act in trial.friends) == sorted(expected)
        assert trial.strangers == sum(inside) - len(expected)
        transaction.set_rollback(True)
