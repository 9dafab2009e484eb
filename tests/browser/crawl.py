"""Visits pages in a browser, each in all its looks, and collects every fault instead of stopping at the first."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, urldefrag, urlsplit

from tests.browser import checks
from tests.browser.checks import Fault
from tests.browser.pages import Page
from tests.browser.world import SUPERUSER

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Request, Response
    from playwright.async_api import Page as Tab

Theme = Literal["light", "dark"]
HEIGHT, MOST_HEIGHT = 900, 4_000
AT_ONCE = 3  # a page waits for the server while another one is drawn
MOST_LINKS_OF_A_KIND = 3
# Django writes these pages without knowing who asks: they are in both languages.
WITHOUT_REQUEST = {HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR}
PATIENCE_MS = 60_000  # a long page on a busy machine
PICTURE_MS = 20_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The looks of each page, and what is done with it; `folder` is where its pictures go."""

    languages: Sequence[str]
    widths: Sequence[int]
    themes: Sequence[Theme]
    folder: Path
    is_checked: bool

    def contexts(self) -> Iterator[tuple[str, int]]:
        """List what needs a context and a load of its own; the theme changes under an open page."""
        return product(self.languages, self.widths)


@dataclass(slots=True)
class Crawl:
    """The visits of one role; `cookie` is the session's, blank for a visitor."""

    browser: "Browser"
    site: str
    role: str
    cookie: str
    plan: Plan
    faults: list[Fault] = field(default_factory=list)
    _links: dict[str, str] = field(default_factory=dict)  # address → the page that holds it
    _axe: str = field(default_factory=checks.axe_source)

    async def run(self, pages: Sequence[Page]) -> None:
        """Visit the pages that this role may open in all looks, then follow their links."""
        contexts = {look: await self._context(*look) for look in self.plan.contexts()}
        first = next(iter(contexts.values()))
        opened = [page for page in pages if self.role in page.roles and await self._opens(first, page)]
        for look, context in contexts.items():
            await _few_at_once([self._visit(context, page, *look) for page in opened])
        if self.plan.is_checked:
            await _few_at_once(
                [self._follow(first, link, page) for link, page in kinds_of(self._links).items()]
            )
        for context in contexts.values():
            await context.close()

    async def _context(self, language: str, width: int) -> "BrowserContext":
        context = await self.browser.new_context(
            base_url=self.site,
            locale=language,
            viewport={"width": width, "height": HEIGHT},
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        cookies = {"django_language": language.lower(), "sessionid": self.cookie}
        # As after signing in. Without it, pages that open side by side would give each other's forms another token.
        cookies["csrftoken"] = "c" * 32
        await context.add_cookies(
            [{"name": name, "value": value, "url": self.site} for name, value in cookies.items() if value]
        )
        return context

    async def _opens(self, context: "BrowserContext", page: Page) -> bool:
        """Return whether the role sees the page; others are led to sign in, or see an error page that has a visit of its own."""
        answer = await context.request.get(page.address, max_redirects=0)
        if answer.status == page.status:
            return True
        refused = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.FOUND, HTTPStatus.MOVED_PERMANENTLY}
        is_stale = self.role == SUPERUSER and answer.status == HTTPStatus.NOT_FOUND
        if answer.status not in refused or is_stale:
            self._note(f"answers {answer.status}", page, "")
        return False

    # -- One page -------------------------------------------------------------------------------------------------

    async def _visit(self, context: "BrowserContext", page: Page, language: str, width: int) -> None:
        tab = await context.new_page()
        heard: list[tuple[str, str]] = []
        _listen(tab, page, heard)
        try:
            await tab.goto(page.address)
            for step in page.steps:
                await _take(tab, step)
            await self._look(tab, page, language, width, heard)
        except Exception as error:  # noqa: BLE001 - one page that cannot be visited must not hide the faults of the others
            self._note("cannot be visited", page, f"{language} {width}", str(error))
        finally:
            await tab.close()

    async def _look(
        self, tab: "Tab", page: Page, language: str, width: int, heard: list[tuple[str, str]]
    ) -> None:
        if self.plan.is_checked:
            await self._check_load(tab, page, f"{language} {width}", language)
            for what, detail in heard:  # before axe-core, which may say something itself
                self._note(what, page, f"{language} {width}", detail)
            await tab.evaluate(self._axe)
        for theme in self.plan.themes:
            await tab.emulate_media(color_scheme=theme)
            await tab.evaluate(checks.SETTLE)
            if self.plan.is_checked:
                await self._check_look(tab, page, language, width, theme)
            if self._is_pictured(page, language):
                await _picture(
                    tab, self.plan.folder / self.role / f"{page.name}.{language}.{width}.{theme}.png"
                )

    def _is_pictured(self, page: Page, language: str) -> bool:
        """Return whether pictures are taken: of the admin, in which hundreds would be alike, by one role in one language."""
        is_first = language == self.plan.languages[0]
        return not self.plan.is_checked or not page.is_admin or (is_first and self.role == SUPERUSER)

    async def _check_load(self, tab: "Tab", page: Page, look: str, language: str) -> None:
        facts = await tab.evaluate(checks.FACTS, checks.HEADER_BYTES)
        if facts["language"].lower() != language.lower() and page.status not in WITHOUT_REQUEST:
            self._note("speaks another language", page, look, facts["language"])
        if not facts["title"].strip():
            self._note("has no title", page, look)
        if facts["shifts"] >= checks.MOST_SHIFT:
            self._note("layout shifts", page, look, f"{facts['shifts']:.2f}")
        if (weight := sum(size for size, _path in facts["weighed"])) > checks.MOST_BYTES:
            heaviest = ", ".join(
                f"{path} {size:,}" for size, path in sorted(facts["weighed"], reverse=True)[:4]
            )
            self._note("weighs too much", page, look, f"{weight:,} bytes: {heaviest}")
        for href in facts["broken"]:
            self._note("links to a part that is not there", page, look, href)
        for link in facts["links"]:
            if (
                link.startswith(self.site) and page.status == HTTPStatus.OK
            ):  # an error page may link to itself
                self._links.setdefault(urldefrag(link).url, page.name)

    async def _check_look(self, tab: "Tab", page: Page, language: str, width: int, theme: Theme) -> None:
        look = f"{language} {width} {theme}"
        if overflow := await tab.evaluate(checks.OVERFLOW):
            self._note(
                "scrolls sideways", page, look, f"{overflow['excess']} px: {'; '.join(overflow['elements'])}"
            )
        is_first_language, is_first_theme = language == self.plan.languages[0], theme == self.plan.themes[0]
        options = checks.axe_options(is_first_language=is_first_language, is_first_theme=is_first_theme)
        for found in await tab.evaluate(checks.AXE_RUN, options) if options else ():
            what = f"axe {found['rule']} ({found['impact']}): {found['help']}"
            self._note(what, page, look, "; ".join(found["examples"]))

    # -- Links ----------------------------------------------------------------------------------------------------

    async def _follow(self, context: "BrowserContext", link: str, page: str) -> None:
        answer: int | str
        try:
            answer = (await context.request.get(link)).status
        except Exception as error:  # noqa: BLE001 - as above
            answer = str(error).partition("\n")[0]
        if answer != HTTPStatus.OK:
            self.faults.append(Fault(f"links to what answers {answer}", page, self.role, link))

    def _note(self, what: str, page: Page, look: str, detail: str = "") -> None:
        self.faults.append(Fault(what, page.name, f"{self.role} {look}".strip(), detail))


