"""Vehicles, their names in the realms, and who drives them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from common.admin.filters import GivenFilter, OccurringValuesFilter, figure, values_in
from common.admin.parts import ChosenOnlyFilter, RecordAdmin, RecordInline, list_link
from tanks.admin.parts import PlayerRecordAdmin, PlayersClanFilter
from tanks.models import GarageTank, Vehicle, VehicleListing
from tanks.wording import nation_name, type_name


class ListingInline(RecordInline):
    model = VehicleListing
    fields = ("realm", "name", "short_name", "not_in_catalogue_since")


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
    readonly_fields = ("drivers",)
    inlines = (ListingInline,)

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

    @admin.display(description=gettext_lazy("players"))
    def drivers(self, vehicle: Vehicle) -> str:
        return list_link(GarageTank, gettext_lazy("who drives it"), tank__tank_id__exact=vehicle.pk)


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
