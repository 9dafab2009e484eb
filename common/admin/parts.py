"""What the admin pages share: records nobody edits, large tables that stay quick, and links between lists."""

# ruff: noqa: ARG002 - the signatures are Django's

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.timezone import localtime

from common.admin.history import HistoryAdmin
from common.admin.requests import CarefulAdmin

MOST_COUNTED = 10_000
BACK = "_back"  # what forms of templates/admin post: the filters of the list one came from


class LabelledChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among rows of which several may have one name: each is shown by its `label`."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class PlainAdmin(HistoryAdmin, CarefulAdmin):
    """What all lists here have in common."""

    back_to = ""  # the filters of the list that follows a decision, where no other list led to it

    list_per_page = 50
    show_full_result_count = False  # it would count the whole table at every search
    show_facets = admin.ShowFacets.NEVER  # they would count it once for every choice of every filter

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer the actions that fit one object as buttons on its page (templates/admin/change_form.html)."""
        if (row := kwargs.get("obj")) is not None:
            context["object_actions"] = self._buttons(request, row)
            context["back"] = request.GET.get("_changelist_filters", self.back_to)
        return super().render_change_form(request, context, *args, **kwargs)

    def _buttons(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        actions = self.get_actions(request)
        return [
            (name, str(entry[2]))
            for name, entry in actions.items()
            if entry and name != "delete_selected" and self.fits(name, row)
        ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Show rows by their label where their model offers them so."""
        if (to_choose := getattr(db_field.related_model, "to_choose", None)) is not None:
            kwargs |= {"form_class": LabelledChoiceField, "queryset": to_choose()}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def fits(self, action: str, row: Any) -> bool:
        """Tell whether an action can do anything for a row as it is."""
        return True

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead back to the list that one came from, after what was decided on the page of an object."""
        answer = super().changelist_view(request, extra_context)
        if BACK in request.POST and isinstance(answer, HttpResponseRedirect):
            return HttpResponseRedirect(list_address(request))
        return answer


def list_address(request: HttpRequest) -> str:
    """Return where an action's list is, with the filters that it was left with."""
    query = QueryDict(request.POST.get(BACK) or "") if BACK in request.POST else request.GET
    return f"{request.path}?{query.urlencode()}" if query else request.path


class RecordAdmin(PlainAdmin):
    """Rows that the system writes: to be looked at."""

    actions: Sequence[str] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the first MOST_COUNTED rows: to count all of a large table takes long, and nobody leafs that far."""

    object_list: Any

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by()[:MOST_COUNTED].count())


class ChosenOnlyFilter(admin.RelatedFieldListFilter):
    """Shows what a link chose, so that it can be let go again; to offer all others would be a list of thousands."""

    def has_output(self) -> bool:
        return bool(self.lookup_choices)

    @property
    def include_empty_choice(self) -> bool:
        return False

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        if not self.lookup_val:
            return []
        related = field.remote_field.model._default_manager
        try:
            found = related.filter(pk__in=[field.target_field.to_python(value) for value in self.lookup_val])
        except ValidationError:
            return []
        return [(one.pk, str(one)) for one in found]


def list_link(model: type[Model], text: str | Promise, **filters: Any) -> str:
    """Return a link to a model's list with these filters, safe for HTML."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=filters)
    return format_html('<a href="{}">{}</a>', address, text)


def page_link(row: Model | None) -> str:
    """Return a link to a row's own page, with its name clipped, safe for HTML; a dash for no row."""
    if row is None:
        return "-"
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[row.pk]), clipped(str(row)))


def clipped(text: str, length: int = 40) -> str:
    """Return the beginning of a text that may be hundreds of characters long."""
    return Truncator(text).chars(length)


def moment(at: datetime | None) -> str:
    """Return a moment as the lists show it, also where Django would show what a method returned as it is."""
    return "-" if at is None else date_format(localtime(at), "DATETIME_FORMAT")
