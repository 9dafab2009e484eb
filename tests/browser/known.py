"""Faults of pages that wait to be built anew. CI's short form leaves them out, a full crawl reports them.

Take a line away when its pages are mended.
"""

from collections.abc import Sequence

from tests.browser.checks import Fault

# The beginning of a page's name, and of the fault.
KNOWN: Sequence[tuple[str, str]] = (
    # Forms need Django's own scripts, jQuery among them.
    *(
        (f"admin-{app}_", "weighs too much")
        for app in ("announcements", "auth", "clans", "face", "tanks", "territory", "wotcs")
    ),
)


def without_known(faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults that nobody knows of yet."""
    return [
        fault
        for fault in faults
        if not any(fault.page.startswith(page) and fault.what.startswith(what) for page, what in KNOWN)
    ]
