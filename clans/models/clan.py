"""Clans and who belongs to them, from when until when."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clans.models.periods import ends_in_time


class Clan(models.Model):
    """A group of players. Its members may build in every base that carries the clan."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    tag = models.CharField(_("tag"), max_length=16, blank=True, db_default="")
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("clan")
        verbose_name_plural = _("clans")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"[{self.tag}] {self.name}" if self.tag else self.name


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
