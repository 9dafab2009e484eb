"""The rules of a base: members' pages, staff's and imports all register, change and remove it here."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clans.models import Clan, ClanMembership, User
from clans.services.own_clans import stays_in_force
from common.locks import LockKind, lock_transaction
from common.periods import in_force
from territory.models import Base, BasePermission, GameServer
from territory.services.errors import NotPossibleError


class CircleTakenError(NotPossibleError):
    """A part of the circle lies in somebody else's base. Which base, whose, and how far, nobody is told."""

    def __init__(self) -> None:
        super().__init__(_("Part of the circle is already taken."))


@dataclass(frozen=True, slots=True)
class BaseDraft:
    """A base as its owner wants it; lengths are metres."""

    server: GameServer
    name: str
    x: float
    z: float
    radius_m: float
    place: str = ""
    clan: Clan | None = None


def register_base(owner: User, draft: BaseDraft, *, at: datetime) -> Base:
    """Register a base, in force from now on. Raises CircleTakenError and ValidationError (by field)."""
    base = Base(owner=owner, registered_at=at)
    _take(base, draft, owner)
    _save(base)
    return base


def change_base(base: Base, draft: BaseDraft, *, at: datetime) -> Base:
    """Change a base from now on; the past stays as it was. Raises as `register_base`, and NotPossibleError once it is removed."""
    with transaction.atomic():
        held = _in_force(base, at)
        if held.server_id != draft.server.pk:
            raise NotPossibleError(_("A base stays on its game server. Register another one there."))
        _take(held, draft, held.owner)
        _save(held)
    return held


@transaction.atomic
def remove_base(base: Base, *, at: datetime) -> None:
    """End a base and the permissions on it; acts until now are still judged by it. Raises NotPossibleError once it is removed."""
    held = _in_force(base, at)
    held.removed_at = at
    held.save(update_fields=["removed_at"])
    BasePermission.objects.filter(in_force("granted_at", "revoked_at", at=at), base=held).update(
        revoked_at=at
    )


def is_taken(draft: BaseDraft, owner: User, *, at: datetime) -> bool:
    """Return whether a part of the circle lies in somebody else's base, the edge included."""
    others = Base.objects.active_at(at).filter(server=draft.server).exclude(owner=owner)
    inside = "circle(point(x, z), radius_m) && circle(point(%s, %s), %s)"
    return others.extra(where=[inside], params=[draft.x, draft.z, draft.radius_m]).exists()  # noqa: S610


def clans_of(user: User, *, at: datetime) -> list[Clan]:
    """Return the clans that a person is a member of now, by name."""
    return list(Clan.objects.filter(pk__in=stays_in_force(at=at).filter(user=user).values("clan")))


def _in_force(base: Base, at: datetime) -> Base:
    held = Base.objects.select_for_update(of=("self",)).select_related("owner", "server").get(pk=base.pk)
    if held.removed_at is not None and held.removed_at <= at:
        raise NotPossibleError(_("This base is removed already."))
    return held


def _take(base: Base, draft: BaseDraft, owner: User) -> None:
    """Set what the draft says and check it, all but the overlap. Raises ValidationError by field."""
    base.server, base.name, base.place = draft.server, draft.name.strip(), draft.place.strip()
    base.x, base.z, base.radius_m = draft.x, draft.z, draft.radius_m
    if draft.clan is not None and base.clan_id != draft.clan.pk:
        members = ClanMembership.objects.filter(user=owner, clan=draft.clan, left_at=None)
        if not members.exists():
            raise ValidationError({"clan": _("You are not a member of this clan.")})
    base.clan = draft.clan
    base.full_clean(exclude=["owner"], validate_constraints=False)


def _save(base: Base) -> None:
    """Save; the database decides whether the circle is free, so that of two at once one gets it.

    One after the other on a game server: two that check the constraint against each other would be a deadlock.
    """
    try:
        with transaction.atomic():
            lock_transaction(LockKind.BASES, base.server_id)
            base.save()
    except IntegrityError as error:
        if "territory_base_no_overlap" in str(error):
            raise CircleTakenError from None
        raise
    base.refresh_from_db()
