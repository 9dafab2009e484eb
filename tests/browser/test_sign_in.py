"""A newcomer signs in with Discord and links Wargaming, in a real browser, which enforces where forms may lead."""

import asyncio
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from clans.models import AccountLink
from local.simulator import discord, server
from local.simulator.world import World
from tests.conftest import running_site

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NEWCOMER = "Tainara do Rio"


@pytest.fixture
def site(site_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The site with stand-ins for both other sites; only what is configured may be led to."""
    with (
        discord.running(discord.people()) as stand_in,
        server.running(World(seed=7, members=8), rate=1000) as api,
    ):
        given = {
            "DJANGO_SETTINGS_MODULE": "wotcs.settings",
            "ALLOW_LOOPBACK_ADDRESSES": "false",
            "DISCORD_CLIENT_ID": discord.CLIENT_ID,
            "DISCORD_CLIENT_SECRET": discord.CLIENT_SECRET,
            "DISCORD_API_URL": stand_in.api_url,
            "WOT_REALM": api.url,
            "WOT_APP_ID": "simulated",
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        assert os.environ["DATABASE_URL"]
        with running_site() as address:
            yield address
    connections.close_all()


def test_newcomer_gets_in_and_is_known_at_both_sites(
    site: str, browser: "Browser", runner: asyncio.Runner, django_db_blocker: DjangoDbBlocker
) -> None:
    async def visit() -> list[str]:
        context = await browser.new_context(locale="en")
        page = await context.new_page()
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        await _sign_in_with_discord(page, site)
        await page.goto(f"{site}/accounts/wargaming/login/?process=connect&next=/wall")
        await page.locator("main form button").click()
        await page.locator("button:not([value=''])").first.click()
        await page.wait_for_url(f"{site}/wall")
        await page.goto(f"{site}/accounts/discord/login/")  # and once more, by way of two trips
        await page.locator("main form button").click()
        await page.get_by_role("button", name=NEWCOMER).click()
        await page.wait_for_url(f"{site}/")
        await context.close()
        return refused

    with django_db_blocker.unblock():
        assert [text for text in runner.run(visit()) if "form-action" in text] == []
        links = AccountLink.objects.filter(state="proven")
        assert links.values("user").distinct().count() == 1
        assert set(links.values_list("kind", flat=True)) == {
            "discord", "wargaming", "steam", "player_id", "xbox", "gamertag",
        }  # fmt: skip


async def _sign_in_with_discord(page: "Page", site: str) -> None:
    await page.goto(f"{site}/accounts/discord/login/?next=/wall")
    await page.locator("input[name=connections]").check()
    await page.locator("main form button").click()
    await page.get_by_role("button", name=NEWCOMER).click()
    await page.wait_for_url(f"{site}/wall")
