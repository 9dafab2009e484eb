"""Undo a period: everything of one person, version, log or server, previewed and then carried out exactly so."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from clans.models import User
from justice.models import UndoRun
from justice.services import undo_plans, undoing
from justice.services.undo_plans import Scope, UndoPlan, plan_of
from justice.tasks import go_on_undoing
from territory.models import Ban, Case, CaseAct, GameServer, Infraction
from territory.services.deciding import change_end, confirm_case, dismiss_case, lift_case, undo_act
from territory.services.errors import NotPossibleError
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.database import at_once
from territory.tests.factories import (
    ban_by_hand,
    incoming,
    make_base,
    make_log_file,
    make_player,
    make_server,
    make_user,
    player_id,
)

pytestmark = pytest.mark.django_db
Kind = UndoRun.Scope
MISTAKE, MERCY = Ban.LiftKind.MISTAKE, Ban.LiftKind.MERCY


@pytest.fixture
def server() -> GameServer:
    made = make_server(slug="sul")
    make_base(made, make_player("Dono"))
    return made


@pytest.fixture
def ana() -> User:
    return make_user("ana", is_staff=True)


@pytest.fixture
def bia() -> User:
    return make_user("bia", is_staff=True)


def accuse(server: GameServer, name: str, *, mode: str = "enforce", **fields: Any) -> Case:
    """A player builds in the base a minute ago; with mode review the case waits."""
    GameServer.objects.update(mode=mode)
    now = timezone.now()
    store(server, [incoming(name, occurred_at=now - timedelta(minutes=1), **fields)])
    judge_due(server.pk, now=now)
    return Case.objects.get(gamertag=name)


def confirm(server: GameServer, name: str, by: User) -> CaseAct:
    """A case that waits, which somebody confirms."""
    return confirm_case(accuse(server, name, mode="review"), by=by, reason="x")


def scope(kind: UndoRun.Scope, subject: Any, **period: Any) -> Scope:
    return Scope(kind, subject.pk, str(subject), **period)


def undo(plan: UndoPlan, by: User) -> UndoRun:
    run = undoing.start(plan, digest=plan.digest, by=by, reason="tudo errado")
    assert undoing.go_on(run)
    return run


def state(name: str) -> str:
    return Case.objects.get(gamertag=name).state


def world() -> list[tuple[Any, ...]]:
    """Everything that a decision changes, without who and when."""
    cases = Case.objects.order_by("pk").values_list("pk", "state")
    infractions = Infraction.objects.order_by("pk").values_list("pk", "status")
    bans = [(ban.pk, ban.lifted_at is None, ban.lift_kind, ban.ends_at) for ban in Ban.objects.order_by("pk")]
    return [*cases, *infractions, *bans]


def test_acts_of_one_person_are_undone_and_those_of_others_stay(
    server: GameServer, ana: User, bia: User
) -> None:
    confirm(server, "A", ana)
    dismiss_case(accuse(server, "B", mode="review"), by=ana, reason="x")
    confirm(server, "C", bia)
    accuse(server, "D", mode="review")
    undo(plan_of(scope(Kind.MODERATOR, ana)), bia)
    assert [state(name) for name in "ABCD"] == ["waiting", "waiting", "confirmed", "waiting"]
    assert Ban.objects.get(gamertag="A").lift_kind == "mistake"
    undo(plan_of(scope(Kind.MODERATOR, bia)), ana)  # among them, that Bia undid what Ana did
    assert [state(name) for name in "ABCD"] == ["confirmed", "dismissed", "waiting", "waiting"]


def test_several_acts_about_one_case_go_newest_first(server: GameServer, ana: User, bia: User) -> None:
    case = confirm(server, "A", ana).case
    change_end(case, timezone.now() + timedelta(days=3), by=ana, reason="x")
    lift_case(case, by=ana, kind=MERCY, reason="x")
    plan = plan_of(scope(Kind.MODERATOR, ana))
    assert [step.act.kind for step in plan.steps if step.act] == ["lift", "end", "confirm"]
    run = undo(plan, bia)
    assert run.troubles == {}
    assert state("A") == "waiting"
    assert not Ban.objects.filter(lifted_at=None).exists()


def test_undone_run_is_undone_newest_first_and_back_again(server: GameServer, ana: User, bia: User) -> None:
    case = confirm(server, "A", ana).case
    change_end(case, timezone.now() + timedelta(days=3), by=ana, reason="x")
    accuse(server, "B")
    stood = world()
    first = undo(plan_of(scope(Kind.SERVER, server)), bia)
    undone = world()
    assert undone != stood
    second = undo(plan_of(scope(Kind.RUN, first)), bia)
    assert second.troubles == {}
    assert world() == stood
    third = undo(plan_of(scope(Kind.RUN, second)), bia)
    assert third.troubles == {}
    assert world() == undone


def test_automatic_bans_are_lifted_as_mistakes(server: GameServer, bia: User) -> None:
    accuse(server, "A")
    accuse(server, "B")
    run = undo(plan_of(scope(Kind.SERVER, server)), bia)
    assert set(Ban.objects.values_list("lift_kind", "lifted_by", "lift_reason")) == {
        ("mistake", bia.pk, "tudo errado")
    }
    assert set(CaseAct.objects.values_list("run", "kind")) == {(run.run, "lift")}
    assert [state(name) for name in "AB"] == ["lifted", "lifted"]


def test_automatic_ban_that_a_person_decided_about_stays(server: GameServer, ana: User, bia: User) -> None:
    """Also where the person's act lies in the period: to undo a pardon would ban somebody anew."""
    lift_case(accuse(server, "A"), by=ana, kind=MERCY, reason="x")
    change_end(accuse(server, "B"), timezone.now() + timedelta(days=2), by=ana, reason="x")
    accuse(server, "B")  # the rule goes on
    plan = plan_of(scope(Kind.SERVER, server))
    assert plan.steps == []
    assert [(one.case.gamertag, "ana" in one.why) for one in plan.kept] == [("B", True), ("A", True)]
    with pytest.raises(NotPossibleError):
        undoing.start(plan, digest=plan.digest, by=bia, reason="x")


