"""What is checked on a page, as functions for the browser, and what a fault is."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

MOST_BYTES = 150_000
MOST_SHIFT = 0.1
HEADER_BYTES = 300  # what Resource Timing counts for the headers of an answer

# WCAG 2.2, levels A and AA. Rows of a long table are alike, and contrast takes most of the time: the first few stand for all.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What lies half under a sticky bar depends on how far the page is scrolled; scroll padding keeps the focus clear of the bars.
AXE_RUN = """async (options) => {
  const stands = (id) => (node) => id !== "target-size" || !(node.failureSummary || "").includes("partially obscured");
  const rows = { exclude: [["tr:nth-child(n+16)"], ["li:nth-child(n+16)"]] };
  const answer = await axe.run(rows, { ...options, resultTypes: ["violations"], preload: false });
  const found = answer.violations.map((one) => ({ ...one, nodes: one.nodes.filter(stands(one.id)) }));
  return found.filter(({ nodes }) => nodes.length).map(({ id, impact, help, nodes }) => ({
    rule: id, impact, help, examples: nodes.slice(0, 2).map((node) => node.target.flat().join(" ")),
  }));
}"""
# What a theme can break.
_COLOUR_RULES = ["color-contrast", "link-in-text-block"]


def axe_options(*, is_first_language: bool, is_first_theme: bool) -> dict[str, Any] | None:
    """Return the rules for a look: colours in one language, all else in one theme; None where nothing new can be found."""
    if is_first_language and is_first_theme:
        return {"runOnly": {"type": "tag", "values": AXE_TAGS}}
    if is_first_language:
        return {"runOnly": {"type": "rule", "values": _COLOUR_RULES}}
    if is_first_theme:
        rules = {rule: {"enabled": False} for rule in _COLOUR_RULES}
        return {"runOnly": {"type": "tag", "values": AXE_TAGS}, "rules": rules}
    return None


# After loading: the language, the weight of a first visit without pictures, the links, and how much the layout jumped.
FACTS = """async (headerBytes) => {
  await document.fonts.ready;
  const isPicture = (entry) => (entry.contentType || "").startsWith("image/") || /\\.(svg|png|jpe?g|webp|avif|ico)$/.test(new URL(entry.name).pathname);
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const weighed = entries.filter((entry) => !isPicture(entry)).map((entry) => [entry.encodedBodySize + headerBytes, new URL(entry.name).pathname]);
  const shifts = await new Promise((resolve) => {
    let sum = 0;
    const observer = new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }));
    observer.observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => setTimeout(() => resolve(sum), 0));
  });
  const links = [...document.querySelectorAll("a[href]")].map((link) => link.href);
  const broken = [...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute("href"))
    .filter((href) => href.length > 1 && !document.getElementById(decodeURIComponent(href.slice(1))));
  return { language: document.documentElement.lang, title: document.title, weighed, shifts, links, broken };
}"""

# After a change of the theme: what fades from colour to colour is at its end, or contrast would be measured in between.
SETTLE = """async () => {
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  for (const motion of document.getAnimations()) {
    try { motion.finish(); } catch { motion.cancel(); } // one without an end cannot be finished
  }
  // axe-core takes a page without a background for white, in a dark theme too.
  // The bar at the bottom of a phone's page lies over whatever is scrolled there; scrolling moves it away.
  document.querySelectorAll("nav.bottom").forEach((bar) => { bar.style.position = "static"; });
  const bare = [document.documentElement, document.body].every((one) => getComputedStyle(one).backgroundColor === "rgba(0, 0, 0, 0)");
  if (bare) document.documentElement.style.backgroundColor = "Canvas";
}"""

# How far the page can be scrolled sideways, and the innermost elements that stick out.
OVERFLOW = """() => {
  const room = document.documentElement.clientWidth;
  const excess = document.scrollingElement.scrollWidth - room;
  if (excess <= 0) return null;
  const out = [...document.querySelectorAll("body *")].filter((element) => {
    const { right, width } = element.getBoundingClientRect();
    return width > 0 && right > room + 1;
  });
  const inner = out.filter((element) => !out.some((other) => other !== element && element.contains(other)));
  const name = (element) => element.tagName.toLowerCase() + (element.id ? "#" + element.id : "") + [...element.classList].map((one) => "." + one).join("");
  return { excess, elements: inner.slice(0, 3).map((element) => name(element.parentElement) + " > " + name(element)) };
}"""


def axe_source() -> str:
    """Return axe-core, which the package of its wrapper brings."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault at one look of a page. Faults of one `what` are reported together, with an example of their `detail`."""

    what: str
    page: str
    look: str
    detail: str = ""
