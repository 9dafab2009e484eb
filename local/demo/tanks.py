"""The demo's World of Tanks clan: it lives in the simulator of Wargaming's API, which takes the place of the real one."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from clans.models import User
from local.demo import cast
from local.demo.clock import Clock
from local.simulator import api
from local.simulator.world import World
from tanks.models import COMMANDING_ROLES, Player, Realm, SyncedClan, SyncRun
from tanks.services.accounts import store_accounts
from tanks.services.garages import store_tanks
from tanks.services.realms import clan_in
from tanks.services.roster import store_roster
from tanks.services.sync import request_sync
from tanks.wargaming import Answers, answers
from tanks.wargaming.answers import TankStatistic

REALM = "simulator"
# The simulator's first choice; the next free port serves as well.
PORT = 8950
SEED, MEMBERS = 2010, 60
_READ_AT = time(23, 50)
# Of the demo's people who also play tanks, those after the commander and the member.
_ALSO = ("caio", "marina", "joao", "ana", "camila", "talita", "mateus")

# By vehicle: battles, wins and mastery as they were read last.
_Garage = dict[int, TankStatistic]


def since(data_dir: Path, otherwise: datetime | None = None) -> datetime:
    """Return when the clan's time began, by default now. It is chosen once, so that no counter falls at a restart."""
    file = cast.folder(data_dir) / "simulator-since.txt"
    try:
        return datetime.fromisoformat(file.read_text(encoding="utf-8").strip())
    except (FileNotFoundError, ValueError):
        beginning = (otherwise or datetime.now(tz=UTC)).astimezone(UTC).replace(microsecond=0)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(beginning.isoformat() + "\n", encoding="utf-8")
        return beginning


@transaction.atomic
def prepare(url: str, beginning: datetime) -> SyncRun:
    """Make or mend the rows of the simulated realm and clan, whatever port it has today, and ask for a sync."""
    return request_sync(_clan(url, _world(beginning)), trigger=SyncRun.Trigger.SCHEDULE)


def tell(clock: Clock, data_dir: Path, *, now: datetime, days: int) -> None:
    """Write the clan's last days as syncs would have, one in the evening of each; the simulator goes on from there."""
    world = _world(since(data_dir, otherwise=now - timedelta(days=days)))
    clan = _clan(f"http://127.0.0.1:{PORT}", world)
    garages: dict[int, _Garage] = {}
    for day in range(days, -1, -1):
        evening = (now - timedelta(days=day)).astimezone(cast.TIME_ZONE).date()
        clock.moment = datetime.combine(evening, _READ_AT, cast.TIME_ZONE)
        if world.since <= clock.moment.timestamp() < now.timestamp():
            world.advance_to(int(clock.moment.timestamp()))
            _store_day(world, clan, garages, clock.moment)


def _world(beginning: datetime) -> World:
    return World(seed=SEED, members=MEMBERS, since=int(beginning.timestamp()))


def _clan(url: str, world: World) -> SyncedClan:
    realm, _made = Realm.objects.update_or_create(name=REALM, defaults={"url": url})
    clan = clan_in(realm, world.clan_id)
    _link(clan, world)
    return clan


def _store_day(world: World, clan: SyncedClan, garages: dict[int, _Garage], at: datetime) -> None:
    """Store what the API says now by the services of a sync; of the vehicles only those that changed, which is quicker.

    The catalogue is left to the first sync.
    """
    roster = answers.clans(_ask(world, "clans/info", clan_id=world.clan_id)["data"])
    store_roster(clan, roster[world.clan_id], at=at)
    players = dict(Player.objects.filter(clan=clan).order_by("pk").values_list("account_id", "pk"))
    asked = _ask(world, "account/info", account_id=",".join(map(str, players)))
    store_accounts(players.values(), Answers(answers.accounts(asked["data"])), at=at)
    news = {pk: _news(world, number, garages) for number, pk in players.items() if number not in world.hidden}
    store_tanks({pk: tanks for pk, tanks in news.items() if tanks}, at=at)


def _news(world: World, account_id: int, garages: dict[int, _Garage]) -> list[TankStatistic]:
    """Return the vehicles of a player that changed since they were read last."""
    player, garage = world.players[account_id], garages.setdefault(account_id, {})
    if sum(tank.battles for tank in garage.values()) == player.figures.battles:
        return []
    listed = [
        TankStatistic(tank_id, tank.figures.battles, tank.figures.wins, tank.mastery)
        for tank_id, tank in player.tanks.items()
    ]
    news = [tank for tank in listed if garage.get(tank.tank_id) != tank]
    garage.update({tank.tank_id: tank for tank in news})
    return news


def _ask(world: World, path: str, **parameters: object) -> dict[str, Any]:
    return api.answer(world, path, "GET", {name: str(value) for name, value in parameters.items()})


def _link(clan: SyncedClan, world: World) -> None:
    """Link the demo's people to players, once: afterwards staff decide."""
    if Player.objects.filter(realm=clan.realm).exists():
        return
    officers = [number for number, place in world.members.items() if place.role in COMMANDING_ROLES]
    others = [number for number in world.members if number not in officers]
    usernames = (cast.COMMANDER, cast.MEMBER, *_ALSO)
    for username, number in zip(usernames, [officers[0], *others], strict=False):
        person = User.objects.filter(username=username).first()
        names = {"account_id": number, "nickname": world.players[number].nickname}
        Player.objects.create(realm=clan.realm, user=person, first_seen=timezone.now(), **names)
