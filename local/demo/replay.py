"""Writes the demo server's log as a console host does: one growing file for each start, line by line, in local time."""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

from local.demo.cast import TIME_ZONE
from local.demo.scenes import Theatre

DEFAULT_PACE = 2.0  # seconds between two lines of the opening
ROTATE_AFTER = timedelta(hours=1)
KEEP_FOR = timedelta(days=1)
LIVELY_ROUNDS = 45  # a quarter of an hour of them; then the place calms down

_NAME = "DayZServer_X1_x64_{:%Y-%m-%d_%H-%M-%S}.ADM"
_PATTERN = "DayZServer_X1_x64_*.ADM"
_AMBIENT_PACES = 10
_CALM_PACES = 30
# How likely a round is one for the judge.
_GUILTY, _CALM_GUILTY = 0.25, 0.015

Wait = Callable[[float], None]


def replay(
    folder: Path,
    *,
    pace: float = DEFAULT_PACE,
    rounds: int | None = None,
    rng: random.Random | None = None,
    wait: Wait = time.sleep,
) -> None:
    """Write rounds into new files in `folder`, without end unless `rounds` says how many; hours pass file by file.

    The first round is the opening, in which every kind of verdict comes up. `pace` and what `wait` takes are seconds.
    """
    rng = rng or random.Random()  # noqa: S311 - a game
    folder.mkdir(parents=True, exist_ok=True)
    todo = itertools.islice(_rounds(rng, pace), rounds)
    ended = False
    while not ended:
        _remove_old(folder)
        with (folder / log_name(datetime.now(TIME_ZONE))).open("x", encoding="utf-8", newline="\n") as log:
            ended = _fill(log, todo, pace=pace, wait=wait)


def _rounds(rng: random.Random, pace: float) -> Iterator[tuple[list[list[str]], float]]:
    """Yield rounds: groups of lines of one moment each, and the seconds to wait after the round."""
    theatre = Theatre(rng)
    yield list(theatre.opening()), _AMBIENT_PACES * pace
    for number in itertools.count():
        lively = number < LIVELY_ROUNDS
        guilty, paces = (_GUILTY, _AMBIENT_PACES) if lively else (_CALM_GUILTY, _CALM_PACES)
        yield [theatre.round(guilty=guilty)], pace * paces


def log_name(started_at: datetime) -> str:
    """Name a log by the moment, in the server's time zone, at which the server was started."""
    return _NAME.format(started_at)


def header(started_at: datetime) -> str:
    """Return the first lines of a log."""
    return f"\n\n{'*' * 78}\nAdminLog started on {started_at:%Y-%m-%d at %H:%M:%S}\n"


def _fill(log: TextIO, todo: Iterator[tuple[list[list[str]], float]], *, pace: float, wait: Wait) -> bool:
    """Write rounds until the file is an hour old; return whether there are none left."""
    started_at = datetime.now(TIME_ZONE)
    _write(log, header(started_at))
    for groups, rest in todo:
        for group in groups:
            for line in group:
                _write(log, f"{datetime.now(TIME_ZONE):%H:%M:%S} | {line}\n")
            wait(pace)
        wait(max(rest - pace, 0.0))
        if datetime.now(TIME_ZONE) - started_at >= ROTATE_AFTER:
            return False
    return True


def _write(log: TextIO, text: str) -> None:
    log.write(text)
    log.flush()


def _remove_old(folder: Path) -> None:
    oldest = (datetime.now(TIME_ZONE) - KEEP_FOR).timestamp()
    for path in folder.glob(_PATTERN):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