def test_automatic_ban_whose_pardon_was_undone_is_lifted(server: GameServer, ana: User, bia: User) -> None:
    act = lift_case(accuse(server, "A"), by=ana, kind=MERCY, reason="x")
    undo_act(act, by=ana, reason="x")
    undo(plan_of(scope(Kind.SERVER, server)), bia)
    assert Ban.objects.get().lift_kind == "mistake"


def test_one_version_of_the_rule(server: GameServer, ana: User, bia: User) -> None:
    """Bans and confirmed reviews of the version go; what another version said, and pardons, stay."""
    accuse(server, "A")
    GameServer.objects.update(border_margin_m=1)
    accuse(server, "B")
    version = server.rule_versions.get(mode="enforce", border_margin_m=1)
    undo(plan_of(scope(Kind.VERSION, version)), bia)
    assert [state(name) for name in "AB"] == ["confirmed", "lifted"]
    confirm(server, "C", ana)
    dismiss_case(accuse(server, "D", mode="review"), by=ana, reason="x")
    undo(plan_of(scope(Kind.VERSION, server.rule_versions.get(mode="review"))), bia)
    assert [state(name) for name in "ABCD"] == ["confirmed", "lifted", "waiting", "dismissed"]


def test_one_log(server: GameServer, bia: User) -> None:
    log = make_log_file(server, "a.ADM")
    accuse(server, "A", origin="a.ADM")
    accuse(server, "B", origin="b.ADM")
    undo(plan_of(scope(Kind.LOG, log)), bia)
    assert [state(name) for name in "AB"] == ["lifted", "confirmed"]


def test_act_that_is_not_chosen_is_never_pardoned_with_one_that_is(server: GameServer, bia: User) -> None:
    accuse(server, "A", origin="a.ADM")
    accuse(server, "A", origin="b.ADM")  # joins the case of the act before
    log = make_log_file(server, "b.ADM")
    since = Infraction.objects.latest("pk").detected_at
    for chosen in (scope(Kind.LOG, log), scope(Kind.SERVER, server, since=since)):
        plan = plan_of(chosen)
        assert not plan.steps
        assert len(plan.kept) == 1
    undo(plan_of(scope(Kind.SERVER, server)), bia)
    assert state("A") == "lifted"


def test_period_has_its_first_moment_and_not_its_last(server: GameServer, ana: User, bia: User) -> None:
    acts = [confirm(server, name, ana) for name in "ABC"]
    plan = plan_of(scope(Kind.MODERATOR, ana, since=acts[1].at, until=acts[2].at))
    assert [step.case.gamertag for step in plan.steps] == ["B"]


def test_somebody_who_decided_since_is_not_overruled(server: GameServer, ana: User, bia: User) -> None:
    case = confirm(server, "A", ana).case
    lift_case(case, by=bia, kind=MERCY, reason="x")
    plan = plan_of(scope(Kind.MODERATOR, ana))
    assert (plan.steps, [one.case for one in plan.kept]) == ([], [case])
    assert "bia" in plan.kept[0].why


@pytest.mark.parametrize("undone_by", ["ana", "bia"])
def test_what_was_undone_already_is_left_out(
    server: GameServer, ana: User, bia: User, undone_by: str
) -> None:
    undo_act(confirm(server, "A", ana), by={"ana": ana, "bia": bia}[undone_by], reason="x")
    plan = plan_of(scope(Kind.MODERATOR, ana))
    assert (plan.steps, plan.kept) == ([], [])


