"""Questions whether a place is free or a person may build there. Enough of them find a base, so they are counted and noted."""

from datetime import datetime, timedelta

from django.http import HttpRequest

from clans.models import User
from common.attempts import attempts_left, client_address, count_attempt
from territory.models import GameServer, PlaceQuestion

HOUR_SECONDS = 3600
MOST_BY_PERSON, MOST_BY_ADDRESS = 20, 40  # an hour; players of one household share an address
REMEMBERED = timedelta(days=90)


def limit_questions(request: HttpRequest) -> None:
    """Count a question, before it is answered. Raises TooManyAttemptsError beyond the limits of an hour."""
    count_attempt("place", f"person {request.user.pk}", MOST_BY_PERSON, HOUR_SECONDS)
    count_attempt("place", client_address(request), MOST_BY_ADDRESS, HOUR_SECONDS)


def questions_left(person: User) -> int:
    """Return how many questions a person may still ask this hour."""
    return attempts_left("place", f"person {person.pk}", MOST_BY_PERSON, HOUR_SECONDS)


def note_question(person: User, server: GameServer, kind: str, *, x: float, z: float, answer: bool) -> None:
    """Keep a question and whether its answer was yes: the circle is free, or the person may build."""
    words = PlaceQuestion.Answer.YES if answer else PlaceQuestion.Answer.NO
    PlaceQuestion.objects.create(person=person, server=server, kind=kind, x=x, z=z, answer=words)


def forget_questions(*, now: datetime) -> int:
    """Delete the questions that are remembered no longer."""
    return PlaceQuestion.objects.filter(asked_at__lt=now - REMEMBERED).delete()[0]
