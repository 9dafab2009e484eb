"""A ban list on a real FTP server: foreign bytes stay, whatever breaks, and whoever else writes."""

from pathlib import Path

import pytest

from territory.hosts.ftp import FtpBanList
from territory.reach import HostAwayError, HostError
from territory.reach import ftp as reach_ftp
from territory.reach.ftp import Encryption
from territory.tests.hosts.servers.ftp import PASSWORD, FtpHost

FOREIGN = b"\xef\xbb\xbfOTHER  // \xe7\xe3o\r\n\r\n  LAST // no end"
OURS = b"\r\nOURS // a\r\n"


def add(content: bytes) -> bytes:
    return content if b"OURS" in content else content + OURS


def ban_list(host: FtpHost, **parts: str) -> FtpBanList:
    return FtpBanList(host.address("/ban.txt", **parts))


@pytest.fixture
def path(folder: Path) -> Path:
    path = folder / "ban.txt"
    path.write_bytes(FOREIGN)
    return path


def test_line_is_added_once_and_foreign_bytes_stay(ftp: FtpHost, path: Path) -> None:
    ban_list(ftp).edit(add)
    assert path.read_bytes() == FOREIGN + OURS == ban_list(ftp).read()
    stored = ftp.asked["STOR"]
    ban_list(ftp).edit(add)
    assert (ftp.asked["STOR"], [one.name for one in path.parent.iterdir()]) == (stored, ["ban.txt"])


def test_missing_list_is_empty_and_is_made(ftp: FtpHost, folder: Path) -> None:
    assert ban_list(ftp).read() == b""
    ban_list(ftp).edit(add)
    assert (folder / "ban.txt").read_bytes() == OURS


@pytest.mark.parametrize("is_listed", [True, False])
def test_list_that_cannot_be_read_is_not_taken_for_missing(
    ftp: FtpHost, path: Path, *, is_listed: bool
) -> None:
    ftp.refused["RETR"] = "550 Permission denied."
    if not is_listed:  # some servers say so of an empty folder
        ftp.hides_mlsd, ftp.refused["NLST"] = True, "550 No files found."
    with pytest.raises(HostAwayError, match="Permission denied"):
        ban_list(ftp).edit(add)
    assert (path.read_bytes(), ftp.asked["STOR"]) == (FOREIGN, 0)


@pytest.mark.parametrize("fault", ["resets_after", "truncates_after"])
def test_part_of_a_list_is_never_taken_for_the_list(ftp: FtpHost, path: Path, fault: str) -> None:
    getattr(ftp, fault).append(5)
    with pytest.raises(HostAwayError):
        ban_list(ftp).edit(add)
    assert path.read_bytes() == FOREIGN

    ban_list(ftp).edit(add)
    assert path.read_bytes() == FOREIGN + OURS


@pytest.mark.parametrize("command", ["STOR", "RNFR", "RNTO"])
def test_answer_that_is_lost_after_the_work_was_done_changes_nothing(
    ftp: FtpHost, path: Path, command: str
) -> None:
    ftp.loses_answer_to.append(command)
    with pytest.raises(HostAwayError):
        ban_list(ftp).edit(add)
    assert path.read_bytes() in {FOREIGN, FOREIGN + OURS}

    ban_list(ftp).edit(add)
    assert path.read_bytes() == FOREIGN + OURS


@pytest.mark.parametrize("before", ["STOR", "RNTO"])
def test_line_that_somebody_adds_meanwhile_stays(ftp: FtpHost, path: Path, before: str) -> None:
    theirs = FOREIGN + b"\r\nTHEIRS\r\n"
    ftp.after[before] = lambda: path.write_bytes(theirs)
    ban_list(ftp).edit(add)
    assert path.read_bytes() == theirs + OURS


def test_upload_that_the_server_cut_short_is_not_put_in_place(ftp: FtpHost, path: Path) -> None:
    def cut() -> None:
        path.with_name("ban.txt.new").write_bytes(FOREIGN)

    ftp.after["STOR"] = lambda: ftp.after.update(TYPE=cut)
    with pytest.raises(HostAwayError, match="did not store the whole"):
        ban_list(ftp).edit(add)
    assert (path.read_bytes(), ftp.asked["RNTO"]) == (FOREIGN, 0)


def test_list_that_always_changes_is_left_alone(ftp: FtpHost, path: Path) -> None:
    def meddle() -> None:
        path.write_bytes(path.read_bytes() + b"X\n")
        ftp.after["STOR"] = meddle

    ftp.after["STOR"] = meddle
    with pytest.raises(HostError, match="changes faster"):
        ban_list(ftp).edit(add)
    assert b"OURS" not in path.read_bytes()


