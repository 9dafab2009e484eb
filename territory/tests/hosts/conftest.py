from collections.abc import Iterator
from pathlib import Path

import pytest

from territory.reach import battleye as reach_battleye
from territory.tests.hosts.servers.battleye import BattleyeHost, battleye_host
from territory.tests.hosts.servers.certificate import write_certificate
from territory.tests.hosts.servers.ftp import FtpHost, ftp_host


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "game.pem")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that an FTP server serves."""
    (tmp_path / "game").mkdir()
    return tmp_path / "game"


@pytest.fixture
def ftp(folder: Path) -> Iterator[FtpHost]:
    with ftp_host(folder) as host:
        yield host


@pytest.fixture
def ftps(folder: Path, certificate: Path) -> Iterator[FtpHost]:
    with ftp_host(folder, certificate) as host:
        yield host


@pytest.fixture
def battleye(monkeypatch: pytest.MonkeyPatch) -> Iterator[BattleyeHost]:
    """A BattlEye server. It answers at once or never, so nobody waits long for it."""
    monkeypatch.setattr(reach_battleye, "ANSWER_SECONDS", 0.15)
    with battleye_host() as host:
        yield host
