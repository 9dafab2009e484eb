"""The kit of all admin pages: lists and pages, records that nobody edits, columns, and links between lists."""

# ruff: noqa: ARG002 - the signatures are Django's

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.core.paginator import Paginator
from django.db import DataError, IntegrityError
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator, capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from common.admin.decisions import BACK, list_address
from common.errors import NotPossibleError
from common.numbers import row_number

logger = logging.getLogger(__name__)

MOST_COUNTED = 10_000
SHORT = 24  # characters of a name that players chose, as a column of a list has room for
_NUL = "\x00"  # PostgreSQL stores no text with it
# What values typed into an address or into a form by hand raise: no column can hold them.
_ODD_VALUE = (ValueError, OverflowError, DataError)
_ENDINGS = ("", "__exact", "__isnull", "__isempty", "__id__exact")
_OF_A_DAY = ("__year", "__month", "__day")


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the first MOST_COUNTED rows: to count all of a large table takes long, and nobody leafs that far."""

    object_list: Any

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by()[:MOST_COUNTED].count())


class LabelledChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among rows of which several may have one name: each is shown by its `label`."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class PlainAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The base of every list and page of the admin.

    A list is filtered by the lookups it offers and no others: free lookups would tell letter by letter a value that no
    page shows. Actions that suit one row stand as buttons on its page.
    """

    can_add = can_change = can_delete = True  # False takes the right from everybody, superusers too
    list_only: tuple[str, ...] = ("delete_selected",)  # actions that are no button on the page of a row
    number_column = ""  # a number such as 12 or #12 finds the rows that have it here, by the index

    paginator = CappedPaginator
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

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse in words what was decided or saved by somebody else since the form was checked."""
        try:
            answer = super().changeform_view(request, *args, **kwargs)
            return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer
        except NotPossibleError as refusal:
            messages.error(request, str(refusal))
        except IntegrityError as error:
            # By the constraint alone: the error's own words hold the row, with whereabouts and names.
            diagnosis = getattr(error.__cause__, "diag", None)
            logger.warning("Constraint %s refused a form", getattr(diagnosis, "constraint_name", "?"))
            text = _(
                "This overlaps or repeats what is there, saved perhaps a moment ago. Nothing was changed."
            )
            messages.error(request, text)
        except _ODD_VALUE as error:
            raise SuspiciousOperation("A form or its address has a value that no column can hold.") from error
        return HttpResponseRedirect(request.get_full_path())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer the actions that suit one row as buttons on its page (templates/admin/change_form.html)."""
        if (row := kwargs.get("obj")) is not None:
            context["object_actions"] = self._buttons(request, row)
            context["back"] = request.GET.get("_changelist_filters", "")
            if not self.has_change_permission(request, row):  # nothing to fill in
                context["media"] = forms.Media(css=context["media"]._css)
        return super().render_change_form(request, context, *args, **kwargs)

    def _buttons(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        chosen = self.get_queryset(request).filter(pk=row.pk)
        actions = [
            (entry[0], name, str(entry[2])) for name, entry in self.get_actions(request).items() if entry
        ]
        return [
            (name, label)
            for action, name, label in actions
            if name not in self.list_only
            and ((suits := getattr(action, "suits", None)) is None or suits(chosen).exists())
        ]

    @property
    def media(self) -> forms.Media:
        """Leave out the scripts that make addresses from names, a quarter of a page's weight: no form here does."""
        return _without(super().media, "urlify", "prepopulate", "xregexp")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer no way to delete a row on the form of another."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and hasattr(field.widget, "can_delete_related"):
            field.widget.can_delete_related = False
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Show rows by their label where their model offers them so."""
        if (to_choose := getattr(db_field.related_model, "to_choose", None)) is not None:
            kwargs |= {"form_class": LabelledChoiceField, "queryset": to_choose()}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a new form blank, whatever its address says; no link prefills one."""
        return {}

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
        if lookup not in self._offered_lookups(filters):
            return False
        return super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def _offered_lookups(self, filters: Iterable[Any]) -> set[str]:
        """Return the parameters of the list's filters, its bar of dates and its foreign keys."""
        offered = {name for entry in filters for name in _parameters(entry)}
        for field in self.opts.fields:
            if isinstance(field, ForeignKey):
                offered |= {f"{field.name}__exact", f"{field.name}__{field.target_field.name}__exact"}
        return offered | {f"{self.date_hierarchy}{ending}" for ending in _OF_A_DAY}

    def get_action_choices(self, request: HttpRequest, default_choices: Any = None) -> list[tuple[str, str]]:
        """Ask in words for an action, where Django shows dashes."""
        return super().get_action_choices(request, default_choices or [("", _("Choose…"))])

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Answer a value that no column can hold as Django answers an unknown filter: by the list without it."""
        try:
            return super().get_changelist_instance(request)
        except _ODD_VALUE as error:
            raise IncorrectLookupParameters from error

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        rows, may_repeat = super().get_search_results(request, queryset, search_term.replace(_NUL, ""))
        if self.number_column and (number := as_number(search_term)) is not None:
            rows |= queryset.filter(**{self.number_column: number})
        return rows, may_repeat

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Refuse an action on anything but keys; after a decision on a row's page, lead back to its list."""
        try:
            answer = super().changelist_view(request, extra_context)
        except _ODD_VALUE as error:
            raise SuspiciousOperation("An action names a value that is not a row's key.") from error
        if BACK in request.POST and isinstance(answer, HttpResponseRedirect):
            return HttpResponseRedirect(list_address(request))
        if isinstance(answer, TemplateResponse) and answer.context_data and "media" in answer.context_data:
            media = answer.context_data["media"]
            answer.context_data["media"] = _without(media, "jquery", "RelatedObjectLookups")
        return answer


def _without(media: forms.Media, *needless: str) -> forms.Media:
    """Return the files of a page without the scripts whose paths hold one of the words."""
    scripts = [path for path in media._js if not any(word in str(path) for word in needless)]  # type: ignore[attr-defined]
    return forms.Media(css=media._css, js=scripts)  # type: ignore[attr-defined]


def _parameters(entry: Any) -> set[str]:
    """Return the parameters of one entry of list_filter."""
    if isinstance(entry, type) and issubclass(entry, admin.SimpleListFilter):
        return {entry.parameter_name or ""}
    name = entry if isinstance(entry, str) else entry[0]
    return {f"{name}{ending}" for ending in _ENDINGS}


def as_number(term: str) -> int | None:
    """Return the number that a search term such as 12 or #12 is; None for any other term."""
    return row_number(term.strip().removeprefix("#")) or None


def _names_by_label(*models: type[Model]) -> dict[str, str]:
    """Return the fields' names by the labels that forms show."""
    with override(None):
        names = [str(field.verbose_name) for model in models for field in model._meta.fields]
    return {capfirst(name): name for name in names}


class RecordAdmin(PlainAdmin):
    """Rows that the system writes: to be looked at, and at most decided by actions."""

    actions: Sequence[Any] = ()
    can_add = can_change = can_delete = False

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, row: Model) -> str:
        return f"#{row.pk}"


class RecordInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that the system wrote, on the page of the row that they belong to."""

    extra = 0
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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


def list_links(*lists: tuple[type[Model], str | Promise], **filters: Any) -> str:
    """Return links to the lists of several models with the same filters, safe for HTML."""
    return format_html_join(" · ", "{}", ((list_link(model, text, **filters),) for model, text in lists))


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


def text_column(path: str, title: Any, length: int = SHORT) -> Callable[[Any, Any], str]:
    """Return a column of a list that shows the beginning of a text, which may be hundreds of characters long."""

    @admin.display(description=title)
    def shown(_admin: Any, row: Any) -> str:
        return clipped(str(attrgetter(path)(row)), length)

    return shown
