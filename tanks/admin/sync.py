"""What the syncs did, and how fresh each part of a clan's data is."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy

from clans.admin.parts import ClanFilter
from common.admin.filters import OccurringValuesFilter, figure
from common.admin.parts import RecordAdmin
from tanks.models import SyncRun, SyncStatus
from tanks.wording import SECTIONS, bytes_in_words, duration_in_words, trouble_in_words


@admin.register(SyncRun)
class SyncRunAdmin(RecordAdmin):
    list_display = (
        *("pk", "clan", "state", "trigger", "requested_by", "requested_at", "took", "is_full"),
        figure(SyncRun, "calls"),
        "received",
        figure(SyncRun, "rows_changed"),
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
    fieldsets = (
        (None, {"fields": ("clan", "state", "is_full", "trigger", "requested_by")}),
        (gettext_lazy("Times"), {"fields": ("requested_at", "started_at", "ended_at", "took")}),
        (gettext_lazy("Outcome"), {"fields": ("calls", "received", "rows_changed", "by_section")}),
        (gettext_lazy("Trouble"), {"fields": ("trouble_words", "error")}),
    )

    @admin.display(description=gettext_lazy("duration"))
    def took(self, run: SyncRun) -> str:
        return duration_in_words(run.duration) or "-"

    @admin.display(description=gettext_lazy("received"), ordering="bytes")
    def received(self, run: SyncRun) -> str:
        return bytes_in_words(run.bytes)

    @admin.display(description=gettext_lazy("trouble"))
    def trouble_words(self, run: SyncRun) -> str:
        return trouble_in_words(run.trouble) or "-"

    @admin.display(description=gettext_lazy("rows changed by section"))
    def by_section(self, run: SyncRun) -> str:
        rows = [(SECTIONS.get(name, name), count) for name, count in run.changes.items()]
        return format_html_join(" · ", "{}: {}", rows) or "-"


@admin.register(SyncStatus)
class SyncStatusAdmin(RecordAdmin):
    list_display = (
        *("clan", "section", "last_success_at", "last_change_at", "last_error_at"),
        *("trouble", "next_due_at"),
    )
    list_filter = (("clan", ClanFilter), "section", ("trouble", OccurringValuesFilter))
    list_select_related = ("clan",)
    search_fields = ("clan__name", "clan__tag")
    fields = (
        *("clan", "section", "last_success_at", "last_change_at", "next_due_at", "last_error_at"),
        *("trouble_words", "last_error"),
    )

    @admin.display(description=gettext_lazy("trouble"))
    def trouble_words(self, status: SyncStatus) -> str:
        return trouble_in_words(status.trouble) or "-"
