"""Past placements heard again: what differs, how it is paged, and what may follow."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from territory.models import Ban, BasePermission, Case, GameServer, Infraction, ItemRule, Placement
from territory.services.errors import NotPossibleError
from territory.services.rejudging import accuse, rejudge
from territory.tests.factories import (
    NOW,
    incoming,
    judge,
    make_base,
    make_player,
    make_server,
    permit,
    placed,
)

pytestmark = pytest.mark.django_db
SINCE, UNTIL = NOW - timedelta(hours=1), NOW + timedelta(hours=1)


@pytest.fixture
def server() -> GameServer:
    made = make_server(slug="sul", time_zone="UTC")
    make_base(made, make_player("Dono"))
    return made


def build(server: GameServer, *names: str, **fields: Any) -> None:
    judge(server, *(incoming(name, **fields) for name in names))


def differences(server: GameServer) -> list[tuple[str, str]]:
    server.refresh_from_db()
    return [(one.finding.case.gamertag, str(one.change)) for one in rejudge(server, SINCE, UNTIL).differences]


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ("protected", []),
        ("ignored", [("Invasor", "acquitted")]),
        ("protected_review", [("Invasor", "other")]),
        ("forbidden", [("Dono", "accused"), ("Invasor", "other")]),
    ],
)
def test_item_rule_of_today_decides(server: GameServer, policy: str, found: list[tuple[str, str]]) -> None:
    build(server, "Dono", "Invasor")
    ItemRule.objects.create(pattern="FenceKit", policy=policy)
    assert differences(server) == found


def test_rights_are_those_of_the_moment_of_judging(server: GameServer) -> None:
    friend, base = make_player("Amiga"), server.bases.get()
    build(server, "Amiga")
    permission = permit(base, friend, granted_at=NOW + timedelta(minutes=1))
    assert differences(server) == []
    BasePermission.objects.filter(pk=permission.pk).update(granted_at=NOW - timedelta(minutes=5))
    assert differences(server) == [("Amiga", "acquitted")]


@pytest.mark.parametrize("mode", ["observe", "review"])
def test_mode_and_breaker_play_no_part(server: GameServer, mode: str) -> None:
    build(server, "A")
    GameServer.objects.update(mode=mode, tripped_at=NOW, tripped_because="bans")
    build(server, "B")
    GameServer.objects.update(mode="enforce", tripped_at=None, tripped_because="")
    assert differences(server) == []


def test_act_of_a_wrong_clock_is_held_again(server: GameServer) -> None:
    build(server, "A")
    assert differences(server) == []
    Placement.objects.update(clock_shift_min=180)
    assert differences(server) == [("A", "other")]


def test_period_and_pages(server: GameServer) -> None:
    build(server, *"ABCDE")
    build(server, "Velho", occurred_at=NOW - timedelta(hours=2))
    ItemRule.objects.create(pattern="FenceKit", policy="ignored")
    first = rejudge(server, SINCE, UNTIL, most=2)
    second = rejudge(server, SINCE, UNTIL, after=first.next, most=2)
    last = rejudge(server, SINCE, UNTIL, after=second.next, most=2)
    names = [one.finding.case.gamertag for page in (first, second, last) for one in page.differences]
    assert (sorted(names), last.next) == (list("ABCDE"), 0)


def test_queries_do_not_grow_with_the_placements(server: GameServer) -> None:
    counts = []
    for names in ("AB", "CDEFGH"):
        build(server, *names)
        with CaptureQueriesContext(connection) as queries:
            rejudge(server, SINCE, UNTIL)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def test_accused_today_waits_for_staff_and_bans_nobody(server: GameServer) -> None:
    build(server, "Dono")
    ItemRule.objects.create(pattern="FenceKit", policy="forbidden")
    case = accuse(placed("Dono").pk, now=NOW)
    assert (case.state, case.kind, case.gamertag) == ("waiting", "forbidden_item", "Dono")
    assert Infraction.objects.get().status == "review"
    assert not Ban.objects.exists()
    assert Placement.objects.get().outcome == "allowed"
    with pytest.raises(NotPossibleError):
        accuse(placed("Dono").pk, now=NOW)
    assert Case.objects.count() == 1


def test_nobody_is_accused_whom_todays_rule_allows(server: GameServer) -> None:
    build(server, "Dono")
    with pytest.raises(NotPossibleError):
        accuse(placed("Dono").pk, now=NOW)
    assert not Case.objects.exists()


def run(*options: str) -> str:
    out = StringIO()
    call_command("rejudge", "--server", "sul", "--since", "2026-02-07 18:00", *options, stdout=out)
    return out.getvalue()


def test_command_lists_differences_and_counts_all(server: GameServer) -> None:
    build(server, "Dono", "Invasor")
    ItemRule.objects.create(pattern="FenceKit", policy="ignored")
    text = run()
    assert "2 placements heard again" in text or "2 " in text
    assert "intruder/ban → item_ignored/none" in text
    assert "Dono" not in text
    content = json.loads(run("--json", "--until", "2026-02-07T20:00:00Z"))
    assert (content["heard"], content["counts"]) == (2, {"acquitted": 1, "accused": 0, "other": 0})
    [one] = content["differences"]
    assert (one["gamertag"], one["then"]["version"], one["today"]["action"]) == ("Invasor", 1, "none")
    assert json.loads(run("--json", "--until", "2026-02-07 18:30"))["heard"] == 0


def test_command_refuses_a_time_that_is_none(server: GameServer) -> None:
    with pytest.raises(CommandError):
        run("--until", "ontem à noite")
