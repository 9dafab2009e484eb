"""The log of the syncs, and how fresh each part of a clan's data is; the page of a clan's syncs says the same in words."""

from django.contrib import admin

from clans.admin.parts import ClanFilter
from common.admin.filters import OccurringValuesFilter, figure
from common.admin.parts import RecordAdmin
from tanks.models import SyncRun, SyncStatus


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


@admin.register(SyncStatus)
class SyncStatusAdmin(RecordAdmin):
    list_display = (
        *("clan", "section", "last_success_at", "last_change_at", "last_error_at"),
        *("trouble", "next_due_at"),
    )
    list_filter = (("clan", ClanFilter), "section", ("trouble", OccurringValuesFilter))
    list_select_related = ("clan",)
    search_fields = ("clan__name", "clan__tag")
