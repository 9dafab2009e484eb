"""Passwords as the old clan system stored them."""

import base64
import hashlib

import bcrypt


def old_hash(password: str, *, padded: bool = True, cost: int = 4) -> str:
    """Return a hash of the old system."""
    secret = base64.urlsafe_b64encode(hashlib.sha256(password.encode()).digest())
    return bcrypt.hashpw(secret if padded else secret.rstrip(b"="), bcrypt.gensalt(cost)).decode()
