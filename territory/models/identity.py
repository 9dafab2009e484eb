"""Player identities: players of the game, and their links to people."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.audit import audited
from territory.models.people import by_person
from territory.models.server import Platform
from territory.rules.names import has_unseen, is_placeholder


def folded_gamertag(gamertag: models.Value | str) -> models.Func:
    """Return the SQL for a gamertag, or a column of gamertags, as gamertags are compared everywhere."""
    return models.Func(gamertag, function="territory_gamertag_key", output_field=models.TextField())


def _folded(function: str) -> Any:
    """Return a generated column of the gamertag, so that every comparison folds names alike."""
    expression = models.Func("gamertag", function=function)
    return models.GeneratedField(expression=expression, output_field=models.TextField(), db_persist=True)


PLACEHOLDER_REFUSED = _(
    "The game gives this name to anybody, so it proves nothing. Write the player's own gamertag, or the player id of the log "
    "as well."
)
UNSEEN_REFUSED = _(
    "This gamertag has invisible characters, perhaps from copying. Type it again, or write the player id of the log as well."
)


@audited(
    watch=["user", "player_id", "xuid"],
    named_by=["gamertag"],
    new_if=pgtrigger.Q(new__user__isnull=False),
)
class PlayerIdentity(models.Model):
    """A player of the game, linked to a person once that is proven.

    `player_id` is the stable id of the game's log; rights depend on it alone. A gamertag may change and pass to somebody
    else, so it counts only until the player id is learned, and never on PC, where anybody may take any name.
    `gamertag_key` is the gamertag for comparison, `gamertag_stem` the same without the suffixes of the game and the
    platforms ("#1234", " (2)"), `gamertag_joined` without the "#" that a log may leave out.
    """

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
    # Set by a trigger: when the person was linked, or the gamertag was changed while the player id is unknown. Before, the
    # gamertag may have been somebody else's.
    linked_at = models.DateTimeField(_("linked at"), null=True, editable=False)
    # Set by the same trigger: when a person's link ended. What was done before is not held against a stranger at once.
    unlinked_at = models.DateTimeField(_("unlinked at"), null=True, editable=False)
    gamertag_key = _folded("territory_gamertag_key")
    gamertag_stem = _folded("territory_gamertag_stem")
    gamertag_joined = _folded("territory_gamertag_joined")

    class Meta:
        verbose_name = _("player identity")
        verbose_name_plural = _("player identities")
        ordering = ["gamertag"]
        constraints = [
            # Two people waiting for the same gamertag would make the next placement a guess.
            models.UniqueConstraint(
                models.F("gamertag_key"),
                name="territory_playeridentity_one_waiting",
                condition=Q(user__isnull=False, player_id__isnull=True),
                violation_error_message=_("Somebody else is already linked to this gamertag."),
            ),
        ]
        indexes = [
            models.Index(fields=["gamertag_key"], name="territory_identity_gamertag"),
            models.Index(fields=["gamertag_stem"], name="territory_identity_stem"),
            models.Index(fields=["gamertag_joined"], name="territory_identity_joined"),
        ]

    def __str__(self) -> str:
        return self.gamertag

    def clean(self) -> None:
        """Store a blank id as no id, and refuse to link a person by a gamertag that proves nothing."""
        super().clean()
        self.player_id = self.player_id or None
        self.xuid = self.xuid or None
        if self.user_id is None or self.player_id is not None:
            return
        if has_unseen(self.gamertag):
            raise ValidationError({"gamertag": UNSEEN_REFUSED})
        if is_placeholder(self.gamertag):
            raise ValidationError({"gamertag": PLACEHOLDER_REFUSED})


class GamertagUse(models.Model):
    """A gamertag of an identity, and when it was first and last seen."""

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


@audited(
    watch=["resolved_at", "resolved_by"], named_by=["identity", "player_id", "gamertag"], is_new_kept=False
)
class IdentityConflict(models.Model):
    """A linked gamertag seen under another player id: not a match, and for staff to decide."""

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
    resolved_by = by_person(_("resolved by"))

    class Meta:
        verbose_name = _("identity conflict")
        verbose_name_plural = _("identity conflicts")
        ordering = ["-last_seen_at"]
        constraints = [
            models.UniqueConstraint(name="territory_identityconflict_once", fields=["identity", "player_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.gamertag} ≠ {self.identity}"
