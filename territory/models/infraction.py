"""Infractions, with their evidence as it was when they were recorded."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, Func, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.audit import audited
from territory.models.ban import Ban
from territory.models.base import Base
from territory.models.case import Case
from territory.models.people import by_person
from territory.models.placement import Placement
from territory.models.server import GameServer


class InfractionQuerySet(models.QuerySet["Infraction"]):
    """Queries of infractions."""

    def confirmed(self) -> Self:
        """Only infractions that count: confirmed, and of a type that this site knows."""
        return self.filter(status=Infraction.Status.CONFIRMED).exclude(infraction_type=Infraction.Type.OTHER)

    def on_the_wall(self) -> Self:
        """Only infractions that everybody may see: confirmed, not kept off the wall, on a game server that publishes it."""
        return self.confirmed().filter(case__is_on_wall=True, server__is_wall_public=True)

    def incidents(self) -> Self:
        """Only the first confirmed infraction of each incident, with the number of its acts as `acts`."""
        counted = Infraction.objects.confirmed().order_by()
        earlier = counted.filter(
            Q(pk=OuterRef("repeats")) | Q(repeats=OuterRef("repeats")), pk__lt=OuterRef("pk")
        )
        first = Coalesce(OuterRef("repeats"), OuterRef("pk"))
        acts = counted.filter(Q(pk=first) | Q(repeats=first)).values(count=Func("pk", function="count"))
        firsts = self.confirmed().filter(Q(repeats__isnull=True) | ~Exists(earlier))
        return firsts.annotate(acts=Subquery(acts))

    def wall_entries(self) -> Self:
        """Only the incidents on the wall of shame, by their first infraction."""
        return self.incidents().on_the_wall()


@audited(
    watch=["status", "decided_at", "decided_by", "decision_reason"], named_by=["gamertag"], is_new_kept=False
)
class Infraction(models.Model):
    """An invasion of a base or the placing of a forbidden item. Its primary key is the infraction's number.

    An infraction from an old system has no placement, perhaps no base, and may be of another type.
    """

    class Type(models.TextChoices):
        TERRITORY_INVASION = "territory_invasion", _("territory invasion")
        FORBIDDEN_ITEM = "forbidden_item", _("forbidden item")
        BY_STAFF = "by_staff", _("banned by staff")
        OTHER = "other", _("other infraction")

    class Status(models.TextChoices):
        REVIEW = "review", _("waiting for staff")
        CONFIRMED = "confirmed", _("confirmed")
        DISMISSED = "dismissed", _("dismissed")
        LIFTED = "lifted", _("lifted")

    server = models.ForeignKey(
        GameServer,
        on_delete=models.PROTECT,
        related_name="infractions",
        verbose_name=_("game server"),
        db_index=False,
    )
    placement = models.OneToOneField(
        Placement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="infraction",
        verbose_name=_("placement"),
    )
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="infractions", verbose_name=_("case")
    )
    from_old_system = models.BooleanField(
        _("from the old system"), default=False, db_default=False, editable=False
    )
    ban = models.ForeignKey(
        Ban,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="infractions",
        verbose_name=_("ban"),
    )
    base = models.ForeignKey(
        Base, on_delete=models.PROTECT, null=True, related_name="infractions", verbose_name=_("base")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("person"),
    )
    repeats = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="repeated_by",
        verbose_name=_("repeats"),
        help_text=_("The first of the player's acts within a minute; they are announced and shown as one."),
        db_index=False,
    )
    infraction_type = models.CharField(_("type"), max_length=24, choices=Type)
    status = models.CharField(_("status"), max_length=16, choices=Status)
    gamertag = models.TextField(_("gamertag"))
    player_id = models.TextField(_("player id"), blank=True, default="", db_default="")
    xuid = models.TextField(_("XUID"), blank=True, default="", db_default="")
    item = models.TextField(_("item"), blank=True, default="", db_default="")
    base_name = models.TextField(_("base's name then"), blank=True, default="", db_default="")
    description = models.TextField(_("description"), default="", db_default="")
    evidence = models.TextField(
        _("evidence"), default="", db_default="", help_text=_("Holds coordinates: for staff only.")
    )
    occurred_at = models.DateTimeField(_("occurred at"))
    detected_at = models.DateTimeField(_("detected at"), default=timezone.now, db_default=Now())
    asks_until = models.DateTimeField(
        _("asks for a ban until"),
        null=True,
        blank=True,
        help_text=_(
            "Blank: a permanent one. A ban is as long as the longest of its confirmed infractions asks."
        ),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = by_person(_("decided by"))
    decision_reason = models.TextField(_("reason of the decision"), blank=True, default="", db_default="")

    objects: ClassVar[models.Manager["Infraction"]] = InfractionQuerySet.as_manager()

    class Meta:
        verbose_name = _("infraction")
        verbose_name_plural = _("infractions")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="territory_infraction_has_placement",
                condition=Q(placement__isnull=False)
                | Q(from_old_system=True)
                | Q(infraction_type="by_staff"),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="territory_infraction_status"),
            models.Index(fields=["status", "-occurred_at", "-id"], name="territory_infraction_wall"),
            models.Index(
                fields=["repeats"], name="territory_infraction_repeats", condition=Q(repeats__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.gamertag}"

    @property
    def first_number(self) -> int:
        """The number of the incident's first infraction."""
        return self.repeats_id or self.pk
