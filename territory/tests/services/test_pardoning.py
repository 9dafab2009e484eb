"""A pardoned player is not accused any more: accusations that wait are withdrawn, and those that were sent are corrected."""

from datetime import timedelta

import pytest

from announcements.models import Announcement
from clans.models import User
from territory.models import Ban, Case, GameServer, Infraction
from territory.services.deciding import dismiss_case, lift_case, lift_ended_bans
from territory.tests.factories import (
    NOW,
    incoming,
    judge,
    lift_by_hand,
)

pytestmark = pytest.mark.django_db
SECRET = "casa azul em X=5045"
EARLIER = NOW - timedelta(minutes=10)


@pytest.fixture
def server(announcing: GameServer) -> GameServer:
    return announcing


@pytest.fixture
def accused(server: GameServer) -> None:
    """X with two incidents and Y with one, none of them announced yet."""
    judge(server, incoming("X"), incoming("X", occurred_at=EARLIER), incoming("Y"))


def states(gamertag: str) -> list[str]:
    """The states of the public announcements of this player's infractions."""
    keys = [f"infraction-{one.pk}" for one in Infraction.objects.filter(gamertag=gamertag)]
    found = Announcement.objects.filter(key__in=keys, channel__audience="public")
    return list(found.values_list("state", flat=True))


def pardons() -> list[tuple[str, str]]:
    """The channel and the words of each pardon that waits."""
    found = Announcement.objects.filter(key__startswith="pardon-", state="pending").order_by("channel__name")
    return [(one.channel.name, str(one.message)) for one in found.select_related("channel")]


def test_lifting_a_ban_withdraws_the_announcements_of_its_infractions_alone(
    accused: None, staff: User
) -> None:
    lift_by_hand(Ban.objects.get(gamertag="X"), staff, SECRET)

    assert states("X") == ["withdrawn", "withdrawn"]
    assert states("Y") == ["pending"]
    assert not pardons()


def test_lifting_a_ban_is_announced_once_wherever_the_accusation_stands(accused: None, staff: User) -> None:
    Announcement.objects.update(state="sent")
    numbers = Infraction.objects.filter(gamertag="X").order_by("pk").values_list("pk", flat=True)

    lift_by_hand(Ban.objects.get(gamertag="X"), staff, SECRET)

    assert states("X") == ["sent", "sent"]
    (public, in_public), (of_staff, to_staff) = pardons()
    assert (public, of_staff) == ("public", "staff")
    assert all(f"#{number}" in in_public for number in numbers)
    assert "casa azul" in to_staff
    for secret in ("casa azul", "5045", "3000", "Fortaleza"):
        assert secret not in in_public


def test_ban_whose_time_is_over_is_no_pardon(accused: None) -> None:
    Announcement.objects.filter(key__endswith=str(Infraction.objects.filter(gamertag="X")[0].pk)).update(
        state="sent"
    )
    Ban.objects.filter(gamertag="X").update(ends_at=NOW)

    assert lift_ended_bans(now=NOW + timedelta(seconds=1)) == 1
    assert sorted(states("X")) == ["pending", "sent"]
    assert not pardons()


def test_case_that_is_lifted_while_the_ban_stays_for_another_is_announced(
    accused: None, server: GameServer, staff: User
) -> None:
    judge(server, incoming("X", item="ShelterKit"))
    Announcement.objects.update(state="sent")
    one = Infraction.objects.get(infraction_type="forbidden_item")

    lift_case(one.case, by=staff, kind=Ban.LiftKind.MISTAKE, reason="engano")

    assert Ban.objects.get(gamertag="X").lifted_at is None
    assert [name for name, _ in pardons()] == ["public", "staff"]
    assert f"#{one.pk}'" in pardons()[0][1]


def test_dismissal_of_some_acts_leaves_the_accusation_of_the_others(server: GameServer, staff: User) -> None:
    judge(server, incoming("X"), incoming("X"))
    GameServer.objects.update(mode="review")
    judge(server, incoming("X"))

    dismiss_case(Case.objects.get(), by=staff, reason="engano")

    waiting = Announcement.objects.filter(state="pending")
    assert waiting.count() == 2
    assert all("2 em um minuto" in str(one.message) or "2 within" in str(one.message) for one in waiting)
