"""Who may build in a base: permissions given and taken away, and invitations made."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.attempts import count_attempt
from common.members import members_act, members_form
from face.parts import Column, columns, isolated
from territory import access
from territory.models import Base, BaseInvitation, BasePermission
from territory.pages.bases.builders import builders
from territory.pages.bases.forms import InvitationForm, PermissionForm, RevokeForm
from territory.services import permissions as rules
from territory.services.errors import NotPossibleError

# Looked up in a quarter of an hour: whether a gamertag is known here is nobody's list to copy.
_MOST_FRIENDS = 30
_LINK = "invitation link"
_COLUMNS = [
    *columns(gettext_lazy("Person"), pgettext_lazy("permission", "May")),
    *columns(gettext_lazy("Since"), gettext_lazy("Until")),
    Column(gettext_lazy("Action"), "right"),
]


@members_form
def permissions(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may build in a base; posting gives a permission."""
    now = timezone.now()
    base = access.managed_base_or_404(request.user, pk, at=now)
    giver = access.signed_in(request)
    form = PermissionForm(giver, base.owner, now, request.POST or None)
    if request.method == "POST" and form.is_valid() and _grant(request, form, base):
        return redirect("base-permissions", pk)
    return _page(request, base, form, InvitationForm())


@members_act
def invitation_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an invitation; its link is shown once, on the page of the permissions."""
    now = timezone.now()
    base = access.managed_base_or_404(request.user, pk, at=now)
    form, by = InvitationForm(request.POST), access.signed_in(request)
    if form.is_valid():
        given = form.cleaned_data
        try:
            _made, token = rules.invite(base, given["level"], by=by, at=now, ends_at=given["until"])
        except NotPossibleError as error:
            form.add_error(None, str(error))
        else:
            request.session[_LINK] = [base.pk, reverse("invitation", args=[token])]
            return redirect("base-permissions", pk)
    return _page(request, base, PermissionForm(by, base.owner, now), form)


@members_act
def invitation_take_back(request: HttpRequest, pk: int, invitation_pk: int) -> HttpResponse:
    now = timezone.now()
    base = access.managed_base_or_404(request.user, pk, at=now)
    invitation = get_object_or_404(BaseInvitation, base=base, pk=invitation_pk)
    try:
        rules.take_back(invitation, at=now)
    except NotPossibleError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Invitation taken back. Its link opens nothing any more."))
    return redirect("base-permissions", pk)


@members_form
def permission_revoke(request: HttpRequest, pk: int, permission_pk: int) -> HttpResponse:
    now = timezone.now()
    base = access.managed_base_or_404(request.user, pk, at=now)
    permissions = rules.permissions_in_force(at=now).select_related("user")
    permission = get_object_or_404(permissions, base=base, pk=permission_pk)
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        rules.revoke(permission, at=now, reason=form.cleaned_data["reason"])
        words = _("%(person)s may no longer build by permission.") % {"person": isolated(permission.user)}
        messages.success(request, words)
        is_own = permission.user_id == request.user.pk
        return redirect("bases") if is_own else redirect("base-permissions", pk)
    return _ask_before_revoking(request, base, permission, form)


@members_form
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to whoever opens its link signed in; posting accepts it."""
    now, person = timezone.now(), access.signed_in(request)
    if request.method == "POST":
        try:
            given = rules.accept(token, person, at=now)
        except NotPossibleError as error:
            messages.error(request, str(error))
            return redirect("bases")
        messages.success(
            request, _("You may build in %(base)s from now on.") % {"base": isolated(given.base.name)}
        )
        return redirect("bases")
    shown = rules.invitation_of(token, at=now)
    may_already = shown is not None and (
        shown.base.owner_id == person.pk
        or rules.permissions_in_force(at=now).filter(base=shown.base_id, user=person).exists()
    )
    return render(request, "territory/invitation.html", {"invitation": shown, "may_already": may_already})


def _grant(request: HttpRequest, form: PermissionForm, base: Base) -> bool:
    """Give the permission; return whether that was possible, and say in the form why not."""
    given, by = form.cleaned_data, access.signed_in(request)
    count_attempt("friend", str(by.pk), _MOST_FRIENDS)
    try:
        person = form.person()
        rules.grant(base, person, given["level"], by=by, at=timezone.now(), ends_at=given["until"])
    except NotPossibleError as error:
        form.add_error("friend", str(error))
        return False
    messages.success(request, _("%(person)s may build from now on.") % {"person": isolated(person)})
    return True


def _page(
    request: HttpRequest, base: Base, form: PermissionForm, invitation_form: InvitationForm
) -> HttpResponse:
    made_for, link = request.session.pop(_LINK, None) or (None, "")
    context: dict[str, Any] = {
        "base": base,
        "builders": builders(base, at=timezone.now()),
        "columns": _COLUMNS,
        "form": form,
        "invitation_form": invitation_form,
        "link": request.build_absolute_uri(link) if made_for == base.pk else "",
        "is_owner": base.owner_id == request.user.pk,
    }
    return render(request, "territory/base_permissions.html", context)


def _ask_before_revoking(
    request: HttpRequest, base: Base, permission: BasePermission, form: RevokeForm
) -> HttpResponse:
    person = isolated(permission.user)
    consequences = [
        _("From now on %(person)s builds there as an intruder, and may be banned.") % {"person": person},
        _("What %(person)s has built until now stays allowed.") % {"person": person},
    ]
    if base.clan_id:
        consequences.append(
            _("Members of the clan %(clan)s may still build there.") % {"clan": isolated(base.clan)}
        )
    context = {
        "question": _("Take the permission from %(person)s?") % {"person": person},
        "consequences": consequences,
        "form": form,
        "back_url": reverse("base-permissions", args=[base.pk]),
        "act": _("Take the permission away"),
        "css": "danger solid",
    }
    return render(request, "face/confirm.html", context)
