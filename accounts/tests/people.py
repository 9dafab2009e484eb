"""People who sign in, as the tests of this app need them."""

import time
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.models import Permission
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from clans.models import User
from territory.tests.factories import make_user

PASSWORD, OTHER_PASSWORD = "uma-senha-bem-longa", "outra-senha-bem-longa"


def make_person(name: str = "ana", **fields: Any) -> User:
    return User.objects.create_user(name, password=PASSWORD, **fields)


def sign_in(
    client: Client, name: str = "ana", password: str = PASSWORD, *, to: str = "", **given: Any
) -> Any:
    """Sign in by the form, on the way to a page."""
    fields = {"login": name, "password": password, "next": to}
    return client.post(reverse("account_login"), fields, **given)


def add_app(person: User) -> str:
    """Set up an authenticator app for a person, with recovery codes, and return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    return str(secret)


def note_way(client: Client, person: User, method: str, **more: Any) -> None:
    """Note in a browser's session how its person signed in, as django-allauth does."""
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, person, method, **more)
    request.session.save()


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return the code that the app shows now, or some steps of half a minute later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def recovery_code_of(person: User) -> str:
    codes = Authenticator.objects.get(user=person, type=Authenticator.Type.RECOVERY_CODES).wrap()
    return str(codes.get_unused_codes()[0])


def browser_of(person: User | None = None) -> Client:
    """Return a browser that reads English, in which a person is signed in."""
    browser = Client(headers={"accept-language": "en"})
    if person:
        browser.force_login(person)
    return browser


def staff_with(*rights: str) -> User:
    """Return somebody of staff with these rights alone."""
    person = make_user(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return person
