"""The live list of verdicts takes over, in a real browser, what its filter fits by and by."""

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from territory.models import Placement
from territory.tests.factories import make_placement, make_server
from tests.browser.conftest import World
from tests.browser.world import SUPERUSER

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_row_that_is_judged_after_a_newer_one_comes_into_the_list(
    world: World, browser: "Browser", runner: asyncio.Runner, django_db_blocker: DjangoDbBlocker
) -> None:
    server = make_server(slug="live", name="Live")
    waiting: dict[str, Any] = {"state": "pending", "outcome": "", "rule": "", "judged_at": None}
    older = make_placement(server, **waiting)
    newer = make_placement(server)

    def judge() -> None:
        with django_db_blocker.unblock():
            Placement.objects.filter(pk=older.pk).update(state="judged", outcome="invasion", rule="intruder")
            connections.close_all()

    async def visit() -> list[str | None]:
        context = await browser.new_context()
        await context.add_cookies(
            [{"name": "sessionid", "value": world.cookies[SUPERUSER], "url": world.site}]
        )
        page = await context.new_page()
        await page.goto(f"{world.site}/staff/verdicts/?server=live&state=judged")
        assert await page.locator("tr[data-row]").count() == 1
        await asyncio.to_thread(judge)
        await page.locator("tr[data-row]").nth(1).wait_for(timeout=15_000)
        rows = await page.locator("tr[data-row]").all()
        numbers = [await row.get_attribute("data-row") for row in rows]
        await context.close()
        return numbers

    assert runner.run(visit()) == [str(newer.pk), str(older.pk)]
