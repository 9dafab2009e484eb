"""Bases, their former states and their permissions."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clans.models import Clan
from common.audit import audited
from common.periods import ends_in_time, in_force
from territory.models.people import by_person
from territory.models.server import GameServer
from territory.rules.geometry import is_on_map

MIN_RADIUS_M, DEFAULT_RADIUS_M, MAX_RADIUS_M = 50.0, 100.0, 200.0


def _circle() -> Func:
    return Func(Func(F("x"), F("z"), function="point"), F("radius_m"), function="circle")


def _validity() -> Func:
    return Func(F("registered_at"), F("removed_at"), function="tstzrange", output_field=DateTimeRangeField())


class BaseQuerySet(models.QuerySet["Base"]):
    """Queries of bases."""

    def active_at(self, moment: datetime) -> Self:
        """Only the bases in force at `moment`."""
        return self.filter(in_force("registered_at", "removed_at", at=moment))


@audited(exclude=["changed_at"])
class Base(models.Model):
    """A circle on a server's map that belongs to its owner, in force from registered_at until removed_at.

    `removed_at` removes a base; its row stays. A trigger stores the former state in BaseRevision at every change of place,
    radius, owner or clan, so that an act is judged by the state at the act.
    """

    server = models.ForeignKey(
        GameServer, on_delete=models.PROTECT, related_name="bases", verbose_name=_("game server")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bases", verbose_name=_("owner")
    )
    clan = models.ForeignKey(
        Clan,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bases",
        verbose_name=_("clan"),
        help_text=_("Its members may build here."),
    )
    name = models.CharField(_("name"), max_length=100)
    place = models.CharField(_("place"), max_length=200, blank=True, default="", db_default="")
    x = models.FloatField(_("X (east, m)"))
    z = models.FloatField(_("Z (north, m)"))
    radius_m = models.FloatField(
        _("radius (m)"),
        default=DEFAULT_RADIUS_M,
        db_default=DEFAULT_RADIUS_M,
        validators=[MinValueValidator(MIN_RADIUS_M), MaxValueValidator(MAX_RADIUS_M)],
    )
    registered_at = models.DateTimeField(_("registered at"), default=timezone.now, db_default=Now())
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True, editable=False)
    alarms_discord = models.BooleanField(
        _("alarms on Discord"),
        default=False,
        db_default=False,
        help_text=_("What strangers do in the base is told in its clan's channel."),
    )
    away_until = models.DateTimeField(
        _("away until"),
        null=True,
        blank=True,
        help_text=_("Until then the base does not fall asleep, though nobody is seen."),
    )
    # Set by the clock of sleeping bases: when the base is released unless a builder is seen. It stays with a released one.
    sleeps_at = models.DateTimeField(_("released at, unless seen"), null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["Base"]] = BaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("base")
        verbose_name_plural = _("bases")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="territory_base_radius_in_bounds",
                condition=Q(radius_m__gte=MIN_RADIUS_M, radius_m__lte=MAX_RADIUS_M),
                violation_error_message=_("The radius lies between 50 and 200 m."),
            ),
            models.CheckConstraint(
                name="territory_base_removed_after_registration",
                condition=Q(removed_at__isnull=True) | Q(removed_at__gte=F("registered_at")),
                violation_error_message=_("A base cannot be removed before it is registered."),
            ),
            ends_in_time("removed_at", name="territory_base_removed_in_time"),
            # An edge shared by two circles would lie in both, so it is an overlap, as PostgreSQL's && says.
            ExclusionConstraint(
                name="territory_base_no_overlap",
                expressions=[
                    ("server", RangeOperators.EQUAL),
                    ("owner", RangeOperators.NOT_EQUAL),
                    (_circle(), RangeOperators.OVERLAPS),
                    (_validity(), RangeOperators.OVERLAPS),
                ],
                # Checked at once, unless a transaction that swaps bases defers it.
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message=_("Part of the circle is already taken."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a centre off the server's map, unless the base was stored there (on a former map)."""
        super().clean()
        given = {"server_id", "x", "z"} <= {name for name, value in vars(self).items() if value is not None}
        if given and not is_on_map(self.x, self.z, self.server.map_size_m) and not self._stays():
            raise ValidationError(
                _("The centre is not on the map: X and Z lie between 0 and %(size)d m."),
                params={"size": self.server.map_size_m},
            )

    def _stays(self) -> bool:
        return Base.objects.filter(pk=self.pk, server=self.server_id, x=self.x, z=self.z).exists()


