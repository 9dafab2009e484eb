"""What the form of a base shows beside its fields: the map, and what would follow from saving."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import User
from face.maps import Circle, Point, small_map
from face.parts import Kind, Text, isolated
from territory.models import Base, GameServer
from territory.my_bases import shared_bases
from territory.rules.geometry import distance_m
from territory.rules.verdict import Outcome
from territory.services.bases import BaseDraft, clans_of
from territory.services.trial import Trial, TriedAct

MOST_ACTS = 12
_SIZE = (800, 640)
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
        return [base.name for base in self.own if _overlaps(base, draft)]


def surroundings(person: User, server: GameServer, now: datetime, *, without: Base | None = None) -> Surroundings:
    """Return the bases to draw around a new or changed one. A fixed number of queries."""
    own = Base.objects.active_at(now).filter(owner=person, server=server).exclude(pk=without.pk if without else None)
    _permissions, shared = shared_bases(person, clans_of(person, at=now), now)
    return Surroundings(list(own), list(shared.filter(server=server)))


def _overlaps(base: Base, draft: BaseDraft) -> bool:
    return distance_m(base.x, base.z, draft.x, draft.z) <= base.radius_m + draft.radius_m


def plan_map(
    server: GameServer,
    around: Surroundings,
    centre: tuple[float, float] | None,
    radius_m: float,
    trial: Trial | None,
) -> SafeString:
    """Draw the new circle among the bases that the reader may see; without a centre, the whole map."""
    x, z = centre or (server.map_size_m / 2, server.map_size_m / 2)
    circles = [Circle(base.x, base.z, base.radius_m, "b-clan", base.name[:40]) for base in around.shared]
    circles += [Circle(base.x, base.z, base.radius_m, "b-own", base.name[:40]) for base in around.own]
    if centre:
        circles.append(Circle(x, z, radius_m, "b-edit"))
    words = _("Map of %(server)s with the base's circle") % {"server": isolated(server)}
    return small_map(
        words,
        x=x,
        z=z,
        width_m=_AROUND * radius_m if centre else server.map_size_m * _SIZE[0] / _SIZE[1],
        circles=circles,
        points=[Point(act.x, act.z, outcome_of(act)[0]) for act in trial.friends] if trial else [],
        size=_SIZE,
    )


def outcome_of(act: TriedAct) -> tuple[Kind, Text]:
    """Return the look and the word of an act's outcome."""
    return _OUTCOMES[act.outcome]
