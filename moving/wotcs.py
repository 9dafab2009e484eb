"""Moving in from the old clan system: its players with their vehicles, and its people with password, role and account.

An account of the game that somebody named at the old site is a claim until staff confirm it; of several claims none counts.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from clans.hashers import WotcsBcryptHasher
from clans.models import AccountLink, Clan, ClanMembership, User
from clans.services.account_links import claim
from moving.models import MovedRow
from moving.report import Reason, Report, RowError
from moving.source import OldRow, OldSource, SourceError
from moving.values import digest
from moving.wotcs_games import Destination, store_players, store_tanks
from moving.wotcs_rows import GARAGE_TANK, NO_PASSWORD, PLAYER, TABLES, USER, OldPerson, OldPlayer
from tanks.models import Player

_BATCH: Final = 5_000
# Stores records and returns the keys of the written and of the contradicted ones.
Store = Callable[[Sequence[Any], Destination], tuple[set[Any], set[Any]]]


def move_in(source: OldSource, to: Destination, report: Report) -> None:
    """Take over everything, each batch of rows in a transaction, and all people in one.

    SourceError where there is nothing to read, or no longer; what was taken over before stays then.
    """
    needed = {table: set(columns.split()[:keyed_by]) for table, (keyed_by, columns, *_read) in TABLES.items()}
    report.missing_tables = [table for table in TABLES if not needed[table] <= source.columns(table).keys()]
    if len(report.missing_tables) == len(TABLES):
        words = _("none of the tables %(tables)s is there with the columns it should have")
        raise SourceError(words % {"tables": ", ".join(TABLES)})
    takes: tuple[Callable[..., None], ...] = (
        partial(_take_games, store_players),
        partial(_take_games, store_tanks),
        _take_people,
    )
    for table, take in zip((PLAYER, GARAGE_TANK, USER), takes, strict=True):
        if table not in report.missing_tables:
            take(_records(source, table, to, report), to, report)


def _records(source: OldSource, table: str, to: Destination, report: Report) -> Iterator[tuple[OldRow, Any]]:
    """Yield rows and their records, the first of each key; report repeated and unreadable rows."""
    keyed_by, columns, order, read = TABLES[table]
    seen: set[object] = set()
    for values in source.rows(table, columns.split(), order):
        raw = OldRow(table, " · ".join(values[name] or "?" for name in columns.split()[:keyed_by]), values)
        try:
            record = read(raw, to.at)
        except RowError as refusal:
            report.refuse(raw, refusal)
            continue
        if record.key in seen:
            reason = Reason.NAMESAKE if table == USER else Reason.DUPLICATE
            report.refuse(raw, RowError(reason, key=raw.key))
        else:
            seen.add(record.key)
            yield raw, record


def _take_games(store: Store, records: Iterator[tuple[OldRow, Any]], to: Destination, report: Report) -> None:
    while batch := list(islice(records, _BATCH)):
        with transaction.atomic():
            written, contradicted = store([record for _raw, record in batch], to)
        for raw, record in batch:
            if record.key in contradicted:
                report.refuse(raw, RowError(Reason.CONTRADICTED))
            else:
                report.settle(raw, is_taken=record.key in written)


# -- People -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Plan:
    """A person of the old site: the stored MovedRow, the person on this site, and the player whose account the row names.

    An account that is not stored yet becomes a player only with the person who names it.
    """

    raw: OldRow
    old: OldPerson
    said: str
    is_disputed: bool
    row: MovedRow | None
    user: User | None
    player: Player | None

    @property
    def is_changed(self) -> bool:
        """Whether the row is new or differs from the earlier run."""
        return self.row is None or self.row.said != self.said


@transaction.atomic
def _take_people(records: Iterator[tuple[OldRow, Any]], to: Destination, report: Report) -> None:
    plans = _plans(list(records), to)
    # Before anything is written all changed rows give up their accounts: two people may have swapped them.
    left = [plan for plan in plans if plan.row and plan.is_changed and not _give_up(plan, plan.row, to)]
    for plan in plans:
        try:
            if plan.is_changed:
                _write(plan, to, is_touched=plan in left)
        except RowError as refusal:
            report.refuse(plan.raw, refusal)
        else:
            notes = map(RowError, (*plan.old.notes, *_lacks(plan, to)))
            report.settle(plan.raw, notes, is_taken=plan.is_changed)


def _plans(records: list[tuple[OldRow, OldPerson]], to: Destination) -> list[_Plan]:
    """Plan each person from the stored rows and players; the clans of the players are locked first, as by a sync."""
    claims = Counter(old.account_id for _raw, old in records if old.account_id)
    players = Player.objects.filter(realm=to.realm, account_id__in=list(claims)).select_related("clan")
    list(Clan.objects.filter(pk__in=players.values("clan")).order_by("pk").select_for_update(no_key=True))
    by_account = {player.account_id: player for player in players}
    rows = {row.key: row for row in MovedRow.objects.filter(source="wotcs")}
    users = User.objects.in_bulk([row.object_id for row in rows.values()])
    plans = []
    for raw, old in records:
        row, is_disputed = rows.get(old.key), claims[old.account_id or 0] > 1
        said = digest(old, is_disputed, to.clan and to.clan.pk)
        user = users.get(row.object_id) if row else None
        plans.append(_Plan(raw, old, said, is_disputed, row, user, by_account.get(old.account_id or 0)))
    return plans


def _state(user: User, to: Destination) -> str:
    """Return the digest of a person's accounts and stays. The password is not part of it: its algorithm shows its origin."""
    players = Player.objects.filter(user=user, realm=to.realm).order_by("pk")
    stays = ClanMembership.objects.filter(user=user, clan=to.clan, follows_game=False).order_by("pk")
    claims = AccountLink.objects.filter(user=user, kind=AccountLink.Kind.WARGAMING).order_by("pk")
    return digest(
        *players.values_list("account_id"),
        *claims.values_list("key", "state"),
        *stays.values_list("role", "left_at"),
    )


