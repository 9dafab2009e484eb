"""`explain` against storing and judging the very placement, in random worlds."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clans.models import Clan, ClanMembership, User
from territory.models import (
    Base,
    BasePermission,
    BaseRevision,
    GameServer,
    IdentityConflict,
    ItemRule,
    PlayerIdentity,
    StaffImmunity,
)
from territory.rules.facts import Act
from territory.services.explaining.circumstances import Circumstances
from territory.services.explaining.explanation import explain
from territory.services.hearing import Case, verdict_columns
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import incoming, make_server, placed, player_id
from territory.tests.rules.worlds import CLANS, STEP, RawBase, RawPerson, World, draw_world, moment

pytestmark = pytest.mark.django_db

WORLDS = 40
X, Z = 5_000.0, 3_000.0
ACTOR, OWN_ID = "Jogador É", player_id("Jogador")


@contextmanager
def thrown_away() -> Iterator[None]:
    """A world is undone when it ends."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Stored:
    """A drawn world as rows. What the database refuses, such as bases that overlap, is left out."""

    def __init__(self, world: World, draw: random.Random) -> None:
        self.world, self.draw = world, draw
        self.users = {n: User.objects.create(username=f"pessoa-{n}") for n in (1, 2, 3, 4)}
        self.clans = {n: Clan.objects.create(name=f"clã-{n}") for n in CLANS}
        self.server = make_server(
            mode=world.mode.value, border_margin_m=world.margin, maximum_age=world.limit * STEP
        )
        self.bases: dict[int, Base] = {}
        for number in sorted({base.number for base in world.bases}):
            self._store_base([base for base in world.bases if base.number == number])
        ItemRule.objects.create(
            server=draw.choice((self.server, None)), pattern="FenceK*", policy=world.policy.value
        )
        self._store_holdings(world.person)
        if world.disputed is not None and world.disputed.user != world.person.user:
            self._store_holdings(world.disputed)
        self._store_identities()

    def _store_base(self, states: list[RawBase]) -> None:
        *former, last = states
        values = self._state(last)
        start = moment(states[0].span[0])
        changed = moment(last.span[0]) if former else None
        end = None if last.span[1] is None else moment(last.span[1])
        base = self._try(
            Base,
            name=f"base {last.number}",
            registered_at=start,
            changed_at=changed,
            removed_at=end,
            **values,
        )
        if base is None:
            return
        self.bases[last.number] = base
        for state in former:
            until = moment(state.span[1] or 0)
            BaseRevision.objects.create(
                base=base, valid_from=moment(state.span[0]), valid_to=until, **self._state(state)
            )

    def _state(self, raw: RawBase) -> dict[str, Any]:
        return {
            "server": self.server,
            "owner": self.users[raw.owner],
            "clan": self.clans[raw.clan] if raw.clan is not None else None,
            "x": X + raw.x,
            "z": Z + raw.z,
            "radius_m": float(raw.radius),
        }

    def _store_holdings(self, raw: RawPerson) -> None:
        if raw.user is None:
            return
        user = self.users[raw.user]
        for number, span in raw.permissions:
            if number in self.bases:
                start, end = self._times(span)
                base = self.bases[number]
                self._try(BasePermission, base=base, user=user, granted_at=start, revoked_at=end)
        for clan, span in raw.memberships:
            start, end = self._times(span)
            self._try(ClanMembership, clan=self.clans[clan], user=user, joined_at=start, left_at=end)
        for span in raw.immune:
            start, end = self._times(span)
            self._try(StaffImmunity, server=self.server, user=user, granted_at=start, revoked_at=end)

    def _store_identities(self) -> None:
        """Link the actor, sometimes by name only, and who is in dispute by the same name and another id."""
        world, choice = self.world, self.draw.random()
        if world.person.user is not None:
            self._link(world.person.user, ACTOR if choice < 0.5 else "Outro nome", OWN_ID)
            if choice < 0.25:
                PlayerIdentity.objects.update(player_id=None)
        elif choice < 0.3:
            PlayerIdentity.objects.create(gamertag=ACTOR, player_id=OWN_ID)
        if world.disputed is not None and world.disputed.user != world.person.user:
            identity = self._link(world.disputed.user, ACTOR.upper(), player_id("Em disputa"))
            if choice > 0.8:
                times = {"first_seen_at": moment(0), "last_seen_at": moment(0), "resolved_at": moment(0)}
                IdentityConflict.objects.create(identity=identity, player_id=OWN_ID, gamertag=ACTOR, **times)

    def _link(self, user: int | None, gamertag: str, own_id: str) -> PlayerIdentity:
        return PlayerIdentity.objects.create(
            user=self.users[user or 0], gamertag=gamertag, player_id=own_id, created_at=moment(-100_000)
        )

    def _times(self, span: tuple[int, int | None]) -> tuple[Any, Any]:
        return moment(span[0]), None if span[1] is None else moment(span[1])

    def _try(self, model: Any, **fields: Any) -> Any:
        try:
            with transaction.atomic():
                return model.objects.create(**fields)
        except IntegrityError:
            return None

    def explained(self, own_id: str = OWN_ID) -> Circumstances:
        case = Case(ACTOR, own_id, "FenceKit", Act(X, Z, moment(self.world.act)))
        return explain(self.server, case, now=moment(self.world.now)).seen


