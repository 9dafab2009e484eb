"""The audit: who changed what, when, from what to what, and by which cause. To be looked at only."""

# ruff: noqa: ARG002 - the signatures are Django's

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.admin.parts import ChosenOnlyFilter, RecordAdmin, clipped, list_link
from common.audit import kinds
from territory.admin.filters import PeriodFilter
from wotcs.audit import Story, causes, stories
from wotcs.audit_export import lines
from wotcs.models import AuditEntry


class KindFilter(admin.SimpleListFilter):
    title, parameter_name = _("kind"), "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        names = {label: events.pgh_tracked_model._meta.verbose_name for label, events in kinds().items()}
        return sorted(names.items(), key=lambda entry: str(entry[1]))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class CauseFilter(admin.SimpleListFilter):
    """People change rows by pages; everything else is a machine, or an operator's own hand."""

    title, parameter_name = _("cause"), "by"
    _CHOICES = {
        "request": _("People, on a page"),
        "task": _("Machine: a task"),
        "sender": _("Machine: the HTTP API"),
        "command": _("Operator: a command"),
        "sql": _("Operator: plain SQL"),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self._CHOICES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if (chosen := self.value()) == "sql":
            return queryset.filter(cause__isnull=True)
        return queryset.filter(cause__has_key=chosen) if chosen in self._CHOICES else queryset


class AtFilter(PeriodFilter):
    title, parameter_name, field_name = _("when"), "at", "at"


class _Entries(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = _with_stories(self.result_list)


@admin.register(AuditEntry)
class AuditAdmin(RecordAdmin):
    list_display = ("number", "at", "who", "cause_in_words", "act", "what", "differences")
    list_filter = (CauseFilter, AtFilter, KindFilter, ("user", ChosenOnlyFilter))
    list_select_related = ("user",)
    search_fields = ("user__username", "user__display_name")
    search_help_text = _("A row's number, or a part of the name of the person who did it.")
    number_column = "object_id"
    sortable_by = ()
    fields = ("at", "who", "cause_in_words", "reason", "act", "what", "differences")
    readonly_fields = fields

    def get_urls(self) -> list[Any]:
        export = path("export/", self.admin_site.admin_view(self.export), name="wotcs_auditentry_export")
        return [export, *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Return what the list's filters and search find, as a table for a spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:wotcs_auditentry_changelist"))
        answer = StreamingHttpResponse(lines(found), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
        return answer

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _Entries

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        entry = super().get_object(request, object_id, from_field)
        return next(iter(_with_stories([entry])), None) if entry else None

    @admin.display(description=_("who"))
    def who(self, entry: Any) -> str:
        """Return the person, as a link to all that the person did, or the kind of machine."""
        words = entry.cause or {}
        if entry.user_id is not None:
            name = clipped(str(entry.user or f"#{entry.user_id}"))
            return list_link(AuditEntry, name, user__id__exact=entry.user_id)
        if "request" in words:
            return gettext("a visitor")
        return gettext("machine") if {"task", "sender"} & set(words) else gettext("operator")

    @admin.display(description=_("cause"))
    def cause_in_words(self, entry: Any) -> str:
        return " · ".join(causes(entry))

    @admin.display(description=_("reason"))
    def reason(self, entry: Any) -> str:
        return (entry.cause or {}).get("reason") or "-"

    @admin.display(description=_("what"))
    def what(self, entry: Any) -> str:
        story: Story = entry.story
        kind, name = capfirst(story.row._meta.verbose_name), clipped(str(story.row) or f"#{entry.object_id}")
        address = _page(story)
        if not address:
            return format_html("{} <bdi>{}</bdi>", kind, name)
        return format_html('{} <a href="{}"><bdi>{}</bdi></a>', kind, address, name)

    @admin.display(description=_("from → to"))
    def differences(self, entry: Any) -> str:
        return format_html_join(
            SafeString("<br>"), "{}: <bdi>{}</bdi> → <bdi>{}</bdi>", entry.story.differences
        )


def _with_stories(entries: Any) -> list[Any]:
    """Return the entries with what they tell, without those that were forgotten this moment."""
    by_entry = stories(list(entries))
    for entry in entries:
        entry.story = by_entry.get(entry.pk)
    return [entry for entry in entries if entry.story]


def _page(story: Story) -> str:
    """Return the address of the row's page; of a row between two others, the first one's."""
    row: Any = story.row
    if not row._meta.proxy:
        return _address(row) if story.is_there else ""
    first = next(field.name for field in row._meta.concrete_fields if isinstance(field, ForeignKey))
    other = row._state.fields_cache[first]
    return _address(other) if isinstance(other, Model) else ""


def _address(row: Model) -> str:
    if not admin.site.is_registered(type(row)):
        return ""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
