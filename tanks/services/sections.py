"""The sections of a sync: what is asked of the API, in which order, and what happens when an answer does not come.

The network is never reached inside a transaction. Each answer is stored as soon as it is there, so a sync that is killed
loses nothing, and the next one goes on where it ended.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from common.locks import LockKind, try_lock
from tanks import wargaming
from tanks.diffs import GarageState, is_heavy_loss
from tanks.models import Player, Realm, Section, SyncedClan, SyncRun, SyncTrouble
from tanks.services.accounts import store_accounts
from tanks.services.garages import store_tanks
from tanks.services.private import read_private_garages
from tanks.services.roster import store_roster
from tanks.services.status import ANSWERED, record, stops_all, trouble_of
from tanks.services.vehicles import is_catalogue_due, store_catalogue
from tanks.wargaming import Answers, Client
from tanks.wargaming.errors import WargamingError

logger = logging.getLogger(__name__)

# The realms share one table of vehicles.
_ONE_FOR_ALL: Final = 0
# A section, how much of it is done, and how much there is.
OnStep = Callable[[Section, int, int], object]


@dataclass(slots=True)
class Sync:
    """What the sections of one run share; `rows` counts what they changed so far."""

    run: SyncRun
    clan: SyncedClan
    realm: Realm
    client: Client
    on_step: OnStep
    rows: dict[Section, int] = field(default_factory=dict)
    troubles: dict[Section, tuple[SyncTrouble, str]] = field(default_factory=dict)
    attempted: list[Section] = field(default_factory=list)

    @property
    def failed(self) -> list[Section]:
        """The sections that brought nothing."""
        return [section for section, (trouble, _) in self.troubles.items() if trouble not in ANSWERED]

    @property
    def is_limited(self) -> bool:
        """Whether the API refused the pace of more than one section: it is not one method's trouble then."""
        return [trouble for trouble, _ in self.troubles.values()].count(SyncTrouble.RATE_LIMITED) > 1

    def add(self, section: Section, rows: int) -> None:
        self.rows[section] = self.rows.get(section, 0) + rows


def do_sections(sync: Sync) -> None:
    """Do one section after the other; a fault of one leaves the others alone, unless nothing can be asked any more."""
    for section, work in _SECTIONS:
        if section in _OF_MEMBERS and not Player.objects.filter(clan=sync.clan).exists():
            continue  # nobody to ask about: neither a success nor a failure
        sync.attempted.append(section)
        sync.client.faults.clear()
        try:
            trouble = work(sync)
            _record(sync, section, trouble)
        except WargamingError as error:
            logger.warning("Sync of %s, %s: %s", sync.clan, section.value, error)
            _record(sync, section, trouble_of(error), str(error))
            if stops_all(error) or sync.is_limited:
                return
        except Exception as error:
            _record(sync, section, SyncTrouble.INTERNAL, f"{type(error).__name__}: {error}")
            raise
        if sync.clan.disbanded_at:
            return


def _record(sync: Sync, section: Section, trouble: SyncTrouble, error: str = "") -> None:
    if trouble:
        sync.troubles[section] = (trouble, error)
    faults = sync.client.faults
    record(
        sync.clan,
        section,
        at=timezone.now(),
        rows=sync.rows.get(section, 0),
        trouble=trouble,
        error=error or _in_short(faults),
        unreadable=len(faults),
    )


def _in_short(faults: Sequence[str]) -> str:
    """Return the kinds of what could not be read, each with how often it occurred."""
    return " ".join(f"{fault} ({times})" for fault, times in Counter(faults).most_common(5))


def _members(sync: Sync) -> SyncTrouble:
    number = sync.clan.wargaming_id
    sync.on_step(Section.MEMBERS, 0, 1)
    answer = sync.client.clans_info([number])
    stored = store_roster(sync.clan, answer.by_id.get(number), at=timezone.now())
    sync.add(Section.MEMBERS, stored.rows)
    sync.on_step(Section.MEMBERS, 1, 1)
    return stored.trouble


def _accounts(sync: Sync) -> SyncTrouble:
    players = _roster(sync)
    sync.on_step(Section.ACCOUNTS, 0, len(players))
    answer = sync.client.account_info(player.account_id for player in players)
    if _is_empty(answer, asked=len(players)):
        return SyncTrouble.EMPTY
    sync.add(Section.ACCOUNTS, store_accounts([player.pk for player in players], answer, at=timezone.now()))
    sync.on_step(Section.ACCOUNTS, len(players), len(players))
    return SyncTrouble.NONE


