"""Sources that are dated wrongly: nobody is banned by them, and staff hear which time zone would fit."""

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from announcements.models import Announcement, Channel
from territory.models import GameServer, LogFile, LogSource, Placement
from territory.services.clocks import sender_shift
from territory.services.judging import judge_due
from territory.services.logs import CHUNK_BYTES, import_file
from territory.tests.factories import event, make_base, make_player, make_server
from territory.tests.logs import append, follow, header, line
from territory.tests.sender import Sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(tmp_path: Path) -> GameServer:
    made = make_server(log_folder=str(tmp_path), time_zone="UTC")
    make_base(made, make_player("Dona"), registered_at=timezone.now() - timedelta(days=30))
    return made


def write_log(folder: Path, *, ends: datetime, written_at: datetime, padding: int = 0) -> Path:
    """A log with one invasion a minute before its end; its times are UTC by the server's setting."""
    path = folder / "DayZServer.ADM"
    begins, act = ends - timedelta(minutes=5), ends - timedelta(minutes=1)
    filler = [f"{begins:%H:%M:%S} | #####"] * padding
    append(path, header(f"{begins:%Y-%m-%d %H:%M:%S}"), line(f"{act:%H:%M:%S}", "Invasor"), *filler)
    append(path, f"{ends:%H:%M:%S} | #####")
    os.utime(path, (written_at.timestamp(), written_at.timestamp()))
    return path


CASES = [
    pytest.param(0, 20, False, id="right"),
    pytest.param(3, 0, True, id="three-hours-early"),
    pytest.param(3, 20, True, id="three-hours-early-and-a-delay"),
    pytest.param(1, 5, True, id="an-hour-early"),
    pytest.param(-3, 20, True, id="three-hours-late"),
    pytest.param(-1, 5, True, id="an-hour-late"),
]


@pytest.mark.parametrize("way", ["import", "follow"])
@pytest.mark.parametrize(("hours", "delay_min", "is_held"), CASES)
def test_log_in_the_wrong_zone_bans_nobody(
    server: GameServer, tmp_path: Path, hours: int, delay_min: int, way: str, *, is_held: bool
) -> None:
    now = timezone.now()
    path = write_log(tmp_path, ends=now - timedelta(hours=hours, minutes=delay_min), written_at=now)

    assert (import_file(server, path).stored.new if way == "import" else follow(server)) == 1
    judge_due(server.pk, now=now)

    stored = Placement.objects.get()
    assert stored.clock_shift_min == hours * 60
    assert stored.reasons is not None
    assert ("clock" in stored.reasons["holds"]) is is_held
    assert stored.action == ("review" if is_held else "ban")


