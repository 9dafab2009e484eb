"""Who may build in a base, for those who manage its permissions."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from clans.models import User
from clans.services.own_clans import stays_in_force
from face.parts import Entry, Text, isolated
from territory.models import Base, BaseInvitation, BasePermission, PlayerIdentity
from territory.selectors import last_acts_of
from territory.services.permissions import open_invitations, permissions_in_force

MOST_MEMBERS = 60  # are named; the rest is a number
MOST_ENTRIES = 12
LOOKS_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Permitted:
    """A permission in force; `trouble` says why it does not work yet, `remedy` what to do about it.

    `last_act_at` is when the person last did anything in this base. What they do elsewhere is not the owner's to read: a
    permission is given without asking.
    """

    permission: BasePermission
    last_act_at: datetime | None = None
    trouble: Text = ""
    remedy: Text = ""

    @property
    def person(self) -> User:
        return self.permission.user


@dataclass(frozen=True, slots=True)
class Builders:
    """Everybody who may build in a base at one moment; `count` counts each person once."""

    permitted: Sequence[Permitted]
    members: Sequence[User]
    more_members: int
    count: int
    entries: Sequence[Entry]
    invitations: Sequence[BaseInvitation]
    owner_works: bool
    owner_last_act_at: datetime | None

    @property
    def troubled(self) -> list[Permitted]:
        return [one for one in self.permitted if one.trouble]

    @property
    def by_clan(self) -> int:
        """The number of people who may build by the clan alone."""
        return len(self.members) + self.more_members


def builders(base: Base, *, at: datetime) -> Builders:
    """Return who may build in a base, in a fixed number of queries."""
    permissions = (
        permissions_in_force(at=at)
        .filter(base=base)
        .select_related("user", "granted_by")
        .order_by("granted_at")
    )
    listed = list(permissions)
    named = {base.owner_id, *(one.user_id for one in listed)}
    members = _members(base, without=named, at=at)
    linked = _linked(named)
    last = last_acts_of(named, base, since=at - LOOKS_BACK)
    return Builders(
        permitted=[_permitted(one, linked, last.get(one.user_id)) for one in listed],
        members=members[:MOST_MEMBERS],
        more_members=len(members[MOST_MEMBERS:]),
        count=len(named) + len(members),
        entries=_entries(base, at),
        invitations=list(open_invitations(base, at=at).select_related("invited_by")),
        owner_works=base.owner_id in linked,
        owner_last_act_at=last.get(base.owner_id),
    )


def _members(base: Base, *, without: Collection[int], at: datetime) -> list[User]:
    stays = stays_in_force(at=at).filter(clan=base.clan_id)
    people = User.objects.filter(pk__in=stays.values("user")).exclude(pk__in=without)
    return list(people.order_by("display_name", "username"))


def _linked(people: Collection[int]) -> set[int]:
    """Return which of these people the game servers may recognise: a player is linked to them."""
    return set(PlayerIdentity.objects.filter(user__in=people).values_list("user", flat=True))


def _permitted(
    permission: BasePermission, linked: Collection[int], last_act_at: datetime | None
) -> Permitted:
    if permission.user_id in linked:
        return Permitted(permission, last_act_at)
    if permission.user.last_login is None:
        remedy = _("Ask them to sign in here once, and to link their gamertag.")
        return Permitted(permission, last_act_at, _("has not signed in here yet"), remedy)
    remedy = _("Ask them to link their gamertag in their profile.")
    return Permitted(permission, last_act_at, _("no gamertag linked"), remedy)


# -- Who changed what ---------------------------------------------------------------------------------------------


def _entries(base: Base, at: datetime) -> list[Entry]:
    """Return who gave what to whom and what ended, by the permissions' own dates, the newest first."""
    rows = BasePermission.objects.filter(base=base, granted_at__lte=at).select_related("user", "granted_by")
    newest = rows.order_by("-granted_at")[: 2 * MOST_ENTRIES]
    entries = [entry for one in newest for entry in _of(one, at)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:MOST_ENTRIES]


def _of(permission: BasePermission, at: datetime) -> Iterator[Entry]:
    words = {"person": isolated(permission.user), "giver": isolated(permission.granted_by or _("Staff"))}
    given = (
        _("%(giver)s let %(person)s build and manage permissions")
        if permission.level == "admin"
        else _("%(giver)s let %(person)s build")
    )
    yield Entry(permission.granted_at, given % words, kind="allowed", icon="user-plus")
    if permission.revoked_at and permission.revoked_at <= at:
        yield Entry(
            permission.revoked_at,
            _("The permission of %(person)s ended") % words,
            f"“{isolated(permission.revoke_reason)}”" if permission.revoke_reason else "",
            kind="invasion",
            icon="user-minus",
        )