COLUMNS = ("outcome", "rule", "action", "base_id", "distance_m", "user_id", "reasons")


def judged(server: GameServer, world: World) -> dict[str, object]:
    at = moment(world.act)
    store(server, [incoming(ACTOR, player_id=OWN_ID, x=X, z=Z, occurred_at=at)])
    assert judge_due(server.pk, now=moment(world.now)).judged == 1
    row = placed(ACTOR)
    return {name: getattr(row, name) for name in COLUMNS}


def bases_in_force(stored: Stored, seen: Circumstances) -> dict[int, Any]:
    """Of each base near that was in force: the right that the actor had in it, if any."""
    user_id, rights = seen.finding.match.user_id, dict[int, Any]()
    for base in seen.bases:
        if seen.standing(base.state.period) == "in_force" and base.edge_m <= stored.server.border_margin_m:
            own = [one for one in base.rights if user_id and one.user_id == user_id]
            in_force = [one.right for one in own if seen.standing(one.period) == "in_force"]
            rights[base.state.base_id] = in_force[0] if in_force else None
    return rights


def test_explanation_is_what_judging_stores() -> None:
    """The verdict of both is the same, and the bases listed as in force are those that the verdict considered."""
    draw, seen, bases = random.Random("explain"), set[str](), 0
    for _ in range(WORLDS):
        with thrown_away():
            stored = Stored(draw_world(draw), draw)
            before = stored.explained()
            considered = {one.base_id: one.right for one in before.finding.verdict.considered}
            assert not considered or bases_in_force(stored, before) == considered
            bases += len(considered)
            verdict = judged(stored.server, stored.world)
            assert verdict_columns(before.finding) == verdict
            assert verdict_columns(stored.explained().finding) == verdict, (
                "once more, with what judging learned"
            )
            seen.update((str(verdict["rule"]), str(verdict["action"]), before.found_by))
    assert bases > 10
    rules = {"outside", "owner", "permission", "clan", "intruder", "item_forbidden"}
    assert rules | {"ban", "review", "player_id", "gamertag", "disputed", "nobody"} <= seen


def test_moments_are_exact_to_the_microsecond() -> None:
    server = make_server()
    owner = User.objects.create(username="dona")
    start = moment(0) + timedelta(microseconds=1)
    Base.objects.create(server=server, owner=owner, name="b", x=X, z=Z, registered_at=start)
    for at, rule in ((start - timedelta(microseconds=1), "outside"), (start, "intruder")):
        seen = explain(server, Case(ACTOR, OWN_ID, "FenceKit", Act(X, Z, at)), now=moment(1)).seen
        assert seen.finding.verdict.rule == rule