def test_last_line_speaks_for_all_before_it_however_long_the_log(server: GameServer, tmp_path: Path) -> None:
    now = timezone.now()
    path = write_log(tmp_path, ends=now - timedelta(hours=3), written_at=now, padding=CHUNK_BYTES // 15)

    assert path.stat().st_size > CHUNK_BYTES
    assert follow(server) == 1
    assert Placement.objects.get().clock_shift_min == 180


def test_mark_of_an_end_leaves_it_to_the_last_line_with_a_time_for_placements_that_are_new(
    server: GameServer, tmp_path: Path
) -> None:
    now = timezone.now()
    path = write_log(tmp_path, ends=now - timedelta(hours=3), written_at=now)
    append(path, "*" * 30 + "EOF" + "*" * 30)

    assert follow(server) == 1
    assert Placement.objects.get().clock_shift_min == 180


def test_end_that_is_written_long_after_the_last_line_says_nothing(
    server: GameServer, tmp_path: Path
) -> None:
    now = timezone.now()
    before = now - timedelta(hours=3)
    path = write_log(tmp_path, ends=before, written_at=before)
    follow(server)
    append(path, "*" * 30 + "EOF" + "*" * 30)

    follow(server)

    assert LogFile.objects.get().clock_shift_min == 0


def test_zone_that_is_mended_ends_the_hold(server: GameServer, tmp_path: Path) -> None:
    now = timezone.now()
    path = write_log(tmp_path, ends=now - timedelta(hours=3), written_at=now)
    follow(server)
    assert LogFile.objects.get().clock_shift_min == 180

    server.time_zone = "America/Sao_Paulo"
    server.save()
    append(path, line(f"{now - timedelta(hours=3):%H:%M:%S}", "Segundo"))
    follow(server)
    judge_due(server.pk, now=now)

    assert Placement.objects.get(gamertag="Segundo").action == "ban"
    assert LogFile.objects.get().clock_shift_min == 0


def test_staff_hear_once_which_zone_would_fit(server: GameServer, tmp_path: Path) -> None:
    for audience in Channel.Audience.values:
        Channel.objects.create(name=audience, audience=audience, webhook_url="https://discord.invalid/x")
    now = timezone.now()
    path = write_log(tmp_path, ends=now - timedelta(hours=3), written_at=now)

    import_file(server, path)
    follow(server)

    said = Announcement.objects.get()
    assert said.channel.audience == "staff"
    assert "America/Sao_Paulo" in said.message["description"]


def test_sender_that_is_constantly_late_bans_nobody_from_the_third_request_on(server: GameServer) -> None:
    shifts = []
    now = timezone.now()
    for number in range(4):
        arrived = now + timedelta(minutes=3 * number)
        shifts.append(sender_shift(server, [arrived - timedelta(hours=3, seconds=7 * number)], now=arrived))

    assert [shift / timedelta(hours=1) for shift in shifts] == [0, 0, 3, 3]
    assert sender_shift(server, [arrived], now=arrived + timedelta(seconds=5)) == timedelta(0)
    assert LogSource.objects.get(kind="api").clock_shift_min == 0


@pytest.mark.parametrize(
    "lags_h",
    [
        pytest.param([5, 4, 3, 2, 1], id="catching-up"),
        pytest.param([3, 5, 3, 5, 3], id="never-twice-the-same"),
        pytest.param([0, 0, 0, 0, 0], id="right"),
    ],
)
def test_sender_that_catches_up_is_not_taken_for_a_wrong_clock(server: GameServer, lags_h: list[int]) -> None:
    now = timezone.now()
    for number, hours in enumerate(lags_h):
        arrived = now + timedelta(minutes=number)
        assert sender_shift(server, [arrived - timedelta(hours=hours)], now=arrived) == timedelta(0)


def test_event_of_another_century_hides_no_wrong_clock(server: GameServer) -> None:
    sender = Sender(server)
    for number in range(3):
        act = timezone.now() - timedelta(hours=3)
        odd = event(f"O{number}", occurred_at="2098-01-01T00:00:00Z")
        sender.post([event(f"I{number}", occurred_at=act.isoformat()), odd])

    assert Placement.objects.get(gamertag="I2").clock_shift_min == 180


def test_request_that_is_repeated_counts_once(server: GameServer) -> None:
    now = timezone.now()
    for minutes in range(5):
        assert sender_shift(
            server, [now - timedelta(hours=3)], now=now + timedelta(minutes=minutes)
        ) == timedelta(0)


@pytest.mark.parametrize(
    ("hours", "holds"),
    [
        pytest.param(3.0, [[], [], ["clock"]], id="late"),
        pytest.param(-3.0, [["not_yet", "clock"]] * 3, id="ahead"),
        pytest.param(0.0, [[], [], []], id="right"),
    ],
)
def test_events_of_a_sender_with_a_wrong_clock_are_held(
    server: GameServer, hours: float, holds: list[list[str]]
) -> None:
    sender = Sender(server)
    for number in range(3):
        act = timezone.now() - timedelta(hours=hours)
        sender.post([event(f"I{number}", occurred_at=act.isoformat())])
        judge_due(server.pk, now=timezone.now())

    stored = Placement.objects.order_by("pk").values_list("reasons", flat=True)
    assert [reasons["holds"] for reasons in stored if reasons] == holds


def test_import_tells_the_operator_which_zone_would_fit(
    server: GameServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = timezone.now()
    path = write_log(tmp_path, ends=now - timedelta(hours=3), written_at=now)

    call_command("import_adm", str(path), "--server", server.slug, "--json")

    err = capsys.readouterr().err
    assert "America/Sao_Paulo" in err
