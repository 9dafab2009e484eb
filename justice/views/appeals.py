"""A ban as its player reads it, and the appeal against it: by the proven player, or by the ban's signed link."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clans.models import User
from common.attempts import client_address, count_attempt
from common.errors import NotPossibleError
from common.members import members_form, members_page
from justice.access import owns_ban, require
from justice.appeal_forms import WordsForm
from justice.appeals import (
    free_again_at,
    is_waiting,
    newest_appeal,
    status_of,
    story_of,
    thread_of,
)
from justice.models import Appeal
from justice.services.appeals import (
    MOST_LETTERS,
    add_words,
    appeal_of_token,
    open_appeal,
    thread_token,
)
from territory.access import signed_in
from territory.models import Ban
from territory.selectors import own_bans
from territory.services.ban_links import ban_of_token

_AN_HOUR = 3600
_MOST_BY_ADDRESS, _MOST_BY_BAN, _MOST_BY_PERSON = 10, 20, 20
_BANS = Ban.objects.select_related("server")
_P = ParamSpec("_P")
_Made = TypeVar("_Made")
_View = Callable[Concatenate[HttpRequest, _P], HttpResponse]


def _by_secret_address(view: _View[_P]) -> _View[_P]:
    """Keep a page whose address is a secret out of caches and search engines, and its address out of other sites' logs.

    "same-origin" sends the address to nobody else. With "no-referrer" browsers would hide the origin of its forms, too, and
    Django refuses forms of unknown origin.
    """

    @wraps(view)
    def call(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        answer["Referrer-Policy"], answer["X-Robots-Tag"] = "same-origin", "noindex, nofollow"
        return answer

    return never_cache(call)


@require_http_methods(["GET", "HEAD", "POST"])
@_by_secret_address
def appeal(request: HttpRequest, token: str) -> HttpResponse:
    """The ban whose link this is. By POST whoever has the link appeals, and gets the thread's own address."""
    ban = get_object_or_404(_BANS, pk=ban_of_token(token))
    if owns_ban(request.user, ban):
        return redirect("my-ban", ban.pk)
    form = WordsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        count_attempt("appeal", client_address(request), _MOST_BY_ADDRESS, _AN_HOUR)
        count_attempt("appeal-ban", str(ban.pk), _MOST_BY_BAN, _AN_HOUR)
        if opened := _try(form, lambda: open_appeal(ban, form.cleaned_data["text"])):
            messages.success(request, _("Received. A person will read it."))
            return redirect("appeal-thread", thread_token(opened))
    return _page(request, ban, newest_appeal(ban), form, how="link")


@require_http_methods(["GET", "HEAD", "POST"])
@_by_secret_address
def appeal_thread(request: HttpRequest, token: str) -> HttpResponse:
    """The thread of an appeal by link, for who wrote it. By POST more words."""
    own = appeal_of_token(token)
    if own is None:
        raise Http404
    form = WordsForm(request.POST or None)
    if request.method == "POST":
        count_attempt("appeal", client_address(request), _MOST_BY_ADDRESS, _AN_HOUR)
        if form.is_valid() and _add(request, form, own, None):
            return redirect("appeal-thread", token)
    return _page(request, own.ban, own, form, how="thread")


@members_page
def my_bans(request: HttpRequest) -> HttpResponse:
    """The reader's bans in force; a single one opens at once."""
    bans = own_bans(request.user)
    if len(bans) == 1:
        return redirect("my-ban", bans[0].pk)
    return render(request, "justice/my_bans.html", {"bans": bans})


@members_form
def my_ban(request: HttpRequest, pk: int) -> HttpResponse:
    """A ban of the reader's player. By POST the reader appeals, or adds words to the appeal."""
    ban, person = get_object_or_404(_BANS, pk=pk), signed_in(request)
    require(owns_ban(person, ban))
    own, form = newest_appeal(ban, by_link=False), WordsForm(request.POST or None)
    if request.method == "POST":
        count_attempt("appeal-person", str(person.pk), _MOST_BY_PERSON, _AN_HOUR)
        if form.is_valid() and _write(request, form, ban, own, person):
            return redirect("my-ban", pk)
    return _page(request, ban, own, form, how="own")


def _write(request: HttpRequest, form: Form, ban: Ban, own: Appeal | None, person: User) -> bool:
    """Add words to the person's open appeal, or open one; return whether that was possible."""
    if own is not None and is_waiting(own):
        return _add(request, form, own, person)
    if not _try(form, lambda: open_appeal(ban, form.cleaned_data["text"], person=person)):
        return False
    messages.success(request, _("Received. A person will read it."))
    return True


def _add(request: HttpRequest, form: Form, own: Appeal, person: User | None) -> bool:
    if not _try(form, lambda: add_words(own, form.cleaned_data["text"], by=person)):
        return False
    messages.success(request, _("Added. Staff will read it."))
    return True


def _try(form: Form, act: Callable[[], _Made]) -> _Made | None:
    """Carry an act out; None if that is not possible, which the form then says."""
    try:
        return act()
    except NotPossibleError as error:
        form.add_error("text", str(error))
        return None


def _page(request: HttpRequest, ban: Ban, shown: Appeal | None, form: Form, *, how: str) -> HttpResponse:
    """Show a ban and an appeal: its words only to who wrote them (`how` is not "link")."""
    story, reads_words = story_of(ban), how != "link"
    free_at = free_again_at(ban, by_link=how != "own")
    is_open, may_open = is_waiting(shown), story.is_in_force and how != "thread"
    has_to_wait = free_at is not None and free_at > timezone.now()
    adds = is_open and reads_words
    context = {
        "story": story,
        "how": how,
        "status": status_of(story, shown),
        "thread": thread_of(shown) if shown and reads_words else [],
        "adds": adds,
        "form": form if adds or (may_open and not is_open and not has_to_wait) else None,
        "link_waits": how == "own" and not is_open and is_waiting(newest_appeal(ban)),
        "free_at": free_at if may_open and has_to_wait and not is_open else None,
        "most_letters": MOST_LETTERS,
    }
    return render(request, "justice/appeal.html", context)
