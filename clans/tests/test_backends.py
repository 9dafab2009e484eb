"""Each sign-in costs the same, whoever it is: the same hashers run. Which ones did is looked at, never a clock."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BasePasswordHasher,
    PBKDF2PasswordHasher,
    get_hashers,
    make_password,
)
from pytest_django import Settings

from clans import backends
from clans.hashers import WotcsBcryptHasher
from clans.models import User
from clans.tests.old_passwords import old_hash

pytestmark = pytest.mark.django_db
CHECKED: Counter[str] = Counter()


class Quick(BasePasswordHasher):
    """Counts each check of a password."""

    def verify(self, password: str, encoded: str) -> bool:
        CHECKED[str(self.algorithm)] += 1
        return super().verify(password, encoded)


class QuickArgon2(Quick, Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 1, 8, 1


class QuickPBKDF2(Quick, PBKDF2PasswordHasher):
    iterations = 10


class QuickBcrypt(Quick, WotcsBcryptHasher):
    rounds = 4


@pytest.fixture(autouse=True)
def hashers(settings: Settings) -> Any:
    backends._stand_in.cache_clear()
    quick = (QuickArgon2, QuickPBKDF2, QuickBcrypt)
    settings.PASSWORD_HASHERS = [f"{__name__}.{one.__name__}" for one in quick]
    assert len(get_hashers()) == 3
    CHECKED.clear()
    yield
    backends._stand_in.cache_clear()


PEOPLE: dict[str, Callable[[], str]] = {
    "argon2": lambda: make_password("certo"),
    "pbkdf2": lambda: make_password("certo", hasher="pbkdf2_sha256"),
    "bcrypt": lambda: f"wotcs_bcrypt_sha256${old_hash('certo')}",
    "unusable": lambda: "!",
    "no-hash": lambda: "plain text",
    "inactive": lambda: make_password("certo"),
}


@pytest.fixture
def people() -> None:
    for name, password in PEOPLE.items():
        User.objects.create(username=name, password=password(), is_active=name != "inactive")


@pytest.mark.parametrize("name", [*PEOPLE, "nobody"])
def test_wrong_password_runs_each_hasher_in_use_once(people: None, name: str) -> None:
    assert authenticate(username=name, password="errado") is None
    assert CHECKED == {"argon2": 1, "pbkdf2_sha256": 1, "wotcs_bcrypt_sha256": 1}


@pytest.mark.parametrize("name", ["argon2", "unusable", "nobody"])
def test_hasher_of_nobody_is_not_run(people: None, name: str) -> None:
    User.objects.filter(username__in=["pbkdf2", "bcrypt"]).delete()

    assert authenticate(username=name, password="errado") is None
    assert CHECKED == {"argon2": 1}


def test_old_hash_of_a_lower_cost_works_as_long_as_ours(
    people: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuickBcrypt, "rounds", 6)
    assert authenticate(username="bcrypt", password="errado") is None
    assert CHECKED["wotcs_bcrypt_sha256"] == 1 + 3


@pytest.mark.parametrize("name", ["argon2", "pbkdf2", "bcrypt"])
def test_right_password_signs_in_and_is_stored_by_the_preferred_hasher(people: None, name: str) -> None:
    person = authenticate(username=name, password="certo")
    assert isinstance(person, User)
    assert User.objects.get(username=name).password.startswith("argon2$")


@pytest.mark.parametrize("name", ["inactive", "unusable", "no-hash"])
def test_right_password_of_who_may_not_signs_nobody_in(people: None, name: str) -> None:
    assert authenticate(username=name, password="certo") is None


@pytest.mark.parametrize("given", [{}, {"username": "argon2"}, {"password": "certo"}, {"token": "x"}])
def test_what_is_no_name_and_password_is_left_to_others(people: None, given: dict[str, str]) -> None:
    assert authenticate(None, **given) is None
    assert not CHECKED
