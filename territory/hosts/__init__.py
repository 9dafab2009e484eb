"""Ban lists on hosts. Each kind has one file in this folder, with a class that is a BanListHost, and one line below."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from territory.checklist import CheckLine, CheckSubject
from territory.hosts.battleye import BattleyeBanList
from territory.hosts.capabilities import Capabilities
from territory.hosts.file import FileBanList
from territory.hosts.ftp import FtpBanList
from territory.hosts.nitrado import NitradoBanList


class BanListHost(Protocol):
    """A ban list as bytes, one identifier a line (`banlist`). Raises HostError if it cannot be read or written.

    `checks` are the lines of `check`, in their order.
    """

    @property
    def checks(self) -> Sequence[CheckSubject]: ...
    def read(self) -> bytes:
        """Return the list; no bytes if it does not exist yet."""

    def edit(self, edit: Callable[[bytes], bytes]) -> None:
        """Rewrite the list by a pure edit, under the list's lock.

        If somebody else changes the list meanwhile, `edit` runs again with the new bytes. Afterwards the list holds the
        bytes that its last run returned.
        """

    def check(self) -> Iterator[CheckLine]:
        """Test the connection and whether the list could be written, and leave it as it is."""


KINDS: Mapping[str, type[FileBanList | FtpBanList | NitradoBanList | BattleyeBanList]] = {
    "file": FileBanList,
    "ftp": FtpBanList,
    "nitrado": NitradoBanList,
    "battleye": BattleyeBanList,
}
CAPABILITIES: Mapping[str, Capabilities] = {kind: host.capabilities for kind, host in KINDS.items()}
