"""People of the old site: their accounts, their accounts in the game, and their roles."""

from collections import Counter
from collections.abc import Collection
from typing import Final

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from clans.models import ClanMembership, User
from clans.moving.players import Destination, players_of
from clans.moving.reasons import Reason
from clans.moving.report import Report
from clans.moving.rows import OldPerson, Refused
from clans.moving.source import Row
from tanks.models import Player, SyncedClan
from tanks.services.links import link_player

TABLE: Final = "user"
# The trace in the person's history, and what a later run knows the person by: whatever the user name is by then.
_TRACE: Final = "Moved in from the old clan system as "


def store_person(
    row: Row, old: OldPerson, to: Destination, report: Report, *, disputed: Collection[int]
) -> None:
    """Take over one person; what a person of ours has is never changed, but for a role or a password it never had.

    Of the accounts that are `disputed` several old people say that they are theirs: nobody gets one.
    """
    written: Counter[str] = Counter()
    try:
        note = _take(old, to, written, is_disputed=old.account_id in disputed)
    except Refused as refused:
        report.refuse(TABLE, row, refused.reason)
        return
    report.written += written
    notes = [*old.notes, note] if note else old.notes
    report.settle(TABLE, row, was_written=bool(written), notes=notes)


@transaction.atomic
def _take(old: OldPerson, to: Destination, written: Counter[str], *, is_disputed: bool) -> Reason | None:
    """Write what is to be written, counting it, and return what kept the account in the game or the role from it."""
    player = _player(old, to, written)
    moved_in = _moved_in(old.username)
    known = moved_in or _same_person(old.username, player)
    if known is None:
        return _take_new(old, player, to, written, is_disputed=is_disputed)
    if moved_in:
        _give_password(moved_in, old, written)
    if player and player.user_id != known.pk:
        return _not_theirs(player, is_disputed=is_disputed)
    return _give_role(known, old, player, to, written)


def _take_new(
    old: OldPerson, player: Player | None, to: Destination, written: Counter[str], *, is_disputed: bool
) -> Reason | None:
    user = _make(old, to)
    written["people"] += 1
    if player and (player.user_id or is_disputed):
        return _not_theirs(
            player, is_disputed=is_disputed
        )  # whoever only claims an account gets no rights by it
    note = _give_role(user, old, player, to, written)
    if player:
        link_player(player, user, at=to.at, is_claim=True)
        written["links"] += 1
        _keep_role(user, old, to)
    return note


def _not_theirs(player: Player, *, is_disputed: bool) -> Reason:
    if player.user_id:
        return Reason.ACCOUNT_TAKEN
    return Reason.ACCOUNT_DISPUTED if is_disputed else Reason.NOT_LINKED


def _give_password(user: User, old: OldPerson, written: Counter[str]) -> None:
    """Give somebody who moved in without a password the one that a newer copy has."""
    if user.has_usable_password() or user.password == old.password:
        return
    user.password = old.password
    user.save(update_fields=["password"])
    written["people"] += 1


def _player(old: OldPerson, to: Destination, written: Counter[str]) -> Player | None:
    """Return the person's player, made if need be; its clan is locked first, as a sync does."""
    if old.account_id is None:
        return None
    found = Player.objects.filter(realm=to.realm, account_id=old.account_id).first()
    if found and found.clan_id is not None:
        SyncedClan.objects.select_for_update(no_key=True).get(pk=found.clan_id)
    numbers, made = players_of({old.account_id}, to)
    if made:
        written["players"] += made
    return Player.objects.select_related("clan").get(pk=numbers[old.account_id])


def _moved_in(username: str) -> User | None:
    """Return whom an earlier run made of this person."""
    traces = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User),
        action_flag=ADDITION,
        change_message=_TRACE + username,
    )
    number = traces.values_list("object_id", flat=True).first()
    return User.objects.filter(pk=number).first() if number else None


def _same_person(username: str, player: Player | None) -> User | None:
    """Return the person who has this user name here and is known to own the same account in the game.

    Anybody else with this name, or one that differs in case only, may be somebody else: raises Refused.
    """
    namesakes = list(User.objects.filter(username__iexact=username))
    exact = next((user for user in namesakes if user.username == username), None)
    if exact is not None and player is not None and player.user_id == exact.pk:
        return exact
    if namesakes:
        raise Refused(Reason.USERNAME_TAKEN if exact else Reason.USERNAME_CASE)
    return None


def _make(old: OldPerson, to: Destination) -> User:
    user = User.objects.create(username=old.username, password=old.password, date_joined=to.at)
    LogEntry.objects.create(
        user_id=user.pk,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(user.pk),
        object_repr=str(user),
        action_flag=ADDITION,
        change_message=_TRACE + old.username,
        action_time=to.at,
    )
    return user


def _give_role(
    user: User, old: OldPerson, player: Player | None, to: Destination, written: Counter[str]
) -> Reason | None:
    """Begin a stay in the clan as staff would, unless there ever was one; return what kept it from being begun."""
    if not old.role:
        return None
    if to.clan is None:
        return Reason.NO_CLAN
    if ClanMembership.objects.filter(clan=to.clan, user=user).exists():
        return None
    is_there = player is not None and player.clan_id == to.clan.pk
    joined_at = (player.joined_clan_at if player and is_there else None) or to.at
    ClanMembership.objects.create(
        clan=to.clan, user=user, role=old.role, joined_at=min(joined_at, to.at), follows_game=False
    )
    written["memberships"] += 1
    return None


def _keep_role(user: User, old: OldPerson, to: Destination) -> None:
    """Let a commander stay one: linking the account has just set the role by the one in the game."""
    if to.clan is not None and old.role == ClanMembership.Role.COMMANDER.value:
        stays = ClanMembership.objects.filter(clan=to.clan, user=user, left_at__isnull=True)
        stays.exclude(role=old.role).update(role=old.role)
