"""Lifting infractions, setting a ban's end and trying deliveries again: with a reason, and noted where one looks."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from announcements.models import Announcement, Channel
from clans.models import User
from territory.models import Ban, Base, GameServer, Infraction
from territory.services.errors import NotPossibleError
from territory.services.notices import announce_incidents
from territory.services.pardoning import lift_infraction, set_ban_end
from territory.tests.admin.pages import REASON, WHY, act, enter, notes, page
from territory.tests.factories import (
    make_ban,
    make_delivery,
    make_infraction,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    return make_user("equipe")


# -- Infractions --------------------------------------------------------------------------------------------------


def test_infraction_that_alone_carries_a_ban_takes_it_along(server: GameServer, base: Base, by: User) -> None:
    ban = make_ban(server)
    delivery = make_delivery(ban, state="applied")
    infraction = make_infraction(server, base, ban=ban)
    assert lift_infraction(infraction, by=by, reason=WHY) is True
    for row in (ban, delivery, infraction):
        row.refresh_from_db()
    assert (ban.lifted_by, ban.lift_reason, delivery.state) == (by, WHY, "lifting")
    assert (infraction.status, infraction.decided_by, infraction.decision_reason) == ("lifted", by, WHY)
    assert not Infraction.objects.on_the_wall().exists()


@pytest.mark.parametrize("why", ["other infraction", "by hand", "lifted before", "no ban"])
def test_infraction_is_lifted_alone_where_the_ban_does_not_rest_on_it(
    server: GameServer, base: Base, by: User, why: str
) -> None:
    special: dict[str, dict[str, Any]] = {
        "by hand": {"created_by": by},
        "lifted before": {"lifted_at": timezone.now()},
    }
    ban = None if why == "no ban" else make_ban(server, **special.get(why, {}))
    infraction = make_infraction(server, base, ban=ban)
    if why == "other infraction":
        make_infraction(server, base, gamertag="Outro", ban=ban)
    before = list(Ban.objects.values())
    assert lift_infraction(infraction, by=by, reason=WHY) is False
    infraction.refresh_from_db()
    assert (infraction.status, infraction.decision_reason) == ("lifted", WHY)
    assert list(Ban.objects.values()) == before


def test_infraction_lifted_before_discord_was_told_is_withdrawn(
    server: GameServer, base: Base, by: User
) -> None:
    Channel.objects.create(name="wall", audience="public", webhook_url="https://discord.com/api/webhooks/1/x")
    infractions = [make_infraction(server, base, gamertag=name) for name in ("A", "B")]
    announce_incidents(server, [one.pk for one in infractions])
    lift_infraction(infractions[0], by=by, reason=WHY)
    states = dict(Announcement.objects.values_list("key", "state"))
    keys = [f"infraction-{one.pk}" for one in infractions]
    assert [states[key] for key in keys] == ["withdrawn", "pending"]


def test_ban_is_locked_before_the_infraction_as_lifting_the_ban_does(
    server: GameServer, base: Base, by: User
) -> None:
    infraction = make_infraction(server, base, ban=make_ban(server))
    with CaptureQueriesContext(connection) as queries:
        lift_infraction(infraction, by=by, reason=WHY)
    locks = [query["sql"] for query in queries if "UPDATE" in query["sql"] and "SELECT" in query["sql"]]
    assert ['FROM "territory_ban"' in sql for sql in locks[:2]] == [True, False]


WAITING, CONFIRMED = "that wait for staff", "Only confirmed infractions"


@pytest.mark.parametrize(
    ("action", "status", "left", "asked", "refused"),
    [
        ("confirm", "review", "confirmed", "The player is banned, and the infraction stands", WAITING),
        ("dismiss", "review", "dismissed", "Nothing follows from the infraction", WAITING),
        ("lift", "confirmed", "lifted", "Its ban is lifted too, unless it was made by hand", CONFIRMED),
    ],
)
def test_infraction_is_decided_once_with_a_reason_that_is_noted(  # noqa: PLR0917 - pytest passes by name
    client: Client,
    server: GameServer,
    base: Base,
    action: str,
    status: str,
    left: str,
    asked: str,
    refused: str,
) -> None:
    staff = enter(client, "moderator")
    infraction = make_infraction(server, base, status=status)
    assert asked in act(client, "infraction", action, infraction.pk)
    act(client, "infraction", action, infraction.pk, **REASON)
    infraction.refresh_from_db()
    decided = (infraction.status, infraction.decided_by, infraction.decision_reason)
    assert decided == (left, staff, WHY)
    assert Ban.objects.filter(player_id=infraction.player_id).exists() is (action == "confirm")
    assert [WHY in note for note in notes(infraction)] == [True]
    history = page(client, "infraction", "history", infraction.pk)
    assert WHY in history
    assert staff.get_username() in history
    for other in {"review", "confirmed", "dismissed", "lifted"} - {status}:
        Infraction.objects.update(status=other)
        assert refused in act(client, "infraction", action, infraction.pk, **REASON)
    assert Infraction.objects.values_list("decided_by", "decision_reason").get() == (staff.pk, WHY)
    assert len(notes(infraction)) == 1


@pytest.mark.parametrize("status", ["review", "dismissed", "lifted"])
def test_infraction_that_is_not_confirmed_is_not_lifted(
    server: GameServer, base: Base, by: User, status: str
) -> None:
    infraction = make_infraction(server, base, status=status)
    with pytest.raises(NotPossibleError):
        lift_infraction(infraction, by=by, reason=WHY)
    infraction.refresh_from_db()
    assert (infraction.status, infraction.decided_by) == (status, None)


# -- Bans ---------------------------------------------------------------------------------------------------------


def test_end_of_a_ban_is_set_and_taken_away_with_a_reason(client: Client, server: GameServer) -> None:
    enter(client, "moderator")
    ban, end = make_ban(server), (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    asked = act(client, "ban", "set_end", ban.pk)
    for words in ('type="datetime-local"', 'name="reason"', "The ban is lifted by itself at that time"):
        assert words in asked
    for ends_at, words in (
        ("2020-01-01T00:00", "A ban ends in the future."),
        ("2200-01-01T12:00", "before the year 2200"),
        ("soon", "Enter a valid date/time."),
    ):
        assert words in act(client, "ban", "set_end", ban.pk, **REASON, ends_at=ends_at)
    assert (Ban.objects.get().ends_at, notes(ban)) == (None, [])
    act(client, "ban", "set_end", ban.pk, **REASON, ends_at=f"{timezone.localtime(end):%Y-%m-%dT%H:%M}")
    assert Ban.objects.get().ends_at == end
    act(client, "ban", "set_end", ban.pk, **REASON)
    assert Ban.objects.get().ends_at is None
    assert [WHY in note for note in notes(ban)] == [True, True]
    assert "permanent" in notes(ban)[1]


def test_ban_is_lifted_once_with_a_reason_that_is_noted(client: Client, server: GameServer) -> None:
    staff, ban, why = enter(client, "moderator"), make_ban(server), "<script>alert(1)</script>"
    asked = act(client, "ban", "lift", ban.pk)
    for words in ('name="reason"', "Invasor", "The player may come back at once"):
        assert words in asked
    assert "This field is required" in act(client, "ban", "lift", ban.pk, confirmed="yes", reason=" ")
    assert Ban.objects.get().lifted_at is None
    for _click in range(2):
        answer = act(client, "ban", "lift", ban.pk, confirmed="yes", reason=why)
    assert "lifted already" in answer
    ban.refresh_from_db()
    assert (ban.lifted_by, ban.lift_reason) == (staff, why)
    assert [why in note for note in notes(ban)] == [True]
    assert "alert(1)" in page(client, "ban", "history", ban.pk)
    for name in ("history", "change"):
        assert "<script>alert" not in page(client, "ban", name, ban.pk)
    with translation.override("en"), pytest.raises(NotPossibleError, match="lifted already"):
        set_ban_end(ban, timezone.now() + timedelta(days=1))
