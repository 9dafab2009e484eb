"""Moving in from the old clan system: its players with their vehicles, and its people with password, role and account.

An account of the game that somebody named at the old site is a claim until staff confirm it; of several claims none counts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from clans.hashers import WotcsBcryptHasher
from clans.models import Clan, ClanMembership, Player, User
from clans.services.memberships import link_player
from moving.models import MovedRow
from moving.reasons import Reason, RefusedError, Trouble
from moving.report import Report
from moving.source import Raw, Source, SourceError
from moving.values import digest
from moving.wotcs_games import Destination, store_players, store_tanks
from moving.wotcs_rows import (
    COLUMNS,
    GARAGE_TANK,
    NO_PASSWORD,
    PLAYER,
    USER,
    OldPerson,
    OldTank,
    read_person,
    read_player,
    read_tank,
)

SOURCE: Final = "wotcs"
T = TypeVar("T")
_BATCH: Final = 5_000
# Of several rows for one vehicle the newest counts, of several people of one name the first.
_ORDER: Final = {
    PLAYER: ("nickname DESC",),
    GARAGE_TANK: ("last_updated DESC",),
    USER: ("id", "username"),
}


def move_in(source: Source, to: Destination, report: Report) -> None:
    """Take over everything, each batch of rows in a transaction, and all people in one.

    SourceError where there is nothing to read, or no longer; what was taken over before stays then.
    """
    steps = {PLAYER: _take_players, GARAGE_TANK: _take_tanks, USER: _take_people}
    report.missing_tables = [
        table
        for table, (needed, names) in COLUMNS.items()
        if not set(names[:needed]) <= source.columns(table).keys()
    ]
    if len(report.missing_tables) == len(COLUMNS):
        words = _("none of the tables %(tables)s is there with the columns it should have")
        raise SourceError(words % {"tables": ", ".join(COLUMNS)})
    for table, step in steps.items():
        if table not in report.missing_tables:
            step(_rows(source, table, report), to, report)


def _rows(source: Source, table: str, report: Report) -> Iterator[Raw]:
    needed, names = COLUMNS[table]
    for values in source.rows(table, names, _ORDER[table]):
        report.find(table)
        yield Raw(table, " · ".join(values[name] or "?" for name in names[:needed]), values)


def _take_players(rows: Iterator[Raw], to: Destination, report: Report) -> None:
    seen: set[object] = set()
    while batch := list(islice(rows, _BATCH)):
        told = [
            (raw, player)
            for raw, player in _read(batch, read_player, report)
            if _is_first(raw, player.account_id, seen, report)
        ]
        with transaction.atomic():
            _ids, written = store_players({player.account_id: player.nickname for _raw, player in told}, to)
        for raw, player in told:
            notes = [Trouble(reason) for reason in player.notes]
            report.settle(raw, notes, is_taken=player.account_id in written)


def _take_tanks(rows: Iterator[Raw], to: Destination, report: Report) -> None:
    seen: set[object] = set()

    def read(raw: Raw) -> OldTank:
        return read_tank(raw, to.at)

    while batch := list(islice(rows, _BATCH)):
        told = {
            (tank.account_id, tank.tank_id): (raw, tank)
            for raw, tank in _read(batch, read, report)
            if _is_first(raw, (tank.account_id, tank.tank_id), seen, report)
        }
        with transaction.atomic():
            written, contradicted = store_tanks([tank for _raw, tank in told.values()], to)
        for key, (raw, _tank) in told.items():
            if key in contradicted:
                report.refuse(raw, Trouble(Reason.CONTRADICTED))
            else:
                report.settle(raw, is_taken=key in written)


def _read(raws: Iterable[Raw], read: Callable[[Raw], T], report: Report) -> Iterator[tuple[Raw, T]]:
    for raw in raws:
        try:
            yield raw, read(raw)
        except RefusedError as refusal:
            report.refuse(raw, refusal.trouble)


def _is_first(
    raw: Raw, key: object, seen: set[object], report: Report, reason: Reason = Reason.DUPLICATE
) -> bool:
    if key in seen:
        report.refuse(raw, Trouble(reason, {"key": raw.key}))
        return False
    seen.add(key)
    return True


# -- People -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Plan:
    """A person of the old site; `row` and `user` are what an earlier run made of it, `player` is the account it names.

    An account that nobody has heard of yet becomes a player only with the person who names it.
    """

    raw: Raw
    old: OldPerson
    said: str
    row: MovedRow | None
    user: User | None
    player: Player | None
    is_disputed: bool

    @property
    def is_changed(self) -> bool:
        """Whether the row is new or says something else than before."""
        return self.row is None or self.row.said != self.said


@transaction.atomic
def _take_people(rows: Iterator[Raw], to: Destination, report: Report) -> None:
    seen: set[object] = set()
    told = [
        (raw, old)
        for raw, old in _read(rows, read_person, report)
        if _is_first(raw, old.username, seen, report, Reason.NAMESAKE)
    ]
    plans = _plans(told, to)
    # Before anything is written all changed rows give up their accounts: two people may have swapped them.
    left = {
        plan.old.username
        for plan in plans
        if plan.row and plan.is_changed and not _give_up(plan, plan.row, to)
    }
    for plan in plans:
        try:
            if plan.old.username in left:
                raise RefusedError(Reason.CHANGED_HERE if plan.user else Reason.DELETED_HERE)
            if plan.is_changed:
                _write(plan, to)
        except RefusedError as refusal:
            report.refuse(plan.raw, refusal.trouble)
        else:
            notes = [Trouble(reason) for reason in (*plan.old.notes, *_lacks(plan, to))]
            report.settle(plan.raw, notes, is_taken=plan.is_changed)


def _plans(told: Sequence[tuple[Raw, OldPerson]], to: Destination) -> list[_Plan]:
    """Find what is remembered of people, and their players; the clans of those are locked first, as by a sync."""
    claims = Counter(old.account_id for _raw, old in told if old.account_id)
    players = Player.objects.filter(realm=to.realm, account_id__in=list(claims))
    clans = Clan.objects.filter(pk__in=players.values("clan")).order_by("pk")
    list(clans.select_for_update(no_key=True))
    by_account = {player.account_id: player for player in players.select_related("clan")}
    rows = {row.key: row for row in MovedRow.objects.filter(source=SOURCE, table=USER)}
    users = User.objects.in_bulk([row.object_id for row in rows.values()])
    plans = []
    for raw, old in told:
        row, player = rows.get(old.username), by_account.get(old.account_id or 0)
        is_disputed = claims[old.account_id] > 1
        said = digest(old, is_disputed, to.clan and to.clan.pk)
        plans.append(
            _Plan(raw, old, said, row, users.get(row.object_id) if row else None, player, is_disputed)
        )
    return plans


def _state(user: User, to: Destination) -> str:
    """Return the digest of what moving in may have written for a person; a password shows by itself whose it is."""
    players = Player.objects.filter(user=user, realm=to.realm).order_by("pk")
    stays = ClanMembership.objects.filter(user=user, clan=to.clan, follows_game=False).order_by("pk")
    return digest(
        list(players.values_list("account_id", "is_claim")), list(stays.values_list("role", "left_at"))
    )


def _give_up(plan: _Plan, row: MovedRow, to: Destination) -> bool:
    """Take from a person the accounts that the row does not name any more; False if something was changed here since."""
    if plan.user is None or _state(plan.user, to) != row.wrote:
        return False
    kept = None if plan.is_disputed else plan.old.account_id
    claims = Player.objects.filter(user=plan.user, realm=to.realm, is_claim=True).exclude(
        account_id=kept or 0
    )
    for player in claims.select_related("clan"):
        link_player(player, None, at=to.at)
    return True


def _write(plan: _Plan, to: Destination) -> None:
    """Make or change a person; of somebody who is here already only a role that was never given is added."""
    old = plan.old
    if plan.player is not None:
        plan.player.refresh_from_db(fields=["user"])
    known = plan.user or _same_person(plan)
    if plan.player is None and old.account_id is not None:
        ids, _made = store_players({old.account_id: ""}, to)
        plan.player = Player.objects.get(pk=ids[old.account_id])
    player = plan.player
    user = known or User.objects.create(username=old.username, password=old.password, date_joined=to.at)
    is_ours = known is None or plan.row is not None
    if is_ours and old.password != NO_PASSWORD and _is_old(user.password):
        User.objects.filter(pk=user.pk).update(password=old.password)
    is_theirs = player is None or player.user_id == user.pk
    is_free = player is not None and player.user_id is None and not plan.is_disputed and is_ours
    if is_theirs or is_free:
        _give_role(user, plan, to)
    elif is_ours:
        _end_role(user, to)
    if player is not None and is_free:
        link_player(player, user, at=to.at, is_claim=True)
    plan.user = user
    MovedRow.objects.update_or_create(
        source=SOURCE,
        table=USER,
        key=old.username,
        defaults={"object_id": user.pk, "said": plan.said, "wrote": _state(user, to) if is_ours else ""},
    )


def _is_old(password: str) -> bool:
    """Tell whether a password came from the old site, or none did: anybody who signed in since has another."""
    return password == NO_PASSWORD or password.startswith(f"{WotcsBcryptHasher.algorithm}$")


def _same_person(plan: _Plan) -> User | None:
    """Return the person who has this user name here and is known to own the same account in the game.

    Anybody else with this name, or one that differs in case only, may be somebody else: raises RefusedError.
    """
    namesakes = list(User.objects.filter(username__iexact=plan.old.username))
    exact = next((user for user in namesakes if user.username == plan.old.username), None)
    if exact is not None and plan.player is not None and plan.player.user_id == exact.pk:
        return exact
    if namesakes:
        raise RefusedError(Reason.USERNAME_TAKEN if exact else Reason.USERNAME_CASE)
    return None


def _give_role(user: User, plan: _Plan, to: Destination) -> None:
    """Begin a stay in the clan as staff would, or change the one that an earlier run began."""
    role, player = plan.old.role, plan.player
    stays = ClanMembership.objects.filter(clan=to.clan, user=user)
    if to.clan is None or (plan.row is None and stays.exists()):
        return
    if not role:
        _end_role(user, to)
    elif not stays.filter(left_at=None, follows_game=False).update(role=role) and not stays.filter(
        left_at=None
    ):
        is_there = player is not None and player.clan_id == to.clan.pk
        joined_at = (player.joined_clan_at if player and is_there else None) or to.at
        stays.create(clan=to.clan, user=user, role=role, joined_at=min(joined_at, to.at))


def _end_role(user: User, to: Destination) -> None:
    given = ClanMembership.objects.filter(clan=to.clan, user=user, follows_game=False, left_at=None)
    given.update(left_at=Greatest("joined_at", Value(to.at)))


def _lacks(plan: _Plan, to: Destination) -> list[Reason]:
    """Return what a person is without, told at every run for as long as it is so."""
    holder = (
        None if plan.player is None else Player.objects.values_list("user", flat=True).get(pk=plan.player.pk)
    )
    if plan.player is None or plan.user is None or holder == plan.user.pk:
        return [Reason.NO_CLAN] if plan.old.role and to.clan is None else []
    if holder is not None:
        return [Reason.ACCOUNT_TAKEN]
    return [Reason.ACCOUNT_DISPUTED if plan.is_disputed else Reason.NOT_LINKED]
