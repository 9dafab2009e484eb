"""Where a person is signed in: the sessions, and their end."""

from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from clans.models import User


def sessions_of(request: HttpRequest) -> list[UserSession]:
    """Return the sessions of the signed-in person, this one first, then the newest."""
    sessions = list(UserSession.objects.filter(user=request.user.pk).order_by("-last_seen_at"))
    return sorted(sessions, key=lambda session: session.session_key != request.session.session_key)


def end_session(user: User, pk: int) -> bool:
    """End one of a person's sessions; return whether there was such a one."""
    session = UserSession.objects.filter(user=user, pk=pk).first()
    if session is None:
        return False
    session.end()
    return True


def end_other_sessions(request: HttpRequest) -> None:
    """End all sessions of the signed-in person but this one."""
    for session in sessions_of(request):
        if session.session_key != request.session.session_key:
            session.end()
