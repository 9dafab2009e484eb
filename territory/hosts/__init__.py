"""Ban lists on game servers' hosts: a kind is one file here with a class that is a BanListHost, and a line below."""

from collections.abc import Callable, Mapping

from territory.hosts.file import FileBanList
from territory.hosts.protocol import BanListHost
from territory.reach import HostAddress

KINDS: Mapping[str, Callable[[HostAddress], BanListHost]] = {"file": FileBanList}
