"""Logs on hosts. Each kind of source has one file in this folder, with a class that is a LogHost, and one line below."""

from collections.abc import Mapping

from territory.sources.folder import FolderSource
from territory.sources.ftp import FtpSource
from territory.sources.nitrado import NitradoSource
from territory.sources.protocol import SourceCapabilities

KINDS: Mapping[str, type[FolderSource | FtpSource | NitradoSource]] = {
    "folder": FolderSource,
    "ftp": FtpSource,
    "nitrado": NitradoSource,
}
CAPABILITIES: Mapping[str, SourceCapabilities] = {kind: source.capabilities for kind, source in KINDS.items()}