async def _picture(tab: "Tab", path: Path) -> None:
    """Take a picture of the whole page, but for the end of a long one.

    Chromium now and then never draws it, which says nothing about the page: it is only asked twice.
    """
    from playwright.async_api import TimeoutError as NotDrawnError

    size = await tab.evaluate(
        "() => [document.documentElement.clientWidth, document.documentElement.scrollHeight]"
    )
    clip: Any = {"x": 0, "y": 0, "width": size[0], "height": min(size[1], MOST_HEIGHT)}
    for _attempt in range(2):
        with suppress(NotDrawnError):
            await tab.screenshot(path=path, full_page=True, clip=clip, timeout=PICTURE_MS)
            return


def _listen(tab: "Tab", page: Page, heard: list[tuple[str, str]]) -> None:
    """Write down what the browser complains of; a page that is an error by itself may answer so."""

    def on_console(message: "ConsoleMessage") -> None:
        text = message.text
        if message.type == "error" and not text.startswith("Failed to load resource"):
            is_policy = "Content Security Policy" in text
            heard.append(("violates the content security policy" if is_policy else "console error", text))

    def on_response(response: "Response") -> None:
        if response.status >= HTTPStatus.BAD_REQUEST and not (
            response.request.is_navigation_request() and response.status == page.status
        ):
            heard.append((f"loads what answers {response.status}", response.url))
        elif response.request.is_navigation_request() and "content-security-policy" not in response.headers:
            heard.append(("has no content security policy", response.url))

    def on_failure(request: "Request") -> None:
        heard.append(("cannot load", f"{request.url}: {request.failure}"))

    tab.on("console", on_console)
    tab.on("response", on_response)
    tab.on("requestfailed", on_failure)
    tab.on("pageerror", lambda error: heard.append(("error in a script", str(error))))


async def _take(tab: "Tab", step: str | tuple[str, str]) -> None:
    """Fill in a field, or press a button that leads to another page."""
    if isinstance(step, tuple):
        await tab.fill(*step)
        return
    async with tab.expect_navigation():
        await tab.click(step)


async def _few_at_once(works: Sequence[Any]) -> None:
    turn = asyncio.Semaphore(AT_ONCE)

    async def work_in_turn(work: Any) -> None:
        async with turn:
            await work

    await asyncio.gather(*(work_in_turn(work) for work in works))


def kinds_of(links: dict[str, str]) -> dict[str, str]:
    """Keep a few links of each kind: alike but for numbers in the path and values in the query."""
    counts: dict[tuple[str, ...], int] = {}
    kept = {}
    for link, page in links.items():
        parts = urlsplit(link)
        names = sorted({name for name, _value in parse_qsl(parts.query, keep_blank_values=True)})
        kind = (re.sub(r"\d+", "0", parts.path), *names)
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= MOST_LINKS_OF_A_KIND:
            kept[link] = page
    return kept
