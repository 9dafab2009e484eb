"""Ban lists on hosts. Each kind has one file in this folder, with a class that is a BanListHost, and one line below."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from territory.hosts import file
from territory.hosts.file import FileBanList
from territory.reach import HostAddress


class BanListHost(Protocol):
    """A ban list as bytes, one identifier a line (`banlist`). Raises HostError if it cannot be read or written."""

    def read(self) -> bytes:
        """Return the list; no bytes if it does not exist yet."""

    def edit(self, edit: Callable[[bytes], bytes]) -> bool:
        """Rewrite the list by a pure edit, under the list's lock; return whether it changed.

        If somebody else changes the list meanwhile, `edit` runs again with the new bytes. Afterwards the list holds the
        bytes that its last run returned.
        """


KINDS: Mapping[str, Callable[[HostAddress], BanListHost]] = {"file": FileBanList}
# How long after a line was written its player is kept out at the latest; each kind's file says it.
TAKES_EFFECT_WITHIN: Mapping[str, timedelta] = {"file": file.TAKES_EFFECT_WITHIN}
