"""Private garages: the vehicles that a member's own token shows, and nothing else of the account."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from tanks.models import Player
from tanks.services.garages import store_private_garage
from tanks.wargaming import Client
from tanks.wargaming.errors import ApiRefusedError, BadAnswerError, WargamingError

logger = logging.getLogger(__name__)

# A token lasts two weeks at most, and only a valid one can be exchanged for a new one.
_RENEW_BEFORE: Final = timedelta(days=3)
_NO_LONGER_VALID: Final = "INVALID_ACCESS_TOKEN"


def read_private_garages(
    client: Client, players: Iterable[Player], *, full_pass_at: datetime | None
) -> tuple[int, WargamingError | None]:
    """Read the garages of those who gave a token and played, or were not read in this pass.

    Returns the rows written, and the error with which one of the garages could not be read.
    A request each: a token opens one account. One that is no longer valid is forgotten; what it showed stays for now, the
    player did not take it back.
    """
    rows, fault = 0, None
    for player in players:
        try:
            rows += _read(client, player) if _is_due(player, full_pass_at) else 0
        except (ApiRefusedError, BadAnswerError) as error:  # that player's trouble, and no other's
            fault = error
    return rows, fault


def give_token(player: Player, access_token: str, *, expires_at: datetime | None) -> None:
    """Keep a token that was proven to be this player's; the next sync reads the garage with it."""
    player.access_token, player.token_expires_at, player.private_read_at = access_token, expires_at, None
    player.save(update_fields=["access_token", "token_expires_at", "private_read_at"])


def _is_due(player: Player, full_pass_at: datetime | None) -> bool:
    read_at = player.private_read_at
    if not player.access_token:  # sealed with a key that the site no longer has
        return False
    if read_at is None or (full_pass_at is not None and read_at < full_pass_at):
        return True
    # Who played had the vehicles read anew, just before this. The time of the last battle would not do: the API updates it late.
    return player.garage_read_at is not None and player.garage_read_at > read_at


def _read(client: Client, player: Player) -> int:
    at = timezone.now()
    try:
        _renew(client, player, at)
        answer = client.account_info([player.account_id], access_token=player.access_token)
    except ApiRefusedError as refusal:
        if refusal.message != _NO_LONGER_VALID:
            raise
        logger.info("The token of player %s is no longer valid.", player.pk)
        Player.objects.filter(pk=player.pk).update(access_token="", token_expires_at=None)
        return 0
    info = answer.by_id.get(player.account_id)
    return store_private_garage(player, (info and info.garage) or (), at=at)


def _renew(client: Client, player: Player, now: datetime) -> None:
    if player.token_expires_at is None or player.token_expires_at - now > _RENEW_BEFORE:
        return
    login = client.prolongate(player.access_token)
    if login.account_id != player.account_id:
        raise ApiRefusedError(None, _NO_LONGER_VALID)
    player.access_token, player.token_expires_at = login.access_token, login.expires_at
    # Not for one who took it back in the meantime.
    still_given = Player.objects.filter(pk=player.pk).exclude(access_token="")
    still_given.update(access_token=login.access_token, token_expires_at=login.expires_at)
