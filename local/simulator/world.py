"""The invented clan and its time: everything is a function of seed, beginning and moment, and of what is done to it."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from local.simulator import agenda, people
from local.simulator.agenda import DAY, PlannedEvent
from local.simulator.catalogue import Catalogue, unlisted_ids
from local.simulator.people import random_of
from local.simulator.records import Account

CLAN_ID: Final = 1_900_000_777
CLAN_TAG: Final = "ONCA"
CLAN_NAME: Final = "Onças do Cerrado ☆ ᴮᴿ"
MOST_MEMBERS: Final = 100
EARLIEST: Final = 1_356_998_400


@dataclass(slots=True)
class Place:
    """A place in the clan; `joined_at` in seconds since 1970."""

    role: str
    joined_at: int


class World:
    """A clan of `members` (1 to 100) players as it is at `since` (seconds since 1970), and as time changes it.

    ValueError for other numbers of members, and for a beginning before 2013.

    Two worlds of one seed, size and beginning are equal at every moment, however many steps it took to get there, until
    something is done to one of them. Not thread-safe.
    """

    def __init__(
        self, *, seed: int = 1, members: int = 100, since: int = 1_767_225_600, clan_id: int = CLAN_ID
    ) -> None:
        if not 1 <= members <= MOST_MEMBERS:
            raise ValueError(f"A clan has 1 to {MOST_MEMBERS} members, not {members}.")
        if since < EARLIEST:
            raise ValueError("A world begins in 2013 or later: the game has to have a past.")
        self.seed = seed
        self.since = self.now = since
        self.clan_id = clan_id
        self.size = members
        self.catalogue = Catalogue(updated_at=since - 20 * DAY)
        self.players: dict[int, Account] = {}
        self.members: dict[int, Place] = {}
        self.hidden: set[int] = set()
        self.forgotten_tokens: set[str] = set()
        self._agenda: deque[PlannedEvent] = deque()
        self._planned_day = agenda.day_of(since) - 1
        self._actions = 0
        self._populate(members)

    # Time

    def advance_to(self, moment: int) -> None:
        """Let time pass until a moment (seconds since 1970); an earlier one changes nothing."""
        while True:
            if self._agenda and self._agenda[0].at <= moment:
                self._happen(self._agenda.popleft())
            elif not self._agenda and self._planned_day < agenda.day_of(moment):
                self._plan_next_day()
            else:
                break
        self.now = max(self.now, moment)

    def _plan_next_day(self) -> None:
        self._planned_day += 1
        activity = {account_id: self.players[account_id].activity for account_id in self.members}
        planned = agenda.plan(random_of(self.seed, "day", self._planned_day), self._planned_day, activity)
        self._agenda.extend(event for event in planned if event.at > self.since)

    def _happen(self, event: PlannedEvent) -> None:
        self.now = max(self.now, event.at)
        if event.kind == "session":
            self._session(event)
        elif event.kind == "join":
            if len(self.members) < self.size:
                self.join()
        elif ordinary := [number for number, place in self.members.items() if place.role != "commander"]:
            change = {"leave": self.leave, "rename": self.rename, "role": self.change_role}[event.kind]
            change(random_of(self.seed, event.kind, event.at).choice(ordinary))

    def _session(self, event: PlannedEvent) -> None:
        """Fight 1 to 15 battles in 1 to 5 vehicles, now and then in a new one."""
        player = self.players[event.account_id]
        rng = random_of(self.seed, "session", event.account_id, event.at)
        battles = rng.randint(1, 15)
        for _ in range(rng.randint(1, min(5, battles))):
            part = max(1, battles // 3)
            self._fight(player, rng.randrange(2**32), part, new=rng.random() < 0.03)
            battles -= part
        player.leave_battle(event.at)

    def _fight(self, player: Account, key: int, battles: int, *, new: bool) -> None:
        rng = random_of(self.seed, "battles", key)
        if new or not player.tanks:
            tank_id = rng.choice(list(self.catalogue.vehicles))
        else:
            driven = list(player.tanks)
            weights = [tank.figures.battles for tank in player.tanks.values()]
            tank_id = rng.choices(driven, weights=weights)[0]
        player.record(rng, tank_id, battles, self.catalogue.tier(tank_id))

    # What can be done to it

    def play(self, account_ids: Iterable[int], battles: int = 5) -> list[int]:
        """Let players fight `battles` in one vehicle each, now; return their ids."""
        players = [self.players[account_id] for account_id in account_ids]
        for player in players:
            self._fight(player, self._next_key(), battles, new=False)
            player.leave_battle(self.now)
        return [player.account_id for player in players]

    def some_members(self, share: float) -> list[int]:
        """Return a share (0 to 1) of the members who can play and are not hidden, drawn anew each time."""
        able = [i for i in self.members if self.players[i].tanks and i not in self.hidden]
        count = min(len(able), round(share * len(self.members)))
        return sorted(random_of(self.seed, "some", self._next_key()).sample(able, max(0, count)))

    def leave(self, account_id: int) -> None:
        """Let a member leave the clan; the commander's place goes to the next in rank."""
        place = self.members[account_id]
        del self.members[account_id]
        if place.role == "commander" and self.members:
            next_in_rank = min(self.members.values(), key=lambda member: people.ROLES.index(member.role))
            next_in_rank.role = "commander"

    def join(self) -> int:
        """Take a new player into the clan; return the id."""
        chosen = self._invent_player().account_id
        self.members[chosen] = Place("recruit", self.now)
        return chosen

    def rename(self, account_id: int) -> None:
        rng = random_of(self.seed, "rename", account_id, self.now)
        self.players[account_id].nickname = people.free_nickname(rng, self._taken())

    def change_role(self, account_id: int) -> None:
        """Give a member the next role up or down."""
        place = self.members[account_id]
        place.role = people.next_role(random_of(self.seed, "role", account_id, self.now), place.role)

    def drive_unknown(self, account_id: int) -> None:
        """Let a player fight in a vehicle that the catalogue does not know."""
        player = self.players[account_id]
        player.record(random_of(self.seed, "unknown", self._next_key()), unlisted_ids()[-1], 3, 8)
        player.leave_battle(self.now)

    # Its insides

    def _populate(self, members: int) -> None:
        """Invent the first members; of five or more the last but one never fought, and the last is hidden."""
        rng = random_of(self.seed, "clan")
        for number, role in enumerate(people.first_roles(rng, members)):
            is_idle = members >= 5 and number == members - 2
            player = self._invent_player(is_idle=is_idle)
            oldest = max(player.created_at, self.since - 2000 * DAY)
            self.members[player.account_id] = Place(role, rng.randrange(oldest, self.since - 3 * DAY))
        if members >= 5:
            self.hidden.add(list(self.members)[-1])

    def _invent_player(self, *, is_idle: bool = False) -> Account:
        number, taken = len(self.players), self._taken()
        player = people.invent(self.seed, number, since=self.since, taken=taken, is_idle=is_idle)
        self.players[player.account_id] = player
        return player

    def _taken(self) -> set[str]:
        return {player.nickname.lower() for player in self.players.values()}

    def _next_key(self) -> int:
        self._actions += 1
        return self._actions
