"""The page of a base's activity, as owner, base admin, staff, friend and stranger."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clans.models import User
from territory.models import Activity, Alarm, AlarmMute, Base
from territory.tests.factories import (
    make_base,
    make_clan,
    make_player,
    make_server,
    make_user,
    make_visitor,
    permit,
    player_id,
)
from territory.tests.pages.members import Browser, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def base() -> Base:
    return make_base(make_server(), make_player("Dona"), name="Toca", clan=make_clan("TXS"))


def did(base: Base, gamertag: str, standing: str, /, **fields: Any) -> Activity:
    values = {"kind": "dismantled", "item": "wall_base_up", "display": "Fence", "x": 5012.5, "z": 2987.25}
    values |= {"base": base, "occurred_at": timezone.now(), "standing": standing, "source_key": uuid.uuid4()}
    named = {"gamertag": gamertag, "player_id": player_id(gamertag)}
    return Activity.objects.create(server=base.server, **named, **(values | fields))


def alarm(base: Base, gamertag: str = "Estranha", **fields: Any) -> Alarm:
    now = timezone.now()
    values = {"began_at": now, "last_at": now, "activities": 3, "player_id": player_id(gamertag)}
    return Alarm.objects.create(base=base, gamertag=gamertag, **(values | fields))


def page(base: Base, person: User | None, status: int = 200, **query: str) -> str:
    return words_of(Browser(person).get(f"/bases/{base.pk}/activity/", status=status, **query))


def post(base: Base, person: User | None, act: str, status: int = 200, **given: Any) -> None:
    Browser(person).post(f"/bases/{base.pk}/activity/", {"act": act} | given, status=status)


def test_friends_and_strangers_are_told_apart_and_no_place_is_said(base: Base) -> None:
    did(base, "Dona", "owner")
    did(base, "Amiga", "permission", kind="packed")
    flag = {"kind": "flag_lowered", "item": "Flag_Livonia", "display": "TerritoryFlag"}
    did(base, "Estranha", "stranger", **flag)
    did(base, "Talvez", "disputed")
    did(base, "Longe", "", base=None)
    did(make_base(base.server, base.owner, x=9000.0), "Outra", "stranger")
    source = Browser(base.owner).get(f"/bases/{base.pk}/activity/")
    words = words_of(source)
    assert "2 acts by people without a right." in words
    assert "Estranha lowered the flag Flag_Livonia · TerritoryFlag without a right" in words
    assert "Amiga packed" in words
    assert "Everybody 4 Without a right 2 With a right 2" in words
    for other in ("Longe", "Outra", "5012", "2987", player_id("Estranha")):
        assert other not in source
    strangers = page(base, base.owner, who="strangers")
    assert "Talvez" in strangers
    assert "Amiga" not in strangers


def test_who_may_look(base: Base) -> None:
    admin, friend = make_user("admin"), make_user("friend")
    permit(base, admin, level="admin")
    permit(base, friend)
    for person in (base.owner, admin, make_visitor("moderator"), make_visitor("superuser")):
        page(base, person)
    for person in (friend, make_user("stranger"), make_visitor("staff")):
        page(base, person, 404)
    Base.objects.update(removed_at=timezone.now())
    page(base, base.owner, 404)


def test_an_alarm_is_shown_and_its_player_or_the_whole_base_muted(base: Base) -> None:
    heard = alarm(base)
    alarm(base, "Outra", last_at=timezone.now() - timedelta(days=8))
    words = page(base, base.owner)
    assert "Estranha 3 other acts" in words
    assert "Outra" not in words
    post(base, base.owner, "mute", alarm=heard.pk, days=7)
    mute = AlarmMute.objects.get()
    assert (mute.player_id, mute.muted_by) == (player_id("Estranha"), base.owner)
    assert "3 other acts" not in page(base, base.owner)
    post(base, base.owner, "unmute", mute=mute.pk)
    assert "3 other acts" in page(base, base.owner)
    post(base, base.owner, "mute", days=1)
    assert "Everybody until" in page(base, base.owner)


def test_the_owner_wishes_alarms_on_discord_and_goes_away(base: Base) -> None:
    post(base, base.owner, "discord", alarms_discord="on")
    post(base, base.owner, "away", days="30")
    assert Base.objects.filter(alarms_discord=True, away_until__gt=timezone.now()).exists()
    assert "You are away until" in page(base, base.owner)
    post(base, base.owner, "discord")
    for days in ("91", "-1", "x", ""):
        post(base, base.owner, "away", days=days)
    assert Base.objects.filter(alarms_discord=False, away_until__gt=timezone.now()).exists()


def test_forged_posts_change_nothing(base: Base) -> None:
    other = make_base(base.server, make_user("other"), x=9000.0)
    foreign_mute = AlarmMute.objects.create(base=other, ends_at=timezone.now() + timedelta(days=1))
    admin, friend = make_user("admin"), make_user("friend")
    permit(base, admin, level="admin")
    permit(base, friend)
    forged: list[tuple[str, dict[str, Any]]] = [
        ("mute", {"alarm": alarm(other).pk, "days": 7}),
        ("mute", {"alarm": "9" * 30, "days": 7}),
        ("mute", {"days": 3650}),
        ("unmute", {"mute": foreign_mute.pk}),
        ("nothing", {}),
    ]
    for act, given in forged:
        post(base, base.owner, act, 404, **given)
    post(base, admin, "discord", 404, alarms_discord="on")
    post(base, admin, "away", 404, days=30)
    for person in (friend, make_user("stranger"), make_visitor("moderator")):
        for act in ("mute", "unmute", "discord", "away"):
            post(base, person, act, 404, days=1, mute=foreign_mute.pk)
    base.refresh_from_db()
    assert (base.alarms_discord, base.away_until) == (False, None)
    assert AlarmMute.objects.get().ends_at == foreign_mute.ends_at


@pytest.mark.parametrize("count", [1, 60])
def test_the_number_of_queries_is_fixed(
    base: Base, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        did(base, f"G{number}", "stranger")
        alarm(base, f"G{number}")
    browser = Browser(base.owner)
    session_and_user, community, access, selector = 2, 1, 1, 5
    with django_assert_num_queries(session_and_user + community + access + selector):
        browser.get(f"/bases/{base.pk}/activity/")
