"""`import_adm`: a log file from the command line, stored, judged and carried out to the ban list."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from territory.models import Ban, GameServer, Infraction, Placement
from territory.tests.factories import make_base, make_player, make_server, placed, player_id
from territory.tests.logs import header, line

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[1] / "adm" / "data"
KEYS = ["lines", "events", "placements", "new", "duplicates", "unusable", "verdicts"]
UNDATED_OR_EMPTY = {"console_single_lines.txt": 3, "ps4_2026-05-20_no_placements.ADM": 0}
OUTCOMES = {"allowed", "invasion", "forbidden", "ignored"}


@pytest.fixture
def server(tmp_path: Path) -> GameServer:
    return make_server(slug="sul", time_zone="UTC", ban_list=str(tmp_path / "ban.txt"))


def run(capsys: pytest.CaptureFixture[str], path: Path, slug: str = "sul") -> dict[str, Any]:
    call_command("import_adm", str(path), server=slug, json=True)
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def fresh_log(tmp_path: Path) -> Path:
    """A log whose acts happened minutes ago, so that they ban by themselves."""
    boot = timezone.now().replace(microsecond=0) - timedelta(minutes=30)

    def at(minutes: int) -> str:
        return f"{boot + timedelta(minutes=minutes):%H:%M:%S}"

    path = tmp_path / "DayZServer.ADM"
    lines = [
        header(f"{boot:%Y-%m-%d %H:%M:%S}"),
        f'{at(1)} | Player "Invasor" (id={player_id("Invasor")}) is connected',
        line(at(2), "Invasor"),
        line(at(3), "Dono"),
        line(at(4), "Longe", pos="100, 100, 5"),
        line(at(5), "Dono", item="HatchbackWheel", display="Wheel"),
        line(at(6), "Perdido", pos="-340282346638528859811704183484516925440.0, 3000.0, 5"),
        f'{at(7)} | Player "Forjado" (id=Unknown pos=<5045, 3000, 5>) placed Fence Kit<FenceKit>',
        f'{at(8)} | Player "Invasor" (id={player_id("Invasor")} pos=<5045, 3000, 5>)Built base on Fence with Hammer',
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_fresh_log_ends_with_the_bans_in_the_ban_list_and_a_second_run_adds_nothing(
    server: GameServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_base(server, make_player("Dono"))
    (tmp_path / "ban.txt").write_bytes(b"FOREIGN // by hand\r\n")

    result = run(capsys, fresh_log(tmp_path))

    assert list(result) == KEYS
    assert result == {
        "lines": 9,
        "events": 8,
        "placements": 7,
        "new": 7,
        "duplicates": 0,
        "unusable": 2,
        "verdicts": {"allowed": 2, "invasion": 2, "forbidden": 1, "ignored": 0},
    }
    banned = (tmp_path / "ban.txt").read_text(encoding="utf-8").splitlines()
    assert banned[0] == "FOREIGN // by hand"
    assert sorted(one.split()[0] for one in banned[1:]) == sorted([player_id("Invasor"), player_id("Dono")])

    second = run(capsys, tmp_path / "DayZServer.ADM")
    assert second == result | {"new": 0, "duplicates": 7}
    assert (tmp_path / "ban.txt").read_text(encoding="utf-8").splitlines() == banned
    assert (Infraction.objects.count(), Ban.objects.count()) == (3, 2)
    call_command("import_adm", str(tmp_path / "DayZServer.ADM"), server="sul")
    words = capsys.readouterr().out.splitlines()
    assert [row.split(":")[0] for row in words] == KEYS
    assert "placements: 7" in words


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.iterdir()))
def test_excerpt_of_a_real_log_is_stored_and_judged_to_its_last_line(
    server: GameServer, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(capsys, DATA / name)

    assert list(result) == KEYS
    assert set(result["verdicts"]) == OUTCOMES
    assert result["lines"] == len((DATA / name).read_bytes().splitlines())
    assert result["placements"] == result["new"] == Placement.objects.count()
    assert sum(result["verdicts"].values()) + result["unusable"] == result["placements"]
    assert not Placement.objects.filter(state="pending").exists()
    assert not Ban.objects.exists()
    assert run(capsys, DATA / name)["new"] == 0
    if name in UNDATED_OR_EMPTY:
        assert (result["placements"], sum(result["verdicts"].values())) == (UNDATED_OR_EMPTY[name], 0)


def test_old_invasions_of_a_log_are_for_staff_and_ban_nobody(
    server: GameServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "old.ADM"
    log.write_text(f"{header('2020-01-01 10:00:00')}\n{line('10:01:00', 'Antigo')}\n")
    make_base(server, make_player("Dono"), registered_at=timezone.now() - timedelta(days=365 * 20))

    assert run(capsys, log)["verdicts"]["invasion"] == 1
    assert placed("Antigo").action == "review"
    assert Infraction.objects.get().status == "review"
    assert not (tmp_path / "ban.txt").exists()


def test_unfinished_last_line_is_said_and_read_the_next_time(
    server: GameServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "x.ADM"
    whole = f"{header('2026-02-07 10:00:00')}\n{line('10:01:00', 'A')}\n"
    log.write_text(whole[:-10])

    call_command("import_adm", str(log), server="sul", json=True)
    output = capsys.readouterr()
    assert json.loads(output.out)["placements"] == 0
    assert output.err.strip()

    log.write_text(whole)
    assert run(capsys, log)["new"] == 1


@pytest.mark.parametrize(
    ("name", "slug", "words"),
    [
        pytest.param("none.ADM", "sul", r"none\.ADM.*No such file", id="missing"),
        pytest.param("", "sul", r"[Dd]irectory", id="folder"),
        pytest.param("DayZServer.ADM", "norte", r"norte.*sul", id="unknown server"),
    ],
)
def test_wrong_file_or_server_is_a_clear_error(
    server: GameServer, tmp_path: Path, name: str, slug: str, words: str
) -> None:
    fresh_log(tmp_path)

    with pytest.raises(CommandError, match=words):
        call_command("import_adm", str(tmp_path / name), server=slug)
    assert not Placement.objects.exists()
