"""The kit of all admin pages: lists and pages, records that nobody edits, large tables, and links between lists."""

# ruff: noqa: ARG002 - the signatures are Django's

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html
from django.utils.text import Truncator, capfirst
from django.utils.timezone import localtime
from django.utils.translation import override

from common.admin.requests import NUL, CarefulFields, as_initial, can_hold, offered_lookups

MOST_COUNTED = 10_000
BACK = "_back"  # the filters of the list that led to a page, as the forms of templates/admin post them


class LabelledChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among rows of which several may have one name: each is shown by its `label`."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class PlainAdmin(CarefulFields, admin.ModelAdmin):  # type: ignore[type-arg]
    """The base of every list and page of the admin.

    A list is filtered by the lookups it offers and no others: free lookups would tell letter by letter a value that no
    page shows. Actions fit for one row stand as buttons on its page.
    """

    can_add = can_change = can_delete = True  # False takes the right from everybody, superusers too
    back_to = ""  # the filters of the list that follows a decision, where no other list led to it

    list_per_page = 50
    show_full_result_count = False  # it would count the whole table at every search
    show_facets = admin.ShowFacets.NEVER  # they would count it once for every choice of every filter

    # -- Rights ---------------------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.can_add and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_change and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_delete and super().has_delete_permission(request, obj)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Return whether the actions are allowed: by the right to change, also where no field can be edited."""
        return super().has_change_permission(request)

    # -- The page of one row --------------------------------------------------------------------------------------

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer the actions that fit one row as buttons on its page (templates/admin/change_form.html)."""
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

    def fits(self, action: str, row: Any) -> bool:
        """Return whether an action can change a row as it is now."""
        return True

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Show rows by their label where their model offers them so."""
        if (to_choose := getattr(db_field.related_model, "to_choose", None)) is not None:
            kwargs |= {"form_class": LabelledChoiceField, "queryset": to_choose()}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given = super().get_changeform_initial_data(request)
        fitting = {name: as_initial(self.opts, name, value) for name, value in given.items()}
        return {name: value for name, value in fitting.items() if value is not None}

    def construct_change_message(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        add: bool = False,  # noqa: FBT001, FBT002 - Django's signature
    ) -> Any:
        """Name fields in the history as the catalogues know them: as the models write them, without a capital."""
        message = super().construct_change_message(request, form, formsets, add)
        names = _names_by_label(self.model, *(formset.model for formset in formsets or ()))
        for change in (change for part in message for change in part.values()):
            if "fields" in change:
                change["fields"] = [names.get(label, label) for label in change["fields"]]
        return message

    # -- The list -------------------------------------------------------------------------------------------------

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the parameters of the list's filters, and a row that one of its foreign keys names."""
        filters = self.list_filter if request is None else self.get_list_filter(request)
        if lookup not in offered_lookups(self, filters):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Answer a value that no column can hold as Django answers an unknown filter: by the list without it."""
        if any(NUL in value for values in request.GET.lists() for value in values[1]):
            raise IncorrectLookupParameters
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters from error

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, search_term.replace(NUL, ""))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Refuse an action on anything but keys; after a decision on a row's page, lead back to its list."""
        if not all(can_hold(self.opts.pk, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise SuspiciousOperation("An action names a value that is not a row's key.")
        answer = super().changelist_view(request, extra_context)
        if BACK in request.POST and isinstance(answer, HttpResponseRedirect):
            return HttpResponseRedirect(list_address(request))
        return answer


def _names_by_label(*models: type[Model]) -> dict[str, str]:
    """Return the fields' names by the labels that forms show."""
    with override(None):
        names = [str(field.verbose_name) for model in models for field in model._meta.fields]
    return {capfirst(name): name for name in names}


def list_address(request: HttpRequest) -> str:
    """Return where an action's list is, with the filters that it was left with."""
    query = QueryDict(request.POST.get(BACK) or "") if BACK in request.POST else request.GET
    return f"{request.path}?{query.urlencode()}" if query else request.path


class RecordAdmin(PlainAdmin):
    """Rows that the system writes: to be looked at, and at most decided by actions."""

    actions: Sequence[str] = ()
    can_add = can_change = can_delete = False


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the first MOST_COUNTED rows: to count all of a large table takes long, and nobody leafs that far."""

    object_list: Any

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by()[:MOST_COUNTED].count())


class ChosenOnlyFilter(admin.RelatedFieldListFilter):
    """Shows the row that a link chose, so that it can be let go again; all others would be a list of thousands."""

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
            keys = [field.target_field.to_python(value) for value in self.lookup_val]
        except ValidationError:
            return []
        return [(row.pk, str(row)) for row in related.filter(pk__in=keys)]


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
    """Return a moment as the lists show it; Django would show a method's own result unformatted."""
    return "-" if at is None else date_format(localtime(at), "DATETIME_FORMAT")
