"""The demo's World of Tanks clan: it lives in the simulator of Wargaming's API, which takes the place of the real one."""

from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from clans.models import User
from local.demo import cast
from local.simulator.truth import MemberTruth
from local.simulator.world import World
from tanks.models import COMMANDING_ROLES, Player, Realm, SyncedClan, SyncRun
from tanks.services.realms import clan_in
from tanks.services.sync import request_sync

REALM = "simulator"
# The simulator's first choice; the next free port serves as well.
PORT = 8950
SEED, MEMBERS = 2010, 100


def since(data_dir: Path) -> datetime:
    """Return when the clan's time began. It is chosen once, so that no counter falls at a restart."""
    file = cast.folder(data_dir) / "simulator-since.txt"
    try:
        return datetime.fromisoformat(file.read_text(encoding="utf-8").strip())
    except (FileNotFoundError, ValueError):
        beginning = datetime.now(tz=UTC).replace(microsecond=0)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(beginning.isoformat() + "\n", encoding="utf-8")
        return beginning


@transaction.atomic
def prepare(url: str, beginning: datetime) -> SyncRun:
    """Make or mend the rows of the simulated realm and clan, whatever port it has today, and ask for a sync."""
    world = World(seed=SEED, members=MEMBERS, since=int(beginning.timestamp()))
    realm, _made = Realm.objects.update_or_create(name=REALM, defaults={"url": url})
    clan = clan_in(realm, world.clan_id)
    _link(clan, list(world.expected().members.values()))
    return request_sync(clan, trigger=SyncRun.Trigger.SCHEDULE)


def _link(clan: SyncedClan, members: list[MemberTruth]) -> None:
    """Link the demo's people to players, once: afterwards staff decide."""
    if Player.objects.filter(realm=clan.realm).exists():
        return
    officers = [member for member in members if member.role in COMMANDING_ROLES]
    others = [member for member in members if member.role not in COMMANDING_ROLES]
    for username, member in ((cast.COMMANDER, officers[0]), (cast.MEMBER, others[0])):
        person = User.objects.filter(username=username).first()
        Player.objects.update_or_create(
            realm=clan.realm,
            account_id=member.account_id,
            defaults={"user": person},
            create_defaults={"user": person, "nickname": member.nickname, "first_seen": timezone.now()},
        )
