"""Clans and who belongs to them, from when until when."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.audit import audited
from common.periods import ends_in_time


@audited(exclude=["created_at"])
class Clan(models.Model):
    """A group of players. Its members may build in every base that carries the clan.

    `origin` distinguishes clans of one name whose names come from a game; it is empty where staff gave the name.
    """

    name = models.CharField(_("name"), max_length=100)
    tag = models.CharField(_("tag"), max_length=16, blank=True, default="", db_default="")
    # Written by the app of the game that the name comes from, which lets names repeat. Staff give a name once.
    origin = models.CharField(
        _("origin"), max_length=80, blank=True, default="", db_default="", editable=False
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("clan")
        verbose_name_plural = _("clans")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="clans_clan_name_once",
                fields=["name"],
                condition=Q(origin=""),
                violation_error_message=_("A clan with that name already exists."),
            ),
        ]

    def __str__(self) -> str:
        return f"[{self.tag}] {self.name}" if self.tag else self.name

    @classmethod
    def to_choose(cls) -> "models.QuerySet[Clan]":
        """Return the clans as lists of choices show them, by their label."""
        return cls._default_manager.all()

    @property
    def label(self) -> str:
        """The clan where one of several is chosen: with its origin, as names from a game repeat."""
        return f"{self} · {self.origin}" if self.origin else str(self)


@audited()
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

    role_by_hand = models.BooleanField(
        _("role given by hand"),
        default=False,
        db_default=False,
        help_text=_("The role stays as it is, whatever role the player has in the game."),
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
