"""Deleting an account: what is a person's goes, what others' rights and bans rest on stays without the person.

The row itself stays, without a name: bases, permissions and verdicts of the past refer to it.
"""

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, Model, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from accounts.services.sessions import end_sessions
from accounts.services.unlinking import release_player
from clans.models import AccountLink, ClanInvitation, ClanMembership, User
from clans.services.own_clans import hand_over_clans
from common.audit import forget
from common.errors import NotPossibleError
from common.locks import LockKind, lock_transaction
from tanks.models import Player, SyncRun
from territory.models import (
    Activity,
    AlarmMute,
    Base,
    BaseInvitation,
    BasePermission,
    Infraction,
    Placement,
    PlayerIdentity,
    StaffImmunity,
)

# No sign-in name may hold a colon, so nobody can have taken it.
_NAME = "deleted:{}"


@transaction.atomic
def erase(person: User, *, at: datetime) -> None:
    """Delete a person's account. Raises NotPossibleError for people with powers: a superuser takes these away first.

    No judging runs meanwhile: it would see a base without its owner's rights, or rights without the base.
    """
    lock_transaction(LockKind.PEOPLE, 0)
    held = User.objects.select_for_update().get(pk=person.pk)
    if held.is_staff or held.is_superuser:
        raise NotPossibleError(_("You are staff. Ask a superuser to take your powers away first."))
    audited = _audited_rows(held)
    _forget_the_log(held)
    _end_rights(held, at)
    _clear_pointers(held, at)
    _forget_ways_in(held)
    _scrub(held, at)
    for model, key in audited:  # last: all of this was noted in it
        forget(model, key)


def _audited_rows(person: User) -> list[tuple[type[Model], int]]:
    """Return the rows whose audit says who the person is: by name, or by an account elsewhere."""
    own = (
        (model, model._default_manager.filter(user=person)) for model in (AccountLink, Player, PlayerIdentity)
    )
    return [
        (User, person.pk),
        *((model, key) for model, rows in own for key in rows.values_list("pk", flat=True)),
    ]


def _end_rights(person: User, at: datetime) -> None:
    """End bases, permissions, memberships and immunities. What was built under them stays allowed by its own time."""
    hand_over_clans(person, at=at)
    for rows, starts, ends in (
        (Base.objects.filter(owner=person), "registered_at", "removed_at"),
        (BasePermission.objects.filter(user=person), "granted_at", "revoked_at"),
        (BasePermission.objects.filter(base__owner=person), "granted_at", "revoked_at"),
        (ClanMembership.objects.filter(user=person), "joined_at", "left_at"),
        (StaffImmunity.objects.filter(user=person), "granted_at", "revoked_at"),
    ):
        lasting = Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gt": at})
        rows.filter(lasting).update(**{ends: Greatest(F(starts), Value(at))})
    invitations = BaseInvitation.objects.filter(Q(base__owner=person) | Q(invited_by=person))
    into_clans = ClanInvitation.objects.filter(Q(person=person) | Q(invited_by=person))
    for asked in (invitations, into_clans):
        asked.filter(accepted_at=None, revoked_at=None).update(revoked_at=at)


def _clear_pointers(person: User, at: datetime) -> None:
    for player in Player.objects.filter(user=person).defer("access_token"):
        release_player(player, at=at)
    PlayerIdentity.objects.filter(user=person).update(user=None)
    for records in (Placement, Infraction, Activity):
        records.objects.filter(user=person).update(user=None)
    BasePermission.objects.filter(user=person).exclude(revoke_reason="").update(revoke_reason="")
    SyncRun.objects.filter(requested_by=person).update(requested_by=None)
    AlarmMute.objects.filter(muted_by=person).delete()
    _forget_appeals(person)
    AccountLink.objects.filter(user=person).delete()


def _forget_appeals(person: User) -> None:
    """Take the person and the person's words out of appeals; that there was one, and how it ended, stays with the ban."""
    appeals = apps.get_model("justice", "Appeal")._default_manager.filter(person=person)
    words = apps.get_model("justice", "AppealMessage")._default_manager
    words.filter(appeal__in=appeals, is_staff=False).update(text="", by=None)
    appeals.update(person=None)


def _forget_ways_in(person: User) -> None:
    end_sessions(person)
    for rows in (SocialAccount, Authenticator, EmailAddress):
        rows.objects.filter(user=person).delete()
    person.groups.clear()
    person.user_permissions.clear()


def _forget_the_log(person: User) -> None:
    """Delete the admin's log of the person, and the name out of entries about rows that are named after the person."""
    _entries(User, [person.pk]).delete()
    for model in (AccountLink, ClanMembership, BasePermission, StaffImmunity, Player):
        _entries(model, model._default_manager.filter(user=person).values_list("pk", flat=True)).delete()


def _entries(model: type[Model], keys: Iterable[int]) -> QuerySet[LogEntry]:
    kind = ContentType.objects.get_for_model(model)
    return LogEntry.objects.filter(content_type=kind, object_id__in=[str(key) for key in keys])


def _scrub(person: User, at: datetime) -> None:
    person.username, person.display_name, person.email = _NAME.format(person.pk), "", ""
    person.discord_id, person.language, person.last_login = None, "", None
    person.is_active, person.reads_connections, person.erased_at = False, False, at
    person.set_unusable_password()
    person.save()
