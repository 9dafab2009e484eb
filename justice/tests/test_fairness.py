"""Fairness in figures: against an independent count of random worlds, and what the page says."""

import random
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from justice.fairness import DAYS, fairness_of, finding
from justice.models import Appeal, AppealMessage
from justice.tests.rows import appeal_of, make_banned, make_staff
from territory.models import Ban, Case, CaseAct
from territory.services.deciding import confirm_case
from territory.tests.factories import ban_by_hand, make_case, make_infraction, make_server

pytestmark = pytest.mark.django_db
NOW = timezone.now()
State = Appeal.State


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def read(client: Client) -> str:
    answer = client.get(reverse("fairness"), headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_nothing_is_too_early_to_say(client: Client) -> None:
    page = read(client)
    assert "Too early to say" in page
    assert page.count("too early to say") == 2


def test_page_says_each_figure_and_how_it_is_counted(client: Client) -> None:
    ban = make_banned()
    appeal_of(ban)
    page = read(client)
    assert "Of 1 automatic ban in 28 days, 0 was lifted as our mistake." in page
    assert page.count("<dt>Lifted as mistakes</dt>") == 2


def test_page_costs_the_same_whatever_there_is(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for rows in range(3):
        with django_assert_num_queries(4):  # and the community
            read(client)
        appeal_of(make_banned(gamertag=f"Invasor {rows}"))


def test_a_ban_that_staff_confirmed_or_made_is_none_of_the_machines() -> None:
    ban = make_banned()
    ban_by_hand(ban.server)
    base = ban.infractions.get().base
    assert base is not None
    waiting = make_infraction(
        base.server,
        base,
        status="review",
        gamertag="Vizinho",
        case=make_case(base.server, base, gamertag="Vizinho"),
    )
    Case.objects.filter(pk=waiting.case_id).update(player_id=waiting.player_id)
    confirm_case(Case.objects.get(pk=waiting.case_id), by=make_staff(), reason="claro")
    assert Ban.objects.count() == 3
    assert CaseAct.objects.filter(kind="confirm").count() == 1
    assert fairness_of(timezone.now()).bans == 1


def test_servers_that_hide_their_wall_are_in_no_figure(client: Client) -> None:
    ban = make_banned(make_server(is_wall_public=False))
    appeal_of(ban)
    assert fairness_of(timezone.now()).is_early
    assert "Too early to say" in read(client)


@pytest.mark.parametrize("seed", range(6))
def test_figures_agree_with_a_count_by_hand(seed: int) -> None:
    chance = random.Random(seed)
    staff, bans, mistakes = make_staff(), 0, 0
    opened = granted = kept = waiting = 0
    hours: list[float] = []
    since = days_ago(DAYS)
    for number in range(12):
        made_at = days_ago(chance.uniform(0, 50))
        kind = chance.choice(["", "", "mistake", "mercy", "expired"])
        ban = make_banned(gamertag=f"Jogador {number}")
        lifted_at = days_ago(chance.uniform(0, 1)) if kind else None
        Ban.objects.filter(pk=ban.pk).update(created_at=made_at, lift_kind=kind, lifted_at=lifted_at)
        if made_at >= since:
            bans, mistakes = bans + 1, mistakes + (kind == "mistake")
        if chance.random() < 0.3:
            continue
        state = chance.choice([State.OPEN, State.GRANTED, State.KEPT, State.REPLACED])
        opened_at = days_ago(chance.uniform(0, 50))
        by = staff if chance.random() < 0.8 else None
        decided_at = None if state == State.OPEN else opened_at + timedelta(hours=chance.uniform(1, 200))
        appeal = Appeal.objects.create(
            ban=ban,
            by_link=True,
            state=state,
            opened_at=opened_at,
            decided_at=decided_at,
            decided_by=by if decided_at else None,
        )
        said = []
        for _ in range(chance.randrange(3)):
            speaker = chance.choice([None, staff])
            at = opened_at + timedelta(hours=chance.uniform(0.5, 100))
            AppealMessage.objects.create(
                appeal=appeal, by=speaker, is_staff=chance.random() < 0.7, at=at, text="x"
            )
            said.append((AppealMessage.objects.latest("pk").is_staff and speaker, at))
        opened += state != State.REPLACED and opened_at >= since
        was_decided = decided_at is not None and by is not None and decided_at >= since
        granted += was_decided and state == State.GRANTED
        kept += was_decided and state == State.KEPT
        waiting += state == State.OPEN and not kind
        firsts = sorted(
            [at for is_person, at in said if is_person] + ([decided_at] if decided_at and by else [])
        )
        if firsts and firsts[0] >= since:
            hours.append((firsts[0] - opened_at) / timedelta(hours=1))
    figures = fairness_of(NOW)
    assert (figures.bans, figures.mistakes) == (bans, mistakes)
    assert (figures.opened, figures.granted, figures.kept, figures.waiting) == (
        opened,
        granted,
        kept,
        waiting,
    )
    hours.sort()
    middle = len(hours) // 2
    expected = (hours[middle] + hours[~middle]) / 2 if hours else None
    assert figures.hours == pytest.approx(expected)
    assert finding(figures)
