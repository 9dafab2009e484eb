"""Decisions about links that wait: by a commander about the players of the clan, by staff about all kinds.

Nothing is decided twice: each decision locks the link and looks at it again. Nobody decides about themselves.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils.translation import gettext as _

from clans.models import AccountLink, Clan, ClanMembership, User
from clans.services import account_links
from clans.services.account_links import Kind, Proof, State, note_proof
from clans.services.memberships import set_role_by_hand
from common.errors import NotPossibleError
from common.locks import LockKind, lock_transaction
from face.moments import in_words
from face.parts import isolated
from tanks.models import Player
from tanks.services.garages import take_token_back
from tanks.services.links import follow_game, link_player, locked_player
from territory.models import PlayerIdentity
from territory.models.server import Platform
from territory.services.linking import link_gamertag, link_player_id

Role = ClanMembership.Role


# -- A commander's ------------------------------------------------------------------------------------------------


@transaction.atomic
def confirm_player(
    link: AccountLink, clan: Clan, *, by: User, proof: AccountLink.Proof, at: datetime
) -> Player:
    """Confirm a claim on a player of a clan; memberships follow at once, and other claims on the player go on waiting.

    Raises NotPossibleError if the claim does not wait, or the player left the clan or became somebody's meanwhile.
    """
    player = locked_player(Player.objects.of_keys([link.key]).values_list("pk", flat=True).get())
    waiting = _locked_waiting(link, by, at)
    if player.clan_id != clan.pk:
        raise NotPossibleError(_("%(player)s has left the clan.") % {"player": isolated(player)})
    if player.user is not None:
        text = _("%(player)s belongs to %(person)s since a moment ago.")
        raise NotPossibleError(text % {"player": isolated(player), "person": isolated(player.user)})
    link_player(player, waiting.user, at=at, proof=proof, by=by)
    return player


@transaction.atomic
def refuse_link(link: AccountLink, *, by: User, reason: str, at: datetime) -> None:
    """Refuse a claim, or leave a disputed account with the other person; the person who asked reads the reason.

    Raises NotPossibleError if it does not wait any more.
    """
    account_links.refuse(_locked_waiting(link, by, at), by=by, reason=reason, at=at)


@transaction.atomic
def change_role(player: Player, role: Role | None, *, by: User, is_staff: bool, at: datetime) -> None:
    """Give the person of a player a role in the clan by hand, or with None leave the role to the game.

    Raises NotPossibleError if the person has left, or if a commander would change the own role or that of the game's
    commander, which staff may.
    """
    player = locked_player(player.pk)
    stays = ClanMembership.objects.filter(clan=player.clan_id, user=player.user_id, left_at=None)
    stay = stays.select_for_update().first() if player.clan_id and player.user_id else None
    if stay is None or player.clan is None:
        raise NotPossibleError(_("This person has left the clan. Load the page again."))
    if not is_staff and player.user_id == by.pk:
        raise NotPossibleError(_("Your own role is for another commander, or for staff."))
    if not is_staff and player.role == Role.COMMANDER:
        raise NotPossibleError(_("The commander of the game's clan stays commander. Staff may change it."))
    set_role_by_hand(stay, role, by=by)
    follow_game(player.clan, at=at)


def _locked_waiting(link: AccountLink, by: User, at: datetime) -> AccountLink:
    """Return the link as it is now, locked; raise NotPossibleError if it does not wait, or is the decider's own."""
    rows = AccountLink.objects.select_for_update(of=("self",)).select_related("user", "decided_by")
    now = rows.filter(pk=link.pk).first()
    if now is None:
        raise NotPossibleError(_("This claim was taken back."))
    link = now
    if link.state not in {State.CLAIMED, State.DISPUTED}:
        raise NotPossibleError(decided_in_words(link, at))
    if link.user_id == by.pk:
        raise NotPossibleError(_("Nobody decides about their own account. Ask somebody else."))
    return link


def decided_in_words(link: AccountLink, now: datetime) -> str:
    """Return who decided a link, and how, for whoever comes too late."""
    text = _("This was decided already: %(state)s by %(person)s, %(when)s.")
    if link.decided_by is None or link.decided_at is None:
        text = _("This was decided already: %(state)s.")
    when = in_words(link.decided_at, now) if link.decided_at else ""
    return text % {"state": link.get_state_display(), "person": isolated(link.decided_by), "when": when}


# -- Staff's ------------------------------------------------------------------------------------------------------


@transaction.atomic
def give_account(
    link: AccountLink, *, by: User, reason: str, at: datetime, platform: Platform = Platform.UNKNOWN
) -> None:
    """Say that an account is the person's who asks for it, and no longer whose it was; what was judged before stays.

    Judging reads rights meanwhile, so it waits. `platform` is the player's whom a gamertag names. Raises NotPossibleError if
    it does not wait any more, or if the person's other accounts contradict it.
    """
    lock_transaction(LockKind.PEOPLE, 0)
    if link.kind == Kind.WARGAMING:
        _lock_player(link)
    waiting = _locked_waiting(link, by, at)
    loser = _GIVE[Kind(waiting.kind)](waiting, by, at, platform)
    # Whoever signs in there next is the person who has it now.
    SocialAccount.objects.filter(provider=waiting.kind, uid=waiting.key).update(user=waiting.user)
    # A gamertag that is known by its player id is linked by that id.
    AccountLink.objects.filter(pk=waiting.pk, state__in=[State.CLAIMED, State.DISPUTED]).delete()
    if loser is not None:
        _tell_loser(waiting, loser, by=by, reason=reason, at=at)


