from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clans.models import User
from justice.models import QueueMark
from justice.tests.pages import REVIEW, decide, item, make_staff, read, said, signed_in, waiting
from territory.models import Ban, BanDelivery, Base, Case, CaseAct, GameServer
from territory.services.deciding import confirm_case, dismiss_case
from territory.tests.factories import make_base, make_infraction, make_user

State = Case.State


@pytest.fixture
def case(server: GameServer, base: Base) -> Case:
    return waiting(server, base)


@pytest.fixture
def banned(case: Case, ju: User) -> Case:
    confirm_case(case, by=make_user("antes", is_staff=True), reason="x")
    case.refresh_from_db()
    return case


STATES = {
    "confirm": (State.CONFIRMED, ""),
    "dismiss": (State.DISMISSED, ""),
    "mistake": (State.LIFTED, "mistake"),
    "mercy": (State.LIFTED, "mercy"),
}


@pytest.mark.parametrize("act", STATES)
def test_each_act_is_carried_out_with_its_reason(
    desk: Client, ju: User, request: pytest.FixtureRequest, act: str
) -> None:
    case: Case = request.getfixturevalue("case" if act in ("confirm", "dismiss") else "banned")
    assert decide(desk, case, act, reason="visto no vídeo").status_code == 302
    case.refresh_from_db()
    newest = case.acts.latest("version")
    assert (case.state, newest.lift_kind) == STATES[act]
    assert (newest.by, newest.reason) == (ju, "visto no vídeo")


@pytest.mark.parametrize(("days", "is_permanent"), [("30", False), ("0", True)])
def test_the_end_of_a_ban_is_changed(desk: Client, banned: Case, days: str, *, is_permanent: bool) -> None:
    decide(desk, banned, "end", days="7")
    banned.refresh_from_db()
    asked = decide(desk, banned, "end", days=days, sure=None)
    assert "This is what happens" in said(asked)
    assert decide(desk, banned, "end", days=days).status_code == 302
    ban = Ban.objects.get()
    assert (ban.ends_at is None) == is_permanent
    if ban.ends_at:
        assert timedelta(days=29) < ban.ends_at - timezone.now() <= timedelta(days=30)


@pytest.mark.parametrize("act", ["confirm", "mistake", "mercy"])
def test_the_page_before_says_what_happens_and_does_nothing(
    desk: Client, request: pytest.FixtureRequest, act: str
) -> None:
    case: Case = request.getfixturevalue("case" if act == "confirm" else "banned")
    page = read(desk, reverse("case-decide", args=[case.pk, act]))
    assert "This is what happens" in page
    assert ("gets the line" if act == "confirm" else "loses our line") in page
    version = case.version
    case.refresh_from_db()
    assert case.version == version


def test_confirming_from_the_queue_asks_first_and_keeps_the_reason(desk: Client, case: Case) -> None:
    assert desk.post(reverse("case-decide", args=[case.pk, "confirm"])).status_code == 200  # nothing at all
    answer = decide(desk, case, "confirm", reason="invadiu de novo", sure=None)
    assert answer.status_code == 200
    assert "invadiu de novo" in answer.content.decode()
    assert not Ban.objects.exists()


def test_a_ready_made_reason_is_enough(desk: Client, case: Case) -> None:
    decide(desk, case, "dismiss", reason="", ready="dismiss-1")
    assert case.acts.get().reason == "Invited by the owner"


@pytest.mark.parametrize("given", [{"reason": ""}, {"reason": " "}, {"reason": "", "ready": "dismiss-99"}])
def test_no_decision_without_a_reason(desk: Client, case: Case, given: dict[str, str]) -> None:
    answer = decide(desk, case, "dismiss", **given)
    assert answer.status_code == 200
    assert "Say why in a few words" in said(answer)
    case.refresh_from_db()
    assert case.state == State.WAITING


def test_what_dismissing_does_is_said_in_the_queue(desk: Client, case: Case) -> None:
    assert "What dismissing does Nobody is banned." in read(desk, item(case))


@pytest.mark.parametrize(
    ("act", "words"), [("mercy", "no ban in force"), ("mistake", "Nothing of this case is confirmed")]
)
def test_what_is_not_possible_is_said_before(desk: Client, case: Case, act: str, words: str) -> None:
    page = read(desk, reverse("case-decide", args=[case.pk, act]))
    assert "That is not possible now" in page
    assert words in page


def test_unknown_acts_are_no_pages(desk: Client, case: Case) -> None:
    assert desk.get(reverse("case-decide", args=[case.pk, "burn"])).status_code == 404


