"""The command that shows what a log holds."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

DATA = Path(__file__).parent / "data"
XBOX = DATA / "xbox_2026-07-06.ADM"
RUSSIAN = DATA / "pc_2023-12-10_russian_multi_boot.ADM"
PROJECT = Path(__file__).parents[3]


def parse(path: Path | str, **options: str) -> tuple[list[dict[str, object]], str]:
    out, err = io.StringIO(), io.StringIO()
    with translation.override("en"):
        call_command("parse_adm", str(path), stdout=out, stderr=err, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_events_are_json_lines_with_keys_in_order() -> None:
    events, _ = parse(XBOX)
    assert list(events[1].items()) == [
        ("offset", 598),
        ("at", "2026-07-06T13:13:18"),
        ("kind", "placed"),
        ("gamertag", "IlRrcqNjj"),
        ("player_id", "60438639ECB28AD9CB2B445BD77874FB15B4E206"),
        ("x", 5092.3),
        ("z", 1143.0),
        ("altitude", 12.6),
        ("display", "Land Mine"),
        ("item", "LandMineTrap"),
    ]


def test_events_show_null_where_the_log_has_none() -> None:
    connecting = parse(XBOX)[0][0]
    assert [connecting[key] for key in ("kind", "x", "z", "altitude", "display", "item")] == [
        "connecting",
        *[None] * 5,
    ]
    assert {event["at"] for event in parse(DATA / "console_single_lines.txt")[0]} == {None}


def test_log_without_a_header_is_dated_by_its_name(tmp_path: Path) -> None:
    log = tmp_path / "DayZServer_PS4_x64_2026-11-20_14-00-00.ADM"
    log.write_bytes(XBOX.read_bytes().split(b"\n", 1)[1])
    # The sample begins at 12:52, which is the next day for a boot at 14:00.
    assert {str(event["at"])[:10] for event in parse(log)[0]} == {"2026-11-21"}


def test_time_zone_adds_the_offset() -> None:
    assert parse(XBOX, time_zone="America/Sao_Paulo")[0][1]["at"] == "2026-07-06T13:13:18-03:00"


def test_summary_counts_lines_and_events_by_kind() -> None:
    assert parse(XBOX)[1].splitlines() == [
        "Lines: 10", "Events: 3", "  built: 1", "  connecting: 1", "  placed: 1",
    ]  # fmt: skip


def test_summary_names_an_unfinished_last_line(tmp_path: Path) -> None:
    log = tmp_path / "cut.ADM"
    log.write_bytes(XBOX.read_bytes()[:-10])
    assert parse(log)[1].splitlines()[-1] == "The last line has no end yet and was not read."


def test_log_longer_than_one_piece_is_read_wholly(tmp_path: Path) -> None:
    log = tmp_path / "long.ADM"
    times = 1700
    log.write_bytes(XBOX.read_bytes() * times)
    events, _ = parse(log)
    assert log.stat().st_size > 2 * 1024 * 1024
    assert len(events) == 3 * times
    assert {event["at"] for event in events if event["kind"] == "placed"} == {"2026-07-06T13:13:18"}


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("none.ADM", {}, "none.ADM cannot be read: No such file"),
        (".", {}, "cannot be read: Is a directory"),
        ("nul\0.ADM", {}, "cannot be read"),
        ("none.ADM", {"time_zone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”"),
        ("none.ADM", {"time_zone": "../etc"}, "There is no time zone"),
    ],
)
def test_wrong_argument_is_refused_with_advice(
    path: str, options: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=message):
        parse(f"{tmp_path}/{path}", **options)


def environment() -> dict[str, str]:
    plain = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    # A database that cannot be there: the command must not miss it.
    return os.environ | plain | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}


@pytest.mark.slow
def test_process_reads_standard_input_and_writes_utf8_in_any_locale() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "parse_adm", "-"],
        input=RUSSIAN.read_bytes(),
        capture_output=True,
        cwd=PROJECT,
        env=environment(),
        check=True,
    )
    displays = [json.loads(line)["display"] for line in done.stdout.decode("utf-8").splitlines()]
    assert "Мина «Клеймор»" in displays


@pytest.mark.slow
def test_process_ends_quietly_when_its_reader_leaves(tmp_path: Path) -> None:
    log = tmp_path / "long.ADM"
    log.write_bytes(XBOX.read_bytes() * 2000)
    command = [sys.executable, "manage.py", "parse_adm", str(log)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=PROJECT, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["kind"] == "connecting"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