class BaseRevision(models.Model):
    """A former state of a base, in force from valid_from until valid_to. Only a trigger writes it."""

    base = models.ForeignKey(Base, on_delete=models.CASCADE, related_name="revisions", verbose_name=_("base"))
    server = models.ForeignKey(
        GameServer, on_delete=models.PROTECT, related_name="+", verbose_name=_("game server")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    clan = models.ForeignKey(
        Clan, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("clan")
    )
    x = models.FloatField(_("X (east, m)"))
    z = models.FloatField(_("Z (north, m)"))
    radius_m = models.FloatField(_("radius (m)"))
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid until"))

    class Meta:
        verbose_name = _("former state of a base")
        verbose_name_plural = _("former states of bases")
        ordering = ["-valid_to"]
        indexes = [models.Index(fields=["server", "valid_to"], name="territory_revision_server")]

    def __str__(self) -> str:
        return f"{self.base} · {self.valid_from:%Y-%m-%d}"


@audited(exclude=["revoke_reason"])
class BasePermission(models.Model):
    """An owner's leave for a person to build in a base; `admin` also manages the base's permissions.

    `revoke_reason` holds words about a person. The audit does not copy them: who is erased, takes them along.
    """

    class Level(models.TextChoices):
        BUILD = "build", _("build")
        ADMIN = "admin", _("build and manage permissions")

    base = models.ForeignKey(
        Base, on_delete=models.PROTECT, related_name="permissions", verbose_name=_("base")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="base_permissions",
        verbose_name=_("person"),
    )
    level = models.CharField(
        _("level"), max_length=16, choices=Level, default=Level.BUILD, db_default=Level.BUILD.value
    )
    granted_at = models.DateTimeField(_("granted at"), default=timezone.now, db_default=Now())
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoke_reason = models.CharField(
        _("why it was revoked"), max_length=200, blank=True, default="", db_default="", editable=False
    )
    granted_by = by_person(_("granted by"))

    class Meta:
        verbose_name = _("base permission")
        verbose_name_plural = _("base permissions")
        ordering = ["base", "user"]
        constraints = [
            models.CheckConstraint(
                name="territory_basepermission_known_level", condition=Q(level__in=["admin", "build"])
            ),
            models.CheckConstraint(
                name="territory_basepermission_ends_after_grant",
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("granted_at")),
                violation_error_message=_("A permission cannot be revoked before it is granted."),
            ),
            ends_in_time("revoked_at", name="territory_basepermission_revoked_in_time"),
            models.UniqueConstraint(
                name="territory_basepermission_one_open",
                fields=["base", "user"],
                condition=Q(revoked_at__isnull=True),
                violation_error_message=_("This person has a permission on the base already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.base}"


class BaseInvitation(models.Model):
    """An owner's invitation to build in a base: the link's token is stored as its hash, and one person accepts it once."""

    base = models.ForeignKey(
        Base, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("base")
    )
    level = models.CharField(
        _("level"),
        max_length=16,
        choices=BasePermission.Level,
        default=BasePermission.Level.BUILD,
        db_default=BasePermission.Level.BUILD.value,
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = by_person(_("invited by"), blank=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, db_default=Now())
    expires_at = models.DateTimeField(_("ends at"))
    permission_ends_at = models.DateTimeField(_("the permission ends at"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = by_person(_("accepted by"))
    revoked_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation to a base")
        verbose_name_plural = _("invitations to bases")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.base} · {self.get_level_display()}"