def _roster(sync: Sync) -> list[Player]:
    """Return the members to ask for; those whose numbers the API refuses only once a day, since finding them costs."""
    players = Player.objects.filter(clan=sync.clan).order_by("pk").defer("access_token")
    return list(players if sync.run.is_full else players.filter(refused_since__isnull=True))


def _vehicles(sync: Sync) -> SyncTrouble:
    version = sync.client.catalogue_version()[:100]
    with try_lock(LockKind.CATALOGUE, _ONE_FOR_ALL) as is_ours:
        sync.realm.refresh_from_db()  # another clan's sync may have read the catalogue since this one began
        # Without the lock another clan's sync is reading the very same.
        if is_ours and is_catalogue_due(sync.realm, version, now=timezone.now()):
            return _read_catalogue(sync, version)
    return SyncTrouble.NONE


def _read_catalogue(sync: Sync, version: str) -> SyncTrouble:
    at, vehicles, total = timezone.now(), {}, None
    unreadable: set[int] = set()
    for page in sync.client.vehicles():
        vehicles.update({vehicle.tank_id: vehicle for vehicle in page.vehicles})
        unreadable |= page.unreadable
        total = page.total
        sync.on_step(Section.VEHICLES, page.number, page.pages or page.number)
    if not vehicles:
        return SyncTrouble.EMPTY  # for one request: asked again with the next sync
    unreadable -= vehicles.keys()
    listed = len(vehicles) + len(unreadable)
    is_whole = total in (None, listed) and not is_heavy_loss(len(unreadable), of=listed)
    rows = store_catalogue(
        sync.realm, list(vehicles.values()), version=version, is_whole=is_whole, at=at, unreadable=unreadable
    )
    sync.add(Section.VEHICLES, rows)
    return SyncTrouble.NONE if is_whole else SyncTrouble.EMPTY


def _tanks(sync: Sync) -> SyncTrouble:
    due = _due_garages(sync)
    numbers = {player.account_id: state for player, state in due}
    done, trouble = 0, SyncTrouble.NONE
    for batch in wargaming.plan(numbers, settings.WOT_TANKS_BATCH):
        sync.on_step(Section.TANKS, done, len(due))
        at = timezone.now()
        answer = sync.client.account_tanks(batch, batch=len(batch))
        listed = {numbers[number].player_id: answer.by_id.get(number) for number in batch}
        states = [numbers[number] for number in batch]
        if _is_empty(answer, asked=len(batch)) and any(state.battles for state in states):
            states, trouble = [], SyncTrouble.EMPTY  # they are asked for again
        sync.add(Section.TANKS, store_tanks(listed, at=at, read_for=states))
        done += len(batch)
    sync.on_step(Section.TANKS, done, len(due))
    return trouble


def _is_empty(answer: Answers[Any], *, asked: int) -> bool:
    """Return whether an answer is none: one player may hide, or own nothing, but not all that were asked for."""
    return asked - len(answer.bad_ids) > 1 and not any(answer.by_id.values())


def _due_garages(sync: Sync) -> list[tuple[Player, GarageState]]:
    # Whom the accounts' section has just found refused is not searched for once more.
    asked_for = [player for player in _roster(sync) if player.refused_since is None]
    candidates = [(player, _garage_state(player)) for player in asked_for]
    return [(player, state) for player, state in candidates if state.is_due(sync.clan.full_pass_at)]


def _garage_state(player: Player) -> GarageState:
    return GarageState(
        player_id=player.pk,
        battles=player.battles,
        last_battle_at=player.last_battle_at,
        read_at=player.garage_read_at,
        read_battles=player.garage_battles,
        read_last_battle_at=player.garage_last_battle_at,
        is_hidden=player.hidden_since is not None,
        tries=player.garage_tries,
        missing=player.garage_missing,
    )


def _private(sync: Sync) -> SyncTrouble:
    players = Player.objects.filter(clan=sync.clan).exclude(access_token="").order_by("pk")
    rows, fault = read_private_garages(sync.client, players, full_pass_at=sync.clan.full_pass_at)
    sync.add(Section.PRIVATE, rows)
    if fault is not None:
        raise fault
    return SyncTrouble.NONE


_OF_MEMBERS: Final = frozenset({Section.ACCOUNTS, Section.TANKS, Section.PRIVATE})
_SECTIONS: Final[Sequence[tuple[Section, Callable[[Sync], SyncTrouble]]]] = (
    (Section.MEMBERS, _members),
    (Section.ACCOUNTS, _accounts),
    (Section.VEHICLES, _vehicles),
    (Section.TANKS, _tanks),
    (Section.PRIVATE, _private),
)
