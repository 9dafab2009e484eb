"""What moved in from an old system: to be looked at."""

from django.contrib import admin

from clans.admin.parts import CappedPaginator, RecordAdmin
from moving.models import MovedRow


@admin.register(MovedRow)
class MovedRowAdmin(RecordAdmin):
    list_display = ("pk", "source", "table", "key", "object_id", "moved_at")
    list_filter = ("source", "table")
    search_fields = ("=key",)
    fields = ("source", "table", "key", "object_id", "moved_at")
    paginator = CappedPaginator
