"""Who is pardoned before Discord was told is not accused there any more."""

from datetime import timedelta

import pytest

from announcements.models import Announcement, Channel
from clans.models import User
from territory.models import Ban
from territory.services.bans import lift_ban, lift_ended_bans
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import NOW, incoming, make_base, make_player, make_server, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> User:
    return make_user("staff", is_staff=True)


@pytest.fixture(autouse=True)
def accused() -> None:
    """X with two infractions and Y with one, none of which Discord was told yet."""
    Channel.objects.create(name="wall", audience="public", webhook_url="https://discord.com/api/webhooks/1/x")
    server = make_server()
    make_base(server, make_player("Dono"))
    store(server, [incoming("X"), incoming("X"), incoming("Y")])
    judge_due(server.pk, now=NOW)


def states(gamertag: str) -> list[str]:
    """Of the announcements of this player's infractions."""
    numbers = Ban.objects.get(gamertag=gamertag).infractions.values_list("pk", flat=True)
    keys = [f"infraction-{number}" for number in numbers]
    return list(Announcement.objects.filter(key__in=keys).values_list("state", flat=True))


def test_lifting_a_ban_withdraws_the_announcements_of_its_infractions_alone(staff: User) -> None:
    lift_ban(Ban.objects.get(gamertag="X"), by=staff, reason="engano")

    assert states("X") == ["withdrawn", "withdrawn"]
    assert states("Y") == ["pending"]


def test_lifting_a_ban_leaves_what_was_said(staff: User) -> None:
    Announcement.objects.update(state="sent")

    lift_ban(Ban.objects.get(gamertag="X"), by=staff, reason="engano")

    assert states("X") == ["sent", "sent"]


def test_ban_whose_time_is_over_is_announced_all_the_same() -> None:
    Ban.objects.filter(gamertag="X").update(ends_at=NOW)

    assert lift_ended_bans(now=NOW + timedelta(seconds=1)) == 1
    assert states("X") == ["pending", "pending"]
