"""Memberships that follow a game's roster, whichever game it is: who begins, changes, ends, and who is left alone."""

from datetime import UTC, datetime, timedelta

import pytest

from clans.models import Clan, ClanMembership, User
from clans.services.memberships import RosterPlace, end_followed_stay, follow_roster

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE, LATER = NOW - timedelta(days=30), NOW + timedelta(minutes=20)
MEMBER, COMMANDER = ClanMembership.Role.MEMBER, ClanMembership.Role.COMMANDER


@pytest.fixture
def clan() -> Clan:
    return Clan.objects.create(name="Lobos")


@pytest.fixture
def ana() -> User:
    return User.objects.create(username="ana")


def stays(clan: Clan) -> list[tuple[str, datetime, datetime | None, bool]]:
    found = ClanMembership.objects.filter(clan=clan).order_by("pk")
    return list(found.values_list("role", "joined_at", "left_at", "follows_game"))


@pytest.mark.parametrize(
    ("told", "joined_at"),
    [
        pytest.param(BEFORE, BEFORE, id="told"),
        pytest.param(None, NOW, id="not-told"),
        pytest.param(LATER, NOW, id="in-the-future"),
    ],
)
def test_place_on_the_roster_begins_a_stay(
    clan: Clan, ana: User, told: datetime | None, joined_at: datetime
) -> None:
    assert follow_roster(clan, {ana.pk: RosterPlace(COMMANDER, told)}, at=NOW) == 1
    assert stays(clan) == [("commander", joined_at, None, True)]


def test_stay_follows_role_and_end_and_is_written_once(clan: Clan, ana: User) -> None:
    place = RosterPlace(MEMBER, BEFORE)
    written = [
        follow_roster(clan, {ana.pk: place}, at=NOW),
        follow_roster(clan, {ana.pk: place}, at=NOW),
        follow_roster(clan, {ana.pk: RosterPlace(COMMANDER, BEFORE)}, at=NOW),
        follow_roster(clan, {}, at=NOW, just_gone=[ana.pk]),
        follow_roster(clan, {}, at=LATER),
    ]
    assert written == [1, 0, 1, 0, 1]
    assert stays(clan) == [("commander", BEFORE, LATER, True)]


def test_stay_that_staff_entered_is_neither_changed_nor_ended(clan: Clan, ana: User) -> None:
    ClanMembership.objects.create(clan=clan, user=ana, joined_at=BEFORE)
    assert follow_roster(clan, {ana.pk: RosterPlace(COMMANDER, NOW)}, at=NOW) == 0
    assert follow_roster(clan, {}, at=LATER) == 0
    assert end_followed_stay(clan_id=clan.pk, user_id=ana.pk, at=LATER) == 0
    assert stays(clan) == [("member", BEFORE, None, False)]


@pytest.mark.parametrize("at", [LATER, BEFORE - timedelta(days=1)], ids=["after", "before-it-began"])
def test_followed_stay_never_ends_before_it_began(clan: Clan, ana: User, at: datetime) -> None:
    follow_roster(clan, {ana.pk: RosterPlace(MEMBER, BEFORE)}, at=NOW)
    assert end_followed_stay(clan_id=clan.pk, user_id=ana.pk, at=at) == 1
    assert stays(clan) == [("member", BEFORE, max(at, BEFORE), True)]
