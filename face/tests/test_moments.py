"""Moments as people say them, in both languages."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from face.moments import exactly, in_words

NOW = datetime(2026, 2, 7, 20, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))


@pytest.mark.parametrize(
    ("ago", "portuguese", "english"),
    [
        (timedelta(seconds=5), "agora há pouco", "just now"),
        (timedelta(minutes=1), "há 1 min", "1 min ago"),
        (timedelta(minutes=59), "há 59 min", "59 min ago"),
        (timedelta(hours=1), "hoje, 19:00", "today, 19:00"),
        (timedelta(hours=20, minutes=9), "ontem, 23:51", "yesterday, 23:51"),
        (timedelta(days=3), "4 fev, 20:00", "4 Feb, 20:00"),
        (timedelta(days=60), "9 dez 2025, 20:00", "9 Dec 2025, 20:00"),
        (-timedelta(minutes=5), "hoje, 20:05", "today, 20:05"),
        (-timedelta(hours=5), "amanhã, 01:00", "tomorrow, 01:00"),
    ],
    ids=lambda value: str(value) if isinstance(value, timedelta) else None,
)
def test_near_moments_are_relative_and_far_ones_dates(ago: timedelta, portuguese: str, english: str) -> None:
    with translation.override("pt-br"):
        assert in_words(NOW - ago, NOW) == portuguese
    with translation.override("en"):
        assert in_words(NOW - ago, NOW) == english


def test_the_exact_moment_names_second_and_zone() -> None:
    with translation.override("en"):
        assert exactly(NOW) == "Feb. 7, 2026, 20:00:00 (-03)"
