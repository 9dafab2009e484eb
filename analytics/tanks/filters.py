"""The choices in the page's address as a value: which tanks, how many on a page, and in which order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.http import QueryDict

from analytics.tanks.sorting import DEFAULT_SORT
from tanks.models import GarageTank

UNKNOWN = "unknown"
DEFAULT_SIZE = "50"


def key_of(value: int | str | None) -> str:
    """Return a tier, nation or type as it stands in the address."""
    return str(value) if value else UNKNOWN


@dataclass(frozen=True, slots=True)
class TankFilter:
    """One field per parameter of the address, with its keys as they stand there; a blank or empty one restricts nothing.

    The key UNKNOWN stands for vehicles that the catalogue never listed. A new filter is a field, a restriction in `tanks_of`,
    and its options and field in `form`.
    """

    clan: str = ""
    player: str = ""
    tier: tuple[str, ...] = ()
    nation: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    least: str = ""
    size: str = DEFAULT_SIZE
    sort: str = DEFAULT_SORT

    @classmethod
    def parse(cls, query: QueryDict, options: Mapping[str, Collection[str]]) -> Self:
        """Read an address. Keys that are no option are ignored; of a parameter with one key the last counts."""
        chosen: dict[str, Any] = {}
        for field in fields(cls):
            keys = [key for key in dict.fromkeys(query.getlist(field.name)) if key in options[field.name]]
            if keys:
                chosen[field.name] = tuple(keys) if isinstance(field.default, tuple) else keys[-1]
        return cls(**chosen)

    @property
    def address(self) -> QueryDict:
        """The address that chooses the same, without defaults."""
        address = QueryDict(mutable=True)
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                address.setlist(field.name, [value] if isinstance(value, str) else value)
        return address

    @property
    def url(self) -> str:
        """The address as a link from the page itself."""
        return f"?{self.address.urlencode()}"

    def without(self, name: str, key: str = "") -> Self:
        """The same without one choice: of a parameter with several keys without this key."""
        keys = getattr(self, name)
        rest: Any = tuple(other for other in keys if other != key) if isinstance(keys, tuple) else ""
        return replace(self, **{name: rest})

    @property
    def without_facets(self) -> Self:
        """The same of every tier, nation and type."""
        return replace(self, tier=(), nation=(), type=())

    @property
    def unfiltered(self) -> Self:
        """The same clan, page size and order, with all tanks."""
        return type(self)(clan=self.clan, size=self.size, sort=self.sort)

    @property
    def is_filtered(self) -> bool:
        return self != self.unfiltered

    def tanks_of(self, players: Collection[int], reader_id: int | None = None) -> QuerySet[GarageTank]:
        """Return the tanks that are chosen, of these players and of nobody else, as the reader may see them; unordered."""
        tanks = GarageTank.objects.shown_to(reader_id).filter(
            _any_of("tank__tier", self.tier, unknown=None),
            _any_of("tank__nation", self.nation, unknown=""),
            _any_of("tank__type", self.type, unknown=""),
            player__in=players,
        )
        if self.player:
            tanks = tanks.filter(player=int(self.player))
        if self.least:
            tanks = tanks.filter(battles__gte=int(self.least))
        return tanks.order_by()


def _any_of(column: str, keys: Sequence[str], *, unknown: str | None) -> Q:
    if not keys:
        return Q()
    listed = Q(**{f"{column}__in": [key for key in keys if key != UNKNOWN]})
    return listed | Q(**{column: unknown}) if UNKNOWN in keys else listed
