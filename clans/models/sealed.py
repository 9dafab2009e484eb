"""The field's former place: migrations name it."""

from database.sealed import SealedTextField

__all__ = ["SealedTextField"]
