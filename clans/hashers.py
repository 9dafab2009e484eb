"""Passwords of the old clan system: bcrypt over the base64url text of their SHA-256, with its padding or without."""

import base64
import hashlib

from django.contrib.auth.hashers import BCryptPasswordHasher
from django.utils.crypto import constant_time_compare


class WotcsBcryptHasher(BCryptPasswordHasher):
    """Checks the old passwords; a sign-in with one that fits stores it anew by the preferred hasher."""

    algorithm = "wotcs_bcrypt_sha256"

    def encode(self, password: str, salt: str | bytes) -> str:
        secret = base64.urlsafe_b64encode(hashlib.sha256(password.encode()).digest())
        return super().encode(secret.decode(), salt)  # type: ignore[arg-type]  # Django itself passes bytes

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether the password fits. Both spellings are tried each time, so that the time taken betrays nothing."""
        salt = encoded.partition("$")[2].encode()
        secret = base64.urlsafe_b64encode(hashlib.sha256(password.encode()).digest()).rstrip(b"=").decode()
        unpadded = super().encode(secret, salt)  # type: ignore[arg-type]
        return super().verify(password, encoded) | constant_time_compare(encoded, unpadded)

    def must_update(self, encoded: str) -> bool:  # noqa: ARG002 - Django asks so
        """Never let one stay, whichever hasher is preferred."""
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Work as long as a hash of our own cost would have taken."""
        for _turn in range(2 ** max(0, self.rounds - int(self.decode(encoded)["work_factor"])) - 1):
            self.verify(password, encoded)
