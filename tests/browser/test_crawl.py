"""Every page of the site, in every role, language, width and theme, has none of the faults of `checks`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.checks import Fault
from tests.browser.report import report

# The database is prepared where a test asks for it; the world's rows are committed, for the web server sees no others.
pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_pages_are_without_fault(role: str, crawl: Callable[[str], list[Fault]], artefacts: Path) -> None:
    if faults := crawl(role):
        pytest.fail(f"{len(faults)} faults; pictures in {artefacts}\n\n{report(faults)}", pytrace=False)
