"""Platforms of the game: they decide what a gamertag proves and what a player id looks like."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Platform(models.TextChoices):
    """The platform of a game server, or of a player."""

    UNKNOWN = "", _("unknown")
    XBOX = "xbox", "Xbox"
    PLAYSTATION = "playstation", "PlayStation"
    PC = "pc", "PC"