def _give_up(plan: _Plan, row: MovedRow, to: Destination) -> bool:
    """Take from a person the accounts that the row does not name any more; False if staff changed the person since."""
    if plan.user is None or _state(plan.user, to) != row.wrote:
        return False
    claims = AccountLink.objects.filter(
        user=plan.user, kind=AccountLink.Kind.WARGAMING, state=AccountLink.State.CLAIMED
    )
    named = "" if plan.is_disputed else f"{to.realm.pk}:{plan.old.account_id}"
    claims.filter(key__startswith=f"{to.realm.pk}:").exclude(key=named).delete()
    return True


def _write(plan: _Plan, to: Destination, *, is_touched: bool) -> None:
    """Make or change a person; a person who exists already only gets a role, if they never had one."""
    old = plan.old
    if is_touched:
        raise RowError(Reason.CHANGED_HERE if plan.user else Reason.DELETED_HERE)
    if plan.player is not None:
        plan.player.refresh_from_db(fields=["user"])
    known = plan.user or _same_person(plan)
    user = known or User.objects.create(username=old.key, password=old.password, date_joined=to.at)
    is_ours = known is None or plan.row is not None
    if is_ours and old.password != NO_PASSWORD and _is_old(user.password):
        User.objects.filter(pk=user.pk).update(password=old.password)
    if plan.player is None and old.account_id is not None:
        store_players([OldPlayer(old.account_id)], to)
        plan.player = Player.objects.get(realm=to.realm, account_id=old.account_id)
    player = plan.player
    holder = _holder(player)
    is_free = player is not None and holder is None and not plan.is_disputed and is_ours
    is_theirs = player is None or holder == user.pk or is_free
    _give_role(user, plan, to, role=old.role if is_theirs else "")
    if player is not None and is_free:
        claim(user, AccountLink.Kind.WARGAMING, player.link_key, name=str(player), at=to.at)
    plan.user, wrote = user, _state(user, to) if is_ours else ""
    values = {"object_id": user.pk, "said": plan.said, "wrote": wrote}
    MovedRow.objects.update_or_create(source="wotcs", table=USER, key=old.key, defaults=values)


def _is_old(password: str) -> bool:
    """Return whether a password came from the old site or is missing: a person who has signed in has another one."""
    return password == NO_PASSWORD or password.startswith(f"{WotcsBcryptHasher.algorithm}$")


def _holder(player: Player | None) -> int | None:
    """Return the person whose account a player is, or else the first one who says so."""
    if player is None:
        return None
    if player.user_id is not None:
        return player.user_id
    claims = AccountLink.objects.filter(kind=AccountLink.Kind.WARGAMING, key=player.link_key)
    return claims.exclude(state=AccountLink.State.REFUSED).values_list("user_id", flat=True).first()


def _same_person(plan: _Plan) -> User | None:
    """Return the person who has this user name and is known to own the same account in the game.

    Anybody else with this name, or one that differs in case only, may be somebody else: raises RowError.
    """
    namesakes, holder = list(User.objects.filter(username__iexact=plan.old.key)), _holder(plan.player)
    same = next((user for user in namesakes if user.username == plan.old.key and user.pk == holder), None)
    if namesakes and same is None:
        raise RowError(Reason.USERNAME_TAKEN)
    return same


def _give_role(user: User, plan: _Plan, to: Destination, *, role: str) -> None:
    """Begin a stay in the clan as staff would; change or end the one that an earlier run began."""
    stays, player = ClanMembership.objects.filter(clan=to.clan, user=user), plan.player
    if to.clan is None or (plan.row is None and stays.exists()):
        return
    given = stays.filter(left_at=None, follows_game=False)
    if not role:
        given.update(left_at=Greatest("joined_at", Value(to.at)))
    elif not given.update(role=role) and not stays.filter(left_at=None).exists():
        is_there = player is not None and player.clan_id == to.clan.pk
        joined_at = (player.joined_clan_at if player and is_there else None) or to.at
        stays.create(clan=to.clan, user=user, role=role, joined_at=min(joined_at, to.at))


def _lacks(plan: _Plan, to: Destination) -> list[Reason]:
    """Return what a person lacks, reported at every run for as long as it is so."""
    player = Player.objects.get(pk=plan.player.pk) if plan.player else None
    holder = _holder(player)
    if player is None or plan.user is None or holder == plan.user.pk:
        return [Reason.NO_CLAN] if plan.old.role and to.clan is None else []
    if holder is not None:
        return [Reason.ACCOUNT_TAKEN]
    return [Reason.ACCOUNT_DISPUTED if plan.is_disputed else Reason.NOT_LINKED]
