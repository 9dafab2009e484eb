"""Players of World of Tanks, and the events on a clan's roster."""

import functools
import operator
from collections.abc import Iterable

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clans.models import Clan
from common.audit import audited
from common.sealed import SealedTextField
from tanks.models.realm import Realm

# The game's roles that command; all others are members.
COMMANDING_ROLES = frozenset({"commander", "executive_officer", "personnel_officer"})


class AccountFigures(models.Model):
    """A player's life-time sums over random battles; empty while the API never sent any.

    Draws exist: wins and losses do not make up the battles.
    """

    global_rating = models.BigIntegerField(_("personal rating"), null=True, blank=True)
    last_battle_at = models.DateTimeField(_("last battle at"), null=True, blank=True)
    battles = models.BigIntegerField(_("battles"), null=True, blank=True)
    wins = models.BigIntegerField(_("wins"), null=True, blank=True)
    losses = models.BigIntegerField(_("losses"), null=True, blank=True)
    draws = models.BigIntegerField(_("draws"), null=True, blank=True)
    survived_battles = models.BigIntegerField(_("battles survived"), null=True, blank=True)
    damage_dealt = models.BigIntegerField(_("damage dealt"), null=True, blank=True)
    frags = models.BigIntegerField(_("frags"), null=True, blank=True)
    spotted = models.BigIntegerField(_("enemies spotted"), null=True, blank=True)
    dropped_capture_points = models.BigIntegerField(_("defence points"), null=True, blank=True)
    xp = models.BigIntegerField(_("experience"), null=True, blank=True)

    class Meta:
        abstract = True


class PlayerQuerySet(models.QuerySet["Player"]):
    def of_keys(self, keys: Iterable[str]) -> "PlayerQuerySet":
        """Filter the players with these keys of account links."""
        pairs = [key.split(":") for key in keys]
        return self.filter(
            functools.reduce(
                operator.or_,
                (Q(realm=int(realm), account_id=int(number)) for realm, number in pairs),
                Q(pk__in=[]),
            )
        )


@audited(
    watch=["user", "shares_garage"],
    named_by=["nickname", "account_id"],
    new_if=pgtrigger.Q(new__user__isnull=False),
)
class Player(AccountFigures):
    """An account of the game, in a synced clan or once in one. Nothing is deleted because the API is silent."""

    realm = models.ForeignKey(
        Realm, on_delete=models.PROTECT, related_name="players", verbose_name=_("realm"), db_index=False
    )
    account_id = models.BigIntegerField(_("account id"))
    nickname = models.CharField(_("nickname"), max_length=100, blank=True, default="", db_default="")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="players",
        verbose_name=_("person"),
        help_text=_("Whose account it is. Link it only when you know: it opens the clan's pages."),
    )
    clan = models.ForeignKey(
        Clan, on_delete=models.PROTECT, null=True, blank=True, related_name="players", verbose_name=_("clan")
    )
    role = models.CharField(_("role in the game"), max_length=40, blank=True, default="", db_default="")
    joined_clan_at = models.DateTimeField(_("joined the clan at"), null=True, blank=True)
    account_created_at = models.DateTimeField(_("account created at"), null=True, blank=True)
    first_seen = models.DateTimeField(_("first seen"), default=timezone.now, db_default=Now())
    hidden_since = models.DateTimeField(
        _("hidden since"),
        null=True,
        blank=True,
        help_text=_("Since then the API says nothing about this account; what was known stays."),
    )
    refused_since = models.DateTimeField(
        _("refused since"),
        null=True,
        blank=True,
        help_text=_("The API does not take this number for an account; it is asked for once a day only."),
    )
    # What the account's figures were when its vehicles were last read: whoever differs has played since. They are
    # written together with the vehicles, so that a sync that dies in between leaves nobody out.
    garage_read_at = models.DateTimeField(_("vehicles read at"), null=True, blank=True, editable=False)
    garage_battles = models.BigIntegerField(null=True, editable=False)
    garage_last_battle_at = models.DateTimeField(null=True, editable=False)
    # How often in a row the vehicles did not explain the account's battles, and how many battles no vehicle explained when
    # that was given up.
    garage_tries = models.SmallIntegerField(default=0, db_default=0, editable=False)
    garage_missing = models.BigIntegerField(
        _("battles in no vehicle"), default=0, db_default=0, editable=False
    )
    # A key to the player's garage at the API. Only the player gives it, and may take it back.
    access_token = SealedTextField(blank=True, default="", db_default="", editable=False)
    token_expires_at = models.DateTimeField(_("access ends at"), null=True, blank=True, editable=False)
    private_read_at = models.DateTimeField(_("garage read at"), null=True, blank=True, editable=False)
    shares_garage = models.BooleanField(
        _("shares the garage"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Others of the clan see which vehicles the token showed in the garage."),
    )

    objects = PlayerQuerySet.as_manager()

    class Meta:
        verbose_name = _("player")
        verbose_name_plural = _("players")
        ordering = ["nickname", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="tanks_player_account_in_realm",
                fields=["realm", "account_id"],
                violation_error_message=_("This account is there already."),
            ),
            models.CheckConstraint(name="tanks_player_account_id_positive", condition=Q(account_id__gt=0)),
        ]

    def __str__(self) -> str:
        return self.nickname or f"#{self.account_id}"

    @property
    def link_key(self) -> str:
        """The key of the account in links of people."""
        return f"{self.realm_id}:{self.account_id}"

    @property
    def commands(self) -> bool:
        """Whether the role in the game makes a commander."""
        return self.role in COMMANDING_ROLES


class RosterEvent(models.Model):
    """Something that happened on a clan's roster. Written once, never changed.

    `occurred_at` is the API's date of a joining; for everything else the moment at which a sync noticed.
    """

    class Kind(models.TextChoices):
        JOINED = "joined", _("joined")
        LEFT = "left", _("left")
        RENAMED = "renamed", _("renamed")
        ROLE_CHANGED = "role_changed", _("role changed")

    clan = models.ForeignKey(
        Clan, on_delete=models.PROTECT, related_name="roster_events", verbose_name=_("clan"), db_index=False
    )
    player = models.ForeignKey(
        Player, on_delete=models.PROTECT, related_name="roster_events", verbose_name=_("player")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    before = models.CharField(_("before"), max_length=100, blank=True, default="", db_default="")
    after = models.CharField(_("after"), max_length=100, blank=True, default="", db_default="")
    occurred_at = models.DateTimeField(_("occurred at"))
    noticed_at = models.DateTimeField(_("noticed at"), default=timezone.now, db_default=Now())

    class Meta:
        verbose_name = _("roster event")
        verbose_name_plural = _("roster events")
        ordering = ["-occurred_at", "-pk"]
        indexes = [models.Index(fields=["clan", "-occurred_at"], name="tanks_rosterevent_newest")]

    def __str__(self) -> str:
        return f"{self.player} · {self.get_kind_display()}"
