"""The admin's parts for this app: decisions about chosen rows, and rows shown on the page of another row."""

# ruff: noqa: ARG002 - the signatures are Django's

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from celery import Task
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import ngettext

from clans.models import User
from common.admin.asking import Answer, Question, ask, noted
from common.admin.parts import PlainAdmin, clipped
from common.outbox import wake_on_commit
from territory.services.errors import NotPossibleError

LONGEST_KEY = 18  # digits; longer numbers do not fit the column
_SHORT = 24
Note = tuple[Model, str]  # a row, and words for its history


class RecordInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that the system wrote, on the page of the row that they belong to."""

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
    results: tuple[QuerySet[Any], bool], queryset: QuerySet[Any], search_term: str, *, column: str = "pk"
) -> tuple[QuerySet[Any], bool]:
    """Add the row of a number such as 12 or #12 to the results of Django's search, by the index."""
    rows, may_repeat = results
    number = search_term.strip().removeprefix("#")
    if number.isdecimal() and len(number) <= LONGEST_KEY:
        rows |= queryset.filter(**{column: int(number)})
    return rows, may_repeat


@dataclass(frozen=True, slots=True)
class Decision:
    """An action that asks staff for a reason, and does something to each chosen row.

    `act` takes the row, the member of staff and the answer, and returns other rows that it changed. `done` words the
    answer for the row's history. `refusal` is shown where no chosen row can be decided, and `wakes` are the tasks that
    carry the decision out.
    """

    question: Question
    act: Callable[[Any, User, Answer], Iterable[Note]]
    done: Callable[[Answer], str]
    refusal: str | Promise = ""
    wakes: tuple[Task[[], Any], ...] = ()


def decide(
    model_admin: PlainAdmin, request: HttpRequest, rows: QuerySet[Any], decision: Decision
) -> HttpResponse | None:
    """Ask for the reason; once it is given, decide about each row, and wake the tasks that carry it out."""
    if decision.refusal and not rows.exists():
        messages.error(request, str(decision.refusal))
        return None
    answer = ask(model_admin, request, rows, decision.question)
    if not isinstance(answer, dict):
        return answer
    by = cast("User", request.user)

    def act(row: Model) -> list[Note]:
        return [(other, noted(text, answer)) for other, text in decision.act(row, by, answer)]

    if do_for_each(model_admin, request, rows, act, log=noted(decision.done(answer), answer)):
        for task in decision.wakes:
            wake_on_commit(task)
    return None


def do_for_each(
    model_admin: PlainAdmin,
    request: HttpRequest,
    rows: Iterable[Model],
    act: Callable[[Any], Iterable[Note]],
    *,
    log: str,
) -> int:
    """Do something to each row, note it in the histories, and say how many rows it was done to and which were refused.

    The act returns other rows that it changed, each with words for its history. The act and its notes are stored
    together or not at all.
    """
    done = 0
    for row in rows:
        try:
            with transaction.atomic():
                others = act(row)
                for changed, text in ((row, log), *others):
                    model_admin.log_change(request, changed, text)
        except NotPossibleError as refusal:
            messages.error(request, f"{clipped(str(row))}: {refusal}")
            continue
        done += 1
    if done:
        text = ngettext("Done for %(number)d record.", "Done for %(number)d records.", done)
        messages.success(request, text % {"number": done})
    return done
