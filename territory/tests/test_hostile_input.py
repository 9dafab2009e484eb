"""Thousands of hostile lines and events, always the same ones: no neighbour is lost, no date wrong, no row is poison."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from clans.models import User
from territory.models import Infraction, Placement
from territory.services.judging import judge_due
from territory.tests.factories import (
    LONG_AGO,
    NOW,
    event,
    make_base,
    make_placement,
    make_player,
    make_server,
    player_id,
)
from territory.tests.logs import follow, header, line
from territory.tests.sender import Sender

pytestmark = pytest.mark.django_db

BOOT = datetime(2026, 2, 7, 19, 0, 0, tzinfo=UTC)
SPLINTERS = [
    "", " ", "|", '"', '" (id=', "(id=", ")", "<", ">", "pos=<1, 2, 3>", "placed", " placed ", "Built ", " on ", " with ",
    "Player ", 'Player "', "AdminLog started on ", "AdminLog", "\0", "\ufeff", "\u202e", "\u2028", "🏴‍☠️", "\x85", "\x1b[31m",
    "NaN", "-inf", "1e999", "-340282346638528859811704183484516925440.0", "9" * 60, "%s", "{0}", "';--", "<script>",
    player_id("alguem"), "Unknown", "ERROR", "A" * 44, "x" * 3000, "\\N", "\\.", "\t", "$$", "(DEAD)", "//",
]  # fmt: skip


def mutated(text: str, dice: random.Random) -> str:
    """Return the text with a few pieces cut out, doubled, replaced or put in."""
    for _ in range(dice.randint(1, 2)):
        start = dice.randint(0, len(text))
        stop = min(len(text), start + dice.choice([0, 1, 3, 10, 40]))
        piece = dice.choice([*SPLINTERS, text[start:stop] * 2, chr(dice.randint(1, 0xD7FF))])
        text = text[:start] + piece + text[stop:]
    return text.replace("\n", " ")


def hostile_log(lines: int, dice: random.Random) -> Iterator[bytes]:
    """Yield hostile lines, and after every tenth one a good line that stands alone in its second."""
    yield header(f"{BOOT:%Y-%m-%d %H:%M:%S}").encode()
    for number in range(lines):
        at = BOOT + timedelta(seconds=number)
        # A hostile time may not turn the clock, or the good lines' own dates would be anybody's guess.
        bad = f"{at:%H:%M:%S} | " + mutated(line("", "Mau").removeprefix(" | "), dice)
        data = bytearray(bad.encode())
        if dice.random() < 0.2:
            data[dice.randrange(11, len(data))] = dice.choice([0x00, 0xFF, 0xC3, 0x0D])
        yield bytes(data).replace(b"\n", b" ")
        if number % 10 == 0:
            yield line(f"{at:%H:%M:%S}", f"Bom{number}").encode()


def hostile_value(dice: random.Random) -> Any:
    return dice.choice([
        None, True, 0, -1, 10**400, 1e308, -3.4e38, float("nan"), float("inf"), [], {}, [[]], {"a": {}}, "",
        dice.choice(SPLINTERS), dice.choice(SPLINTERS) * dice.randint(1, 9), "\ud800", "2026-02-07T19:45:00Z",
        "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-02-07T19:45:00", 1770493500, -1e18, player_id("Mau"),
    ])  # fmt: skip


def hostile_event(number: int, dice: random.Random) -> Any:
    if dice.random() < 0.05:
        return hostile_value(dice)
    sent: dict[str, Any] = event(f"Mau{number}")
    for field in dice.sample(sorted(sent), dice.randint(1, 3)):
        if dice.random() < 0.2:
            del sent[field]
        else:
            sent[field] = hostile_value(dice)
    return sent


def judge_all(server_id: int) -> None:
    while judge_due(server_id, now=NOW, limit=200).judged:
        pass


def assert_every_page_shows(client: Client) -> None:
    """Walk through all pages of verdicts and infractions, as staff."""
    client.force_login(User.objects.create(username="staff", is_staff=True, is_superuser=True))
    before = ""
    while True:
        response = client.get(f"/staff/verdicts/{before}")
        assert response.status_code == HTTPStatus.OK
        older = response.context["older_than"]
        if older is None:
            break
        before = f"?before={older}"
    for pk in Placement.objects.order_by("?").values_list("pk", flat=True)[:10]:
        assert client.get(f"/staff/verdicts/{pk}/").status_code == HTTPStatus.OK
    pages = ["/wall", "/wall?page=2", "/wall?q=%00%ff", "/rules/", *(f"/admin/territory/{name}/" for name in (
        "placement", "infraction", "ban", "bandelivery", "playeridentity", "logfile"))]  # fmt: skip
    for page in pages:
        assert client.get(page).status_code == HTTPStatus.OK, page


@pytest.mark.parametrize("lines", [500, pytest.param(1500, marks=pytest.mark.thorough)])
def test_hostile_lines_of_a_log_cost_no_good_line(tmp_path: Path, client: Client, lines: int) -> None:
    server = make_server(log_folder=str(tmp_path), time_zone="UTC", ban_list="/tmp/unused/b.txt")
    make_base(server, make_player("Dono"))
    make_player("Mau", known=False)
    dice = random.Random(20260207)
    log = tmp_path / "hostile.ADM"
    log.touch()
    for data in hostile_log(lines, dice):
        with log.open("ab") as file:
            file.write(data + dice.choice([b"\n", b"\r\n"]))
        if dice.random() < 0.02:
            follow(server)
    follow(server)
    judge_all(server.pk)

    good = Placement.objects.filter(
        gamertag__startswith="Bom", player_id__in=[player_id(f"Bom{n}") for n in range(lines)]
    )
    assert {(one.gamertag, one.occurred_at) for one in good} == {
        (f"Bom{number}", BOOT + timedelta(seconds=number)) for number in range(0, lines, 10)
    }
    assert set(good.values_list("outcome", "action")) == {("invasion", "ban")}
    assert not Placement.objects.filter(state="pending").exists()
    assert not Placement.objects.exclude(occurred_at__range=(BOOT, BOOT + timedelta(minutes=25))).exists()
    assert Placement.objects.count() > lines / 4
    assert follow(server) == 0
    assert_every_page_shows(client)


@pytest.mark.parametrize("requests", [40, pytest.param(250, marks=pytest.mark.thorough)])
def test_hostile_requests_cost_no_good_event(client: Client, requests: int) -> None:
    server = make_server(slug="sul", ban_list="/tmp/unused/b.txt")
    make_base(server, make_player("Dono"), registered_at=LONG_AGO)
    make_player("Mau", known=False)
    sender = Sender(server)
    dice = random.Random(19450702)
    received = 0
    for number in range(requests):
        events = [*(hostile_event(number, dice) for _ in range(dice.randint(1, 3))), event(f"Bom{number}")]
        dice.shuffle(events)
        status, receipt = sender.post({"events": events})
        assert status == HTTPStatus.ACCEPTED, events
        assert receipt["received"] == len(events)
        assert receipt["new"] + receipt["duplicates"] + len(receipt["errors"]) == len(events)
        assert all(all(error["errors"]) for error in receipt["errors"])
        received += receipt["new"]
    judge_all(server.pk)

    assert Placement.objects.count() == received
    assert Placement.objects.filter(gamertag__startswith="Bom", action="ban").count() == requests
    assert not Placement.objects.filter(state="pending").exists()
    # Of the hostile ones, only those with a full id, a place on the map and a time may accuse anybody.
    for infraction in Infraction.objects.filter(gamertag__startswith="Mau").select_related("placement"):
        assert infraction.placement is not None
        assert infraction.placement.state == "judged"
        assert infraction.player_id in {player_id("Mau"), player_id(infraction.gamertag), player_id("alguem")}
    for origin_id in Placement.objects.exclude(gamertag__startswith="Bom").values_list(
        "origin_id", flat=True
    ):
        if dice.random() < 0.3 and origin_id not in {".", ".."}:
            status, answer = sender.ask(quote(origin_id, safe=""))
            assert (status, answer["id"]) == (HTTPStatus.OK, origin_id)
    assert_every_page_shows(client)


@pytest.mark.parametrize(("x", "because", "is_drawn"), [(float("inf"), "off_map", False), (5045.0, "", True)])
def test_a_place_that_is_on_no_map_is_not_drawn(
    client: Client, x: float, because: str, *, is_drawn: bool
) -> None:
    client.force_login(User.objects.create_superuser("root", password="x"))
    state = "unusable" if because else "judged"
    placement = make_placement(make_server(), x=x, z=3000.0, state=state, unusable_because=because)
    page = client.get(reverse("verdict", args=[placement.pk])).content.decode()
    assert ('class="mapbox"' in page) is is_drawn
