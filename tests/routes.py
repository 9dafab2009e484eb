"""Every route of the site, read from the URL conf."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True, slots=True)
class Route:
    """A route: its full name, which is blank where it only redirects to another, and its pattern."""

    name: str
    pattern: str

    @property
    def has_arguments(self) -> bool:
        return "<" in self.pattern


def routes(
    patterns: Sequence[URLPattern | URLResolver] | None = None, prefix: str = "", space: str = ""
) -> Iterator[Route]:
    """List all routes, those of included files too."""
    for entry in get_resolver("wotcs.urls").url_patterns if patterns is None else patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from routes(entry.url_patterns, pattern, inner)
        else:
            yield Route(space + entry.name if entry.name else "", pattern)
