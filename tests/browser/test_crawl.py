"""Every page of the site, in every role, language, width and theme, has none of the faults of `checks`."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import World
from tests.browser.crawl import Crawl, Plan
from tests.browser.report import report

if TYPE_CHECKING:
    from playwright.async_api import Browser

# The database is prepared where a test asks for it; the world's rows are committed, for the web server sees no others.
pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_pages_are_without_fault(
    world: World, role: str, plan: Plan, browser: "Browser", runner: asyncio.Runner
) -> None:
    crawl = Crawl(browser, world.site, role, world.cookies[role], plan)
    runner.run(crawl.run(world.pages))
    if crawl.faults:
        pytest.fail(
            f"{len(crawl.faults)} faults; pictures in {plan.folder}\n\n{report(crawl.faults)}", pytrace=False
        )
