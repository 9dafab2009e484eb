"""Unlinking a person from an account elsewhere, as its owner wishes: the pointer goes, and with it every right it gave."""

from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext as _

from clans.models import AccountLink, User
from common.errors import NotPossibleError
from tanks.models import Player
from tanks.services.garages import take_token_back
from tanks.services.links import link_player, locked_player
from territory.services.linking import unlink_player

Kind = AccountLink.Kind


def is_last_way_in(link: AccountLink) -> bool:
    """Return whether its person could not sign in any more without this account."""
    if link.user.has_usable_password():
        return False
    ways = SocialAccount.objects.filter(user=link.user)
    by_link = ways.filter(**_way_of(link))
    return by_link.exists() and not ways.exclude(pk__in=by_link).exists()


@transaction.atomic
def unlink(link: AccountLink, *, at: datetime) -> None:
    """Take a proven link away. Raises NotPossibleError if it is the last way to sign in, or proven no more."""
    person = User.objects.select_for_update().get(pk=link.user_id)
    held = (
        AccountLink.objects.select_related("user").filter(pk=link.pk, state=AccountLink.State.PROVEN).first()
    )
    if held is None:
        raise NotPossibleError(_("This was decided already. Load the page again."))
    if is_last_way_in(held):
        raise NotPossibleError(_("It is your only way to sign in. Set a password first."))
    SocialAccount.objects.filter(user=person, **_way_of(held)).delete()
    clear_pointer(held, at=at)


def clear_pointer(link: AccountLink, *, at: datetime) -> None:
    """Clear what points to a link's person, with what it gave; the proven link goes with the pointer, or by itself."""
    match Kind(link.kind):
        case Kind.DISCORD:
            User.objects.filter(pk=link.user_id).update(discord_id=None, reads_connections=False)
        case Kind.WARGAMING:
            for player in Player.objects.of_keys([link.key]).filter(user=link.user_id):
                release_player(player, at=at)
        case Kind.PLAYER_ID:
            unlink_player(link.user, player_id=link.key)
        case Kind.GAMERTAG:
            unlink_player(link.user, key=link.key)
        case Kind.STEAM | Kind.XBOX:
            link.delete()


def release_player(player: Player, *, at: datetime) -> None:
    """Link a World of Tanks account to nobody, and forget what only its owner could let us see."""
    take_token_back(player)
    Player.objects.filter(pk=player.pk).update(shares_garage=False)
    link_player(locked_player(player.pk), None, at=at)


def _way_of(link: AccountLink) -> dict[str, Any]:
    """Return what finds the rows by which somebody signs in with this account; their ids are the links' keys."""
    return {"provider": link.kind, "uid": link.key}