@pytest.mark.parametrize("why", ["over", "anew"])
def test_ban_that_cannot_return_is_said_before(server: GameServer, ana: User, bia: User, why: str) -> None:
    ban = ban_by_hand(server, "X", by=bia)
    case = ban.cases.get()
    lift_case(case, by=ana, kind=MERCY, reason="x")
    if why == "over":
        Ban.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
    else:
        ban_by_hand(server, "X", by=bia)
    plan = plan_of(scope(Kind.MODERATOR, ana))
    assert (plan.steps, len(plan.kept)) == ([], 1)


def test_ban_by_hand_and_manual_bans_go_too(server: GameServer, ana: User, bia: User) -> None:
    ban_by_hand(server, "X", by=ana)
    undo(plan_of(scope(Kind.MODERATOR, ana)), bia)
    assert Ban.objects.get().lift_kind == "mistake"


def test_changed_plan_is_refused(server: GameServer, ana: User, bia: User) -> None:
    for name in "AB":
        confirm(server, name, ana)
    seen = plan_of(scope(Kind.MODERATOR, ana)).digest
    assert plan_of(scope(Kind.MODERATOR, ana)).digest == seen
    lift_case(Case.objects.get(gamertag="A"), by=bia, kind=MERCY, reason="x")
    with pytest.raises(NotPossibleError):
        undoing.start(plan_of(scope(Kind.MODERATOR, ana)), digest=seen, by=bia, reason="x")
    assert not UndoRun.objects.exists()


def test_act_that_cannot_be_undone_any_more_is_a_trouble_and_the_rest_goes_on(
    server: GameServer, ana: User, bia: User
) -> None:
    for name in "AB":
        confirm(server, name, ana)
    plan = plan_of(scope(Kind.MODERATOR, ana))
    run = undoing.start(plan, digest=plan.digest, by=bia, reason="x")
    lift_case(Case.objects.get(gamertag="B"), by=bia, kind=MERCY, reason="x")
    assert undoing.go_on(run)
    assert (list(run.troubles), state("A"), state("B")) == (["0"], "waiting", "lifted")


def test_run_that_stops_in_the_middle_goes_on(
    server: GameServer, ana: User, bia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ABC":
        confirm(server, name, ana)
    plan = plan_of(scope(Kind.MODERATOR, ana))
    run = undoing.start(plan, digest=plan.digest, by=bia, reason="x")
    taken: list[int] = []

    def dies(act: CaseAct, **how: Any) -> CaseAct:
        taken.append(act.pk)
        done = undo_act(act, **how)
        if len(taken) == 2:
            raise SystemExit
        return done

    monkeypatch.setattr(undoing, "undo_act", dies)
    with pytest.raises(SystemExit):
        undoing.go_on(run)
    run.refresh_from_db()
    assert (run.done, run.finished_at) == (1, None)
    go_on_undoing()  # the beat
    assert CaseAct.objects.filter(run=run.run).count() == 3
    assert {state(name) for name in "ABC"} == {"waiting"}
    assert undoing.go_on(run)  # once more changes nothing
    assert CaseAct.objects.filter(run=run.run).count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_each_step_once(server: GameServer, ana: User, bia: User) -> None:
    for number in range(3):
        confirm(server, f"J{number}", ana)
    plan = plan_of(scope(Kind.MODERATOR, ana))
    run = undoing.start(plan, digest=plan.digest, by=bia, reason="x")
    at_once(*[partial(undoing.go_on, UndoRun.objects.get(pk=run.pk)) for _ in range(2)])
    run.refresh_from_db()
    assert (run.done, run.troubles, CaseAct.objects.filter(run=run.run).count()) == (3, {}, 3)


def test_plan_takes_a_fixed_number_of_queries(
    server: GameServer, ana: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        confirm(server, f"J{number}", ana)
        accuse(server, f"K{number}")
    for kind, subject in ((Kind.MODERATOR, ana), (Kind.SERVER, server)):
        with django_assert_max_num_queries(8):
            assert len(plan_of(scope(kind, subject)).steps) >= 3


def test_too_many_cases_are_refused(server: GameServer, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_plans, "MOST_CASES", 1)
    for name in "AB":
        confirm(server, name, ana)
    with pytest.raises(NotPossibleError):
        plan_of(scope(Kind.MODERATOR, ana))


def test_ban_that_rests_on_another_case_is_said_to_stay(server: GameServer, ana: User, bia: User) -> None:
    make_base(server, make_player("Outra"), x=8000.0, name="Longe")
    accuse(server, "A")
    log = make_log_file(server, "a.ADM")
    now = timezone.now()
    store(server, [incoming("A", x=8001.0, origin="a.ADM", occurred_at=now)])
    judge_due(server.pk, now=now)
    plan = plan_of(scope(Kind.LOG, log))
    assert [step.stays for step in plan.steps] == [True]
    undo(plan, bia)
    assert Ban.objects.get(player_id=player_id("A")).lifted_at is None
