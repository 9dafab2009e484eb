"""The log of the syncs; how fresh each part of a clan's data is says the page of its syncs."""

from django.contrib import admin

from clans.admin.parts import ClanFilter
from common.admin.filters import OccurringValuesFilter, figure
from common.admin.parts import RecordAdmin
from tanks.models import SyncRun


@admin.register(SyncRun)
class SyncRunAdmin(RecordAdmin):
    list_display = (
        *("pk", "clan", "state", "trigger", "requested_by", "requested_at", "ended_at", "is_full"),
        *(figure(SyncRun, name) for name in ("calls", "bytes", "rows_changed")),
        "trouble",
    )
    list_filter = (
        ("clan", ClanFilter),
        ("state", OccurringValuesFilter),
        ("trouble", OccurringValuesFilter),
        ("trigger", OccurringValuesFilter),
        "is_full",
    )
    list_select_related = ("clan", "requested_by")
    search_fields = ("clan__name", "clan__tag", "requested_by__username", "error")
    date_hierarchy = "requested_at"
