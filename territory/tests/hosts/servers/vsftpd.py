"""Debian's vsftpd as a child process, which demands that data connections reuse the control connection's TLS session."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from territory.reach import HostAddress

PROGRAM = shutil.which("vsftpd") or shutil.which("vsftpd", path="/usr/sbin")


def _settings(folder: Path, certificate: Path, port: int) -> dict[str, object]:
    return {
        # As an ordinary user, so without a root of its own: paths are those of this machine.
        "listen": "YES",
        "listen_address": "127.0.0.1",
        "listen_port": port,
        "background": "NO",
        "run_as_launching_user": "YES",
        "allow_writeable_chroot": "YES",
        "anonymous_enable": "YES",
        "anon_root": folder,
        "anon_world_readable_only": "NO",
        "write_enable": "YES",
        "anon_upload_enable": "YES",
        "anon_other_write_enable": "YES",
        "ssl_enable": "YES",
        "allow_anon_ssl": "YES",
        "force_anon_logins_ssl": "YES",
        "force_anon_data_ssl": "YES",
        "require_ssl_reuse": "YES",
        "rsa_cert_file": certificate,
        "rsa_private_key_file": certificate,
        "seccomp_sandbox": "NO",
        "isolate": "NO",
        "isolate_network": "NO",
        "vsftpd_log_file": "/dev/null",
    }


@contextmanager
def vsftpd(folder: Path, certificate: Path) -> Iterator[HostAddress]:
    """Serve a folder on loopback until the end of the block; everybody may write into it."""
    assert PROGRAM is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = folder.parent / "vsftpd.conf"
    lines = _settings(folder, certificate, port).items()
    settings.write_text("".join(f"{key}={value}\n" for key, value in lines))
    settings.chmod(0o600)
    with subprocess.Popen([PROGRAM, str(settings)], stdin=subprocess.DEVNULL, env=os.environ) as server:
        try:
            _wait_for(port, server)
            yield HostAddress(f"ftps://anonymous@127.0.0.1:{port}", "quem@game.example")
        finally:
            server.terminate()


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        assert server.poll() is None, "vsftpd ended at once"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("vsftpd does not answer")
