"""Vehicles, their names in the realms, who drives them, and figures day by day."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from common.admin.parts import ChosenOnlyFilter, RecordAdmin, list_link
from tanks.admin.parts import PlayerRecordAdmin, PlayersClanFilter
from tanks.models import AccountSnapshot, GarageTank, TankSnapshot, Vehicle, VehicleListing


@admin.register(Vehicle)
class VehicleAdmin(RecordAdmin):
    list_display = ("tank_id", "title", "tier", "nation", "type", "is_premium", "is_listed", "drivers")
    list_display_links = ("tank_id", "title")
    list_filter = (
        ("tier", admin.AllValuesFieldListFilter),
        ("nation", admin.AllValuesFieldListFilter),
        ("type", admin.AllValuesFieldListFilter),
        "is_premium",
        ("not_in_catalogue_since", admin.EmptyFieldListFilter),
    )
    search_fields = ("name", "short_name", "tag", "=tank_id")
    readonly_fields = ("drivers", "in_realms")

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def title(self, vehicle: Vehicle) -> str:
        return vehicle.name or str(vehicle)

    @admin.display(description=gettext_lazy("in the catalogue"), boolean=True)
    def is_listed(self, vehicle: Vehicle) -> bool:
        return vehicle.not_in_catalogue_since is None

    @admin.display(description=gettext_lazy("realms"))
    def in_realms(self, vehicle: Vehicle) -> str:
        names = gettext_lazy("names in the realms")
        return list_link(VehicleListing, names, vehicle__tank_id__exact=vehicle.pk)

    @admin.display(description=gettext_lazy("players"))
    def drivers(self, vehicle: Vehicle) -> str:
        return list_link(GarageTank, gettext_lazy("who drives it"), tank__tank_id__exact=vehicle.pk)


@admin.register(VehicleListing)
class VehicleListingAdmin(RecordAdmin):
    list_display = ("pk", "vehicle", "realm", "name", "short_name", "not_in_catalogue_since")
    list_filter = (
        ("vehicle", ChosenOnlyFilter),
        ("realm", admin.RelatedOnlyFieldListFilter),
        ("not_in_catalogue_since", admin.EmptyFieldListFilter),
    )
    list_select_related = ("vehicle", "realm")
    search_fields = ("name", "short_name", "=vehicle__tank_id")


@admin.register(GarageTank)
class GarageTankAdmin(PlayerRecordAdmin):
    ordering_of_few = ("-battles", "-pk")
    list_display = (
        "pk",
        "of_player",
        "vehicle",
        "battles",
        "win_share",
        "mark_of_mastery",
        "in_garage",
        "withdrawn_at",
        "first_seen",
        "last_changed",
    )
    list_filter = (
        ("player", ChosenOnlyFilter),
        ("tank", ChosenOnlyFilter),
        ("player__clan", PlayersClanFilter),
        ("tank__tier", admin.AllValuesFieldListFilter),
        ("tank__nation", admin.AllValuesFieldListFilter),
        ("tank__type", admin.AllValuesFieldListFilter),
        "mark_of_mastery",
        "in_garage",
        ("withdrawn_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("player", "tank")


@admin.register(AccountSnapshot)
class AccountSnapshotAdmin(PlayerRecordAdmin):
    ordering_of_few = ("-day", "-pk")
    list_display = (
        "day",
        "of_player",
        "battles",
        "win_share",
        "damage_dealt",
        "global_rating",
        "last_battle_at",
        "taken_at",
        "is_reset",
    )
    list_filter = (("player", ChosenOnlyFilter), ("player__clan", PlayersClanFilter), "is_reset")


@admin.register(TankSnapshot)
class TankSnapshotAdmin(PlayerRecordAdmin):
    ordering_of_few = ("-day", "-pk")
    list_display = (
        "day",
        "of_player",
        "vehicle",
        "battles",
        "win_share",
        "mark_of_mastery",
        "taken_at",
        "is_reset",
    )
    list_filter = (
        ("player", ChosenOnlyFilter),
        ("player__clan", PlayersClanFilter),
        ("tank__tier", admin.AllValuesFieldListFilter),
        "is_reset",
    )
    list_select_related = ("player", "tank")
