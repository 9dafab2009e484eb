"""Logs on hosts. Each kind of source has one file in this folder, with a class that is a LogHost, and one line below."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from territory.reach import HostAddress
from territory.sources.folder import FolderSource
from territory.sources.ftp import FtpSource
from territory.sources.nitrado import NitradoSource
from territory.sources.protocol import LogHost, SourceCapabilities

KINDS: Mapping[str, Callable[[HostAddress], LogHost]] = {
    "folder": FolderSource,
    "ftp": FtpSource,
    "nitrado": NitradoSource,
}
CAPABILITIES: Mapping[str, SourceCapabilities] = {
    "folder": FolderSource.capabilities,
    "ftp": FtpSource.capabilities,
    "nitrado": NitradoSource.capabilities,
}


def interval(kind: str) -> timedelta:
    """Return how long to wait between two looks at a source of this kind."""
    return CAPABILITIES[kind].interval if kind in CAPABILITIES else timedelta()
