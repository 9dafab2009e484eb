"""What the admin pages share: records nobody edits, and the page that asks before something is done."""

# ruff: noqa: ARG002 - the signatures are Django's

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from territory.services.errors import NotPossible

MOST_AT_ONCE = 200


class PlainAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What all lists here have in common."""

    list_per_page = 50
    show_full_result_count = False  # it would count the whole table at every search

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer the actions for one object as buttons on its page (templates/admin/change_form.html)."""
        context = {"object_actions": self._buttons(request) if object_id else []}
        return super().changeform_view(request, object_id, form_url, context | (extra_context or {}))

    def _buttons(self, request: HttpRequest) -> list[tuple[str, str]]:
        actions = self.get_actions(request)
        return [
            (name, str(entry[2])) for name, entry in actions.items() if entry and name != "delete_selected"
        ]


class RecordAdmin(PlainAdmin):
    """What the system wrote: to be looked at."""

    actions: Sequence[str] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DecidedAdmin(PlainAdmin):
    """What only the actions change: the fields are to be looked at, whoever may change it may decide."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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


def clipped(text: str, length: int = 24) -> str:
    """Return the beginning of a text that may be thousands of characters long."""
    return Truncator(text).chars(length)


# -- The page that asks first -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before an action is done."""

    title: str | Promise
    explanation: str | Promise
    button: str | Promise
    asks_reason: bool = True


class ReasonForm(forms.Form):
    """Why something is done; it is kept for ever."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It is kept with the record, and other members of staff read it."),
    )


def ask(
    model_admin: PlainAdmin, request: HttpRequest, queryset: QuerySet[Any], question: Question
) -> HttpResponse | str:
    """Return the reason once it was given and confirmed; until then the page that asks for it.

    For admin actions: the page posts the same action again for the same objects. Where no reason is asked for, the
    confirmed answer is an empty text.
    """
    chosen = list(queryset[: MOST_AT_ONCE + 1])
    if len(chosen) > MOST_AT_ONCE:
        messages.error(request, _("Choose at most %(number)d at once.") % {"number": MOST_AT_ONCE})
        return HttpResponseRedirect(request.get_full_path())
    is_answer = "confirmed" in request.POST
    form = ReasonForm(request.POST if is_answer else None) if question.asks_reason else None
    if is_answer and (form is None or form.is_valid()):
        return "" if form is None else str(form.cleaned_data["reason"])
    context = {
        **model_admin.admin_site.each_context(request),
        "title": question.title,
        "question": question,
        "form": form,
        "objects": chosen,
        "opts": model_admin.opts,
        "action": request.POST.get("action", ""),
        "checkbox_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/reason.html", context)


def do_for_each(
    model_admin: PlainAdmin,
    request: HttpRequest,
    objects: Iterable[Model],
    act: Callable[[Any], object],
    *,
    log: str,
) -> int:
    """Do something for each object, note it in the admin's history, and tell what was done and what was refused."""
    done = 0
    for one in objects:
        try:
            act(one)
        except NotPossible as refusal:
            messages.error(request, f"{clipped(str(one))}: {refusal}")
            continue
        model_admin.log_change(request, one, log)
        done += 1
    if done:
        text = ngettext("Done for %(number)d record.", "Done for %(number)d records.", done)
        messages.success(request, text % {"number": done})
    return done
