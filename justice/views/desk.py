"""Where a member of staff works: the choice of the queue, carried from page to page, and what was decided last."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from clans.models import User
from justice.access import decides_cases, sees_cases
from justice.forms import NoteForm, QueueFilter
from justice.queue import Position, QueueChoice, next_item
from territory.ban_codes import code_of
from territory.models import CaseAct
from territory.selectors import server_names

UNDO = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works on which part of the queue; `is_queue`: the page was reached from the queue, and goes back there."""

    reader: User
    choice: QueueChoice
    form: QueueFilter
    is_queue: bool
    now: datetime

    @property
    def query(self) -> str:
        """Return the query string that carries the choice to another page of the queue."""
        return _query(self.choice.query() | ({"from": "queue"} if self.is_queue else {}))

    @property
    def list_query(self) -> str:
        """Return the query string that carries the choice to the list."""
        return _query(self.choice.query())

    @property
    def may_decide(self) -> bool:
        return decides_cases(self.reader)

    def to_queue(self) -> HttpResponse:
        return redirect(reverse("review") + self.list_query)

    def to_next(self, position: Position | None) -> HttpResponse:
        """Go on to what waits after a position; back to the queue if nothing does."""
        item = next_item(self.reader, self.choice, position, self.now)
        if item is None:
            return self.to_queue()
        return redirect(reverse("review-item", args=[item.kind, item.pk]) + self.list_query)


def _query(values: dict[str, str]) -> str:
    return f"?{urlencode(values)}" if values else ""


def desk_or_404(request: HttpRequest, *, is_queue: bool | None = None) -> Desk:
    """Return the desk of staff who may read cases."""
    if not isinstance(request.user, User) or not sees_cases(request.user):
        raise Http404
    form = QueueFilter(request.GET, servers=server_names())
    from_queue = request.GET.get("from") == "queue" if is_queue is None else is_queue
    return Desk(request.user, form.choice(), form, from_queue, timezone.now())


def desk_context(desk: Desk) -> dict[str, Any]:
    """Return what pages of the desk share: the form of notes, and the reader's last decision while it can be undone."""
    act = newest_own_act(desk.reader, desk.now - UNDO) if desk.may_decide else None
    code = code_of(act.case.ban_id) if act and act.case.ban_id else ""
    return {"desk": desk, "note_form": NoteForm(), "undo": act, "undo_code": code}


def newest_own_act(reader: User, since: datetime) -> CaseAct | None:
    """Return the newest decision of a reader since a moment, if nothing was decided about its case after it. Two queries."""
    acts = CaseAct.objects.filter(by=reader, at__gte=since).exclude(kind=CaseAct.Kind.UNDO)
    act = acts.select_related("case").order_by("-at", "-pk").first()
    if act is None or act.case.acts.filter(version__gt=act.version).exists():
        return None
    return act
