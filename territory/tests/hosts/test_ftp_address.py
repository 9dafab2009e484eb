"""Addresses of FTP servers as people type them."""

import pytest

from territory.reach import HostAddress, HostAwayError, HostError, tame_words
from territory.reach.ftp import BadAddressError, FtpAddress, parse_address, unwire, wire


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
    ("text", "wrong"),
    [
        ("http://ana@game.example/", "scheme"),
        ("/srv/ban.txt", "scheme"),
        ("ftp://ana@/", "host"),
        ("ftp://ana@game.example:99999/", "host"),
        ("ftp://game.example/ban.txt", "user"),
        ("ftp://ana:s3nha@game.example/ban.txt", "password"),
        ("ftp://ana@game.example/a#b", "path"),
        ("ftp://ana@game.example/a%0D%0ADELE ban.txt", "path"),
        ("ftp://ana@game.example/a\r\nDELE x", "path"),
    ],
)
def test_wrong_part_of_an_address_is_named(text: str, wrong: str) -> None:
    with pytest.raises(BadAddressError, match=wrong):
        FtpAddress.parse(text)
    with pytest.raises(HostError) as caught:
        parse_address(HostAddress(text))
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
