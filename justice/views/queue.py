"""The queue of staff."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from announcements.models import Announcement
from announcements.services import retry_failed
from announcements.tasks import sweep_announcements
from common.members import members_act, members_page
from common.outbox import wake_on_commit
from face.parts import Chip
from justice.access import require
from justice.queue import Position, QueuePage, item_of, line_of, queue_page
from justice.queue_kinds import WaitingItem
from justice.services import marks
from justice.views import details
from justice.views.desk import Desk, desk_context, desk_or_404
from territory.models import BanDelivery, Case
from territory.services.bans import retry_deliveries
from territory.tasks import deliver_bans


@members_page
def review(request: HttpRequest) -> HttpResponse:
    """Everything that waits, with the first of it beside the list."""
    desk = desk_or_404(request, is_queue=True)
    after, before = (Position.parse(request.GET.get(side, "")) for side in ("after", "before"))
    page = queue_page(desk.reader, desk.choice, now=desk.now, after=after, before=before)
    first = page.lines[0].item if page.lines else None
    return _page(request, desk, page, first, is_own_page=False)


@members_page
def item(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Something that waits, beside the list; opening it says to others that somebody looks at it."""
    desk = desk_or_404(request, is_queue=True)
    shown = item_of(desk.reader, kind, pk, desk.now)
    if shown is None:
        return _gone(request, desk, kind, pk)
    if request.method == "GET":
        marks.look(kind, pk, by=desk.reader, now=desk.now)
    page = queue_page(desk.reader, desk.choice, now=desk.now)
    if all(line.item != shown for line in page.lines) and not desk.choice.is_narrow:
        just_before = Position(shown.since, kind, pk - 1)
        page = queue_page(desk.reader, desk.choice, now=desk.now, after=just_before)
    return _page(request, desk, page, shown, is_own_page=True)


def _gone(request: HttpRequest, desk: Desk, kind: str, pk: int) -> HttpResponse:
    if kind == "review" and Case.objects.filter(pk=pk).exists():
        messages.info(request, _("This case does not wait any more. Here is what came of it."))
        return redirect("case", pk)
    messages.info(request, _("That does not wait any more."))
    return desk.to_queue()


def _page(
    request: HttpRequest, desk: Desk, page: QueuePage, shown: WaitingItem | None, *, is_own_page: bool
) -> HttpResponse:
    line = line_of(shown, desk.now) if shown else None
    context: dict[str, Any] = {
        "page": page,
        "kinds": _chips(desk, page),
        "form": desk.form,
        "desk_query": desk.list_query,
        "chosen": desk.form.chips(),
        "line": line,
        "other_looker": line.looked_at_by if line and line.looked_at_by != desk.reader else None,
        "is_own_page": is_own_page,
        "older_url": desk.form.address(before=str(page.older)) if page.older else "",
        "newer_url": desk.form.address(after=str(page.newer)) if page.newer else "",
    }
    context |= details.of(shown, desk) if shown else {}
    return render(request, "justice/queue.html", context | desk_context(desk))


def _chips(desk: Desk, page: QueuePage) -> list[Chip]:
    chosen = desk.choice.kind
    everything = Chip(
        _("Everything"), desk.form.address(kind=None), page.total, is_chosen=not chosen, icon="inbox"
    )
    return [everything] + [
        Chip(
            kind.label,
            desk.form.address(kind=kind.key),
            page.counts.get(kind.key, 0),
            kind.key == chosen,
            kind.icon,
        )
        for kind in page.kinds
        if page.counts.get(kind.key) or kind.key == chosen
    ]


@members_act
def look(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Say for two more minutes that somebody looks at it; the page's script asks for it."""
    desk = desk_or_404(request)
    _item_or_404(desk, kind, pk)
    marks.look(kind, pk, by=desk.reader, now=desk.now)
    return HttpResponse(status=204)


@members_act
def skip(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Go on to the next without a decision, and count it."""
    desk = desk_or_404(request)
    shown = _item_or_404(desk, kind, pk)
    marks.skip(kind, pk, by=desk.reader)
    return desk.to_next(Position.of(shown))


@members_act
def retry(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Try a delivery or an announcement again now."""
    desk = desk_or_404(request)
    shown = _item_or_404(desk, kind, pk)
    require(kind in _RETRIES and desk.reader.has_perm(_RETRIES[kind][0]))
    _right, again = _RETRIES[kind]
    again(pk)
    marks.forget(kind, pk)
    messages.success(request, _("It is tried again now. If it fails once more, it comes back here."))
    return desk.to_next(Position.of(shown))


def _retry_delivery(pk: int) -> None:
    retry_deliveries(BanDelivery.objects.select_related("ban").get(pk=pk).ban)
    wake_on_commit(deliver_bans)


def _retry_announcement(pk: int) -> None:
    retry_failed(Announcement.objects.filter(pk=pk))
    wake_on_commit(sweep_announcements)


# What can be tried again: the right that it takes, and how.
_RETRIES: Mapping[str, tuple[str, Callable[[int], None]]] = {
    "delivery": ("territory.change_bandelivery", _retry_delivery),
    "announcement": ("announcements.change_announcement", _retry_announcement),
}


def _item_or_404(desk: Desk, kind: str, pk: int) -> WaitingItem:
    shown = item_of(desk.reader, kind, pk, desk.now)
    if shown is None:
        raise Http404
    return shown
