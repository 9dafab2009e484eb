"""Clans of DayZ as their members see them: who belongs, who leads, in which bases they may build; and the forms of their leaders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import Clan, ClanInvitation, ClanMembership, User
from clans.services import own_clans
from common.periods import in_force
from face.parts import Entry, isolated
from territory.fields import NameField
from territory.models import Base, PlayerIdentity

LOOKS_BACK = timedelta(days=30)
MOST_ENTRIES = 12
MOST_MEMBERS = 300  # are listed


class FoundForm(forms.Form):
    name = NameField(label=gettext_lazy("Name"), min_length=2, max_length=60)
    tag = forms.CharField(
        label=gettext_lazy("Tag"),
        max_length=6,
        required=False,
        help_text=gettext_lazy("Up to six signs, such as TXS."),
    )


class FriendForm(forms.Form):
    friend = forms.CharField(
        label=gettext_lazy("Gamertag or Discord id"),
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off"}),
    )


@dataclass(frozen=True, slots=True)
class ClanMember:
    """A member of a clan; without a gamertag the game servers cannot tell who builds."""

    stay: ClanMembership
    gamertag: str
    is_leader: bool


@dataclass(frozen=True, slots=True)
class ClanPage:
    """A clan at one moment as a member sees it; only leaders see the open invitations.

    `is_needed`: the reader is the only leader, and others remain.
    """

    clan: Clan
    members: Sequence[ClanMember]
    count: int
    is_leader: bool
    own_stay: ClanMembership | None
    is_needed: bool
    bases: Sequence[Base]
    invitations: Sequence[ClanInvitation]
    entries: Sequence[Entry]
    without_gamertag: int


def stays_of(person: User, *, at: datetime) -> QuerySet[Any]:
    """Return a person's memberships by the clans' names, each with the number of `members` in force. One query."""
    own = own_clans.stays_in_force(at=at).filter(user=person).select_related("clan").order_by("clan__name")
    members = in_force("clan__memberships__joined_at", "clan__memberships__left_at", at=at)
    return own.annotate(members=Count("clan__memberships", filter=members))


def invitations_of(person: User, *, at: datetime) -> list[ClanInvitation]:
    """Return the clans' invitations that wait for a person's answer. One query."""
    waiting = own_clans.open_invitations(at=at).filter(person=person)
    return list(waiting.select_related("clan", "invited_by"))


def clan_page(clan: Clan, reader: User, *, at: datetime) -> ClanPage:
    """Return a clan with all that its page shows, in a fixed number of queries."""
    stays = own_clans.stays_in_force(at=at).filter(clan=clan).select_related("user")
    listed = list(stays.order_by("role", "joined_at", "pk")[:MOST_MEMBERS])
    people = {stay.user_id for stay in listed}
    gamertags = dict(PlayerIdentity.objects.filter(user__in=people).values_list("user", "gamertag"))
    leaders = [stay for stay in listed if stay.role == own_clans.Role.COMMANDER]
    own = next((stay for stay in listed if stay.user_id == reader.pk), None)
    is_leader = own in leaders
    waiting = own_clans.open_invitations(at=at).filter(clan=clan).select_related("person", "invited_by")
    return ClanPage(
        clan=clan,
        members=[
            ClanMember(stay, gamertags.get(stay.user_id, ""), is_leader=stay in leaders) for stay in listed
        ],
        count=len(listed) if len(listed) < MOST_MEMBERS else stays.count(),
        is_leader=is_leader,
        own_stay=own,
        is_needed=is_leader and len(leaders) == 1 < len(listed),
        bases=list(Base.objects.active_at(at).filter(clan=clan).select_related("server", "owner")),
        invitations=list(waiting) if is_leader else [],
        entries=_comings_and_goings(clan, at),
        without_gamertag=len(people - gamertags.keys()),
    )


def _comings_and_goings(clan: Clan, at: datetime) -> list[Entry]:
    """Return who joined and left a clan lately, the newest first. One query."""
    since = at - LOOKS_BACK
    stays = ClanMembership.objects.filter(
        Q(joined_at__range=(since, at)) | Q(left_at__range=(since, at)), clan=clan
    )
    newest = stays.select_related("user").order_by("-joined_at")[: 4 * MOST_ENTRIES]
    entries = [entry for stay in newest for entry in _of(stay, since, at)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:MOST_ENTRIES]


def _of(stay: ClanMembership, since: datetime, at: datetime) -> Iterator[Entry]:
    person = {"person": isolated(stay.user)}
    if since <= stay.joined_at <= at:
        yield Entry(stay.joined_at, _("%(person)s joined") % person, kind="lifted", icon="user-plus")
    if stay.left_at and since <= stay.left_at <= at:
        yield Entry(stay.left_at, _("%(person)s left") % person, kind="lifted", icon="user-minus")
