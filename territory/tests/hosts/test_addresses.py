"""Addresses of hosts as people type them, and the words of hosts."""

from collections.abc import Callable

import pytest

from territory.reach import HostAddress, HostAwayError, HostError, tame_words
from territory.reach.battleye import RconAddress
from territory.reach.ftp import FtpAddress, unwire, wire
from territory.reach.nitrado import NitradoService


def _nitrado(text: str) -> object:
    return NitradoService(HostAddress(text))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ftp://ana@game.example", ("ana", "game.example", 21, "/", False)),
        ("ftp://ana@game.example:2121/a/ban.txt", ("ana", "game.example", 2121, "/a/ban.txt", False)),
        ("ftps://ana@game.example/ban.txt", ("ana", "game.example", 21, "/ban.txt", True)),
        ("ftp://ana@casa@game.example/", ("ana@casa", "game.example", 21, "/", False)),
        ("ftp://ana%40casa@[::1]:21/Meu%20jogo/x", ("ana@casa", "::1", 21, "/Meu jogo/x", False)),
    ],
)
def test_address_is_read(text: str, parts: tuple[object, ...]) -> None:
    read = FtpAddress.parse(text)
    assert (read.user, read.host, read.port, read.path, read.must_encrypt) == parts


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        *((FtpAddress.parse, text) for text in ("http://ana@game.example/", "/srv/ban.txt", "ftp://ana@/")),
        *(
            (FtpAddress.parse, f"ftp://{text}")
            for text in ("ana@game.example:99999/", "game.example/ban.txt")
        ),
        (FtpAddress.parse, "ftp://ana:s3nha@game.example/ban.txt"),
        *(
            (FtpAddress.parse, f"ftp://ana@game.example/a{end}")
            for end in ("#b", "%0D%0ADELE ban.txt", "\r\nDELE x")
        ),
        *(
            (RconAddress.parse, text)
            for text in ("", "127.0.0.1:2305", "battleye://host", "battleye://host:99999")
        ),
        *((RconAddress.parse, f"battleye://{text}") for text in ("a:s3nha@host:1", "host:1/x")),
        *((_nitrado, text) for text in ("", "abc", "12a", "../1", "١٢")),
    ],
)
def test_text_that_is_no_address_is_refused_for_good(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(HostError) as caught:
        parse(text)
    assert caught.value.permanent
    assert "s3nha" not in str(caught.value)


@pytest.mark.parametrize("name", ["a.ADM", "Ação.ADM", "日本.ADM"])
def test_names_go_over_the_wire_as_utf_8_and_come_back(name: str) -> None:
    assert unwire(wire(name)) == name


def test_name_in_latin_1_is_read() -> None:
    assert unwire("Ação.ADM") == "Ação.ADM"


def test_words_of_a_host_are_one_line_without_the_secret() -> None:
    assert tame_words("530 s3nha\r\nis \x1b[31mwrong", "s3nha") == "530 *** is [31mwrong"
    assert len(tame_words("x" * 10_000)) == 200


def test_wait_of_a_host_is_part_of_its_error() -> None:
    assert (HostAwayError("x").wait.total_seconds(), HostAwayError("x").permanent) == (0, False)
