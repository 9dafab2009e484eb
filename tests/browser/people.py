"""People at their browsers for stories: they find things by the words they read, and every answer they get is kept."""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import gettext, override

from accounts.tests.people import PASSWORD, make_person
from clans.models import User
from territory.models import PlayerIdentity
from territory.tests.factories import player_id

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Locator, Page

Story = Callable[[], Coroutine[Any, Any, None]]
# The fixtures `tell`, which lets a story happen, and `visit`, which lets somebody come to the site.
Tell = Callable[[Story], None]
Visit = Callable[..., Any]
Role = Literal["button", "link", "radio", "spinbutton", "combobox", "textbox", "application"]
MOST_TABS = 120  # to reach something on a page by the keyboard
TEXTS = ("text/", "application/json", "application/javascript", "image/svg")


def player(name: str) -> User:
    """A person with a password, whom the game servers know by this gamertag."""
    person = make_person(name)
    PlayerIdentity.objects.create(user=person, gamertag=name, player_id=player_id(name))
    return person


@dataclass(slots=True)
class Visitor:
    """A person at a browser, reading the site in `language`; `bodies` holds every text that reached it, by address."""

    tab: "Page"
    context: "BrowserContext"
    language: str
    record: Path
    bodies: list[tuple[str, str]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    async def at(
        cls,
        browser: "Browser",
        site: str,
        record: Path,
        *,
        language: str = "en",
        width: int = 1280,
        **options: Any,
    ) -> "Visitor":
        """Open a browser window, which records to a file what it gets."""
        context = await browser.new_context(
            base_url=site,
            locale=language,
            viewport={"width": width, "height": 900},
            record_har_path=record,
            record_har_content="embed",
            **options,
        )
        context.set_default_timeout(15_000)
        visitor = cls(await context.new_page(), context, language, record)
        visitor.tab.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitor.tab.on("console", lambda message: visitor._hear(message.type, message.text))
        return visitor

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.complaints.append(text)

    async def leave(self) -> None:
        """Close the browser window, in which no script may have failed, and read what it got."""
        await self.context.close()
        entries = json.loads(self.record.read_text(encoding="utf-8"))["log"]["entries"]
        for entry in entries:
            answer, address = entry["response"], entry["request"]["url"]
            content = answer["content"]
            is_text = content["mimeType"].startswith(TEXTS)
            if is_text and content["size"] > 0:
                body = content["text"]  # none would be missed without an error
                is_encoded = content.get("encoding") == "base64"
                self.bodies.append((address, b64decode(body).decode() if is_encoded else body))
        assert self.complaints == []

    # -- What a person does

    def words(self, msgid: str, /, **values: object) -> str:
        """Return a text of the site in this person's language."""
        with override(self.language.lower()):
            return gettext(msgid) % values if values else gettext(msgid)

    async def sign_in(self, name: str, *, to: str = "/") -> None:
        """Sign in by the form, unless `to` is blank: then on the page to which the site led."""
        if to:
            await self.go(f"/accounts/login/?next={to}")
        await self.tab.get_by_role("textbox", name=self.words("User name")).fill(name)
        await self.tab.locator("input[type=password]").fill(PASSWORD)
        await self.press("Sign in")

    async def go(self, address: str, *, status: int = 200) -> None:
        answer = await self.tab.goto(address)
        assert answer is not None
        assert answer.status == status, (address, answer.status)

    def part(self, role: Role, msgid: str, *, of: str = "") -> "Locator":
        """Return what has this role and name; `of` tells apart the buttons of a row, which only a reader of screens hears."""
        name = f"{self.words(msgid)} {of}" if of else self.words(msgid)
        return self.tab.locator("main").get_by_role(
            role, name=name, exact=bool(of) or role in {"button", "link"}
        )

    async def press(self, msgid: str, *, role: Role = "button", of: str = "") -> None:
        await self.follow(self.part(role, msgid, of=of))

    async def follow(self, part: "Locator") -> None:
        """Click something that leads to another page."""
        async with self.tab.expect_navigation():
            await part.click()

    async def fill(self, msgid: str, text: str, *, role: Role = "textbox") -> None:
        await self.part(role, msgid).fill(text)

    async def reads(self, msgid: str, /, **values: object) -> None:
        """See that the page says this; names are isolated in it by invisible signs."""
        pattern = re.sub(r"\s+", r"\\s+", re.escape(_plain(self.words(msgid, **values))).replace(r"\ ", " "))
        text = await self.text()
        assert re.search(pattern, text), f"{self.words(msgid, **values)!r} is not on {self.tab.url}:\n{text}"

    async def reads_not(self, *words: str) -> None:
        text = await self.text()
        assert [one for one in words if one in text] == [], self.tab.url

    async def text(self) -> str:
        await self.tab.wait_for_load_state()
        return _plain(await self.tab.locator("body").inner_text())

    async def status_of(self, address: str, *, method: str = "GET") -> int:
        """Ask for an address as this browser's own scripts could, with its cookies and its token against forgery."""
        return int(
            await self.tab.evaluate(
                """async ([address, method]) => {
                  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
                  const body = method === "POST" ? new URLSearchParams({ csrfmiddlewaretoken: token }) : undefined;
                  return (await fetch(address, { method, body })).status;
                }""",
                [address, method],
            )
        )

    # -- By keyboard alone

    async def tab_to(self, part: "Locator") -> None:
        """Press Tab until this is in focus, which must be seen."""
        wish = await part.element_handle()
        for _press in range(MOST_TABS):
            if await self.tab.evaluate("(wish) => document.activeElement === wish", wish):
                return
            await self.tab.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {part} on {self.tab.url}")

    async def type_into(self, part: "Locator", text: str) -> None:
        await self.tab_to(part)
        await self.tab.keyboard.press("ControlOrMeta+A")
        await self.tab.keyboard.type(text)

    async def enter(self, part: "Locator") -> None:
        """Press Enter on something that leads to another page."""
        await self.tab_to(part)
        async with self.tab.expect_navigation():
            await self.tab.keyboard.press("Enter")


def _plain(text: str) -> str:
    return re.sub("[\u2066-\u2069]", "", text)
