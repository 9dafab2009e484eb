"""Which players let the site read their garage, and what it told."""

from collections.abc import Sequence

from django.db.models import BooleanField, Count, ExpressionWrapper, Q

from clans.models import User
from tanks.models import Player


def own_players(person: User) -> "Sequence[Player]":
    """Return a person's players with `has_access` and the number of vehicles that the token `told`. One query."""
    given = ExpressionWrapper(~Q(access_token=""), output_field=BooleanField())
    players = Player.objects.filter(user=person).select_related("realm").defer("access_token")
    told = Count("tanks", filter=Q(tanks__in_garage=True))
    return list(players.annotate(has_access=given, told=told).order_by("nickname", "pk"))
