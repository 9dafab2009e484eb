"""Signing in with a password: counted, and as quick for strangers as for people, whatever their password's age."""

import functools
import logging
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import BasePasswordHasher, get_hasher, get_hashers, identify_hasher
from django.http import HttpRequest

from clans.models import User
from common.attempts import (
    MOST_BY_ACCOUNT,
    MOST_BY_ADDRESS,
    client_address,
    count_attempt,
    forgive_attempt,
)

logger = logging.getLogger(__name__)


class PasswordBackend(ModelBackend):
    """Every password goes through this backend, from whichever page it comes."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """Return the person. Raises TooManyAttemptsError after too many by this address or for this account.

        An account that does not exist is counted as one that does, so that an answer does not betray which names exist.
        """
        if username is None or password is None:
            return None
        address = client_address(request)
        count_attempt("sign-in", address, MOST_BY_ADDRESS)
        count_attempt("account", username, MOST_BY_ACCOUNT)
        person = User.objects.filter(username=username).first()
        if not check_password(person, password) or person is None or not self.user_can_authenticate(person):
            logger.warning(
                "Sign-in refused: account %s, from %s", person.pk if person else "unknown", address
            )
            return None
        forgive_attempt("sign-in", address)
        forgive_attempt("account", username)
        return person


def check_password(person: User | None, password: str) -> bool:
    """Return whether the password is this person's, at the same cost for everybody: each hasher in use runs once."""
    stand_ins = {name: _stand_in(name) for name in _in_use()}
    own = _hasher_of(person)
    fits = person is not None and own is not None and _fits(person, own, password)
    for name, encoded in stand_ins.items():
        if own is None or name != own.algorithm:
            get_hasher(name).verify(password, encoded)
    return fits


def _fits(person: User, own: BasePasswordHasher, password: str) -> bool:
    encoded = person.password
    fits = person.check_password(password)  # and, if it fits, stores it anew by the preferred hasher
    if not fits and own.algorithm != get_hasher().algorithm:
        own.harden_runtime(password, encoded)  # Django does so for the preferred one alone
    return fits


def _hasher_of(person: User | None) -> BasePasswordHasher | None:
    if person is None or not person.has_usable_password():
        return None
    try:
        return identify_hasher(person.password)
    except ValueError:
        return None


def _in_use() -> list[str]:
    """Name the preferred hasher, and those by which somebody's password is still stored."""
    first, *others = [str(hasher.algorithm) for hasher in get_hashers()]
    return [
        first,
        *(name for name in others if User.objects.filter(password__startswith=f"{name}$").exists()),
    ]


@functools.cache
def _stand_in(algorithm: str) -> str:
    """A password of nobody."""
    hasher = get_hasher(algorithm)
    return hasher.encode("nobody's", hasher.salt())
