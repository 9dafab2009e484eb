"""What was moved in from an old system: to be looked at."""

from django.contrib import admin

from common.admin.parts import CappedPaginator, RecordAdmin
from territory.admin.filters import OccurringServerFilter
from territory.models import ImportedRow


@admin.register(ImportedRow)
class ImportedRowAdmin(RecordAdmin):
    list_display = ("pk", "server", "table", "key", "object_id", "imported_at")
    list_filter = (("server", OccurringServerFilter), ("table", admin.AllValuesFieldListFilter))
    list_select_related = ("server",)
    search_fields = ("=key",)
    paginator = CappedPaginator
