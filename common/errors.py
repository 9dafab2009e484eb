"""What services refuse."""


class NotPossibleError(Exception):
    """The state of things does not allow it; the message tells people why, in their language."""
