"""Build static/img/icons.svg, the sprite of all icons, from the drawings in tools/drawings (`--check`: only compare).

`lucide/` holds drawings of the package lucide-static (npm, ISC licence), copied unchanged; `own/` holds this project's. To
add an icon, copy its file and run `python tools/icons.py`.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
SPRITE = ROOT.parent / "static" / "img" / "icons.svg"
_DRAWING = re.compile(r"<svg[^>]*viewBox=\"([^\"]+)\"[^>]*>(.*)</svg>", re.DOTALL)
_LINES = 'fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"'


def sprite() -> str:
    """Return the sprite: one symbol for each drawing, named like its file."""
    symbols = [
        _symbol(path)
        for folder in ("lucide", "own")
        for path in sorted((ROOT / "drawings" / folder).glob("*.svg"))
    ]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _symbol(path: Path) -> str:
    drawing = _DRAWING.search(path.read_text(encoding="utf-8"))
    if drawing is None:
        sys.exit(f"{path} is not a drawing: <svg viewBox=...> is missing.")
    box, lines = drawing.groups()
    body = " ".join(line.strip() for line in lines.strip().splitlines())
    style = f" {_LINES}" if path.parent.name == "lucide" else ""
    return f'<symbol id="{path.stem}" viewBox="{box}"{style}>{body}</symbol>'


if __name__ == "__main__":
    built = sprite()
    if "--check" not in sys.argv:
        SPRITE.write_text(built, encoding="utf-8")
    elif SPRITE.read_text(encoding="utf-8") != built:
        sys.exit(f"{SPRITE} is not what the drawings give: run `python tools/icons.py`.")
