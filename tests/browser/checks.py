"""What is checked on a page, as functions for the browser, and what a fault is."""

from dataclasses import dataclass
from importlib.resources import files

MOST_BYTES = 150_000
MOST_SHIFT = 0.1
HEADER_BYTES = 300  # what Resource Timing counts for the headers of an answer

# WCAG 2.2, levels A and AA.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE_RUN = """async (tags) => {
  const answer = await axe.run(document, { runOnly: tags, resultTypes: ["violations"], preload: false });
  return answer.violations.map(({ id, impact, help, nodes }) => ({
    rule: id, impact, help, count: nodes.length, example: nodes[0].target.flat().join(" "), html: nodes[0].html.slice(0, 160),
  }));
}"""

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

# How far the page can be scrolled sideways, and the innermost elements that stick out.
OVERFLOW = """() => {
  const room = document.documentElement.clientWidth;
  const excess = document.scrollingElement.scrollWidth - room;
  if (excess <= 0) return null;
  const out = [...document.querySelectorAll("body *")].filter((element) => {
    const { right, left, width } = element.getBoundingClientRect();
    return width > 0 && (right > room + 1 || left < -1) && !element.closest("[hidden]");
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
