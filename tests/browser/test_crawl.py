"""Every page of the site, in every role, language, width and theme, has none of the faults of `checks`."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.checks import Fault
from tests.browser.conftest import World
from tests.browser.crawl import Crawl, Plan
from tests.browser.pages import Page
from tests.browser.report import report
from tests.browser.world import MEMBER, VISITOR

if TYPE_CHECKING:
    from playwright.async_api import Browser

# The database is prepared where a test asks for it; the world's rows are committed, for the web server sees no others.
pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_pages_are_without_fault(role: str, crawl: Callable[[str], list[Fault]], artefacts: Path) -> None:
    if faults := crawl(role):
        pytest.fail(f"{len(faults)} faults; pictures in {artefacts}\n\n{report(faults)}", pytrace=False)


def test_each_kind_of_fault_is_noticed(
    world: World, browser: "Browser", runner: asyncio.Runner, tmp_path: Path
) -> None:
    crawl = Crawl(
        browser, world.site, VISITOR, "", Plan(["pt-BR"], [390], ["light"], tmp_path, is_checked=True)
    )
    runner.run(crawl.run([Page("faulty", "/browser/faulty")]))
    assert {fault.what.partition(" (")[0] for fault in crawl.faults} == {
        "axe color-contrast",
        "axe label",
        "axe html-lang-valid",
        "axe document-title",
        "cannot load",
        "console error",
        "has no title",
        "links to a part that is not there",
        "links to what answers 404",
        "loads what answers 404",
        "scrolls sideways",
        "speaks another language",
        "violates the content security policy",
        "weighs too much",
    }
    assert "#nowhere" in report(crawl.faults)
    assert len(list(tmp_path.glob("visitor/faulty.*.png"))) == 1


def test_escape_closes_the_account_menu_and_gives_the_focus_back(
    world: World, browser: "Browser", runner: asyncio.Runner
) -> None:
    async def tag_in_focus() -> tuple[bool, str]:
        context = await browser.new_context(base_url=world.site)
        await context.add_cookies([{"name": "sessionid", "value": world.cookies[MEMBER], "url": world.site}])
        tab = await context.new_page()
        await tab.goto("/")
        await tab.focus("details.menu summary")
        for key in ("Enter", "Tab", "Escape"):
            await tab.keyboard.press(key)
        is_open = await tab.evaluate("document.querySelector('details.menu').open")
        in_focus = await tab.evaluate("document.activeElement.tagName")
        await context.close()
        return is_open, in_focus

    assert runner.run(tag_in_focus()) == (False, "SUMMARY")
