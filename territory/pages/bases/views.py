"""A member's bases: the list, registering, changing, removing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import User
from common.members import members_form, members_page
from territory import access
from territory.models import Base, GameServer, PlaceQuestion
from territory.models.base import DEFAULT_RADIUS_M
from territory.pages.bases import plan
from territory.pages.bases.forms import BaseForm, changes_in_words
from territory.pages.bases.my_bases import my_bases
from territory.services import bases as rules
from territory.services.errors import NotPossibleError
from territory.services.questions import limit_questions, note_question
from territory.services.trial import Trial, try_base


@members_page
def bases(request: HttpRequest) -> HttpResponse:
    """The reader's bases, and those where the reader may build."""
    now = timezone.now()
    shown = my_bases(access.signed_in(request), server=request.GET.get("server", ""), now=now)
    return render(request, "territory/bases.html", {"mine": shown})


@members_form
def base_new(request: HttpRequest) -> HttpResponse:
    now, servers = timezone.now(), list(GameServer.objects.filter(is_active=True))
    if not servers:
        return render(request, "territory/base_form.html", {"servers": []})
    slug = request.GET.get("server", "")
    server = next((one for one in servers if one.slug == slug), servers[0])
    form = BaseForm(access.signed_in(request), now, request.POST or None, initial={"server": server})
    if request.method == "POST" and form.is_valid():
        server = form.cleaned_data["server"]
    return _form_page(request, form, now, {"server": server, "servers": servers})


@members_form
def base(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a base; who only manages its permissions reads it."""
    now = timezone.now()
    shown = access.managed_base_or_404(request.user, pk, at=now)
    if shown.owner_id != request.user.pk:
        return _read_only(request, shown, now)
    form = BaseForm(access.signed_in(request), now, request.POST or None, base=shown)
    return _form_page(request, form, now, {"server": shown.server, "base": shown})


@members_form
def base_remove(request: HttpRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    removed = access.own_base_or_404(request.user, pk, at=now)
    if request.method == "POST":
        rules.remove_base(removed, at=now)
        messages.success(request, _("Base removed. From now on anybody may build there."))
        return redirect("bases")
    context = {
        "question": _("Remove %(base)s?") % {"base": removed.name},
        "consequences": [
            _("From now on anybody may build there."),
            _("All permissions on it end, and its open invitations with them."),
            _("What happened until now is still judged by it; bans stay."),
            _("If you change your mind, register it again, unless somebody else takes the place first."),
        ],
        "back_url": reverse("bases"),
        "act": _("Remove the base"),
        "css": "danger solid",
    }
    return render(request, "face/confirm.html", context)


def _read_only(request: HttpRequest, shown: Base, now: datetime) -> HttpResponse:
    if request.method == "POST":
        raise Http404
    around = plan.Surroundings([], [])
    drawn = plan.plan_map(shown.server, around, (shown.x, shown.z), shown.radius_m, None)
    return render(request, "territory/base.html", {"base": shown, "map": drawn, "now": now})


def _form_page(
    request: HttpRequest, form: BaseForm, now: datetime, context: Mapping[str, Any]
) -> HttpResponse:
    """Show the form, with what would follow once it is valid; save it if that is asked for."""
    trial, draft = None, None
    if request.method == "POST" and form.is_valid():
        draft = form.draft()
        if "save" in request.POST:
            if _save(request, form, now):
                return redirect("bases")
        elif _is_free(request, form, now):
            trial = try_base(access.signed_in(request), draft, now=now, base=form.base)
    around = plan.surroundings(access.signed_in(request), context["server"], now, without=form.base)
    return render(request, "territory/base_form.html", {
        **context,
        "form": form,
        "trial": trial,
        **(_outcome(trial) if trial else {}),
        "changes": changes_in_words(form.base, draft) if form.base and draft else [],
        "own_overlaps": around.own_overlaps(draft) if draft else [],
        "map": plan.plan_map(context["server"], around, *_circle(form), trial),
    })  # fmt: skip


def _outcome(trial: Trial) -> dict[str, Any]:
    """Return the figures and rows of a dry run."""
    shown = trial.shown[: plan.MOST_ACTS]
    return {
        "acts": [(act, *plan.outcome_of(act)) for act in shown],
        "allowed": len(trial.friends) - trial.friends_refused,
        "more_acts": len(trial.shown) - len(shown),
    }


def _circle(form: BaseForm) -> tuple[tuple[float, float] | None, float]:
    """Return the centre and radius to draw: those of the form as far as they can be read."""
    read = form.cleaned_data if form.is_bound and hasattr(form, "cleaned_data") else {}
    present = (form.base.x, form.base.z) if form.base else None
    radius_m = form.base.radius_m if form.base else DEFAULT_RADIUS_M
    return read.get("centre", present), read.get("radius_m", radius_m)


# -- Whether a circle is free: a question that could find hidden bases ------------------------------------------------


def _is_free(request: HttpRequest, form: BaseForm, now: datetime) -> bool:
    """Answer whether the circle is free, which counts as a question, and say so in the form if not."""
    draft, person = form.draft(), access.signed_in(request)
    limit_questions(request)
    is_free = not rules.is_taken(draft, person, at=now)
    _note(person, draft, is_free=is_free)
    if not is_free:
        form.add_error(None, str(rules.CircleTakenError()))
    return is_free


def _save(request: HttpRequest, form: BaseForm, now: datetime) -> bool:
    """Register or change the base; return whether that was possible, and say in the form why not."""
    draft, present, is_free = form.draft(), form.base, True
    asks = present is None or (draft.x, draft.z, draft.radius_m) != (present.x, present.z, present.radius_m)
    if asks:
        limit_questions(request)
    try:
        if present is None:
            rules.register_base(access.signed_in(request), draft, at=now)
        else:
            rules.change_base(present, draft, at=now)
    except ValidationError as error:
        for name, words in error.message_dict.items():
            form.add_error(name if name in form.fields else None, words)
        return False
    except NotPossibleError as error:
        form.add_error(None, str(error))
        is_free = not isinstance(error, rules.CircleTakenError)
    if asks:
        _note(access.signed_in(request), draft, is_free=is_free)
    if form.errors:
        return False
    saved = _("Saved. It counts from now on.") if present else _("Base registered. It counts from now on.")
    messages.success(request, saved)
    return True


def _note(person: User, draft: rules.BaseDraft, *, is_free: bool) -> None:
    note_question(person, draft.server, PlaceQuestion.Kind.BASE, x=draft.x, z=draft.z, answer=is_free)
