"""Dates that the log does not write."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory.adm.clock import LogClock, to_utc

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def walked(clock: LogClock, *times: str) -> list[str | None]:
    shown: list[str | None] = []
    for time in times:
        clock, at = clock.tick(dt.time.fromisoformat(time))
        shown.append(f"{at:%d %H:%M:%S}" if at else None)
    return shown


@pytest.mark.parametrize(
    ("header", "times", "expected"),
    [
        pytest.param("12:51:59", ["13:13:18", "22:38:21"], ["06 13:13:18", "06 22:38:21"], id="one-day"),
        pytest.param("12:51:59", ["22:38:21", "00:38:10"], ["06 22:38:21", "07 00:38:10"], id="midnight"),
        pytest.param("23:05:18", ["00:10:00"], ["07 00:10:00"], id="first-event-after-midnight"),
        pytest.param("12:00:00", ["12:00:05", "12:00:03"], ["06 12:00:05", "06 12:00:03"], id="jitter"),
        pytest.param("12:00:00", ["11:59:59"], ["06 11:59:59"], id="jitter-before-the-header"),
        pytest.param("12:00:00", ["23:00:00", "11:00:00"], ["06 23:00:00", "06 11:00:00"], id="twelve-hours-back"),
        pytest.param("12:00:00", ["23:00:01", "11:00:00"], ["06 23:00:01", "07 11:00:00"], id="more-than-twelve"),
        pytest.param(
            "20:00:00",
            ["23:59:59", "00:00:01", "23:59:58", "00:00:02", "23:59:59", "00:00:00", "00:00:03"],
            ["06 23:59:59", "07 00:00:01", "06 23:59:58", "07 00:00:02", "06 23:59:59", "07 00:00:00", "07 00:00:03"],
            id="jitter-around-midnight",
        ),
        pytest.param(
            "20:00:00", ["00:00:01", "23:59:58", "00:20:00", "13:00:00"],
            ["07 00:00:01", "06 23:59:58", "07 00:20:00", "07 13:00:00"], id="after-jitter-the-day-goes-on",
        ),
        pytest.param(
            "20:00:00", ["00:38:10", "13:00:00"], ["07 00:38:10", "07 13:00:00"], id="silent-night-is-no-jitter"
        ),
        pytest.param("00:00:01", ["23:59:58"], ["06 23:59:58"], id="after-a-header-there-is-no-yesterday"),
        pytest.param(
            "20:00:00", ["23:00:00", "01:00:00", "23:00:00", "01:00:00"],
            ["06 23:00:00", "07 01:00:00", "07 23:00:00", "08 01:00:00"], id="two-midnights",
        ),
    ],
)  # fmt: skip
def test_walk_gives_the_true_dates(header: str, times: list[str], expected: list[str]) -> None:
    clock = LogClock().at_header(local(f"2026-07-06T{header}"))
    assert walked(clock, *times) == expected


@pytest.mark.parametrize(
    ("boot", "times", "expected"),
    [
        pytest.param("14:00:00", ["14:05:00", "14:06:00"], ["06 14:05:00", "06 14:06:00"], id="soon-after-the-boot"),
        pytest.param("14:00:00", ["14:00:00"], ["06 14:00:00"], id="second-of-the-boot"),
        pytest.param("14:00:00", ["13:59:59"], ["06 13:59:59"], id="jitter"),
        pytest.param("22:00:00", ["23:50:00", "00:10:00"], ["06 23:50:00", "07 00:10:00"], id="midnight"),
        pytest.param("22:00:00", ["00:30:00", "01:00:00"], ["07 00:30:00", "07 01:00:00"], id="cut-past-midnight"),
        pytest.param("14:00:00", ["03:00:00", "13:00:00"], ["07 03:00:00", "07 13:00:00"], id="cut-for-13-hours"),
        pytest.param("14:00:00", ["13:00:00", "13:30:00"], ["07 13:00:00", "07 13:30:00"], id="cut-for-23-hours"),
        pytest.param("02:00:00", ["23:00:00", "00:10:00"], ["06 23:00:00", "07 00:10:00"], id="cut-within-the-day"),
        pytest.param(
            "14:00:00", ["03:00:00", "02:59:58", "23:00:00", "01:00:00"],
            ["07 03:00:00", "07 02:59:58", "07 23:00:00", "08 01:00:00"], id="then-as-after-a-header",
        ),
    ],
)  # fmt: skip
def test_walk_from_a_named_boot_dates_as_early_as_the_boot_allows(
    boot: str, times: list[str], expected: list[str]
) -> None:
    clock = LogClock().at_named_boot(local(f"2026-07-06T{boot}"))
    assert walked(clock, *times) == expected


@given(start=st.integers(0, 86_399), cut=st.integers(0, 5 * 86_400))
def test_walk_from_a_named_boot_is_never_late_and_wrong_by_whole_days_only(start: int, cut: int) -> None:
    boot = local("2026-07-06T00:00:00") + dt.timedelta(seconds=start)
    true = boot + dt.timedelta(seconds=cut)
    _clock, at = LogClock().at_named_boot(boot).tick(true.time())
    assert at is not None
    days_early = (true - at) / dt.timedelta(days=1)
    assert days_early >= 0
    assert days_early == int(days_early)
    assert days_early == 0 or cut >= 86_400 - 15 * 60


def test_walk_without_a_header_has_no_dates() -> None:
    assert walked(LogClock(), "23:59:59", "00:00:01") == [None, None]


def test_header_begins_anew_after_a_midnight() -> None:
    clock, _ = LogClock().at_header(local("2026-07-06T23:00:00")).tick(dt.time(0, 0, 1))
    assert walked(clock.at_header(local("2026-07-07T00:05:00")), "23:59:58") == ["07 23:59:58"]


def test_walk_at_the_calendars_end_does_not_raise() -> None:
    clock = LogClock().at_header(local("9999-12-31T23:00:00"))
    assert walked(clock, "00:00:01") == ["31 00:00:01"]


@given(
    steps=st.lists(st.integers(0, 11 * 3600), max_size=60),
    lateness=st.lists(st.integers(0, 30), min_size=60, max_size=60),
    start=st.integers(0, 86_399),
)
def test_walk_with_steps_and_jitter_keeps_every_date(
    steps: list[int], lateness: list[int], start: int
) -> None:
    now = local("2026-07-06T00:00:00") + dt.timedelta(seconds=start)
    clock = LogClock().at_header(now)
    # The clock cannot know yesterday before it has seen a midnight; nothing is logged before a header anyway.
    now += dt.timedelta(seconds=30)
    for step, late in zip(steps, lateness, strict=False):
        now += dt.timedelta(seconds=step)
        true = now - dt.timedelta(seconds=late)
        clock, at = clock.tick(true.time())
        assert at == true


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        pytest.param("America/Sao_Paulo", "2026-07-06T13:13:18", "2026-07-06T16:13:18+00:00", id="plain"),
        pytest.param(
            "Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00", id="repeated-hour-is-first"
        ),
        pytest.param("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:30:00+00:00", id="skipped-hour"),
        pytest.param("UTC", "2026-07-06T13:13:18", "2026-07-06T13:13:18+00:00", id="utc"),
    ],
)
def test_to_utc_takes_the_hosts_zone(zone: str, at: str, expected: str) -> None:
    assert to_utc(local(at), ZoneInfo(zone)).isoformat() == expected


def test_to_utc_ignores_a_later_fold() -> None:
    at = local("2018-02-17T23:30:00")
    assert to_utc(at.replace(fold=1), SAO_PAULO) == to_utc(at, SAO_PAULO)
