"""Vehicles, and their names in the realms; who drives them is shown on the page of tanks."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from common.admin.filters import GivenFilter, OccurringValuesFilter, values_in
from common.admin.parts import RecordAdmin, RecordInline
from tanks.models import Vehicle, VehicleListing
from tanks.wording import nation_name, type_name


class ListingInline(RecordInline):
    model = VehicleListing
    fields = ("realm", "name", "short_name", "not_in_catalogue_since")


@admin.register(Vehicle)
class VehicleAdmin(RecordAdmin):
    list_display = ("tank_id", "title", "tier", "of_nation", "of_type", "is_premium", "is_listed")
    list_display_links = ("tank_id", "title")
    list_filter = (
        ("tier", OccurringValuesFilter),
        ("nation", values_in(nation_name)),
        ("type", values_in(type_name)),
        "is_premium",
        ("not_in_catalogue_since", GivenFilter),
    )
    search_fields = ("name", "short_name", "tag", "=tank_id")
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
