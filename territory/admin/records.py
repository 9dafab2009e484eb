"""What was logged and judged: to be looked at."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from territory.admin.parts import RecordAdmin, clipped
from territory.models import LogFile, Placement

MOST_COUNTED = 10_000
_LONGEST_KEY = 18  # digits; longer numbers do not fit the column


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the first MOST_COUNTED rows: to count millions takes seconds, and nobody leafs that far."""

    object_list: Any

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by()[:MOST_COUNTED].count())


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
    search_fields = ("gamertag", "player_id")
    search_help_text = gettext_lazy("A placement's number, or a part of a gamertag or of a player id.")
    readonly_fields = ("verdict",)
    paginator = CappedPaginator

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Take digits for a placement's number, by its index; Django would compare the number as text."""
        term = search_term.strip()
        if term.isdecimal() and len(term) <= _LONGEST_KEY:
            return queryset.filter(pk=int(term)), False
        return super().get_search_results(request, queryset, search_term)

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
