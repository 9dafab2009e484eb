"""The page of a base's activity, as owner, base admin, staff, friend and stranger."""

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clans.models import User
from territory.models import Activity, Alarm, AlarmMute, Base, GameServer
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

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\u202e\"'&"


@pytest.fixture
def server() -> GameServer:
    return make_server(name="Chernarus 1")


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_player("Dona"), name="Toca", clan=make_clan("TXS"))


def did(base: Base | None, server: GameServer, gamertag: str, standing: str, **fields: Any) -> Activity:
    values = {"kind": "dismantled", "item": "wall_base_up", "display": "Fence", "x": 5012.5, "z": 2987.25}
    return Activity.objects.create(
        server=server,
        base=base,
        source_key=uuid.uuid4(),
        gamertag=gamertag,
        player_id=player_id(gamertag),
        standing=standing,
        occurred_at=timezone.now(),
        **(values | fields),
    )


def alarm(base: Base, gamertag: str = "Estranha", **fields: Any) -> Alarm:
    now = timezone.now()
    values = {"began_at": now, "last_at": now, "activities": 3}
    return Alarm.objects.create(
        base=base, gamertag=gamertag, player_id=player_id(gamertag), **(values | fields)
    )


def browser(person: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def words_of(answer: Any) -> str:
    assert answer.status_code == 200
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|[\u2068\u2069]", " ", main))


def visitor(role: str) -> User:
    person = make_visitor(role)
    assert person is not None
    return person


def page(base: Base, person: User, **query: str) -> str:
    return words_of(browser(person).get(reverse("base-activity", args=[base.pk]), query))


def post(base: Base, person: User, act: str, **given: Any) -> Any:
    return browser(person).post(reverse("base-activity", args=[base.pk]), {"act": act} | given)


def test_friends_and_strangers_are_told_apart(server: GameServer, base: Base) -> None:
    did(base, server, "Dona", "owner")
    did(base, server, "Amiga", "permission", kind="packed")
    did(
        base,
        server,
        "Estranha",
        "stranger",
        kind="flag_lowered",
        item="Flag_Livonia",
        display="TerritoryFlag",
    )
    did(base, server, "Talvez", "disputed")
    did(None, server, "Longe", "")
    did(make_base(server, base.owner, x=9000.0), server, "Outra", "stranger")
    words = page(base, base.owner)
    assert "2 acts by people without a right." in words
    assert "Estranha lowered the flag Flag_Livonia · TerritoryFlag without a right" in words
    assert "Amiga packed" in words
    assert "Everybody 4 Without a right 2 With a right 2" in words
    for other in ("Longe", "Outra"):
        assert other not in words
    strangers = page(base, base.owner, who="strangers")
    assert "Talvez" in strangers
    assert "Amiga" not in strangers


def test_no_place_stands_on_the_page(server: GameServer, base: Base) -> None:
    did(base, server, "Estranha", "stranger")
    source = browser(base.owner).get(reverse("base-activity", args=[base.pk])).content.decode()
    for secret in ("5012", "2987", player_id("Estranha")):
        assert secret not in source


def test_who_may_look(base: Base) -> None:
    admin, friend = make_user("admin"), make_user("friend")
    permit(base, admin, level="admin")
    permit(base, friend)
    for person in (base.owner, admin, visitor("moderator"), visitor("superuser")):
        page(base, person)
    for person in (friend, make_user("stranger"), visitor("staff")):
        assert browser(person).get(reverse("base-activity", args=[base.pk])).status_code == 404
    Base.objects.update(removed_at=timezone.now())
    assert browser(base.owner).get(reverse("base-activity", args=[base.pk])).status_code == 404


def test_an_alarm_is_shown_and_its_player_muted(base: Base) -> None:
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


def test_the_whole_base_is_muted(base: Base) -> None:
    alarm(base)
    post(base, base.owner, "mute", days=1)
    assert AlarmMute.objects.get().player_id == ""
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


def test_forged_posts_change_nothing(server: GameServer, base: Base) -> None:
    other = make_base(server, make_user("other"), x=9000.0)
    foreign_alarm = alarm(other)
    foreign_mute = AlarmMute.objects.create(base=other, ends_at=timezone.now() + timedelta(days=1))
    admin, friend = make_user("admin"), make_user("friend")
    permit(base, admin, level="admin")
    permit(base, friend)
    assert post(base, base.owner, "mute", alarm=foreign_alarm.pk, days=7).status_code == 404
    assert post(base, base.owner, "mute", alarm="9" * 30, days=7).status_code == 404
    assert post(base, base.owner, "mute", days=3650).status_code == 404
    assert post(base, base.owner, "unmute", mute=foreign_mute.pk).status_code == 404
    assert post(base, base.owner, "nothing").status_code == 404
    assert post(base, admin, "discord", alarms_discord="on").status_code == 404
    assert post(base, admin, "away", days=30).status_code == 404
    for person in (friend, make_user("stranger"), visitor("moderator")):
        for act in ("mute", "unmute", "discord", "away"):
            assert post(base, person, act, days=1, mute=foreign_mute.pk).status_code == 404
    base.refresh_from_db()
    assert (base.alarms_discord, base.away_until) == (False, None)
    assert AlarmMute.objects.get().ends_at == foreign_mute.ends_at


def test_hostile_names_are_text(server: GameServer, base: Base) -> None:
    Base.objects.update(name=HOSTILE)
    did(base, server, HOSTILE, "stranger", item=HOSTILE, display=HOSTILE)
    alarm(base, HOSTILE)
    source = browser(base.owner).get(reverse("base-activity", args=[base.pk])).content.decode()
    assert "<script>alert" not in source


@pytest.mark.parametrize("count", [1, 60])
def test_the_number_of_queries_is_fixed(
    server: GameServer, base: Base, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        did(base, server, f"G{number}", "stranger")
        alarm(base, f"G{number}")
    client = browser(base.owner)
    session_and_user, community, access, selector = 2, 1, 1, 5
    with django_assert_num_queries(session_and_user + community + access + selector):
        client.get(reverse("base-activity", args=[base.pk]))
