from datetime import timedelta

import pytest
from django.utils import translation

from tanks import wording
from tanks.models import Player, RosterEvent, SyncTrouble

ANA = Player(nickname="Ana_BR", account_id=1)


@pytest.fixture(autouse=True)
def english() -> None:
    translation.activate("en")


def event(kind: str, before: str = "", after: str = "") -> str:
    words = wording.event_in_words(RosterEvent(player=ANA, kind=kind, before=before, after=after))
    assert words.count("\u2068") == words.count("\u2069") >= 1  # names stand apart from the words around them
    return words.replace("\u2068", "").replace("\u2069", "")


@pytest.mark.parametrize("trouble", [trouble for trouble in SyncTrouble.values if trouble])
def test_trouble_says_what_happened_that_nothing_is_lost_and_what_to_do(trouble: str) -> None:
    words = wording.TROUBLES[trouble]
    said = wording.trouble_in_words(trouble)
    assert said == f"{words.happened} {words.data} {words.action}"
    assert "Nothing is lost" in said
    assert all(str(part).endswith(".") for part in (words.happened, words.data, words.action))


def test_no_trouble_is_silent() -> None:
    assert (wording.trouble_words(""), wording.trouble_in_words("")) == (None, "")


def test_every_role_of_the_game_has_words_and_a_new_one_is_shown_as_it_is() -> None:
    assert wording.role_in_words("executive_officer") == "Executive Officer"
    assert wording.role_in_words("chief_of_snacks") == "chief_of_snacks"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (("joined", "", "recruit"), "Ana_BR joined the clan."),
        (("left", "private", ""), "Ana_BR left the clan."),
        (("renamed", "Ana", "Ana_BR"), "Ana is now called Ana_BR."),
        (("role_changed", "recruit", "private"), "Ana_BR was Recruit and is now Private."),
        (("role_changed", "", "private"), "Ana_BR is now Private."),
        (("role_changed", "private", "tsar"), "Ana_BR was Private and is now tsar."),
        (("renamed", "100%s", "%(x)s"), "100%s is now called %(x)s."),
    ],
)
def test_roster_event_is_a_sentence(said: tuple[str, str, str], sentence: str) -> None:
    assert event(*said) == sentence


def test_words_are_portuguese_for_a_portuguese_reader() -> None:
    translation.activate("pt-br")
    assert wording.role_in_words("executive_officer") == "Oficial Executivo"
    assert event("left") == "Ana_BR saiu do clã."
    assert "Nada se perde" in wording.trouble_in_words(SyncTrouble.UNAVAILABLE)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (None, ""),
        (timedelta(seconds=-3), "0.0 s"),
        (timedelta(milliseconds=340), "0.3 s"),
        (timedelta(seconds=9.94), "9.9 s"),
        (timedelta(seconds=9.96), "10 s"),
        (timedelta(seconds=59.6), "1 min"),
        (timedelta(seconds=83), "1 min 23 s"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=2, minutes=5, seconds=59), "2 h 5 min"),
        (timedelta(hours=2, seconds=59), "2 h"),
        (timedelta(days=3, hours=4, minutes=59), "3 d 4 h"),
    ],
)
def test_duration_is_in_its_two_largest_units(length: timedelta | None, words: str) -> None:
    assert wording.duration_in_words(length) == words
