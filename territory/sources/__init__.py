"""Logs on hosts. Each kind of source has one file in this folder, with a class that is a LogHost, and one line below."""

from collections.abc import Callable, Mapping

from territory.reach import HostAddress
from territory.sources.folder import FolderSource
from territory.sources.protocol import LogHost

KINDS: Mapping[str, Callable[[HostAddress], LogHost]] = {"folder": FolderSource}
