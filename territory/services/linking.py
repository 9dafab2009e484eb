"""Whose player an identity is: linked by a proof, or put before staff where somebody else's proof contradicts it."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q

from clans.models import AccountLink, User
from clans.services.account_links import Kind, dispute, note_proof
from territory.models import IdentityConflict, PlayerIdentity
from territory.models.server import Platform
from territory.services.errors import NotPossibleError


def gamertag_key(gamertag: str) -> str:
    """Return a gamertag as gamertags are compared everywhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT territory_gamertag_key(%s)", [gamertag])
        return str(cursor.fetchone()[0])


def is_linked_to(user: User, gamertag: str) -> bool:
    """Return whether a person is linked to the player who bears a gamertag."""
    return PlayerIdentity.objects.filter(user=user, gamertag_key=gamertag_key(gamertag)).exists()


@transaction.atomic
def link_player_id(
    user: User,
    player_id: str,
    *,
    gamertag: str,
    platform: Platform,
    proof: AccountLink.Proof,
    at: datetime,
    by: User | None = None,
) -> AccountLink:
    """Link the player of a player id to a person; `gamertag` names a player that was never seen.

    Returns the link: disputed where the player is somebody else's. Open conflicts between this id and the person's other
    identities are resolved, as both are the person's own.
    """
    identity = PlayerIdentity.objects.select_for_update().filter(player_id=player_id).first()
    if identity is not None and identity.user_id not in {None, user.pk}:
        return dispute(user, Kind.PLAYER_ID, player_id, name=gamertag, proof=proof, at=at)
    if identity is None:
        PlayerIdentity.objects.create(
            user=user, player_id=player_id, gamertag=gamertag[:100], platform=platform, created_at=at
        )
    elif identity.user_id is None:
        PlayerIdentity.objects.filter(pk=identity.pk).update(user=user)
    own = Q(identity__user=user, player_id=player_id, resolved_at=None)
    IdentityConflict.objects.filter(own).update(resolved_at=at, resolved_by=by)
    note_proof(Kind.PLAYER_ID, player_id, proof=proof, by=by, at=at)
    return AccountLink.objects.get(user=user, kind=Kind.PLAYER_ID, key=player_id)


@transaction.atomic
def link_gamertag(
    user: User,
    gamertag: str,
    *,
    platform: Platform,
    proof: AccountLink.Proof,
    at: datetime,
    by: User | None = None,
    xuid: str = "",
    former: str = "",
) -> AccountLink:
    """Link the player who bears a gamertag to a person; the log teaches the player id the next time the name is seen.

    `former` is the name that the same account had when it was last looked at: who is known by it is renamed, or, once the
    player id is known, left to the log. Returns the link: disputed where the name, or the XUID, is somebody else's. Raises
    NotPossibleError for a gamertag that proves nothing.
    """
    key = gamertag_key(gamertag)
    # One name on two platforms is two players, unless both only wait for the log.
    comparable = Q(platform__in=["", platform]) | Q(player_id=None)
    own = PlayerIdentity.objects.select_for_update().filter(comparable, user=user)
    renamed = (
        own.filter(platform__in=["", platform], gamertag_key=gamertag_key(former)) if former else own.none()
    )
    identity = own.filter(gamertag_key=key).first() or renamed.first()
    others = PlayerIdentity.objects.filter(comparable, user__isnull=False).exclude(user=user)
    takes_name = identity is None or (identity.player_id is None and identity.gamertag_key != key)
    if takes_name and others.filter(gamertag_key=key).exists():
        return dispute(user, Kind.GAMERTAG, key, name=gamertag, proof=proof, at=at)
    if xuid and PlayerIdentity.objects.filter(xuid=xuid).exclude(user=user).exists():
        return dispute(user, Kind.GAMERTAG, key, name=gamertag, proof=proof, at=at, note=f"XUID {xuid}")
    if identity is None:
        nameless = PlayerIdentity.objects.select_for_update().filter(
            user=None, player_id=None, gamertag_key=key
        )
        identity = nameless.first() or PlayerIdentity(platform=platform, created_at=at)
        identity.user = user
    if identity.player_id is None:
        identity.gamertag = gamertag
    identity.xuid = identity.xuid or xuid or None
    _save(identity)
    link = AccountLink.objects.filter(user=user, kind__in=[Kind.GAMERTAG, Kind.PLAYER_ID])
    stored = link.get(key=identity.player_id or gamertag_key(identity.gamertag))
    note_proof(Kind(stored.kind), stored.key, proof=proof, by=by, at=at)
    stored.refresh_from_db()
    return stored


def _save(identity: PlayerIdentity) -> None:
    try:
        identity.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise NotPossibleError(" ".join(error.messages)) from None
    identity.save()


@transaction.atomic
def unlink_player(user: User, *, player_id: str = "", key: str = "") -> int:
    """Take a person's link to a player away, by the player id or else by the folded gamertag; return how many there were."""
    own = PlayerIdentity.objects.filter(user=user)
    one = own.filter(player_id=player_id) if player_id else own.filter(player_id=None, gamertag_key=key)
    return one.update(user=None)
