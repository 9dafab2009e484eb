"""Who may build in a base: permissions given, changed, revoked, and invitations that become permissions."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clans.models import User
from common.periods import in_force
from territory.models import Base, BaseInvitation, BasePermission, PlayerIdentity
from territory.services.errors import NotPossibleError
from territory.services.linking import gamertag_key

Level = BasePermission.Level
INVITATION_LASTS = timedelta(days=7)
MOST_INVITATIONS = 20  # open at once, of one base


def may_manage(user: User, base: Base, *, at: datetime) -> bool:
    """Return whether a person manages a base's permissions: its owner, or by a permission `admin` in force."""
    return (
        base.owner_id == user.pk
        or permissions_in_force(at=at).filter(base=base, user=user, level=Level.ADMIN).exists()
    )


def permissions_in_force(*, at: datetime) -> QuerySet[BasePermission]:
    """Return the permissions in force on all bases."""
    return BasePermission.objects.filter(in_force("granted_at", "revoked_at", at=at))


def find_friend(text: str) -> User:
    """Return the person whom a Discord id or a gamertag names; who is known by no more than the Discord id is made.

    Raises NotPossibleError for a gamertag that nobody, or more than one person, is linked to.
    """
    text = text.strip()
    if text.isascii() and text.isdigit() and 15 <= len(text) <= 20:
        return User.objects.for_discord_id(text)
    bearers = PlayerIdentity.objects.filter(gamertag_key=gamertag_key(text[:100]), user__is_active=True)
    people = set(bearers.values_list("user", flat=True)[:2])
    if len(people) != 1:
        raise NotPossibleError(
            _("Nobody here is known by that gamertag. Send an invitation link, or write the Discord id.")
        )
    return User.objects.get(pk=people.pop())


@transaction.atomic
def grant(
    base: Base, person: User, level: str, *, by: User, at: datetime, ends_at: datetime | None = None
) -> BasePermission:
    """Give a person a permission on a base from now on, or change the one in force; past acts stay judged as they were.

    Raises NotPossibleError for the owner, who needs none, for whoever gives it or manages the base no more, and for an end
    that is over.
    """
    held = _locked(base, at)
    if not may_manage(by, held, at=at):  # perhaps since the page was opened
        raise NotPossibleError(_("You no longer manage this base."))
    if person.pk == held.owner_id:
        raise NotPossibleError(_("The owner needs no permission."))
    if person.pk == by.pk:  # a base admin whose permission ends would make it last
        raise NotPossibleError(_("Nobody changes their own permission. Ask the owner."))
    if ends_at is not None and ends_at <= at:
        raise NotPossibleError(_("The end lies in the past."))
    present = permissions_in_force(at=at).filter(base=held, user=person).order_by("-revoked_at").first()
    if present is None:
        return BasePermission.objects.create(
            base=held, user=person, level=level, granted_at=at, granted_by=by, revoked_at=ends_at
        )
    present.level, present.revoked_at = level, ends_at
    present.save(update_fields=["level", "revoked_at"])
    return present


@transaction.atomic
def revoke(permission: BasePermission, *, at: datetime, reason: str = "") -> None:
    """End a permission now, for a reason if there is one to tell. Raises NotPossibleError once it has ended."""
    held = permissions_in_force(at=at).filter(pk=permission.pk)
    if not held.update(revoked_at=at, revoke_reason=reason):
        raise NotPossibleError(_("This permission has ended already."))


@transaction.atomic
def invite(
    base: Base, level: str, *, by: User, at: datetime, ends_at: datetime | None = None
) -> tuple[BaseInvitation, str]:
    """Make an invitation and its token, which is shown once: whoever opens it signed in gets the permission, one person only."""
    held = _locked(base, at)
    if open_invitations(held, at=at).count() >= MOST_INVITATIONS:
        raise NotPossibleError(_("There are too many open invitations. Take one back first."))
    token = secrets.token_urlsafe(24)
    invitation = BaseInvitation.objects.create(
        base=held,
        level=level,
        token_hash=_hash(token),
        invited_by=by,
        created_at=at,
        expires_at=at + INVITATION_LASTS,
        permission_ends_at=ends_at,
    )
    return invitation, token


def open_invitations(base: Base, *, at: datetime) -> QuerySet[BaseInvitation]:
    """Return the invitations to a base that somebody may still accept."""
    return _open(at).filter(base=base)


def invitation_of(token: str, *, at: datetime) -> BaseInvitation | None:
    """Return the open invitation with this token, if its base is in force and who made it still manages its permissions."""
    of_bases = _open(at).filter(in_force("base__registered_at", "base__removed_at", at=at))
    found = of_bases.filter(token_hash=_hash(token))
    invitation = found.select_related("base__owner", "base__server", "invited_by").first()
    by = invitation.invited_by if invitation else None
    return invitation if invitation and by and may_manage(by, invitation.base, at=at) else None


@transaction.atomic
def accept(token: str, person: User, *, at: datetime) -> BasePermission:
    """Turn an invitation into a permission of this person. Raises NotPossibleError if it is used, over or taken back."""
    list(BaseInvitation.objects.select_for_update().filter(token_hash=_hash(token)))  # one person at a time
    invitation = invitation_of(token, at=at)
    by = invitation.invited_by if invitation else None
    if invitation is None or by is None:
        raise NotPossibleError(_("This invitation is over. Ask for a new one."))
    if permissions_in_force(at=at).filter(base=invitation.base_id, user=person).exists():
        raise NotPossibleError(_("You may build there already."))
    invitation.accepted_at, invitation.accepted_by = at, person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return grant(
        invitation.base, person, invitation.level, by=by, at=at, ends_at=invitation.permission_ends_at
    )


def take_back(invitation: BaseInvitation, *, at: datetime) -> None:
    """Take an invitation back. Raises NotPossibleError once it was accepted."""
    unused = BaseInvitation.objects.filter(pk=invitation.pk, accepted_at=None)
    if not unused.update(revoked_at=at):
        raise NotPossibleError(_("Somebody accepted this invitation already: revoke the permission."))


def _locked(base: Base, at: datetime) -> Base:
    """Return a base in force, locked against two changes of its permissions at once."""
    held = Base.objects.active_at(at).select_for_update(no_key=True).filter(pk=base.pk).first()
    if held is None:
        raise NotPossibleError(_("This base is removed already."))
    return held


def _open(at: datetime) -> QuerySet[BaseInvitation]:
    return BaseInvitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
