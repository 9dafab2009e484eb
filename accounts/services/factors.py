"""The second factor: whether a session holds one, and who has to give one."""

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.services.sessions import end_sessions
from clans.models import User


def lacks_factor(request: HttpRequest) -> bool:
    """Return whether the reader is of staff, and the session holds no second factor although the settings ask for one."""
    person = request.user
    if not settings.STAFF_SECOND_FACTOR or not person.is_authenticated:
        return False
    if not (person.is_staff or person.is_superuser):
        return False
    return not any(record["method"] == "mfa" for record in get_authentication_records(request, person))


def has_factor(person: User | AnonymousUser) -> bool:
    return bool(Authenticator.objects.filter(user_id=person.pk).exists())


def note_factor(request: HttpRequest, kind: str) -> None:
    """Note in the session that the reader has just given a second factor, as setting one up does."""
    record_authentication(request, request.user, "mfa", type=kind)


def remove_factors(person: User) -> None:
    """Remove what a person lost, and end the sessions in which it was given."""
    Authenticator.objects.filter(user=person).delete()
    end_sessions(person)
