"""Clans and who belongs to them, from when until when."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clans.models.realm import Realm
from common.periods import ends_in_time


class Clan(models.Model):
    """A group of players. Its members may build in every base that carries the clan.

    With a realm and the number that the game gives it there, its name, tag, roster and vehicles are synced from the game.
    """

    name = models.CharField(_("name"), max_length=100)
    tag = models.CharField(_("tag"), max_length=16, blank=True, default="", db_default="")
    realm = models.ForeignKey(
        Realm,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="clans",
        verbose_name=_("realm"),
        help_text=_("For a clan of World of Tanks: where it is synced from."),
    )
    wargaming_id = models.BigIntegerField(
        _("number in the game"), null=True, blank=True, help_text=_("The clan's number at Wargaming.")
    )
    disbanded_at = models.DateTimeField(_("disbanded at"), null=True, blank=True, editable=False)
    # When the next sync is due; a new clan at once.
    sync_due_at = models.DateTimeField(_("next sync"), default=timezone.now, db_default=Now(), editable=False)
    # Whoever's vehicles were read before it is due to be read again: the daily pass over everybody, which a sync that
    # dies on its way leaves to the next one.
    full_pass_at = models.DateTimeField(
        _("last pass over all vehicles"), null=True, blank=True, editable=False
    )
    # Members that were missing when more were than may leave at once; they have left if the next reading says so too.
    missing_account_ids = ArrayField(models.BigIntegerField(), default=list, db_default=[], editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("clan")
        verbose_name_plural = _("clans")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="clans_clan_name_once",
                fields=["name"],
                # The game gives its clans' names; they are no key of ours.
                condition=Q(wargaming_id__isnull=True),
                violation_error_message=_("A clan with that name already exists."),
            ),
            models.UniqueConstraint(
                name="clans_clan_wargaming_id_in_realm",
                fields=["realm", "wargaming_id"],
                violation_error_message=_("This clan of the game is there already."),
            ),
            models.CheckConstraint(
                name="clans_clan_realm_with_its_number",
                condition=Q(realm__isnull=True, wargaming_id__isnull=True)
                | Q(realm__isnull=False, wargaming_id__isnull=False, wargaming_id__gt=0),
                violation_error_message=_("A clan of the game needs both: its realm and its number there."),
            ),
        ]

    def __str__(self) -> str:
        return f"[{self.tag}] {self.name}" if self.tag else self.name

    @classmethod
    def to_choose(cls) -> "models.QuerySet[Clan]":
        """Return the clans as lists of choices show them, by their label."""
        return cls._default_manager.select_related("realm")

    @property
    def label(self) -> str:
        """The clan where one of several is chosen: the game's clans share names, and a new one takes those of one that is gone.

        Read the realm with the clan: it costs a query else.
        """
        if self.realm is None:
            return str(self)
        number = "" if self.tag and not self.disbanded_at else f" #{self.wargaming_id}"
        return f"{self} · {self.realm}{number}"


class ClanMembership(models.Model):
    """One stay of a person in a clan: in force from joined_at until (not including) left_at.

    A person may be in several clans at once, and come back: each stay is a row.
    """

    class Role(models.TextChoices):
        MEMBER = "member", _("member")
        COMMANDER = "commander", _("commander")

    clan = models.ForeignKey(
        Clan, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("clan")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="clan_memberships",
        verbose_name=_("person"),
    )
    role = models.CharField(
        _("role"), max_length=16, choices=Role, default=Role.MEMBER, db_default=Role.MEMBER.value
    )
    joined_at = models.DateTimeField(_("joined at"), default=timezone.now, db_default=Now())
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    follows_game = models.BooleanField(
        _("follows the game"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_(
            "It began because the person's player joined the clan in the game, and ends when that one leaves."
        ),
    )

    class Meta:
        verbose_name = _("clan membership")
        verbose_name_plural = _("clan memberships")
        ordering = ["clan", "user", "joined_at"]
        constraints = [
            models.CheckConstraint(
                name="clans_clanmembership_leaves_after_joining",
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("joined_at")),
                violation_error_message=_("A member cannot leave before joining."),
            ),
            ends_in_time("left_at", name="clans_clanmembership_left_in_time"),
            models.UniqueConstraint(
                name="clans_clanmembership_one_open_stay",
                fields=["clan", "user"],
                condition=Q(left_at__isnull=True),
                violation_error_message=_("This person is already a member of the clan."),
            ),
        ]
        indexes = [models.Index(fields=["user", "clan"], name="clans_membership_user_clan")]

    def __str__(self) -> str:
        return f"{self.user} · {self.clan}"
