"""People become one while workers judge them: in threads and processes, on random worlds."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from accounts.services.merging import merge_people
from clans.models import User
from territory.models import Infraction, Placement, PlayerIdentity
from territory.models.server import GameServer
from territory.services.identities import SeenPlayer, learn_players
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import (
    LONG_AGO,
    NOW,
    incoming,
    join,
    make_base,
    make_clan,
    make_server,
    make_user,
    permit,
    player_id,
)
from tests.conftest import kill_group
from tests.forked import Forked

PAIRS, ACTS = 4, 120


@dataclass
class World:
    """People of whom two are one, without anybody knowing, and where each of their players may build."""

    rng: random.Random
    server: GameServer
    pairs: list[tuple[User, User]] = field(default_factory=list)
    # Players, and where they may build before their people are one; and where they may only afterwards.
    allowed: list[tuple[str, float, float]] = field(default_factory=list)
    later: list[tuple[str, float, float]] = field(default_factory=list)
    bases: int = 0

    def base(self, owner: User, **fields: object) -> tuple[float, float]:
        self.bases += 1
        x, z = 500.0 + 450 * (self.bases % 30), 500.0 + 450 * (self.bases // 30)
        base = make_base(self.server, owner, name=f"B{self.bases}", x=x, z=z, **fields)
        self.last = base
        return x, z

    def players(self, person: User) -> list[str]:
        """Give a person players: some are known by the log's id, some only by the gamertag."""
        names = [f"{person.pk} {number}" for number in range(self.rng.randint(1, 3))]
        for name in names:
            is_known = self.rng.random() < 0.5
            known = {"player_id": player_id(name) if is_known else None, "created_at": LONG_AGO}
            PlayerIdentity.objects.create(user=person, gamertag=name, platform="xbox", **known)
        return names

    def pair(self) -> None:
        known = User.objects.for_discord_id(f"90{self.rng.randrange(10**12)}")
        member = make_user(f"member-{known.pk}", password="x")
        other = make_user(f"other-{known.pk}")
        clan = make_clan(f"Clan {known.pk}")
        rights = self.rng.sample(["own", "permitted", "both permitted", "clan", "both clan"], 4)
        for person, twin in ((known, member), (member, known)):
            names, twins = self.players(person), []
            for right in {"own", *rights}:
                if right == "own":
                    place = self.base(person)
                    if self.rng.random() < 0.5:  # moved since, so that its past matters
                        self.last.x += 20
                        self.last.save()
                elif "permitted" in right:
                    place = self.base(other)
                    permit(self.last, person, level=self.rng.choice(["build", "admin"]))
                    if "both" in right:
                        permit(self.last, twin)
                else:
                    of = clan if "both" in right else make_clan(f"Clan {person.pk} {right} {self.bases}")
                    place = self.base(other, clan=of)
                    for one in {person, twin} if "both" in right else {person}:
                        if not one.clan_memberships.filter(clan=of).exists():
                            join(of, one)
                self.allowed += [(name, *place) for name in names]
                twins.append(place)
            self.later += [
                (name, *place)
                for name in PlayerIdentity.objects.filter(user=twin).values_list("gamertag", flat=True)
                for place in twins
            ]
        self.pairs.append((known, member))

    def act(self, places: list[tuple[str, float, float]], count: int) -> None:
        chosen = self.rng.choices(places, k=count)
        acts = [incoming(name, player_id=player_id(name), x=x + 10, z=z + 10) for name, x, z in chosen]
        store(self.server, acts)

    def judge(self) -> None:
        judge_due(self.server.pk, now=NOW, limit=5)

    def read_log(self) -> None:
        """Learn players from a log meanwhile, which locks the same identities."""
        names = self.rng.sample(sorted({name for name, *_place in self.allowed}), 5)
        learn_players(self.server, [SeenPlayer(name, player_id(name), NOW) for name in names])


def repeat(act: Callable[[], None], stop: threading.Event, errors: list[BaseException]) -> None:
    try:
        while not stop.is_set():
            act()
    except BaseException as error:  # noqa: BLE001 - shown by the test
        errors.append(error)
    finally:
        connection.close()


def judge_for_ever(server_id: int) -> None:
    while True:
        judge_due(server_id, now=NOW, limit=4)


def wait_until_judged(seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while Placement.objects.filter(state="pending").exists():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in (1, 2))])
def test_owner_who_becomes_one_person_while_workers_judge_is_never_an_intruder(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    world = World(rng, make_server(slug="sul", platform="xbox", ban_list="/tmp/unused/ban.txt"))
    for _ in range(PAIRS):
        world.pair()
    world.act(world.allowed, ACTS)
    world.act([("Invasor", x, z) for _name, x, z in world.allowed], 10)
    stop = threading.Event()
    errors: list[BaseException] = []
    acts = (world.judge, world.judge, world.read_log)
    threads = [threading.Thread(target=repeat, args=[act, stop, errors]) for act in acts]
    processes = [Forked(judge_for_ever, world.server.pk, log=tmp_path / "log") for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number, (known, member) in enumerate(world.pairs):
            world.act(world.allowed, 30)
            time.sleep(rng.random() / 10)
            merge_people(known, member, at=timezone.now())
            if number == PAIRS // 2:
                os.kill(processes[0].pid, signal.SIGKILL)
        wait_until_judged()
        world.act(world.allowed + world.later, ACTS)
        wait_until_judged()
        assert processes[1].poll() is None
    finally:
        stop.set()
        for process in processes:
            kill_group(process)
        for thread in threads:
            thread.join()
    assert errors == []
    assert set(Infraction.objects.values_list("gamertag", flat=True)) == {"Invasor"}
    assert Infraction.objects.count() == 10
    assert not User.objects.filter(pk__in=[known.pk for known, _member in world.pairs]).exists()
    members = [one for _known, one in world.pairs]
    strangers = Placement.objects.exclude(gamertag="Invasor").exclude(user__in=members)
    assert list(strangers.values_list("gamertag", "rule", "user")) == []
