"""What a ban list can do, wherever it is kept."""

from collections.abc import Callable
from typing import Protocol


class BanListHost(Protocol):
    """A ban list as bytes, one identifier a line (`banlist`). HostError when it cannot be read or written."""

    def read(self) -> bytes:
        """Return the list; nothing where there is none yet."""

    def edit(self, edit: Callable[[bytes], bytes]) -> bool:
        """Rewrite the list by a pure edit, under the list's lock, and say whether it changed.

        `edit` is called again with the new bytes when somebody else wrote meanwhile; what its last call returned is what
        stands in the list afterwards.
        """
