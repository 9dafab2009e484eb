"""Faults in words: each once, with where it is, the most frequent first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from tests.browser.checks import Fault

MOST_PLACES = 6


def without_known(faults: Sequence[Fault]) -> list[Fault]:
    """Leave out what waits to be mended: forms of the admin need Django's own scripts, jQuery among them, and weigh too much."""
    return [
        one
        for one in faults
        if not (one.page.startswith("admin-") and one.what.startswith("weighs too much"))
    ]


def report(faults: Sequence[Fault]) -> str:
    """Return a text for a person, with a paragraph for each kind of fault."""
    by_kind: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        by_kind[fault.what].append(fault)
    ordered = sorted(by_kind.items(), key=lambda entry: -len({fault.page for fault in entry[1]}))
    return "\n\n".join(_paragraph(what, alike) for what, alike in ordered)


def _paragraph(what: str, faults: Iterable[Fault]) -> str:
    by_place: dict[tuple[str, str], list[Fault]] = defaultdict(list)
    for fault in faults:
        by_place[fault.page, fault.detail].append(fault)
    pages = sorted({page for page, _detail in by_place})
    lines = [f"{what}\n  on {len(pages)} pages: {', '.join(pages)}"]
    for (page, detail), alike in list(by_place.items())[:MOST_PLACES]:
        lines.append(f"  - {page} [{_looks(fault.look for fault in alike)}] {detail}".rstrip())
    if (more := len(by_place) - MOST_PLACES) > 0:
        lines.append(f"  … and {more} more places")
    return "\n".join(lines)


def _looks(looks: Iterable[str]) -> str:
    """Name the looks shortly: each word that occurs in them once."""
    return " ".join(dict.fromkeys(word for look in looks for word in look.split()))
