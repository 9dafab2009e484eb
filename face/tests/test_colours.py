"""Colours are readable: WCAG 2.2 AA for every pair that stands on the pages, in light and dark, for every accent."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from face.models import Community

CSS = (Path(settings.BASE_DIR) / "static" / "css" / "site.css").read_text()
TEXT, SHAPE = 4.5, 3.0
PAIRS = [
    *(
        (ink, ground, TEXT)
        for ink in ("ink", "ink-2", "ink-3", "green", "steel")
        for ground in ("paper", "sheet")
    ),
    *(("on-accent", fill, TEXT) for fill in ("green", "steel", "green-strong")),
    *(
        (state, f"{state}-soft", TEXT)
        for state in ("allowed", "invasion", "forbidden", "review", "lifted", "observed")
    ),
    *(
        (f"{state}-solid", "sheet", SHAPE)
        for state in ("allowed", "invasion", "forbidden", "review", "lifted")
    ),
    ("cover-ink", "cover", TEXT),
    ("cover-ink-2", "cover", TEXT),
    ("plate-ink", "plate", TEXT),
    ("plate-ink-2", "plate", TEXT),
    ("edge", "sheet", SHAPE),
    ("brass", "sheet", TEXT),
]


def tokens(theme: str, accent: str) -> dict[str, str]:
    light, dark = CSS.split("@media (prefers-color-scheme: dark)", 1)
    found: dict[str, str] = {}
    for text in [light] if theme == "light" else [light, dark.split("/* == Base", 1)[0]]:
        for selector, body in re.findall(r"(:root|\[data-accent=\"\w+\"\]) \{([^{}]*)\}", text):
            if selector == ":root" or accent in selector:
                found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", body))
    return found


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    shares = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("accent", Community.Accent.values)
def test_every_pair_of_colours_is_readable(theme: str, accent: str) -> None:
    found = tokens(theme, accent)
    too_weak = {
        (ink, ground): contrast(found[ink], found[ground])
        for ink, ground, least in PAIRS
        if contrast(found[ink], found[ground]) < least
    }
    assert too_weak == {}
