"""The protocol of a ban list on any host."""

from collections.abc import Callable
from typing import Protocol


class BanListHost(Protocol):
    """A ban list as bytes, one identifier a line (`banlist`). Raises HostError if it cannot be read or written."""

    def read(self) -> bytes:
        """Return the list; no bytes if it does not exist yet."""

    def edit(self, edit: Callable[[bytes], bytes]) -> bool:
        """Rewrite the list by a pure edit, under the list's lock; return whether it changed.

        If somebody else changes the list meanwhile, `edit` runs again with the new bytes. Afterwards the list holds the
        bytes that its last run returned.
        """
