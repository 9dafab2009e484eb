"""Scenes of the demo's game, as lines of its log without their times: who comes, builds, fights and invades."""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from local.demo.cast import BOOK, CAMPS, CHARACTERS, MODERATOR, PEOPLE, SERVER, STAYS, Camp, Character
from territory.rules.geometry import distance_m

Place = tuple[float, float]

_GOODS, _TRAPS, _FORBIDDEN = BOOK["goods"], BOOK["traps"], BOOK["forbidden"]
FORBIDDEN_WHEEL = " placed Wheel<HatchbackWheel>"
_NOBODY = (
    'Player "XiiegrxMwckuf" (id=Unknown pos=<-340282346638528859811704183484516925440.0, 10326.4, 339.3>)'
)

_WILD_MARGIN_M = 100
# Mostly land on both maps; nobody looks at the rest.
_WILD_X, _WILD_Z = (1500, 10500), (3000, 11500)


@dataclass(slots=True)
class Theatre:
    """A game server's players and bases as they were `days_ago`. Who is `absent` takes no part, being banned."""

    rng: random.Random
    server: str = SERVER
    platform: str = "xbox"
    days_ago: float = 0.0
    absent: set[str] = field(default_factory=set)
    _met: set[str] = field(default_factory=set)

    def round(self, *, guilty: float) -> list[str]:
        """Return the lines of one scene, at most a few; `guilty` is how likely it is one for the judge."""
        scenes = _GUILTY if self.rng.random() < guilty else _PEACEFUL
        (_weight, scene) = self.rng.choices(scenes, [weight for weight, _scene in scenes])[0]
        return scene(self)

    def opening(self) -> Iterator[list[str]]:
        """Yield the scenes in which every kind of verdict comes up, an invasion soon."""
        for scene in _OPENING:
            yield scene(self)

    # Scenes that harm nobody

    def owner_at_home(self) -> list[str]:
        camps = [camp for camp in self._standing() if self._plays(camp.owner)]
        camp = self.rng.choice(camps)
        return self._visit(PEOPLE[camp.owner], camp, self.rng.randint(1, 4))

    def guest(self) -> list[str]:
        """Let a person with a permission build, or a member of the base's clan."""
        camps = [camp for camp in self._standing() if self._welcome(camp)]
        camp = self.rng.choice(camps)
        return self._visit(PEOPLE[self.rng.choice(self._welcome(camp))], camp, self.rng.randint(1, 3))

    def in_the_wild(self) -> list[str]:
        character = self._member() if self.rng.random() < 0.6 else self.stranger()
        return [self._line(character, self._outside(), self.rng.choice(_GOODS + _TRAPS))]

    def player_list(self) -> list[str]:
        online = {
            character.username: character for character in (self._member(), self._member(), self._member())
        }
        rows = [self._line(character, self._outside(), "") for character in online.values()]
        return [f"##### PlayerList log: {len(rows)} players", *rows, "#####"]

    def fireworks(self) -> list[str]:
        place = self._inside(self.rng.choice(self._standing()))
        return [self._line(self._member(), place, " placed Fireworks<FireworksLauncher>")]

    def staff_at_work(self) -> list[str]:
        """Let the moderator, who is immune, build in somebody's base."""
        place = self._inside(self.rng.choice(self._standing()))
        return [self._line(PEOPLE[MODERATOR], place, " placed Construction Light<Spotlight>")]

    def nameless(self) -> list[str]:
        """Return a line that cannot be judged."""
        return [f"{_NOBODY} placed Fence Kit<FenceKit>"]

    # Scenes for the judge

    def invasion(
        self, by: Character | None = None, at: str = "", acts: int | None = None, tail: str = ""
    ) -> list[str]:
        """Let a player, by default a new one, build in a base, by default in any."""
        camps = [camp for camp in self._standing() if at in ("", camp.name)]
        count = acts or self.rng.choice((1, 1, 2, 3, 5))
        return self._visit(by or self.stranger(), self.rng.choice(camps), count, tail)

    def at_the_edge(self) -> list[str]:
        """Build so near to a base's edge that staff have to look."""
        camp = self.rng.choice(self._standing())
        return [self._line(self.stranger(), self._at(camp, camp.radius_m - 3), self.rng.choice(_GOODS))]

    def trap(self) -> list[str]:
        return self.invasion(acts=1, tail=self.rng.choice(_TRAPS))

    def namesake(self, username: str = "rafael") -> list[str]:
        """Let a player of the same gamertag and another id build in a member's base."""
        twin = Character("", "", PEOPLE[username].gamertag, self.platform, twin="2")
        camp = next(camp for camp in self._standing() if camp.owner == username)
        return [self._line(twin, self._inside(camp), " placed Wooden Crate<WoodenCrate>")]

    def shelter(self) -> list[str]:
        return [self._line(self.stranger(), self._outside(), self.rng.choice(_FORBIDDEN))]

    # People and places

    def _visit(self, character: Character, camp: Camp, acts: int, tail: str = "") -> list[str]:
        """Return acts in a base, sometimes with the player's arrival before them or departure after them."""
        goods = [tail or self.rng.choice(_GOODS) for _ in range(acts)]
        lines = [self._line(character, self._inside(camp), one) for one in goods]
        if self.rng.random() < 0.3:
            name = character.gamertag_at(self.days_ago)
            lines = [f'Player "{name}" (id={character.player_id}) is connecting', *lines]
        if self.rng.random() < 0.2:
            lines.append(self._line(character, self._inside(camp), " has been disconnected"))
        return lines

    def _standing(self) -> list[Camp]:
        return [camp for camp in CAMPS if camp.server == self.server and camp.holds(self.days_ago)]

    def _plays(self, username: str) -> bool:
        return username not in self.absent and PEOPLE[username].platform == self.platform

    def _welcome(self, camp: Camp) -> list[str]:
        """Return the people besides the owner who may build in a base."""
        guests = {guest.username for guest in camp.guests if guest.holds(self.days_ago)}
        clan = {stay.username for stay in STAYS if stay.clan == camp.clan and stay.holds(self.days_ago)}
        return sorted(username for username in (guests | clan) - {camp.owner} if self._plays(username))

    def _member(self) -> Character:
        return self.rng.choice([character for character in CHARACTERS if self._plays(character.username)])

    def stranger(self) -> Character:
        """Return a player who is new to the system."""
        name = ""
        while not name or name in self._met:
            number = str(self.rng.randrange(10, 1000)) if self.rng.random() < 0.4 else ""
            name = self.rng.choice(BOOK["nouns"]) + self.rng.choice(BOOK["tails"]) + number
        self._met.add(name)
        return Character("", "", name, self.platform)

    def _inside(self, camp: Camp) -> Place:
        return self._at(camp, camp.radius_m * 0.8 * math.sqrt(self.rng.random()))

    def _at(self, camp: Camp, distance: float) -> Place:
        angle = self.rng.uniform(0, math.tau)
        return camp.x + distance * math.cos(angle), camp.z + distance * math.sin(angle)

    def _outside(self) -> Place:
        while True:
            x, z = self.rng.uniform(*_WILD_X), self.rng.uniform(*_WILD_Z)
            if all(distance_m(x, z, camp.x, camp.z) > camp.radius_m + _WILD_MARGIN_M for camp in CAMPS):
                return x, z

    def _line(self, character: Character, place: Place, tail: str) -> str:
        x, z = place
        # A height for show: the same place always has the same one.
        altitude = 150 + 120 * math.sin(x / 900) * math.cos(z / 700)
        name = character.gamertag_at(self.days_ago)
        return f'Player "{name}" (id={character.player_id} pos=<{x:.1f}, {z:.1f}, {altitude:.1f}>){tail}'


Scene = Callable[[Theatre], list[str]]
_PEACEFUL: tuple[tuple[int, Scene], ...] = (
    (8, Theatre.owner_at_home),
    (5, Theatre.guest),
    (5, Theatre.in_the_wild),
    (3, Theatre.player_list),
)
_GUILTY: tuple[tuple[int, Scene], ...] = (
    (6, Theatre.invasion),
    (1, Theatre.at_the_edge),
    (2, Theatre.trap),
    (1, Theatre.shelter),
)
_OPENING: tuple[Scene, ...] = (
    *(Theatre.owner_at_home, Theatre.invasion, Theatre.guest, Theatre.in_the_wild, Theatre.trap),
    *(Theatre.staff_at_work, Theatre.fireworks, Theatre.shelter, Theatre.namesake, Theatre.player_list),
    *(Theatre.guest, Theatre.owner_at_home, Theatre.nameless),
)
