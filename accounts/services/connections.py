"""What follows from the accounts that a member has connected at Discord: links to Steam, Xbox and the players of the game."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.connections import Connection, shown_name
from clans.models import AccountLink, User
from clans.services.account_links import Kind, Proof, State, owner_of, prove
from common.errors import NotPossibleError
from territory.models import GamertagUse, Placement, PlayerIdentity
from territory.models.identity import folded_gamertag
from territory.models.server import Platform
from territory.services.linking import gamertag_key, link_gamertag, link_player_id
from territory.steam import player_id_of


@transaction.atomic
def apply_connections(user: User, connections: Iterable[Connection], *, at: datetime) -> None:
    """Link a person to what is connected; doing it again changes nothing. A connection that is gone takes nothing away."""
    for one in connections:
        kind = Kind(one.kind)
        links = AccountLink.objects.filter(user=user, kind=kind, key=one.key)
        before = links.first()
        if before is not None and before.state == State.REFUSED:  # staff have decided
            continue
        link = before
        if before is None or not before.is_proven or before.name != one.name:
            link = prove(user, kind, one.key, name=one.name, proof=Proof.OAUTH, at=at)
        if link is None or not link.is_proven:
            continue
        if kind == Kind.STEAM:
            _link_steam(user, one, at)
        else:
            former = before.name if before is not None and before.is_proven else ""
            links.update(note=_link_xbox(user, one, former, at))


def _link_steam(user: User, steam: Connection, at: datetime) -> None:
    number = player_id_of(steam.key)
    link = AccountLink.objects.filter(user=user, kind=Kind.PLAYER_ID, key=number).first()
    if link and (link.state == State.REFUSED or (link.is_proven and link.proof == Proof.HASH)):
        return
    gamertag = _newest_gamertag(number) or shown_name(steam.name) or steam.key
    link_player_id(user, number, gamertag=gamertag, platform=Platform.PC, proof=Proof.HASH, at=at)


def _newest_gamertag(player_id: str) -> str:
    """Return the gamertag under which a player was last seen; blank for one who never was."""
    uses = GamertagUse.objects.filter(identity__player_id=player_id).order_by("-last_seen_at")
    placements = Placement.objects.filter(player_id=player_id).order_by("-occurred_at")
    return (
        uses.values_list("gamertag", flat=True).first()
        or placements.values_list("gamertag", flat=True).first()
        or ""
    )


def _link_xbox(user: User, xbox: Connection, former: str, at: datetime) -> str:
    """Link the player who bears the gamertag; return a note where that is not possible.

    Discord keeps old names for long: a name that did not change there says nothing new, and somebody else may bear it now.
    """
    key = gamertag_key(xbox.name)
    link = AccountLink.objects.filter(user=user, kind=Kind.GAMERTAG, key=key).first()
    is_waiting = link is not None and link.state in {State.CLAIMED, State.DISPUTED}
    if link is not None and link.state == State.REFUSED and owner_of(Kind.GAMERTAG, key) != user:
        return ""
    if former == xbox.name and not is_waiting:
        return _note_of(user, xbox)
    if _has_left(user, xbox.name, former):
        return ""
    try:
        link_gamertag(user, xbox.name, platform=Platform.XBOX, proof=Proof.OAUTH, at=at, former=former)
    except NotPossibleError as error:
        return str(error)
    return ""


def _note_of(user: User, xbox: Connection) -> str:
    return AccountLink.objects.values_list("note", flat=True).get(user=user, kind=Kind.XBOX, key=xbox.key)


def _has_left(user: User, gamertag: str, former: str) -> bool:
    """Return whether the log, which has told the id of the person's console player, knows a later name than Discord does."""
    names = [gamertag_key(name) for name in (gamertag, former) if name]
    players = PlayerIdentity.objects.filter(user=user, player_id__isnull=False).exclude(platform=Platform.PC)
    if players.filter(gamertag_key=names[0]).exists():
        return False
    used = GamertagUse.objects.alias(key=folded_gamertag("gamertag")).filter(key__in=names)
    return players.filter(Q(gamertag_key__in=names) | Q(gamertags__in=used)).exists()
