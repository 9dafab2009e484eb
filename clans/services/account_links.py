"""Links of people to their accounts elsewhere: claimed, proven, compared, refused.

Where a game's row points to its person (see `AccountLink`), the app of the game writes the pointer, a trigger keeps the proven
link, and `note_proof` says what proved it. All other links are written by `prove`.
"""

import zlib
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clans.models import AccountLink, User
from common.errors import NotPossibleError
from common.locks import LockKind, lock_transaction

Kind, State, Proof = AccountLink.Kind, AccountLink.State, AccountLink.Proof

# Beyond these a person does not have so many accounts, and staff would have to read them all.
MOST_CLAIMS = 10


def claimed_keys(user_id: int, kind: AccountLink.Kind) -> list[str]:
    """Return the keys of the accounts of one kind that a person only says are theirs."""
    links = AccountLink.objects.filter(user_id=user_id, kind=kind, state=State.CLAIMED)
    return list(links.values_list("key", flat=True))


def owner_of(kind: AccountLink.Kind, key: str) -> User | None:
    """Return the person to whom an account is proven to belong."""
    link = AccountLink.objects.filter(kind=kind, key=key, state=State.PROVEN).select_related("user").first()
    return link.user if link else None


def waiting_links() -> QuerySet[AccountLink]:
    """Return the links that wait for a decision, the oldest first."""
    return AccountLink.objects.filter(state__in=[State.CLAIMED, State.DISPUTED]).select_related("user")


@transaction.atomic
def claim(
    user: User,
    kind: AccountLink.Kind,
    key: str,
    *,
    name: str = "",
    xuid: str = "",
    at: datetime | None = None,
) -> AccountLink:
    """Store that a person says an account is theirs; a refused claim is open again, a proven one stays proven.

    The reason of an earlier refusal stays, for whoever decides next. Raises NotPossibleError if the account is proven to be
    somebody else's, or the person has too many claims.
    """
    _lock(kind, key)
    owner = owner_of(kind, key)
    if owner == user:
        return AccountLink.objects.get(user=user, kind=kind, key=key)
    if owner is not None:
        raise NotPossibleError(_("This account already belongs to somebody here."))
    claims = AccountLink.objects.filter(user=user).exclude(state=State.PROVEN)
    if claims.exclude(kind=kind, key=key).count() >= MOST_CLAIMS:
        raise NotPossibleError(_("You have too many accounts waiting. Take one back first."))
    values: dict[str, object] = {"name": name, "xuid": xuid, "state": State.CLAIMED, "proof": Proof.NONE}
    values |= {"decided_at": None, "decided_by": None} | ({"created_at": at} if at else {})
    link, _is_new = AccountLink.objects.update_or_create(user=user, kind=kind, key=key, defaults=values)
    return link


@transaction.atomic
def prove(
    user: User, kind: AccountLink.Kind, key: str, *, name: str, proof: AccountLink.Proof, at: datetime
) -> AccountLink:
    """Store that an account without a pointer is proven to be a person's; disputed while somebody else's proof stands.

    Returns the link, whose state says which of the two. For Steam and Xbox accounts.
    """
    assert kind in {Kind.STEAM, Kind.XBOX}
    _lock(kind, key)
    state = State.PROVEN if owner_of(kind, key) in (None, user) else State.DISPUTED
    before = AccountLink.objects.filter(user=user, kind=kind, key=key, state=State.PROVEN).first()
    proven_at = before.decided_at if before else at
    values = {"name": name[:150], "state": state, "proof": proof, "decided_at": proven_at}
    link, _is_new = AccountLink.objects.update_or_create(user=user, kind=kind, key=key, defaults=values)
    return link


@transaction.atomic
def dispute(
    user: User,
    kind: AccountLink.Kind,
    key: str,
    *,
    name: str,
    proof: AccountLink.Proof,
    at: datetime,
    note: str = "",
) -> AccountLink:
    """Store a proof that somebody else's proven link contradicts, so that staff compare the two."""
    values = {"name": name[:150], "state": State.DISPUTED, "proof": proof, "decided_at": at, "note": note}
    link, _is_new = AccountLink.objects.update_or_create(user=user, kind=kind, key=key, defaults=values)
    return link


def note_proof(
    kind: AccountLink.Kind, key: str, *, proof: AccountLink.Proof, by: User | None, at: datetime
) -> None:
    """Say what proves a link whose pointer was just written, and by whom; in the pointer's transaction."""
    link = AccountLink.objects.filter(kind=kind, key=key, state=State.PROVEN)
    link.update(proof=proof, decided_by=by, decided_at=at)


@transaction.atomic
def refuse(link: AccountLink, *, by: User, reason: str, at: datetime) -> None:
    """Refuse a claim or a disputed link; its person reads the reason. Raises NotPossibleError if it waits no more."""
    waiting = AccountLink.objects.filter(pk=link.pk, state__in=[State.CLAIMED, State.DISPUTED])
    if not waiting.update(state=State.REFUSED, note=reason, decided_by=by, decided_at=at):
        raise NotPossibleError(_("This was decided already. Load the page again."))


def withdraw(link: AccountLink) -> None:
    """Take back a claim, a disputed or a refused link; raise NotPossibleError if it was proven meanwhile."""
    deleted, _by_model = AccountLink.objects.filter(pk=link.pk).exclude(state=State.PROVEN).delete()
    if not deleted:
        raise NotPossibleError(_("This was decided already. Load the page again."))


def _lock(kind: AccountLink.Kind, key: str) -> None:
    """Let one transaction at a time decide about an account: two people may prove it at once."""
    lock_transaction(LockKind.ACCOUNT_LINK, zlib.crc32(f"{kind}:{key}".encode()) - 2**31)
