"""What services refuse."""


class NotPossible(Exception):  # noqa: N818 - errors are nouns here, and this one says what it is
    """The state of things does not allow it; the message tells people why, in their language."""
