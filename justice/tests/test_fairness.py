"""Fairness in figures: what counts, and what the page says."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clans.models import User
from justice.fairness import fairness_of, finding
from justice.models import Appeal, AppealMessage
from justice.tests.pages import html, make_staff, waiting
from justice.tests.rows import appeal_of, make_banned
from territory.models import Ban
from territory.services.deciding import confirm_case
from territory.tests.factories import ban_by_hand, make_server

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_nothing_is_too_early_to_say(client: Client) -> None:
    page = html(client, reverse("fairness"))
    assert "Too early to say" in page
    assert page.count("too early to say") == 2


def test_page_says_each_figure_and_how_it_is_counted(client: Client) -> None:
    ban = make_banned()
    appeal_of(ban)
    page = html(client, reverse("fairness"))
    assert "Of 1 automatic ban in 28 days, 0 was lifted as our mistake." in page
    assert page.count("<dt>Lifted as mistakes</dt>") == 2


def test_page_costs_the_same_whatever_there_is(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for rows in range(3):
        with django_assert_num_queries(4):  # and the community
            html(client, reverse("fairness"))
        appeal_of(make_banned(gamertag=f"Invasor {rows}"))


def test_a_ban_that_staff_confirmed_or_made_is_none_of_the_machines() -> None:
    ban = make_banned()
    ban_by_hand(ban.server)
    base = ban.infractions.get().base
    assert base is not None
    confirm_case(waiting(base.server, base, "Vizinho"), by=make_staff(), reason="claro")
    assert Ban.objects.count() == 3
    assert fairness_of(timezone.now()).bans == 1


def test_servers_that_hide_their_wall_are_in_no_figure(client: Client) -> None:
    ban = make_banned(make_server(is_wall_public=False))
    appeal_of(ban)
    assert fairness_of(timezone.now()).is_early
    assert "Too early to say" in html(client, reverse("fairness"))


def make_appeal(state: str, opened: float, decided: float | None = None, *, by: User | None = None) -> Appeal:
    """An appeal that was opened and decided so many days ago, against a ban of long ago that stays."""
    ban = make_banned(gamertag=f"Jogador {Appeal.objects.count()}", created_at=days_ago(50))
    decided_at = None if decided is None else days_ago(decided)
    values = {"opened_at": days_ago(opened), "decided_at": decided_at, "decided_by": by}
    return Appeal.objects.create(ban=ban, by_link=True, state=state, **values)


def test_bans_of_28_days_count_and_those_lifted_as_mistakes() -> None:
    for number, (days, kind) in enumerate(
        [(1, ""), (27, "mistake"), (27, "mercy"), (3, "expired"), (29, "mistake"), (40, "")]
    ):
        lifted_at = NOW if kind else None
        make_banned(gamertag=f"J{number}", created_at=days_ago(days), lift_kind=kind, lifted_at=lifted_at)
    figures = fairness_of(NOW)
    assert (figures.bans, figures.mistakes) == (4, 1)
    assert finding(figures).startswith("Of 4 automatic bans in 28 days, 1 were")


def test_appeals_of_28_days_count_by_what_people_made_of_them() -> None:
    staff = make_staff()
    for state, opened, decided, by in [
        ("open", 3, None, None),
        ("open", 40, None, None),
        ("granted", 30, 27, staff),
        ("granted", 3, 2, None),  # the ban's time was over
        ("kept", 5, 4, staff),
        ("kept", 60, 29, staff),
        ("replaced", 2, 1, None),
    ]:
        make_appeal(state, opened, decided, by=by)
    lifted = make_appeal("open", 40)
    Ban.objects.filter(pk=lifted.ban_id).update(lifted_at=NOW)
    figures = fairness_of(NOW)
    assert (figures.opened, figures.granted, figures.kept, figures.waiting) == (3, 1, 1, 2)


@pytest.mark.parametrize(
    ("words", "decided", "hours"),
    [
        ([], None, None),
        ([(24, True, True)], None, 24),
        ([(24, False, True), (36, True, False)], None, None),
        ([(30, True, True), (6, True, True)], 2, 6),
        ([(60, True, True)], 2, 24),
        ([], 2, 24),
    ],
    ids=["nobody", "staff", "the player and nobody", "the first", "decided before", "decided"],
)
def test_hours_to_an_answer_end_with_the_first_words_of_a_person(
    words: list[tuple[int, bool, bool]], decided: int | None, hours: float | None
) -> None:
    staff = make_staff()
    appeal = make_appeal("kept" if decided else "open", 3, decided, by=staff if decided else None)
    for after, is_staff, has_name in words:
        at, by = appeal.opened_at + timedelta(hours=after), staff if has_name else None
        AppealMessage.objects.create(appeal=appeal, is_staff=is_staff, by=by, at=at, text="x")
    assert fairness_of(NOW).hours == hours


def test_hours_to_an_answer_are_the_median_of_those_answered_in_28_days() -> None:
    staff = make_staff()
    for opened, decided in [(3, 2), (9, 5), (60, 27), (60, 29)]:
        make_appeal("kept", opened, decided, by=staff)
    answered_before = make_appeal("kept", 60, 2, by=staff)
    values = {"is_staff": True, "by": staff, "at": days_ago(50), "text": "x"}
    AppealMessage.objects.create(appeal=answered_before, **values)
    figures = fairness_of(NOW)
    assert figures.hours == 96
    assert finding(figures) == "No automatic ban in 28 days."
