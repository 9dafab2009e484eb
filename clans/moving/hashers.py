"""Passwords as the old clan system kept them: bcrypt over the base64url text of their SHA-256."""

import base64
import hashlib
import re
from typing import Any, Final

import bcrypt
from django.contrib.auth.hashers import BasePasswordHasher, mask_hash
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_noop as _

# "$2b$12$", 22 characters of salt, 31 of checksum.
_SHAPE: Final = re.compile(
    r"(?P<salt>\$2[abxy]\$(?P<cost>\d\d)\$[./A-Za-z0-9]{22})(?P<checksum>[./A-Za-z0-9]{31})"
)
# One step doubles the time; with more than this a sign-in would hold a web worker for many seconds.
_COSTS: Final = range(4, 16)


class WotcsBcryptHasher(BasePasswordHasher):
    """Checks the old passwords; a sign-in with one that fits stores it anew by the preferred hasher."""

    algorithm = "wotcs_bcrypt_sha256"
    rounds = 12

    def salt(self) -> str:
        return bcrypt.gensalt(self.rounds).decode()

    def encode(self, password: str, salt: str) -> str:
        return f"{self.algorithm}${_hashed(_secret(password), salt)}"

    def decode(self, encoded: str) -> dict[str, Any]:
        found = _SHAPE.fullmatch(encoded.removeprefix(f"{self.algorithm}$"))
        assert found is not None, "no hash of the old clan system"
        return {
            "algorithm": self.algorithm,
            "salt": found["salt"],
            "work_factor": int(found["cost"]),
            "checksum": found["checksum"],
        }

    def verify(self, password: str, encoded: str) -> bool:
        """Tell whether the password fits, in either spelling of base64: with its padding and without."""
        stored = encoded.removeprefix(f"{self.algorithm}$")
        if not is_old_hash(stored):
            return False
        salt, secret = stored[:29], _secret(password)
        # Both each time: how long it takes tells nothing.
        fits = [
            constant_time_compare(stored, _hashed(spelt, salt)) for spelt in (secret, secret.rstrip(b"="))
        ]
        return any(fits)

    def must_update(self, encoded: str) -> bool:  # noqa: ARG002 - Django asks so
        """Never let one stay, whichever hasher is preferred."""
        return True

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        parts = self.decode(encoded)
        return {
            _("algorithm"): parts["algorithm"],
            _("work factor"): parts["work_factor"],
            _("salt"): mask_hash(parts["salt"][7:]),
            _("checksum"): mask_hash(parts["checksum"]),
        }

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Work as long as a hash of our own cost would have taken."""
        parts = self.decode(encoded)
        for _turn in range(2 ** max(0, self.rounds - parts["work_factor"]) - 1):
            self.verify(password, encoded)


def is_old_hash(text: str) -> bool:
    """Tell whether this is a bcrypt hash that takes a bearable time to check."""
    found = _SHAPE.fullmatch(text)
    return found is not None and int(found["cost"]) in _COSTS


def _secret(password: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(password.encode()).digest())


def _hashed(secret: bytes, salt: str) -> str:
    return bcrypt.hashpw(secret, salt.encode()).decode()
