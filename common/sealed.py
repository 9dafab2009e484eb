"""Texts that are sealed in the database: a dump without the site's key does not reveal them."""

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """A short secret, encrypted with a key that is made from SECRET_KEY; SECRET_KEY_FALLBACKS open older ones.

    A text that no key opens any more reads as empty: such a secret can be entered again. Not searchable.
    """

    def from_db_value(self, value: str | None, *_: object) -> str:
        return unseal(value) if value else ""

    def value_to_string(self, obj: models.Model) -> str:  # noqa: ARG002 - the signature is Django's
        """Return nothing: the output of `dumpdata` is not sealed."""
        return ""

    def get_prep_value(self, value: Any) -> str:
        return seal(str(value)) if value else ""


def seal(text: str) -> str:
    """Return a text encrypted with SECRET_KEY."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return a sealed text; empty if no key opens it any more."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""


def reseal(sealed: str) -> str | None:
    """Return a sealed text as SECRET_KEY seals it, itself if it does so already; None if no key opens it any more."""
    try:
        _key(str(settings.SECRET_KEY)).decrypt(sealed.encode())
    except InvalidToken:
        text = unseal(sealed)
        return seal(text) if text else None
    return sealed


def _keys() -> MultiFernet:
    return MultiFernet(
        [_key(str(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def _key(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"clans.sealed:" + secret.encode()).digest()))
