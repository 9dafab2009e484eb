"""What was logged and judged: to be looked at."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from territory.admin.parts import RecordAdmin, clipped
from territory.models import LogFile, Placement


@admin.register(Placement)
class PlacementAdmin(RecordAdmin):
    list_display = (
        "pk",
        "occurred_at",
        "server",
        "player",
        "what",
        "state",
        "outcome",
        "action",
        "base",
        "judged_at",
    )
    list_filter = ("state", "outcome", "action", "server")
    list_select_related = ("server", "base")
    search_fields = ("=id", "gamertag", "player_id")
    readonly_fields = ("verdict",)

    @admin.display(description=gettext_lazy("gamertag"))
    def player(self, placement: Placement) -> str:
        return clipped(placement.gamertag)

    @admin.display(description=gettext_lazy("item"))
    def what(self, placement: Placement) -> str:
        return clipped(placement.item or placement.display)

    @admin.display(description=gettext_lazy("verdict in full"))
    def verdict(self, placement: Placement) -> str:
        address = reverse("verdict", args=[placement.pk])
        return format_html('<a href="{}">{}</a>', address, _("Everything the verdict rests on"))


@admin.register(LogFile)
class LogFileAdmin(RecordAdmin):
    list_display = ("name", "server", "lines", "placements", "last_event_at", "last_read_at", "trouble")
    list_filter = ("server",)
    list_select_related = ("server",)
    search_fields = ("name",)
    date_hierarchy = "last_read_at"

    @admin.display(description=gettext_lazy("last error"))
    def trouble(self, log: LogFile) -> str:
        return clipped(log.last_error, 80)
