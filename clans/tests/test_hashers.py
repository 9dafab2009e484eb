"""Old passwords: they fit as before, nothing else does, and none of them stays."""

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher
from pytest_django import Settings

from clans.hashers import WotcsBcryptHasher
from clans.tests.old_passwords import old_hash

HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", "clans.hashers.WotcsBcryptHasher"]
PASSWORDS = ["segredo", "çã õ € 🐺", "x" * 500, "a\0b", " spaces ", ""]


@pytest.fixture(autouse=True)
def hashers(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = HASHERS


def stored(password: str, *, padded: bool = True) -> str:
    return f"wotcs_bcrypt_sha256${old_hash(password, padded=padded)}"


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("password", PASSWORDS)
def test_password_fits_in_both_spellings_and_no_other_does(password: str, *, padded: bool) -> None:
    encoded = stored(password, padded=padded)
    others = (password + "x", password.upper() + "=", encoded, encoded.partition("$")[2])
    assert check_password(password, encoded)
    assert [other for other in others if check_password(other, encoded)] == []


def test_hash_made_once_still_fits() -> None:
    encoded = "wotcs_bcrypt_sha256$$2b$06$EjYEmDFaBzGpxuvLhWWT6OTFZkmpNyLkJ/qhYByu4Zi2UhzxhjNFe"
    assert check_password("Lobo-Guará 77", encoded)
    assert not check_password("Lobo-Guara 77", encoded)


@pytest.mark.parametrize("kind", ["2a", "2b", "2y"])
def test_all_kinds_of_bcrypt_fit(kind: str) -> None:
    assert check_password("segredo", stored("segredo").replace("$2b$", f"${kind}$"))


def test_summary_shows_neither_salt_nor_checksum() -> None:
    encoded = stored("segredo")
    hasher = identify_hasher(encoded)
    shown = str(hasher.safe_summary(encoded))

    assert encoded[-20:] not in shown
    assert encoded[27:49] not in shown
    assert hasher.must_update(encoded)


def test_encoding_makes_what_verifying_takes() -> None:
    hasher = WotcsBcryptHasher()
    hasher.rounds = 4

    assert hasher.verify("segredo", hasher.encode("segredo", hasher.salt()))
