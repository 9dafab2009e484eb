"""Which player of the game is which person."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now, Trim
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def _folded_gamertag() -> Lower:
    """The gamertag as it is compared: whoever types it cannot see spaces around it, case, or how an accent is stored."""
    return Lower(Trim(models.Func("gamertag", function="normalize")))


class PlayerIdentity(models.Model):
    """A player of the game, linked to a person once that is proven.

    `player_id` is the stable id of the game's log and the only thing rights hang on. A gamertag may change and be taken
    by somebody else; it counts only until the player id is learned.
    """

    class Platform(models.TextChoices):
        UNKNOWN = "", _("unknown")
        XBOX = "xbox", "Xbox"
        PLAYSTATION = "playstation", "PlayStation"
        PC = "pc", "PC"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="player_identities",
        verbose_name=_("person"),
    )
    gamertag = models.CharField(_("gamertag"), max_length=100)
    player_id = models.CharField(
        _("player id"),
        max_length=64,
        null=True,
        blank=True,
        unique=True,
        help_text=_("The id in the game's log. Blank: learned the first time the gamertag is seen."),
    )
    xuid = models.CharField(_("XUID"), max_length=32, null=True, blank=True, unique=True)
    platform = models.CharField(
        _("platform"), max_length=16, choices=Platform, blank=True, default="", db_default=""
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("player identity")
        verbose_name_plural = _("player identities")
        ordering = ["gamertag"]
        constraints = [
            # Two people waiting for the same gamertag would make the next placement a guess.
            models.UniqueConstraint(
                _folded_gamertag(),
                name="territory_playeridentity_one_waiting",
                condition=Q(user__isnull=False, player_id__isnull=True),
                violation_error_message=_("Somebody else is already linked to this gamertag."),
            ),
        ]
        indexes = [models.Index(_folded_gamertag(), name="territory_identity_gamertag")]

    def __str__(self) -> str:
        return self.gamertag

    def clean(self) -> None:
        """Normalise what forms hand over: a blank id is no id."""
        super().clean()
        self.player_id = self.player_id or None
        self.xuid = self.xuid or None


class GamertagUse(models.Model):
    """A gamertag under which an identity was seen, and when."""

    identity = models.ForeignKey(
        PlayerIdentity, on_delete=models.CASCADE, related_name="gamertags", verbose_name=_("player identity")
    )
    gamertag = models.CharField(_("gamertag"), max_length=100)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("gamertag used")
        verbose_name_plural = _("gamertags used")
        ordering = ["-last_seen_at"]
        constraints = [
            models.UniqueConstraint(name="territory_gamertaguse_once", fields=["identity", "gamertag"]),
        ]

    def __str__(self) -> str:
        return self.gamertag


class IdentityConflict(models.Model):
    """A linked gamertag seen with a different player id: never a match, always for staff to look at."""

    identity = models.ForeignKey(
        PlayerIdentity, on_delete=models.CASCADE, related_name="conflicts", verbose_name=_("linked identity")
    )
    player_id = models.CharField(_("player id seen"), max_length=64)
    gamertag = models.CharField(_("gamertag seen"), max_length=100)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    resolved_at = models.DateTimeField(
        _("resolved at"),
        null=True,
        blank=True,
        help_text=_("Set when staff found that these are two different players."),
    )
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resolved by"),
    )

    class Meta:
        verbose_name = _("identity conflict")
        verbose_name_plural = _("identity conflicts")
        ordering = ["-last_seen_at"]
        constraints = [
            models.UniqueConstraint(name="territory_identityconflict_once", fields=["identity", "player_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.gamertag} ≠ {self.identity}"
