"""Clans that lead themselves: who founds, invites, promotes and removes. A game's clans follow its roster instead.

Each change locks the clan's row first, so that of two leaders who demote each other at once one stays.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import Clan, ClanInvitation, ClanMembership, User
from common.errors import NotPossibleError
from common.periods import in_force

Role = ClanMembership.Role
MOST_FOUNDED = 3
MOST_INVITATIONS = 20  # open at once, of one clan
INVITATION_LASTS = timedelta(days=7)
_LEADERLESS = gettext_lazy("A clan needs a leader: make somebody else one first.")


def stays_in_force(*, at: datetime) -> QuerySet[ClanMembership]:
    """Return the memberships in force in all clans."""
    return ClanMembership.objects.filter(in_force("joined_at", "left_at", at=at))


def leads(person: User, clan: Clan, *, at: datetime) -> bool:
    leading = stays_in_force(at=at).filter(clan=clan, user=person, role=Role.COMMANDER)
    return not clan.is_of_a_game and leading.exists()


@transaction.atomic
def found_clan(founder: User, name: str, tag: str = "", *, at: datetime) -> Clan:
    """Found a clan that the founder leads. Raises NotPossibleError for a name that is taken, and beyond MOST_FOUNDED."""
    User.objects.select_for_update(no_key=True).get(pk=founder.pk)
    if Clan.objects.filter(founded_by=founder).count() >= MOST_FOUNDED:
        raise NotPossibleError(
            _("You have founded %(count)d clans, the most that one person may.") % {"count": MOST_FOUNDED}
        )
    name, tag = " ".join(name.split()), tag.strip()
    clan, is_new = Clan.objects.filter(origin="").get_or_create(
        name__iexact=name, origin="", defaults={"name": name, "tag": tag, "founded_by": founder}
    )
    if not is_new:
        raise NotPossibleError(_("A clan with that name already exists."))
    ClanMembership.objects.create(clan=clan, user=founder, role=Role.COMMANDER, joined_at=at)
    return clan


@transaction.atomic
def invite_person(clan: Clan, person: User, *, by: User, at: datetime) -> ClanInvitation:
    """Invite a person, who accepts on the own page. Raises NotPossibleError for members and those invited already."""
    _locked(clan, by, at)
    if stays_in_force(at=at).filter(clan=clan, user=person).exists():
        raise NotPossibleError(_("This person is already a member of the clan."))
    if open_invitations(at=at).filter(clan=clan, person=person).exists():
        raise NotPossibleError(_("This person is invited already."))
    return _invitation(clan, by, at, person=person)


@transaction.atomic
def invite_by_link(clan: Clan, *, by: User, at: datetime) -> tuple[ClanInvitation, str]:
    """Make an invitation and its token, which is shown once: the first who opens it signed in may join."""
    _locked(clan, by, at)
    token = secrets.token_urlsafe(24)
    return _invitation(clan, by, at, token_hash=_hash(token)), token


def open_invitations(*, at: datetime) -> QuerySet[ClanInvitation]:
    """Return the invitations that somebody may still accept: those of people who still lead their clan."""
    leading = stays_in_force(at=at).filter(
        clan=OuterRef("clan"), user=OuterRef("invited_by"), role=Role.COMMANDER
    )
    usable = ClanInvitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)
    return usable.filter(Exists(leading), clan__origin="")


def invitation_by_token(token: str, *, at: datetime) -> ClanInvitation | None:
    """Return the open invitation with this token, with its clan and who invites."""
    invitations = open_invitations(at=at).select_related("clan", "invited_by")
    return invitations.filter(token_hash=_hash(token)).first()


@transaction.atomic
def accept(invitation: ClanInvitation, person: User, *, at: datetime) -> ClanMembership:
    """Let a person join by an invitation, which is then used up. Raises NotPossibleError once it is over, and for members."""
    _lock(invitation.clan_id)
    usable = open_invitations(at=at).filter(Q(person=None) | Q(person=person), pk=invitation.pk)
    if not usable.exists():
        raise NotPossibleError(_("This invitation is over. Ask for a new one."))
    if stays_in_force(at=at).filter(clan=invitation.clan_id, user=person).exists():
        raise NotPossibleError(_("You are a member of this clan already."))
    ClanInvitation.objects.filter(pk=invitation.pk).update(accepted_at=at, accepted_by=person)
    return ClanMembership.objects.create(clan_id=invitation.clan_id, user=person, joined_at=at)


def end_invitation(invitation: ClanInvitation, *, at: datetime) -> None:
    """Take an invitation back, or decline it. Raises NotPossibleError once it was accepted."""
    if not ClanInvitation.objects.filter(pk=invitation.pk, accepted_at=None).update(revoked_at=at):
        raise NotPossibleError(_("This invitation was accepted already."))


@transaction.atomic
def set_role(stay: ClanMembership, role: str, *, by: User, at: datetime) -> None:
    """Make a member a leader, or a leader a member. Raises NotPossibleError for the last leader."""
    _locked(stay.clan, by, at)
    held = _held(stay, at)
    if role != Role.COMMANDER:
        _refuse_last_leader(held, at)
    held.role = role
    held.save(update_fields=["role"])


@transaction.atomic
def remove(stay: ClanMembership, *, by: User, at: datetime) -> None:
    """End another's membership, and with it the right to build, from now on. Raises NotPossibleError for the last leader."""
    _locked(stay.clan, by, at)
    held = _held(stay, at)
    _refuse_last_leader(held, at)
    _end(held, at)


