"""Actions that decide about rows: they ask for a reason, for more, or only for a yes (templates/admin/reason.html)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from celery import Task
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.causes import cause
from common.errors import NotPossibleError
from common.outbox import wake_on_commit

MOST_AT_ONCE = 200
BACK = "_back"  # the filters of the list that led to a page, as the forms of templates/admin post them
Admin: TypeAlias = "admin.ModelAdmin[Any]"
Answer = dict[str, Any]


class ReasonForm(forms.Form):
    """The reason for an action; it stays for ever."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It stays with the record, and other members of staff read it."),
    )


@dataclass(frozen=True, slots=True)
class Question:
    """The question before an action is done; without a form it asks only for a yes."""

    title: str | Promise
    explanation: str | Promise = ""
    button: str | Promise = ""
    form: Callable[[Any], forms.Form] | None = ReasonForm


def ask(
    model_admin: Admin, request: HttpRequest, queryset: QuerySet[Any], question: Question
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


def list_address(request: HttpRequest) -> str:
    """Return where an action's list is, with the filters that it was left with."""
    query = QueryDict(request.POST.get(BACK) or "") if BACK in request.POST else request.GET
    return f"{request.path}?{query.urlencode()}" if query else request.path


def noted(act: str, answer: Answer) -> str:
    """Return an act and its reason, as the history of a row shows them."""
    if "reason" not in answer:
        return act
    return _("%(what)s Reason: %(reason)s") % {"what": act, "reason": answer["reason"]}


@dataclass(frozen=True, kw_only=True)
class Decision(Question):
    """An action of a list, and a button on the page of a row that it suits; without an explanation it asks nothing.

    `act` takes a row, the member of staff and the answer, or refuses by NotPossibleError. `done` are the words for the row's
    history. `suits` narrows the chosen rows to those that can be decided, `refusal` is shown where none is left, and `wakes`
    are the tasks that carry the decision out.
    """

    do_not_call_in_templates: ClassVar[bool] = True  # a template shows its words

    name: str
    act: Callable[[Any, Any, Answer], object]
    done: str | Promise
    suits: Callable[[Any], Any] = lambda rows: rows
    refusal: str | Promise = ""
    wakes: tuple[Task[[], Any], ...] = ()
    allowed_permissions: tuple[str, ...] = ("decide",)

    # -- What Django asks of an action --------------------------------------------------------------------------------

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def short_description(self) -> str | Promise:
        return self.title

    def __call__(
        self, model_admin: Admin, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """Ask; once there is an answer, decide about each row, and say how many were decided and which were refused."""
        rows = self.suits(queryset)
        if self.refusal and not rows.exists():
            messages.error(request, str(self.refusal))
            return None
        answer = ask(model_admin, request, rows, self) if self.explanation else Answer()
        if not isinstance(answer, dict):
            return answer
        done = sum(self._decide(model_admin, request, row, answer) for row in rows[:MOST_AT_ONCE])
        if done:
            text = ngettext("Done for %(number)d record.", "Done for %(number)d records.", done)
            messages.success(request, text % {"number": done})
            for task in self.wakes:
                wake_on_commit(task)
        return None

    def _decide(self, model_admin: Admin, request: HttpRequest, row: Model, answer: Answer) -> bool:
        """Decide about a row; the act and its note are stored together or not at all."""
        try:
            with transaction.atomic(), cause(reason=answer.get("reason")):
                self.act(row, request.user, answer)
                model_admin.log_change(request, row, noted(str(self.done), answer))
        except NotPossibleError as refusal:
            messages.error(request, f"{Truncator(str(row)).chars(40)}: {refusal}")
            return False
        return True
