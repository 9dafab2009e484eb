"""What the form of a base shows beside its fields: the map, and what would follow from saving."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import User
from face.game_maps import GameMap
from face.maps import Circle, Point
from face.parts import Kind, Text, isolated
from territory.models import Base, GameServer
from territory.pages.bases.my_bases import shared_bases
from territory.pages.map.sheets import sheet_of
from territory.rules.geometry import distance_m
from territory.rules.verdict import Outcome
from territory.services.bases import BaseDraft
from territory.services.trial import Trial, TriedAct

MOST_ACTS = 8
_AROUND = 5  # the sheet is so many radii wide
_OUTCOMES: dict[Outcome, tuple[Kind, Text]] = {
    Outcome.ALLOWED: ("allowed", gettext_lazy("allowed")),
    Outcome.IGNORED: ("allowed", gettext_lazy("allowed")),
    Outcome.INVASION: ("invasion", gettext_lazy("invasion")),
    Outcome.FORBIDDEN: ("forbidden", gettext_lazy("forbidden")),
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The bases on a game server that the reader may see: their own but for the one that is changed, and shared ones."""

    own: Sequence[Base]
    shared: Sequence[Base]

    def own_overlaps(self, draft: BaseDraft) -> list[str]:
        """Return the names of the own bases that share a part of the draft's circle."""
        return [
            base.name
            for base in self.own
            if distance_m(base.x, base.z, draft.x, draft.z) <= base.radius_m + draft.radius_m
        ]


def surroundings(
    person: User, server: GameServer, now: datetime, *, without: Base | None = None
) -> Surroundings:
    """Return the bases to draw around a new or changed one. A fixed number of queries."""
    own = Base.objects.active_at(now).filter(owner=person, server=server)
    shared = shared_bases(person, at=now).filter(server=server)
    return Surroundings([base for base in own if base != without], list(shared))


def plan_map(
    server: GameServer,
    around: Surroundings,
    centre: tuple[float, float] | None,
    radius_m: float,
    trial: Trial | None,
) -> GameMap:
    """Return the map of the new circle among the bases that the reader may see; without a centre, the whole map."""
    circles = [Circle(base.x, base.z, base.radius_m, "b-clan", base.name[:40]) for base in around.shared]
    circles += [Circle(base.x, base.z, base.radius_m, "b-own", base.name[:40]) for base in around.own]
    return sheet_of(
        server,
        _("Map of %(server)s with the base's circle") % {"server": isolated(server)},
        centre=centre,
        width_m=_AROUND * radius_m if centre else None,
        circles=circles,
        points=[
            Point(act.x, act.z, outcome_of(act)[0], act.gamertag[:60])
            for act in (trial.shown if trial else ())
        ],
        choice=Circle(*centre, radius_m, "b-edit") if centre else None,
    )


def outcome_of(act: TriedAct) -> tuple[Kind, Text]:
    """Return the look and the word of an act's outcome."""
    return _OUTCOMES[act.outcome]
