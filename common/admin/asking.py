"""The page that asks before an action is done: for a reason, for more, or only for a yes (templates/admin/reason.html)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin.parts import BACK, PlainAdmin, list_address

MOST_AT_ONCE = 200
Answer = dict[str, Any]


class ReasonForm(forms.Form):
    """The reason for an action; it stays for ever."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It is kept with the record, and other members of staff read it."),
    )


@dataclass(frozen=True, slots=True)
class Question:
    """The question before an action is done; without a form it asks only for a yes."""

    title: str | Promise
    explanation: str | Promise
    button: str | Promise
    form: Callable[[Any], forms.Form] | None = ReasonForm


def ask(
    model_admin: PlainAdmin, request: HttpRequest, queryset: QuerySet[Any], question: Question
) -> HttpResponse | Answer:
    """Return the answer once it is given and confirmed; until then the page that asks.

    For admin actions: the page posts the same action again for the same objects. Where there is nothing to fill in, the
    confirmed answer is empty.
    """
    chosen = list(queryset[: MOST_AT_ONCE + 1])
    if len(chosen) > MOST_AT_ONCE:
        messages.error(request, _("Choose at most %(number)d at once.") % {"number": MOST_AT_ONCE})
        return HttpResponseRedirect(request.get_full_path())
    is_answer = "confirmed" in request.POST
    form = question.form(request.POST if is_answer else None) if question.form else None
    if is_answer and (form is None or form.is_valid()):
        return {} if form is None else form.cleaned_data
    context = {
        **model_admin.admin_site.each_context(request),
        "title": question.title,
        "question": question,
        "form": form,
        "objects": chosen,
        "opts": model_admin.opts,
        "action": request.POST.get("action", ""),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "back_name": BACK if BACK in request.POST else "",
        "back": request.POST.get(BACK, ""),
        "list_address": list_address(request),
    }
    return TemplateResponse(request, "admin/reason.html", context)


def noted(act: str, answer: Answer) -> str:
    """Return an act and its reason, as the history of a row shows them."""
    return _("%(what)s Reason: %(reason)s") % {"what": act, "reason": answer["reason"]}
