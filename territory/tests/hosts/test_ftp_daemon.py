"""Debian's vsftpd with require_ssl_reuse: what a library written for tests does not demand."""

import ftplib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from territory.checklist import CheckLevel
from territory.hosts.ftp import FtpBanList
from territory.reach import HostAddress, HostAwayError
from territory.reach import ftp as reach_ftp
from territory.reach.ftp import Encryption, FtpAddress
from territory.sources.ftp import FtpSource
from territory.tests.hosts.servers.vsftpd import PROGRAM, vsftpd

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="vsftpd is not installed (apt-get install vsftpd)"),
]
FOREIGN = b"OTHER // by hand\r\n"


@pytest.fixture
def daemon(folder: Path, certificate: Path) -> Iterator[HostAddress]:
    with vsftpd(folder, certificate) as address:
        yield address


def at(daemon: HostAddress, path: str) -> HostAddress:
    return replace(daemon, text=f"{daemon.text}{path}")


def speak(daemon: HostAddress, encryption: Encryption) -> tuple[str, int]:
    place = FtpAddress.parse(daemon.text)
    if encryption is Encryption.TLS_1_2:
        reach_ftp._WORKED[place.host, place.port] = encryption
    return place.host, place.port


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.TLS_1_2])
def test_session_is_reused_on_data_connections(
    daemon: HostAddress, folder: Path, encryption: Encryption
) -> None:
    key = speak(daemon, encryption)
    (folder / "ban.txt").write_bytes(FOREIGN)
    ban_list = FtpBanList(at(daemon, f"{folder}/ban.txt"))
    ban_list.edit(lambda content: content + b"OURS\r\n")
    assert (folder / "ban.txt").read_bytes() == FOREIGN + b"OURS\r\n" == ban_list.read()
    assert [one.name for one in folder.iterdir()] == ["ban.txt"]
    assert reach_ftp._WORKED[key] is encryption


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.TLS_1_2])
def test_connection_test_says_which_encryption_works(
    daemon: HostAddress, folder: Path, encryption: Encryption
) -> None:
    speak(daemon, encryption)
    lines = [*FtpBanList(at(daemon, f"{folder}/ban.txt")).check()]
    assert [line.subject for line in lines] == [*FtpBanList.checks]
    assert {line.level for line in lines} == {CheckLevel.OK}
    assert lines[2].values == {"mode": encryption.value}
    assert [*folder.iterdir()] == []


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.TLS_1_2])
def test_log_is_read_from_an_offset(daemon: HostAddress, folder: Path, encryption: Encryption) -> None:
    speak(daemon, encryption)
    content = bytes(range(256)) * 2_000
    (folder / "config").mkdir()
    (folder / "config" / "a.ADM").write_bytes(content)
    source = FtpSource(at(daemon, "/"))
    [log] = source.list_logs()
    with source.open_log(log) as opened:
        assert opened.read(0, 70_000) == content[:70_000]
        assert opened.read(400_000, 200_000) == content[400_000:]


def test_missing_list_is_empty(daemon: HostAddress, folder: Path) -> None:
    assert FtpBanList(at(daemon, f"{folder}/ban.txt")).read() == b""


def test_daemon_refuses_a_new_session(
    daemon: HostAddress, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach_ftp._Client, "ntransfercmd", ftplib.FTP_TLS.ntransfercmd)
    with pytest.raises(HostAwayError, match=r"522|EOF|reset|closed"):
        FtpBanList(at(daemon, f"{folder}/ban.txt")).read()
