"""Every decision in every state of a case: what becomes of its acts, its ban, the list, the wall and the channels; or a refusal."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from announcements.models import Announcement
from territory.models import Ban, Case, CaseAct
from territory.services import deliveries
from territory.services.cases import StaleCaseError
from territory.services.deciding import change_end, confirm_case, dismiss_case, lift_case, undo_act
from territory.services.errors import NotPossibleError
from territory.tests.factories import player_id
from territory.tests.services.worlds_of_cases import ACTS, STATES, World

pytestmark = pytest.mark.django_db

# By state: how it stands, and how it stands after each decision that is not refused. Of each act the first letter of its status;
# the ban; the lines of the ban list's file and the entries on the wall; what is announced to everybody and to staff.
_BANNED = "confirmed c lasting lines=1 wall=1"
_OF_BAN = {
    "mistake": "lifted l mistake lines=0 wall=0 pardon|pardon",
    "mercy": "lifted c mercy lines=0 wall=1 pardon|pardon",
    "end": "confirmed c ends lines=1 wall=1 -|-",
    "instead": "lifted c superseded lines=1 wall=1 infraction|infraction",
}


def _banned_anew(stands: str) -> dict[str, str]:
    """A ban by hand beside a case that has none leaves the case as it stands."""
    return dict.fromkeys(("ban", "instead"), f"{stands} infraction|infraction")


TABLE = {
    "waiting": (
        "waiting r none lines=0 wall=0 -|-",
        _banned_anew("waiting r none lines=1 wall=0")
        | {
            "confirm": f"{_BANNED} infraction|infraction",
            "dismiss": "dismissed d none lines=0 wall=0 -|pardon",
        },
    ),
    "by rule": (f"{_BANNED} -|-", _OF_BAN),
    "by staff": (
        f"{_BANNED} -|-",
        _OF_BAN
        | {
            "undo": "waiting r mistake lines=0 wall=0 pardon|pardon",
            "redo": f"{_BANNED} pardon+again|pardon+again",
        },
    ),
    "by hand": (
        f"{_BANNED} -|-",
        _OF_BAN
        | {
            "undo": "lifted l mistake lines=0 wall=0 pardon|pardon",
            "redo": f"{_BANNED} pardon+again|pardon+again",
        },
    ),
    "mistake": (
        "lifted l mistake lines=0 wall=0 -|-",
        _banned_anew("lifted l mistake lines=1 wall=0")
        | {"undo": f"{_BANNED} again|again", "redo": "lifted l mistake lines=0 wall=0 pardon|pardon"},
    ),
    "mercy": (
        "lifted c mercy lines=0 wall=1 -|-",
        _banned_anew("lifted c mercy lines=1 wall=1")
        | {
            "mistake": "lifted l mercy lines=0 wall=0 pardon|pardon",
            "undo": f"{_BANNED} again|again",
            "redo": "lifted c mercy lines=0 wall=1 pardon|pardon",
        },
    ),
    "expired": (
        "lifted c expired lines=0 wall=1 -|-",
        _banned_anew("lifted c expired lines=1 wall=1")
        | {"mistake": "lifted l expired lines=0 wall=0 pardon|pardon"},
    ),
    "dismissed": (
        "dismissed d none lines=0 wall=0 -|-",
        _banned_anew("dismissed d none lines=1 wall=0")
        | {
            "undo": "waiting r none lines=0 wall=0 -|again",
            "redo": "dismissed d none lines=0 wall=0 -|pardon",
        },
    ),
    "mixed": (
        "waiting cr lasting lines=1 wall=1 -|-",
        {
            "confirm": "confirmed cc lasting lines=1 wall=2 infraction|infraction",
            "dismiss": "confirmed cd lasting lines=1 wall=1 -|pardon",
            "mistake": "waiting lr mistake lines=0 wall=0 pardon|pardon",
            "mercy": "waiting cr mercy lines=0 wall=1 pardon|pardon",
            "end": "waiting cr ends lines=1 wall=1 -|-",
            "instead": "waiting cr superseded lines=1 wall=1 infraction|infraction",
        },
    ),
}


def after(world: World, act: str) -> str:
    """Decide, look, and take everything back. A refusal must have changed nothing."""
    listed, rows = world.path.read_bytes(), world.rows()
    try:
        with transaction.atomic():
            world.decide(act)
            said = world.says()
            transaction.set_rollback(True)
    except NotPossibleError:
        assert world.rows() == rows
        said = "refused"
    world.path.write_bytes(listed)
    return said


@pytest.mark.parametrize("state", STATES)
def test_decisions_change_everything_at_once_or_nothing(world: World, state: str) -> None:
    world.bring(state)

    before = world.says()
    outcomes = {act: after(world, act) for act in ACTS}

    possible = {act: said for act, said in outcomes.items() if said != "refused"}
    assert (before, possible) == TABLE[state]


def test_every_waiting_act_of_a_case_is_decided_by_one_decision(world: World) -> None:
    for _ in range(3):
        world.build("review")

    world.decide("confirm")

    three = "infraction+infraction+infraction"
    assert world.says() == f"confirmed ccc lasting lines=1 wall=3 {three}|{three}"


@pytest.mark.parametrize("joined", ["review", "enforce"])
def test_decision_on_a_page_that_an_act_has_joined_since_is_refused_with_what_changed(
    world: World, joined: str
) -> None:
    world.build("review")
    seen = world.case.version
    world.build(joined)
    rows = world.rows()

    with pytest.raises(StaleCaseError) as refusal:
        confirm_case(world.case, by=world.staff, reason="visto", seen=seen)

    assert (refusal.value.acts, world.rows()) == ([], rows)
    confirm_case(world.case, by=world.staff, reason="visto", seen=world.case.version)
    with pytest.raises(StaleCaseError) as refusal:
        lift_case(world.case, by=world.staff, kind=Ban.LiftKind.MERCY, reason="visto", seen=seen)
    assert [one.kind for one in refusal.value.acts] == ["confirm"]


# -- One ban of several cases -----------------------------------------------------------------------------------------


def three_days(world: World) -> Ban:
    """Ban the player by hand for three days."""
    ban = world.ban(ends_at=timezone.now() + timedelta(days=3)).ban
    assert ban is not None
    return ban


def test_mistake_gives_a_ban_that_it_lengthened_its_end_back(world: World) -> None:
    ban = three_days(world)
    world.build()
    wrong = Case.objects.latest("pk")
    assert Ban.objects.get().ends_at is None

    lift = lift_case(wrong, by=world.staff, kind=Ban.LiftKind.MISTAKE, reason="engano")

    assert (Ban.objects.get().ends_at, Ban.objects.get().lifted_at) == (ban.ends_at, None)
    undo_act(lift, by=world.staff, reason="era mesmo")
    assert Ban.objects.get().ends_at is None


@pytest.mark.parametrize("days", [1, None], ids=["shorter", "permanent"])
def test_end_that_staff_set_outlives_a_mistake(world: World, days: int | None) -> None:
    three_days(world)
    ends_at = timezone.now() + timedelta(days=days) if days else None
    change_end(world.case, ends_at, by=world.staff, reason="outro fim")
    world.build()

    lift_case(Case.objects.latest("pk"), by=world.staff, kind=Ban.LiftKind.MISTAKE, reason="engano")

    assert Ban.objects.get().ends_at == ends_at


def test_undone_confirmation_takes_back_only_what_it_added(world: World) -> None:
    ban = three_days(world)
    world.build("review")
    confirm = confirm_case(Case.objects.latest("pk"), by=world.staff, reason="visto")
    assert Ban.objects.get().ends_at is None

    undo_act(confirm, by=world.staff, reason="engano")

    assert (Ban.objects.get().ends_at, Ban.objects.get().lifted_at) == (ban.ends_at, None)
    assert [case.state for case in Case.objects.order_by("pk")] == ["confirmed", "waiting"]


def test_act_that_joined_since_keeps_its_ban_when_a_confirmation_is_undone(world: World) -> None:
    world.build("review")
    world.decide("confirm")
    world.build()

    world.undo()

    assert world.says().startswith("waiting rc lasting lines=1 wall=1")


def test_undone_confirmation_lets_go_of_a_ban_that_is_in_force_for_others(world: World) -> None:
    world.build()
    world.build("review")
    case, first = world.case, world.case.ban_id
    lift_case(case, by=world.staff, kind=Ban.LiftKind.MERCY, reason="chega")
    by_hand = world.ban().ban_id
    confirm_case(case, by=world.staff, reason="visto")
    world.undo()

    assert (world.case.ban_id, Ban.objects.get(lifted_at=None).pk) == (first, by_hand)
    dismiss_case(world.case, by=world.staff, reason="nada")
    assert world.case.state == "lifted"
    world.undo()
    world.decide("confirm")
    assert world.case.ban_id == by_hand


def test_ban_in_place_of_another_is_undone_and_redone_with_the_other(world: World) -> None:
    world.build()
    first = world.case
    newer = world.ban(instead=True)
    deliveries.deliver_due()

    def in_force() -> list[int]:
        deliveries.deliver_due()
        assert world.path.read_text().count(player_id("X")) == 1
        return list(Ban.objects.filter(lifted_at=None).values_list("pk", flat=True))

    assert in_force() == [newer.ban_id]
    undo = undo_act(newer.acts.get(), by=world.staff, reason="engano")
    assert in_force() == [first.ban_id]
    again = undo_act(undo, by=world.staff, reason="era mesmo")
    assert in_force() == [newer.ban_id]
    assert [case.state for case in Case.objects.order_by("pk")] == ["lifted", "confirmed"]
    undo_act(again, by=world.staff, reason="engano")
    assert in_force() == [first.ban_id]


def test_run_that_undoes_both_halves_undoes_each_once(world: World) -> None:
    world.build()
    world.ban(instead=True)
    run = uuid.uuid4()

    for act in CaseAct.objects.order_by("pk"):
        undo_act(act, by=world.staff, reason="engano", run=run)

    assert CaseAct.objects.filter(run=run).count() == 2
    assert Ban.objects.get(lifted_at=None) == world.case.ban


def test_lift_is_not_undone_over_a_newer_ban(world: World) -> None:
    world.build()
    world.decide("mistake")
    world.ban()
    rows = world.rows()

    with pytest.raises(NotPossibleError):
        world.undo()

    assert world.rows() == rows


def test_only_the_newest_act_is_undone(world: World) -> None:
    world.build("review")
    world.decide("confirm")
    world.decide("end")

    with pytest.raises(NotPossibleError):
        undo_act(world.case.acts.earliest("version"), by=world.staff, reason="engano")


def test_accusation_that_waits_is_not_sent_after_the_undo_of_its_undo(world: World) -> None:
    world.build()
    Announcement.objects.update(state="sent")
    world.decide("mistake")
    world.undo()
    world.undo()

    assert not Announcement.objects.filter(key__startswith="again-", state="pending").exists()


def test_case_confirmed_again_after_an_undo_is_announced_again(world: World) -> None:
    world.bring("by staff")
    world.undo()
    Announcement.objects.update(state="sent")

    world.decide("confirm")

    assert world.announced() == "again|again"


def test_ban_that_is_not_on_the_wall_never_reaches_the_public_channel(world: World) -> None:
    world.ban(is_on_wall=False)
    Announcement.objects.update(state="sent")
    for act in ("mercy", "undo", "mistake", "undo"):
        world.decide(act)

    assert not Announcement.objects.filter(channel__audience="public").exists()
