"""Whose account it is: what follows when somebody has proven at Discord or Wargaming to own an account there.

An account is matched by its own id only, never by a name or an e-mail address. One transaction at a time decides, and nobody
is judged meanwhile: half of a person's rights would make an intruder of an owner.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.connections import Connection, shown_name
from accounts.services.connections import apply_connections
from accounts.services.merging import merge_people
from clans.models import AccountLink, User
from clans.services.account_links import Kind, Proof, State, dispute, note_proof, owner_of
from common.errors import NotPossibleError
from common.locks import LockKind, lock_transaction
from tanks.models import Player
from tanks.services.links import link_player

_PROOFS: Final = {Kind.DISCORD: Proof.OAUTH, Kind.WARGAMING: Proof.WARGAMING}
_LONGEST_STEM: Final = 30
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9_.-]+")


class BelongsToSomebodyError(Exception):
    """The account is linked to a person who has another way to sign in."""


class InactiveError(Exception):
    """The person may not sign in."""


@dataclass(frozen=True, slots=True)
class ProvenAccount:
    """An account whose owner has just signed in there; `key` and `kind` as in its `AccountLink`.

    `connections` are None where they were not read. `agrees` says whether each sign-in shall read them, None where nothing
    was said about it.
    """

    kind: AccountLink.Kind
    key: str
    name: str
    connections: tuple[Connection, ...] | None = None
    agrees: bool | None = None

    @property
    def proof(self) -> AccountLink.Proof:
        return _PROOFS[self.kind]


@transaction.atomic
def sign_in(account: ProvenAccount, *, at: datetime) -> User:
    """Return the person whose account it is: known, taken over, or new.

    Raises BelongsToSomebodyError or InactiveError, and NotPossibleError with words; then nothing has changed.
    """
    lock_transaction(LockKind.PEOPLE, 0)
    _close_stale_way(account)
    known = _person_with(account)
    person = known or owner_of(account.kind, account.key)
    if person is None:
        person = _new_person(account)
    elif known is None:
        if not never_could_sign_in(person):
            raise BelongsToSomebodyError
        if not person.display_name:
            person.display_name = shown_name(account.name)
            person.save(update_fields=["display_name"])
    if not person.is_active:
        raise InactiveError
    _link(account, person, at)
    return person


@transaction.atomic
def connect(account: ProvenAccount, person: User, *, at: datetime) -> bool:
    """Link the account to a person who is signed in; return False where staff have to compare two people.

    Somebody who was known by this account only, and never could sign in, was this person. Raises NotPossibleError with words.
    """
    lock_transaction(LockKind.PEOPLE, 0)
    _close_stale_way(account)
    others = [_person_with(account), owner_of(account.kind, account.key)]
    for other in {one for one in others if one is not None and one.pk != person.pk}:
        if not _merge(other, person, at):
            _dispute(account, person, at)
            return False
    person.refresh_from_db()
    _link(account, person, at)
    return True


def never_could_sign_in(person: User) -> bool:
    """Return whether nobody can ever have signed in as this person: the row is only what staff know of somebody."""
    has_way = person.has_usable_password() or person.last_login or person.is_staff or person.is_superuser
    if has_way or SocialAccount.objects.filter(user=person).exists():
        return False
    return not Authenticator.objects.filter(user=person).exists()


def _close_stale_way(account: ProvenAccount) -> None:
    """Forget who signed in with the account before staff gave it to somebody else, or to nobody."""
    owners = AccountLink.objects.filter(kind=account.kind, key=account.key, state=State.PROVEN)
    ways = SocialAccount.objects.filter(provider=account.kind.value, uid=account.key)
    ways.exclude(user__in=owners.values("user")).delete()


def _person_with(account: ProvenAccount) -> User | None:
    """Return the person who signs in with the account."""
    social = SocialAccount.objects.filter(provider=account.kind.value, uid=account.key)
    row = social.select_related("user").first()
    return row.user if row else None


def _merge(other: User, person: User, at: datetime) -> bool:
    if not (other.is_active and never_could_sign_in(other)):
        return False
    try:
        merge_people(other, person, at=at)
    except NotPossibleError:
        return False
    return True


def _dispute(account: ProvenAccount, person: User, at: datetime) -> None:
    link = AccountLink.objects.filter(user=person, kind=account.kind, key=account.key).first()
    if link is not None and link.state == State.REFUSED:
        raise NotPossibleError(_("Staff have decided already that this account is not yours."))
    if link is None or not link.is_proven:
        dispute(person, account.kind, account.key, name=account.name, proof=account.proof, at=at)


def _link(account: ProvenAccount, person: User, at: datetime) -> None:
    """Write everything that follows for the person whose account it is."""
    SocialAccount.objects.get_or_create(
        provider=account.kind.value, uid=account.key, defaults={"user": person, "extra_data": {}}
    )
    if account.kind == Kind.DISCORD:
        _point_discord(account, person)
    else:
        _point_player(account, person, at)
    own = AccountLink.objects.filter(user=person, kind=account.kind, key=account.key, state=State.PROVEN)
    link = own.first()
    if link is not None and link.proof != account.proof:
        note_proof(account.kind, account.key, proof=account.proof, by=None, at=at)
    if account.name:
        own.exclude(name=account.name).update(name=account.name)
    if account.agrees is not None and person.reads_connections != account.agrees:
        person.reads_connections = account.agrees
        person.save(update_fields=["reads_connections"])
    if account.connections:
        apply_connections(person, account.connections, at=at)


def _point_discord(account: ProvenAccount, person: User) -> None:
    if person.discord_id == account.key or owner_of(Kind.DISCORD, account.key):
        return
    if person.discord_id:
        raise NotPossibleError(
            _(
                "Another Discord account is linked to you. Unlink it on your profile first, then link this one."
            )
        )
    person.discord_id = account.key
    person.save(update_fields=["discord_id"])


def _point_player(account: ProvenAccount, person: User, at: datetime) -> None:
    """Link the player, whose memberships follow; a nickname that is known stays, as a sync tells of a new one."""
    realm, number = account.key.split(":")
    player, _is_new = Player.objects.get_or_create(
        realm_id=int(realm), account_id=int(number), defaults={"nickname": account.name}
    )
    if player.user_id is None:
        link_player(player, person, at=at, proof=account.proof)


def _new_person(account: ProvenAccount) -> User:
    names = _free_names(account.name)
    username = next(name for name in names if not User.objects.filter(username__iexact=name).exists())
    return User.objects.create(username=username, display_name=shown_name(account.name))


def _free_names(name: str) -> Iterator[str]:
    """Yield user names made from a name, one after the other; those that begin with "discord-" are the site's own."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = _NOT_IN_NAMES.sub("-", ascii_name)[:_LONGEST_STEM].strip("-._")
    if len(stem) < 3 or stem.startswith("discord") or stem in settings.ACCOUNT_USERNAME_BLACKLIST:
        stem = f"player-{stem}".rstrip("-")
    return itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