@transaction.atomic
def leave(stay: ClanMembership, *, at: datetime) -> None:
    """End the own membership from now on. Raises NotPossibleError in a game's clan, and for the last leader of others.

    Who is alone in a clan may leave it: nobody remains who would need a leader.
    """
    if _lock(stay.clan_id).is_of_a_game:
        raise NotPossibleError(_("The game decides who is in this clan."))
    held = _held(stay, at)
    if is_needed(held, at=at):
        raise NotPossibleError(_LEADERLESS)
    _end(held, at)


def is_needed(stay: ClanMembership, *, at: datetime) -> bool:
    """Return whether a clan would lose its last leader with this member, while others remain."""
    others = stays_in_force(at=at).filter(clan=stay.clan_id).exclude(pk=stay.pk)
    is_last = stay.role == Role.COMMANDER and not others.filter(role=Role.COMMANDER).exists()
    return is_last and others.exists()


def _invitation(clan: Clan, by: User, at: datetime, **to: User | str) -> ClanInvitation:
    if open_invitations(at=at).filter(clan=clan).count() >= MOST_INVITATIONS:
        raise NotPossibleError(_("There are too many open invitations. Take one back first."))
    return ClanInvitation.objects.create(
        clan=clan, invited_by=by, created_at=at, expires_at=at + INVITATION_LASTS, **to
    )


def _end(held: ClanMembership, at: datetime) -> None:
    held.left_at = at
    held.save(update_fields=["left_at"])


def _held(stay: ClanMembership, at: datetime) -> ClanMembership:
    held = stays_in_force(at=at).filter(pk=stay.pk).first()
    if held is None:
        raise NotPossibleError(_("This membership has ended already."))
    return held


def _refuse_last_leader(stay: ClanMembership, at: datetime) -> None:
    leaders = stays_in_force(at=at).filter(clan=stay.clan_id, role=Role.COMMANDER)
    if stay.role == Role.COMMANDER and not leaders.exclude(pk=stay.pk).exists():
        raise NotPossibleError(_LEADERLESS)


def _locked(clan: Clan, by: User, at: datetime) -> Clan:
    """Lock a clan for a change by one of its leaders. Raises NotPossibleError for everybody else."""
    held = _lock(clan.pk)
    if not leads(by, held, at=at):
        raise NotPossibleError(_("Only who leads the clan may do this."))
    return held


def _lock(clan_id: int) -> Clan:
    return Clan.objects.select_for_update(no_key=True).get(pk=clan_id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def hand_over_clans(leader: User, *, at: datetime) -> None:
    """Let the member of the longest standing lead where somebody who goes for good is the last leader."""
    leading = stays_in_force(at=at).filter(user=leader, role=Role.COMMANDER, clan__origin="")
    for stay in leading.order_by("clan"):
        _lock(stay.clan_id)
        others = stays_in_force(at=at).filter(clan=stay.clan_id).exclude(user=leader)
        heir = others.order_by("joined_at", "pk").first()
        if heir is not None and not others.filter(role=Role.COMMANDER).exists():
            heir.role = Role.COMMANDER
            heir.save(update_fields=["role"])
