"""Vehicles of the game's catalogue."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tanks.models.realm import Realm


class Vehicle(models.Model):
    """A vehicle, by the number that it has in every realm.

    Players own vehicles that the catalogue does not list, and vehicles leave it: such a row stays, marked
    `not_in_catalogue_since`, so that nobody's figures are lost. One that was never listed has no name, tier, nation or type.
    Realms name vehicles differently and list different ones: see VehicleListing.
    """

    class Type(models.TextChoices):
        LIGHT = "lightTank", _("light tank")
        MEDIUM = "mediumTank", _("medium tank")
        HEAVY = "heavyTank", _("heavy tank")
        DESTROYER = "AT-SPG", _("tank destroyer")
        ARTILLERY = "SPG", _("artillery")

    tank_id = models.BigIntegerField(_("vehicle id"), primary_key=True)
    name = models.CharField(_("name"), max_length=100, blank=True, default="", db_default="")
    short_name = models.CharField(_("short name"), max_length=100, blank=True, default="", db_default="")
    tag = models.CharField(_("tag"), max_length=100, blank=True, default="", db_default="")
    # Keys of the API, which a new version of the game may add to; the pages translate those they know.
    nation = models.CharField(_("nation"), max_length=40, blank=True, default="", db_default="")
    type = models.CharField(_("type"), max_length=40, blank=True, default="", db_default="")
    tier = models.SmallIntegerField(_("tier"), null=True, blank=True)
    is_premium = models.BooleanField(_("premium"), default=False, db_default=False)
    is_gift = models.BooleanField(_("gift"), default=False, db_default=False)
    big_icon = models.CharField(_("large picture"), max_length=300, blank=True, default="", db_default="")
    small_icon = models.CharField(_("small picture"), max_length=300, blank=True, default="", db_default="")
    contour_icon = models.CharField(_("outline"), max_length=300, blank=True, default="", db_default="")
    # One realm describes it, until that one lists it no more: catalogues differ.
    listed_by = models.ForeignKey(
        Realm,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        editable=False,
    )
    not_in_catalogue_since = models.DateTimeField(_("not in the catalogue since"), null=True, blank=True)
    first_seen = models.DateTimeField(_("first seen"), default=timezone.now, db_default=Now())

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        ordering = ["-tier", "name", "tank_id"]
        constraints = [
            models.CheckConstraint(
                name="tanks_vehicle_tier_known", condition=Q(tier__isnull=True) | Q(tier__range=(1, 11))
            )
        ]

    def __str__(self) -> str:
        return self.short_name or self.name or f"#{self.tank_id}"


class VehicleListing(models.Model):
    """A vehicle as one realm's catalogue lists it, or listed it until `not_in_catalogue_since`."""

    realm = models.ForeignKey(
        Realm, on_delete=models.CASCADE, related_name="+", verbose_name=_("realm"), db_index=False
    )
    vehicle = models.ForeignKey(
        Vehicle, on_delete=models.CASCADE, related_name="listings", verbose_name=_("vehicle")
    )
    name = models.CharField(_("name"), max_length=100, blank=True, default="", db_default="")
    short_name = models.CharField(_("short name"), max_length=100, blank=True, default="", db_default="")
    not_in_catalogue_since = models.DateTimeField(_("not in the catalogue since"), null=True, blank=True)

    class Meta:
        verbose_name = _("listing of a vehicle")
        verbose_name_plural = _("listings of vehicles")
        ordering = ["realm", "vehicle"]
        constraints = [models.UniqueConstraint(name="tanks_vehiclelisting_once", fields=["realm", "vehicle"])]

    def __str__(self) -> str:
        return self.short_name or self.name or str(self.vehicle)
