"""A ban that does not hold: who is seen after the list must have taken effect, and staff who are told once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from announcements.models import Announcement
from announcements.tests.factories import make_channel
from territory.models import GamertagUse, PlayerIdentity
from territory.services.nets import bans_not_holding, warn_of_bans_not_holding
from territory.tests.factories import (
    NOW,
    make_ban,
    make_delivery,
    make_placement,
    make_player,
    make_server,
    player_id,
)

pytestmark = pytest.mark.django_db
APPLIED = NOW - timedelta(hours=1)


def after(minutes: float) -> datetime:
    return APPLIED + timedelta(minutes=minutes)


def banned(name: str = "Invasor", **delivery: Any) -> Any:
    ban = make_ban(make_server(), name)
    make_delivery(ban, **{"state": "applied", "applied_at": APPLIED} | delivery)
    return ban


def found() -> list[str]:
    return [one.ban.gamertag for one in bans_not_holding(now=NOW)]


@pytest.mark.parametrize(
    ("minutes", "is_found"),
    [pytest.param(10, False, id="at the delay"), pytest.param(10.1, True, id="after it"), (-5, False)],
)
def test_placement_after_the_lists_delay_says_so(*, minutes: float, is_found: bool) -> None:
    ban = banned()
    make_placement(ban.server, gamertag="Invasor", occurred_at=after(minutes))
    assert found() == ["Invasor"] * is_found


def test_gamertag_seen_after_the_delay_says_so_without_a_placement() -> None:
    make_player("Invasor")
    ban, identity = banned(), PlayerIdentity.objects.get()
    assert found() == []
    GamertagUse.objects.create(
        identity=identity, gamertag="Invasor", first_seen_at=APPLIED, last_seen_at=after(30)
    )
    [one] = bans_not_holding(now=NOW)
    assert (one.ban, one.applied_at, one.seen_at) == (ban, APPLIED, after(30))
    make_server()  # on which of two servers, the gamertag's use does not say
    assert found() == []


@pytest.mark.parametrize("state", ["pending", "failed", "lifting", "lifted"])
def test_ban_that_is_not_on_the_list_is_no_such_case(state: str) -> None:
    ban = banned(state=state)
    make_placement(ban.server, gamertag="Invasor", occurred_at=after(30))
    assert found() == []


@pytest.mark.parametrize(
    "fields", [{"server": "other"}, {"clock_shift_min": 60}, {"player_id": player_id("Outra")}]
)
def test_other_server_wrong_clock_and_other_player_say_nothing(fields: dict[str, Any]) -> None:
    ban = banned()
    server = make_server() if fields.pop("server", None) else ban.server
    make_placement(server, gamertag="Invasor", occurred_at=after(30), **fields)
    assert found() == []


@pytest.mark.parametrize(
    ("player", "fields"), [(player_id("Invasor"), {"lifted_at": NOW}), ("", {"player_id": ""})]
)
def test_lifted_ban_and_ban_without_an_id_say_nothing(player: str, fields: dict[str, Any]) -> None:
    ban = banned()
    make_placement(ban.server, gamertag="Invasor", player_id=player, occurred_at=after(30))
    type(ban).objects.update(**fields)
    assert found() == []


def test_staff_are_told_once_for_each_ban() -> None:
    make_channel(audience="staff")
    ban = banned()
    make_placement(ban.server, gamertag="Invasor", occurred_at=after(30))
    warn_of_bans_not_holding(now=NOW)
    make_placement(ban.server, gamertag="Invasor", occurred_at=after(40))
    warn_of_bans_not_holding(now=NOW + timedelta(minutes=5))
    [told] = Announcement.objects.all()
    assert told.key == f"not-holding-{ban.pk}"
    assert not any(secret in str(told.message) for secret in ("5045", "3033"))


def test_bounded_and_in_two_queries() -> None:
    for name in "ABC":
        ban = banned(name)
        make_placement(ban.server, gamertag=name, occurred_at=after(30))
    with CaptureQueriesContext(connection) as queries:
        assert len(bans_not_holding(now=NOW, most=2)) == 2
    assert len(queries) == 2
