"""What players do in bases besides building, and the alarms that owners get."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from territory.adm.grammar import EventKind
from territory.models.base import Base
from territory.models.people import by_person
from territory.models.server import GameServer
from territory.rules.facts import Right


class Activity(models.Model):
    """An act of the log that changes what stands somewhere without placing or building anything. It is never judged.

    `base` and `standing` are as they were at the act: the nearest base there, and whether the player had a right in it.
    `source_key` makes repeats of a line one row.
    """

    class Kind(models.TextChoices):
        DISMANTLED = EventKind.DISMANTLED.value, _("dismantled")
        DESTROYED = EventKind.DESTROYED.value, _("destroyed")
        FOLDED = EventKind.FOLDED.value, _("folded")
        PACKED = EventKind.PACKED.value, _("packed")
        REPAIRED = EventKind.REPAIRED.value, _("repaired")
        MOUNTED = EventKind.MOUNTED.value, _("mounted")
        UNMOUNTED = EventKind.UNMOUNTED.value, _("unmounted")
        DUG_IN = EventKind.DUG_IN.value, _("buried")
        DUG_OUT = EventKind.DUG_OUT.value, _("dug out")
        FLAG_RAISED = EventKind.FLAG_RAISED.value, _("raised the flag")
        FLAG_LOWERED = EventKind.FLAG_LOWERED.value, _("lowered the flag")

    class Standing(models.TextChoices):
        OUTSIDE = "", _("outside every base")
        OWNER = Right.OWNER.value, _("the owner")
        PERMISSION = Right.PERMISSION.value, _("by permission")
        CLAN = Right.CLAN.value, _("by the clan")
        IMMUNE = "immune", _("staff")
        DISPUTED = "disputed", _("not certain who")
        STRANGER = "stranger", _("without a right")

    server = models.ForeignKey(
        GameServer,
        on_delete=models.PROTECT,
        related_name="activities",
        verbose_name=_("game server"),
        db_index=False,
    )
    source_key = models.UUIDField(_("source key"), editable=False)
    kind = models.CharField(_("act"), max_length=16, choices=Kind)
    gamertag = models.TextField(_("gamertag"))
    player_id = models.TextField(_("player id"), blank=True, default="", db_default="")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("person"),
        db_index=False,
    )
    item = models.TextField(_("item class"), blank=True, default="", db_default="")
    display = models.TextField(_("item as shown"), blank=True, default="", db_default="")
    x = models.FloatField(_("X (east, m)"))
    z = models.FloatField(_("Z (north, m)"))
    occurred_at = models.DateTimeField(_("occurred at"))
    received_at = models.DateTimeField(_("received at"), default=timezone.now, db_default=Now())
    base = models.ForeignKey(
        Base,
        on_delete=models.PROTECT,
        null=True,
        related_name="activities",
        verbose_name=_("base"),
        db_index=False,
    )
    standing = models.CharField(
        _("right"), max_length=16, choices=Standing, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="territory_activity_once", fields=["server", "source_key"])
        ]
        indexes = [
            models.Index(
                fields=["base", "-occurred_at", "-id"],
                name="territory_activity_base",
                condition=Q(base__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.gamertag} · {self.get_kind_display()} · {self.item or self.display}"


class Alarm(models.Model):
    """What one player did in a base without a right within ten minutes: told to the owner as one."""

    base = models.ForeignKey(Base, on_delete=models.CASCADE, related_name="alarms", verbose_name=_("base"))
    gamertag = models.TextField(_("gamertag"))
    player_id = models.TextField(_("player id"))
    began_at = models.DateTimeField(_("first act"))
    last_at = models.DateTimeField(_("last act"))
    invasions = models.PositiveIntegerField(_("invasions"), default=0, db_default=0)
    activities = models.PositiveIntegerField(_("other acts"), default=0, db_default=0)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["base", "-began_at"], name="territory_alarm_base")]

    def __str__(self) -> str:
        return f"{self.gamertag} · {self.base}"


class AlarmMute(models.Model):
    """A base's alarms, or those of one player there, that nobody wants to hear until an end."""

    base = models.ForeignKey(Base, on_delete=models.CASCADE, related_name="mutes", verbose_name=_("base"))
    player_id = models.TextField(
        _("player id"), blank=True, default="", db_default="", help_text=_("Blank: all players.")
    )
    gamertag = models.TextField(_("gamertag"), blank=True, default="", db_default="")
    muted_by = by_person(_("muted by"), blank=False)
    muted_at = models.DateTimeField(_("muted at"), default=timezone.now, db_default=Now())
    ends_at = models.DateTimeField(_("ends at"))

    class Meta:
        verbose_name = _("muted alarm")
        verbose_name_plural = _("muted alarms")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(name="territory_alarmmute_once", fields=["base", "player_id"])]

    def __str__(self) -> str:
        return f"{self.gamertag or _('all players')} · {self.base}"
