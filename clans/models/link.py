"""Links of people to their accounts elsewhere, each with how it was proven."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.audit import audited


@audited(exclude=["created_at"])
class AccountLink(models.Model):
    """A person's link to an account outside of the site: what the person claims, or what was proven.

    `key` names the account for ever: a Discord id, "<realm>:<account id>" of Wargaming, a SteamID64, the opaque id of an
    Xbox connection, a folded gamertag, a player id of the game's log. `name` is how the account calls itself, and may change.

    Three columns point from a game's row to its person: `User.discord_id`, `tanks.Player.user` and
    `territory.PlayerIdentity.user`. A trigger of each keeps the proven link beside it, so that no pointer stands without a
    record of its proof, whoever writes it and how.
    """

    class Kind(models.TextChoices):
        DISCORD = "discord", _("Discord account")
        WARGAMING = "wargaming", _("Wargaming account")
        STEAM = "steam", _("Steam account")
        XBOX = "xbox", _("Xbox account")
        GAMERTAG = "gamertag", _("gamertag")
        PLAYER_ID = "player_id", _("player id")

    class State(models.TextChoices):
        CLAIMED = "claimed", _("claimed")
        PROVEN = "proven", _("proven")
        # Proven, too, while somebody else's proven link stands: staff compare the two.
        DISPUTED = "disputed", _("disputed")
        REFUSED = "refused", _("refused")

    class Proof(models.TextChoices):
        NONE = "", _("nothing yet")
        ENTERED = "entered", _("entered by hand or moved in")
        STAFF = "staff", _("confirmed by staff")
        COMMANDER = "commander", _("confirmed by a commander")
        OAUTH = "oauth", _("signed in with it")
        WARGAMING = "wargaming", _("signed in at Wargaming")
        HASH = "hash", _("computed from the Steam account")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="account_links",
        verbose_name=_("person"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    key = models.CharField(_("key"), max_length=200)
    name = models.CharField(_("name"), max_length=150, blank=True, default="", db_default="")
    # Only with a claimed gamertag: what the member typed, until staff confirm both.
    xuid = models.CharField(_("XUID"), max_length=32, blank=True, default="", db_default="")
    state = models.CharField(
        _("state"), max_length=16, choices=State, default=State.CLAIMED, db_default=State.CLAIMED.value
    )
    proof = models.CharField(
        _("proof"), max_length=16, choices=Proof, blank=True, default=Proof.NONE, db_default=Proof.NONE.value
    )
    note = models.TextField(_("note"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_default=Now())
    # When and by whom it was proven or refused; nobody where a machine did.
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    class Meta:
        verbose_name = _("account link")
        verbose_name_plural = _("account links")
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="clans_accountlink_one_owner",
                fields=["kind", "key"],
                condition=Q(state="proven"),
                violation_error_message=_("This account belongs to somebody else."),
            ),
            models.UniqueConstraint(name="clans_accountlink_once_a_person", fields=["user", "kind", "key"]),
            models.CheckConstraint(
                name="clans_accountlink_decided",
                condition=Q(state="claimed", decided_at__isnull=True)
                | Q(state="refused", decided_at__isnull=False)
                | (Q(state__in=["proven", "disputed"], decided_at__isnull=False) & ~Q(proof="")),
            ),
            models.CheckConstraint(name="clans_accountlink_has_key", condition=~Q(key="")),
        ]
        indexes = [
            models.Index(
                fields=["kind", "created_at"],
                name="clans_accountlink_waiting",
                condition=Q(state__in=["claimed", "disputed"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.key} ({self.get_kind_display()})"

    @property
    def is_proven(self) -> bool:
        return self.state == self.State.PROVEN
