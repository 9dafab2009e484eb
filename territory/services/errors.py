"""What services refuse."""

from common.errors import NotPossibleError

__all__ = ["NotPossibleError"]
