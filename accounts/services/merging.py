"""Two rows of one person become one: whoever is known only by a Discord id turns out to be somebody who signs in."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from clans.models import AccountLink, Clan, ClanMembership, User
from common.errors import NotPossibleError
from common.locks import LockKind, lock_transaction
from tanks.models import Player
from territory.models import Base, BasePermission, IdentityConflict, PlayerIdentity, StaffImmunity

_State = AccountLink.State
# Of which only one may be open, by what it is about: with the columns of its beginning and its end.
_RIGHTS: Final = (
    (ClanMembership, "clan_id", "joined_at", "left_at"),
    (BasePermission, "base_id", "granted_at", "revoked_at"),
    (StaffImmunity, "server_id", "granted_at", "revoked_at"),
)
_WIDEST: Final = {"role": ClanMembership.Role.COMMANDER, "level": BasePermission.Level.ADMIN}
# The stronger of two links to one account remains.
_STRENGTH: Final = (_State.REFUSED, _State.CLAIMED, _State.DISPUTED, _State.PROVEN)
_PROOF: Final = ("name", "proof", "note", "decided_at", "decided_by_id", "created_at")


@transaction.atomic
def merge_people(from_: User, into: User, *, at: datetime) -> None:
    """Give `into` every row of `from_`, with the past that is in it, and delete `from_`.

    Nobody is judged meanwhile, and whoever is judged afterwards is judged as if all had always been one person's. Raises
    NotPossibleError with words, and changes nothing, where that cannot be.
    """
    lock_transaction(LockKind.PEOPLE, 0)
    if from_.pk == into.pk:
        raise NotPossibleError(_("This is one person already."))
    _lock_rows(from_, into)
    from_, into = (User.objects.select_for_update().get(pk=one.pk) for one in (from_, into))
    try:
        with transaction.atomic():
            _merge(from_, into, at)
    except IntegrityError as error:
        raise NotPossibleError(
            _("What is stored about the two people excludes each other. Staff have to correct it first.")
        ) from error


def _lock_rows(from_: User, into: User) -> None:
    """Lock what others lock before they refer to a person, in their order: clans, then players, identities and bases."""
    clans = models.Q(memberships__user__in=[from_, into]) | models.Q(players__user__in=[from_, into])
    ids = sorted(set(Clan.objects.filter(clans).values_list("pk", flat=True)))
    list(Clan.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
    for model in (Player, PlayerIdentity):
        list(model._base_manager.filter(user__in=[from_, into]).order_by("pk").select_for_update())
    list(Base.objects.filter(owner__in=[from_, into]).order_by("pk").select_for_update())


def _merge(from_: User, into: User, at: datetime) -> None:
    proofs = list(AccountLink.objects.filter(user=from_, state=_State.PROVEN))
    linked_at = dict(PlayerIdentity.objects.filter(user=from_).values_list("pk", "linked_at"))
    _unite_links(from_, into)
    _unite_rights(from_, into)
    _unite_person(from_, into)
    # Triggers of the first round write rows of `from_`, such as a base's former state: the second takes them along.
    for _round in range(2):
        for model, field in _references():
            model._base_manager.filter(**{field: from_.pk}).update(**{field: into.pk})
    # A trigger dates the link to a person; before it, a gamertag proves nothing.
    for pk, moment in linked_at.items():
        PlayerIdentity.objects.filter(pk=pk).update(linked_at=moment)
    _restore_proofs(into, proofs)
    ids = PlayerIdentity.objects.filter(user=into, player_id__isnull=False).values("player_id")
    own = IdentityConflict.objects.filter(identity__user=into, player_id__in=ids, resolved_at=None)
    own.update(resolved_at=at)
    User.objects.filter(pk=from_.pk).delete()


def _references() -> Iterable[tuple[type[models.Model], str]]:
    """Return each model with a column that refers to a person.

    Columns without a constraint are left out: they belong to a record of the past, which says who it was then.
    """
    for relation in User._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and getattr(relation.field, "db_constraint", False):
            yield relation.related_model, relation.field.attname


def _unite_person(from_: User, into: User) -> None:
    """Bring together what stands in the person's own row, and the groups."""
    if from_.discord_id and into.discord_id:
        raise NotPossibleError(_("The two people have a Discord account each. Unlink one of them first."))
    for relation in ("groups", "user_permissions"):
        getattr(into, relation).add(*getattr(from_, relation).all())
        getattr(from_, relation).clear()
    values: dict[str, Any] = {"reads_connections": from_.reads_connections or into.reads_connections}
    if from_.discord_id:
        User.objects.filter(pk=from_.pk).update(discord_id=None)
        values["discord_id"] = into.discord_id = from_.discord_id
    User.objects.filter(pk=into.pk).update(**values)


def _unite_links(from_: User, into: User) -> None:
    """Keep the stronger of two links to one account."""
    own = {(link.kind, link.key): link for link in AccountLink.objects.filter(user=into)}
    for link in AccountLink.objects.filter(user=from_):
        if other := own.get((link.kind, link.key)):
            weaker = min(other, link, key=lambda one: _STRENGTH.index(_State(one.state)))
            weaker.delete()


def _unite_rights(from_: User, into: User) -> None:
    """Make one of two open rights to one thing: from the earlier beginning on, with the wider right."""
    for model, thing, begins, ends in _RIGHTS:
        is_open: dict[str, Any] = {ends: None}
        rights = {getattr(one, thing): one for one in model._base_manager.filter(user=from_, **is_open)}
        for own in model._base_manager.filter(user=into, **is_open, **{f"{thing}__in": rights}):
            other = rights[getattr(own, thing)]
            setattr(own, begins, min(getattr(own, begins), getattr(other, begins)))
            for field, widest in _WIDEST.items():
                if getattr(other, field, None) == widest:
                    setattr(own, field, widest)
            if isinstance(own, ClanMembership) and isinstance(other, ClanMembership):
                # What staff gave, no game takes away.
                own.follows_game &= other.follows_game
                own.role_by_hand |= other.role_by_hand
            other.delete()
            own.save()


def _restore_proofs(into: User, proofs: Iterable[AccountLink]) -> None:
    """Say again what proved the links, which the triggers beside the pointers have made anew."""
    for proof in proofs:
        link = AccountLink.objects.filter(user=into, kind=proof.kind, key=proof.key, state=_State.PROVEN)
        link.update(**{name: getattr(proof, name) for name in _PROOF})