# -- Two at once --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["ask", "carry out"])
def test_a_decision_on_an_old_page_is_refused_with_who_did_what(desk: Client, case: Case, step: str) -> None:
    dismiss_case(case, by=make_staff("rafa", display_name="Rafa Mota"), reason="era amigo")
    sure = None if step == "ask" else "1"
    answer = decide(desk, case, "confirm", reason="invasão clara", sure=sure)
    page = said(answer)
    assert answer.status_code == 409
    assert "This case has changed" in page
    assert "Rafa Mota dismissed it" in page
    assert "era amigo" in page
    assert "invasão clara" in page
    assert not Ban.objects.exists()


def test_a_new_act_makes_the_page_old_and_the_reason_stays_in_the_form(
    desk: Client, server: GameServer, base: Base, case: Case
) -> None:
    make_infraction(server, base, status="review", case=case)
    answer = decide(desk, case, "dismiss", reason="era amigo")
    assert answer.status_code == 409
    assert "New acts of the player joined the case." in said(answer)
    fresh = Case.objects.get(pk=case.pk)
    assert fresh.version != case.version
    for field in ('<textarea name="reason"', "era amigo</textarea>", f'name="seen" value="{fresh.version}"'):
        assert field in answer.content.decode()
    assert decide(desk, fresh, "dismiss").status_code == 302


@pytest.mark.parametrize("seen", ["", "-1", "99999999999", "x"])
def test_forged_versions_decide_nothing(desk: Client, case: Case, seen: str) -> None:
    assert decide(desk, case, "confirm", seen=seen).status_code in (200, 409)
    assert not Ban.objects.exists()


# -- Afterwards ---------------------------------------------------------------------------------------------------


def test_after_an_act_the_next_case_opens(desk: Client, server: GameServer, base: Base, case: Case) -> None:
    second = waiting(server, base, "Beto")
    third = waiting(server, base, "Caio")
    assert decide(desk, second, "dismiss")["location"] == item(third)
    assert decide(desk, third, "dismiss")["location"] == item(case)
    assert decide(desk, case, "dismiss")["location"] == REVIEW
    assert not QueueMark.objects.exists()


def test_the_choice_of_the_queue_goes_along(desk: Client, server: GameServer, base: Base, case: Case) -> None:
    second = waiting(server, base, "Invasor Dois")
    waiting(server, base, "Caio")
    answer = decide(desk, case, "dismiss", query="?from=queue&q=Invasor")
    assert answer["location"] == f"{item(second)}?q=Invasor"


def undo(client: Client, act: CaseAct) -> int:
    return client.post(reverse("case-undo", args=[act.case_id]), {"act": act.pk}).status_code


def offers_undo(client: Client, address: str) -> bool:
    return "/undo/" in client.get(address).content.decode()


@pytest.mark.parametrize("act", ["confirm", "dismiss", "mistake", "mercy"])
def test_the_own_act_is_undone_everywhere(desk: Client, request: pytest.FixtureRequest, act: str) -> None:
    case: Case = request.getfixturevalue("case" if act in ("confirm", "dismiss") else "banned")
    before = (case.state, list(case.infractions.values_list("status", flat=True)))
    decide(desk, case, act)
    assert offers_undo(desk, reverse("case", args=[case.pk]))
    assert undo(desk, case.acts.latest("version")) == 302
    case.refresh_from_db()
    assert (case.state, list(case.infractions.values_list("status", flat=True))) == before
    assert Ban.objects.filter(lifted_at=None).exists() == (act in ("mistake", "mercy"))
    states = set(BanDelivery.objects.values_list("state", flat=True))
    assert states <= ({"lifting"} if act == "confirm" else {"pending"})
    assert not offers_undo(desk, REVIEW)


def test_nobody_undoes_what_another_decided_or_what_is_long_ago(desk: Client, case: Case, ju: User) -> None:
    decide(desk, case, "dismiss")
    act = case.acts.get()
    assert offers_undo(desk, REVIEW)
    other = signed_in(make_staff("rafa"))
    assert undo(other, act) == 404
    assert not offers_undo(other, REVIEW)
    CaseAct.objects.filter(pk=act.pk).update(at=timezone.now() - timedelta(minutes=11))
    assert undo(desk, act) == 404
    assert not offers_undo(desk, REVIEW)


def test_an_undo_after_somebody_else_decided_is_refused(
    desk: Client, server: GameServer, base: Base, case: Case
) -> None:
    decide(desk, case, "confirm")
    mine = case.acts.get()
    case.refresh_from_db()
    decide(signed_in(make_staff("rafa")), case, "mercy")
    assert not offers_undo(desk, REVIEW)
    assert undo(desk, mine) == 302
    case.refresh_from_db()
    assert case.state == State.LIFTED


def test_an_act_of_another_case_is_not_undone_here(desk: Client, server: GameServer, case: Case) -> None:
    other = waiting(server, make_base(server, make_user("outra"), x=9000.0), "Beto")
    decide(desk, other, "dismiss")
    address = reverse("case-undo", args=[case.pk])
    assert desk.post(address, {"act": other.acts.get().pk}).status_code == 404