def test_list_is_written_in_place_where_renaming_is_refused(ftp: FtpHost, path: Path) -> None:
    ftp.refused["RNTO"] = "553 The file exists."
    ban_list(ftp).edit(add)
    assert path.read_bytes() == FOREIGN + OURS
    assert [one.name for one in path.parent.iterdir()] == ["ban.txt"]


@pytest.mark.parametrize("left", [b"", FOREIGN[:9]], ids=["nothing", "a part"])
def test_write_in_place_that_broke_off_is_mended_from_the_whole_copy(
    ftp: FtpHost, path: Path, left: bytes
) -> None:
    path.write_bytes(left)
    path.with_name("ban.txt.whole").write_bytes(FOREIGN + OURS)
    assert ban_list(ftp).read() == FOREIGN + OURS
    ftp.refused["RNTO"] = "553 The file exists."
    ban_list(ftp).edit(add)
    assert path.read_bytes() == FOREIGN + OURS
    assert [one.name for one in path.parent.iterdir()] == ["ban.txt"]


def test_list_without_end_is_refused(ftp: FtpHost, path: Path) -> None:
    path.write_bytes(b"X\n" * 3_000_000)
    with pytest.raises(HostError, match="too large") as caught:
        ban_list(ftp).edit(add)
    assert caught.value.permanent


def test_password_that_is_no_ascii_is_not_repeated(ftp: FtpHost, path: Path) -> None:
    ftp.refused["PASS"] = "530 ação é errada"
    with pytest.raises(HostAwayError, match=r"530 \*\*\* é errada"):
        ban_list(ftp, password="ação").read()


@pytest.mark.parametrize(("command", "answer"), [("PASS", f"530 {PASSWORD} is wrong"), ("CWD", "421 Bye")])
def test_trouble_is_told_without_the_password(ftp: FtpHost, path: Path, command: str, answer: str) -> None:
    ftp.refused[command] = answer
    with pytest.raises(HostAwayError) as caught:
        ban_list(ftp).edit(add)
    assert PASSWORD not in f"{caught.value}{caught.value!r}{caught.value.__context__}"
    assert caught.value.is_refused == (command == "PASS")
    assert path.read_bytes() == FOREIGN


# -- Encryption ---------------------------------------------------------------------------------------------------


def spoken(host: FtpHost) -> Encryption | None:
    return reach_ftp._WORKED.get(("127.0.0.1", host.port))


def test_encryption_is_used_where_it_is_offered(ftps: FtpHost, path: Path) -> None:
    ban_list(ftps).edit(add)
    assert path.read_bytes() == FOREIGN + OURS
    assert (spoken(ftps), ftps.asked["AUTH"], ftps.asked["PROT"]) == (Encryption.TLS, 1, 1)
    ban_list(ftps).read()
    assert ftps.asked["PASS"] == 2


@pytest.mark.parametrize("answer", ["500 Unknown", "502 Not here", "504 No TLS", "534 Denied"])
def test_server_without_encryption_is_spoken_to_in_the_clear(ftps: FtpHost, path: Path, answer: str) -> None:
    ftps.refused["AUTH"] = answer
    ban_list(ftps).edit(add)
    assert spoken(ftps) is Encryption.NONE


@pytest.mark.parametrize("command", ["AUTH", "PROT"])
def test_address_with_ftps_sends_nothing_in_the_clear(ftps: FtpHost, path: Path, command: str) -> None:
    ftps.refused[command] = "534 Denied"
    with pytest.raises(HostAwayError, match="no encryption"):
        ban_list(ftps, scheme="ftps").read()
    assert ftps.asked["PASS"] == (command == "PROT")
    assert ftps.asked["RETR"] == 0


def test_encryption_that_is_out_of_order_for_now_is_no_reason_for_the_clear(
    ftps: FtpHost, path: Path
) -> None:
    ftps.refused["AUTH"] = "431 Not now"
    with pytest.raises(HostAwayError):
        ban_list(ftps).read()
    assert ftps.asked["PASS"] == 0


def test_data_connection_that_is_refused_is_tried_with_tls_1_2_which_is_remembered(
    ftps: FtpHost, path: Path
) -> None:
    def refuse_until_the_next_session() -> None:
        ftps.refused["MLSD"] = "522 SSL connection failed: session reuse required"
        ftps.after["PROT"] = ftps.refused.clear

    ftps.after["PWD"] = refuse_until_the_next_session
    ban_list(ftps).edit(add)
    assert (spoken(ftps), ftps.asked["PASS"]) == (Encryption.TLS_1_2, 2)
    ban_list(ftps).read()
    assert ftps.asked["PASS"] == 3
