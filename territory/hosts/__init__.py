"""Ban lists on hosts. Each kind has one file in this folder, with a class that is a BanListHost, and one line below."""

from collections.abc import Callable, Mapping

from territory.hosts.file import FileBanList
from territory.hosts.protocol import BanListHost
from territory.reach import HostAddress

KINDS: Mapping[str, Callable[[HostAddress], BanListHost]] = {"file": FileBanList}
