"""What the admin pages of territory share: what only actions change, and doing something for each chosen object."""

# ruff: noqa: ARG002 - the signatures are Django's

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import ngettext

from common.admin.asking import noted
from common.admin.parts import PlainAdmin, clipped
from territory.services.errors import NotPossibleError

LONGEST_KEY = 18  # digits; longer numbers do not fit the column
_SHORT = 24
Note = tuple[Model, str]  # a row and what its history says


class DecidedAdmin(PlainAdmin):
    """What only the actions change: the fields are to be looked at, whoever may change it may decide."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(  # type: ignore[override]
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Refuse a form made by hand: nothing would be saved, and the history would say otherwise."""
        if request.method == "POST" and object_id:
            raise PermissionDenied
        return super().changeform_view(request, object_id, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.readonly_fields
        own = [field.name for field in self.opts.fields if field.name != "id"]
        return [*own, *(name for name in self.readonly_fields if name not in own)]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Leave the buttons for saving out where there is nothing to save."""
        if kwargs.get("change"):
            context |= {
                "show_save": False,
                "show_save_and_continue": False,
                "show_save_and_add_another": False,
            }
        return super().render_change_form(request, context, *args, **kwargs)


class RecordInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows the system wrote, on the page of what they belong to."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def short(text: str) -> str:
    """Return the beginning of a name that players chose, as a column of a list has room for it."""
    return clipped(text, _SHORT)


def by_number(
    found: tuple[QuerySet[Any], bool], queryset: QuerySet[Any], search_term: str, *, column: str = "pk"
) -> tuple[QuerySet[Any], bool]:
    """Add to what Django's search found the row of a number such as 12 or #12, by its index."""
    rows, may_repeat = found
    number = search_term.strip().removeprefix("#")
    if number.isdecimal() and len(number) <= LONGEST_KEY:
        rows |= queryset.filter(**{column: int(number)})
    return rows, may_repeat


def do_for_each(
    model_admin: PlainAdmin,
    request: HttpRequest,
    objects: Iterable[Model],
    act: Callable[[Any], list[Note] | None],
    *,
    log: str,
    reason: str = "",
) -> int:
    """Do something for each object, note it in the admin's history, and tell what was done and what was refused.

    The act may return what it changed besides, each with words for its own history; the reason is added to them. The act
    and its notes are stored together or not at all.
    """
    done = 0
    for one in objects:
        try:
            with transaction.atomic():
                besides = act(one) or []
                model_admin.log_change(request, one, log)
                for other, text in besides:
                    model_admin.log_change(request, other, noted(text, {"reason": reason}))
        except NotPossibleError as refusal:
            messages.error(request, f"{clipped(str(one))}: {refusal}")
            continue
        done += 1
    if done:
        text = ngettext("Done for %(number)d record.", "Done for %(number)d records.", done)
        messages.success(request, text % {"number": done})
    return done
