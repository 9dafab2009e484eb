"""Vehicles, their names in the realms, who drives them, and figures day by day."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from common.admin.filters import GivenFilter, OccurringValuesFilter, figure, values_in
from common.admin.parts import ChosenOnlyFilter, RecordAdmin, list_link
from tanks.admin.parts import PlayerRecordAdmin, PlayersClanFilter
from tanks.models import AccountSnapshot, GarageTank, TankSnapshot, Vehicle, VehicleListing
from tanks.wording import nation_name, type_name


@admin.register(Vehicle)
class VehicleAdmin(RecordAdmin):
    list_display = ("tank_id", "title", "tier", "of_nation", "of_type", "is_premium", "is_listed", "drivers")
    list_display_links = ("tank_id", "title")
    list_filter = (
        ("tier", OccurringValuesFilter),
        ("nation", values_in(nation_name)),
        ("type", values_in(type_name)),
        "is_premium",
        ("not_in_catalogue_since", GivenFilter),
    )
    search_fields = ("name", "short_name", "tag", "=tank_id")
    readonly_fields = ("drivers", "in_realms")

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def title(self, vehicle: Vehicle) -> str:
        return vehicle.name or str(vehicle)

    @admin.display(description=gettext_lazy("nation"), ordering="nation")
    def of_nation(self, vehicle: Vehicle) -> str:
        return nation_name(vehicle.nation)

    @admin.display(description=gettext_lazy("type"), ordering="type")
    def of_type(self, vehicle: Vehicle) -> str:
        return type_name(vehicle.type)

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
        ("not_in_catalogue_since", GivenFilter),
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
        figure(GarageTank, "battles"),
        *("win_share", "mark_of_mastery", "stands_in_garage", "withdrawn_at"),
        *("first_seen", "last_changed"),
    )
    list_filter = (
        ("player", ChosenOnlyFilter),
        ("tank", ChosenOnlyFilter),
        ("player__clan", PlayersClanFilter),
        ("tank__tier", OccurringValuesFilter),
        ("tank__nation", values_in(nation_name)),
        ("tank__type", values_in(type_name)),
        "mark_of_mastery",
        ("withdrawn_at", GivenFilter),
    )
    list_select_related = ("player", "tank")
    exclude = ("in_garage",)
    readonly_fields = ("stands_in_garage",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out what only a player's token told, unless the player shares it."""
        rows: Any = super().get_queryset(request)
        shown: QuerySet[Any] = rows.shown_to(request.user.pk)
        return shown

    @admin.display(description=gettext_lazy("in the garage"), boolean=True)
    def stands_in_garage(self, tank: Any) -> bool | None:
        shown: bool | None = tank.shown_in_garage
        return shown


@admin.register(AccountSnapshot)
class AccountSnapshotAdmin(PlayerRecordAdmin):
    ordering_of_few = ("-day", "-pk")
    list_display = (
        "day",
        "of_player",
        figure(AccountSnapshot, "battles"),
        "win_share",
        figure(AccountSnapshot, "damage_dealt"),
        figure(AccountSnapshot, "global_rating"),
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
        figure(TankSnapshot, "battles"),
        "win_share",
        "mark_of_mastery",
        "taken_at",
        "is_reset",
    )
    list_filter = (
        ("player", ChosenOnlyFilter),
        ("player__clan", PlayersClanFilter),
        ("tank__tier", OccurringValuesFilter),
        "is_reset",
    )
    list_select_related = ("player", "tank")
