"""What can go wrong between us and a game server's ban list."""


class HostError(Exception):
    """A ban list could not be read or written.

    `permanent` says that trying again cannot help before a person has changed something. The message is in English,
    for staff, as technical detail; it holds no password and no token.
    """

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class HostBusy(HostError):  # noqa: N818 - errors are nouns here
    """Somebody else holds or keeps changing the ban list; later it will be free."""