def _tell_loser(link: AccountLink, loser: User, *, by: User, reason: str, at: datetime) -> None:
    """Leave the person who lost the account a refused link, whose reason they read."""
    values = {"name": link.name, "state": State.REFUSED, "proof": Proof.NONE, "note": reason}
    AccountLink.objects.update_or_create(
        user=loser, kind=link.kind, key=link.key, defaults={**values, "decided_by": by, "decided_at": at}
    )


def _lock_player(link: AccountLink) -> None:
    """Lock a player before its link, in the order in which a commander's decision does."""
    for pk in Player.objects.of_keys([link.key]).values_list("pk", flat=True):
        locked_player(pk)


def _give_player(link: AccountLink, by: User, at: datetime, _platform: Platform) -> User | None:
    player = Player.objects.of_keys([link.key]).select_related("clan", "user").first()
    if player is None:
        raise NotPossibleError(_("This account is not known here any more."))
    loser = player.user
    if loser is not None:
        take_token_back(player)  # the person who lost the account gave it
        Player.objects.filter(pk=player.pk).update(shares_garage=False)
    link_player(player, link.user, at=at, proof=Proof.STAFF, by=by)
    return loser


def _give_gamertag(link: AccountLink, by: User, at: datetime, platform: Platform) -> User | None:
    """Link the gamertag, or the player who is known to bear it and was somebody else's."""
    others = PlayerIdentity.objects.select_for_update(of=("self",)).filter(
        gamertag_key=link.key, user__isnull=False
    )
    bearers = list(others.exclude(user=link.user_id).select_related("user").order_by("pk"))
    if len(bearers) > 1:
        raise NotPossibleError(
            _("Several players of other people bear this gamertag. Decide by player id, in the admin.")
        )
    for bearer in bearers:
        PlayerIdentity.objects.filter(pk=bearer.pk).update(user=None)
        if bearer.player_id:
            _link_id(link, bearer.player_id, by, at, platform)
            return bearer.user
    stored = link_gamertag(
        link.user, link.name, platform=platform, proof=Proof.STAFF, at=at, by=by, xuid=link.xuid
    )
    if stored.state == State.DISPUTED:
        raise NotPossibleError(_("The XUID %(xuid)s belongs to another person.") % {"xuid": link.xuid})
    return bearers[0].user if bearers else None


def _give_player_id(link: AccountLink, by: User, at: datetime, platform: Platform) -> User | None:
    identities = PlayerIdentity.objects.select_for_update(of=("self",)).select_related("user")
    identity = identities.filter(player_id=link.key).first()
    loser = identity.user if identity and identity.user_id != link.user_id else None
    if loser is not None:
        PlayerIdentity.objects.filter(player_id=link.key).update(user=None)
    _link_id(link, link.key, by, at, platform)
    return loser


def _link_id(link: AccountLink, player_id: str, by: User, at: datetime, platform: Platform) -> None:
    gamertag = link.name or player_id
    link_player_id(
        link.user, player_id, gamertag=gamertag, platform=platform, proof=Proof.STAFF, at=at, by=by
    )


def _give_discord(link: AccountLink, by: User, at: datetime, _platform: Platform) -> User | None:
    if link.user.discord_id not in {None, link.key}:
        raise NotPossibleError(_("This person has another Discord account. It has to be unlinked first."))
    loser = User.objects.select_for_update().filter(discord_id=link.key).exclude(pk=link.user_id).first()
    User.objects.filter(discord_id=link.key).update(discord_id=None)
    User.objects.filter(pk=link.user_id).update(discord_id=link.key)
    note_proof(Kind.DISCORD, link.key, proof=Proof.STAFF, by=by, at=at)
    return loser


def _give_connection(link: AccountLink, by: User, at: datetime, _platform: Platform) -> User | None:
    """Move a Steam or Xbox account, to which no other row points."""
    proven = AccountLink.objects.filter(kind=link.kind, key=link.key, state=State.PROVEN)
    owner = proven.select_for_update(of=("self",)).select_related("user").first()
    proven.delete()
    values = {"state": State.PROVEN, "proof": Proof.STAFF, "note": "", "decided_by": by, "decided_at": at}
    AccountLink.objects.filter(pk=link.pk).update(**values)
    return owner.user if owner else None


_GIVE: Final[Mapping[AccountLink.Kind, Callable[[AccountLink, User, datetime, Platform], User | None]]] = {
    Kind.WARGAMING: _give_player,
    Kind.GAMERTAG: _give_gamertag,
    Kind.PLAYER_ID: _give_player_id,
    Kind.DISCORD: _give_discord,
    Kind.STEAM: _give_connection,
    Kind.XBOX: _give_connection,
}
