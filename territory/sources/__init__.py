"""Logs of game servers: a kind of source is one file here with a class that is a LogHost, and a line below."""

from collections.abc import Callable, Mapping

from territory.reach import HostAddress
from territory.sources.folder import FolderSource
from territory.sources.protocol import LogHost

KINDS: Mapping[str, Callable[[HostAddress], LogHost]] = {"folder": FolderSource}
