"""Collects the texts people read, updates the Portuguese catalogue and compiles it; with --check only tells what is wrong.

Written with Babel, so that no machine needs GNU gettext. English is the language of the sources: its catalogue would
repeat every text, so there is none, and Portuguese must be complete.
"""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "_": None,
}
LOCALE = ROOT / "locale" / "pt_BR" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-z]|\{\w*\}")


def sources() -> Iterator[Path]:
    """Every tracked or new Python file and template, without tests and what only developers see."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "*.py", "*.html", "*.txt"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for path in sorted({Path(name) for name in listed.splitlines()}):
        ours = not {"tests", "migrations", "tools", "bench", "requirements"} & set(path.parts)
        if ours and (path.suffix == ".py" or "templates" in path.parts) and (ROOT / path).is_file():
            yield path


def extract() -> Catalog:
    """Return a catalogue of all texts found, with the files they stand in."""
    found = Catalog(locale="pt_BR", project="WOTCS", charset="utf-8", fuzzy=False)
    for path in sources():
        text = (ROOT / path).read_text(encoding="utf-8")
        if path.suffix != ".py":
            # What is left of the page is indented as it pleases, which Python's tokenizer would not take.
            text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
        for _line, function, message, _comments in extract_python(
            io.BytesIO(text.encode()), KEYWORDS, [], {}
        ):
            add(found, str(function), message, str(path))
    return found


def add(found: Catalog, function: str, message: Any, place: str) -> None:
    """Add one call of a gettext function, whose arguments that are texts are given."""
    parts = (
        [message] if isinstance(message, str) else [part for part in message or () if isinstance(part, str)]
    )
    context = parts.pop(0) if "pgettext" in function and len(parts) > 1 else None
    if parts and parts[0]:
        plural = "ngettext" in function or "npgettext" in function
        found.add(tuple(parts[:2]) if plural else parts[0], locations=[(place, 0)], context=context)


def load() -> Catalog:
    path = LOCALE / "django.po"
    if not path.exists():
        return Catalog(locale="pt_BR", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale="pt_BR")


def compiled(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def faults(found: Catalog, catalogue: Catalog) -> Iterator[str]:
    """Yield every text that is not translated, is translated with other placeholders, or is no longer used."""
    for message in found:
        if not message.id:
            continue
        kept = catalogue.get(message.id, message.context)
        texts = (
            () if kept is None else (kept.string if isinstance(kept.string, tuple | list) else (kept.string,))
        )
        if kept is None or "fuzzy" in kept.flags or not texts or not all(texts):
            yield f"not translated: {message.id!r} ({message.locations[0][0]})"
            continue
        wanted = message.id if isinstance(message.id, str) else message.id[-1]
        for text in texts:
            if set(PLACEHOLDER.findall(str(text))) != set(PLACEHOLDER.findall(wanted)):
                yield f"other placeholders: {message.id!r} → {text!r}"
    for kept in catalogue:
        if kept.id and found.get(kept.id, kept.context) is None:
            yield f"no longer used: {kept.id!r}"


def update(found: Catalog, catalogue: Catalog) -> None:
    """Write the catalogue with exactly the texts found, keeping their translations, and compile it."""
    for message in found:
        kept = catalogue.get(message.id, message.context) if message.id else None
        if kept is not None:
            message.string = kept.string
    LOCALE.mkdir(parents=True, exist_ok=True)
    with (LOCALE / "django.po").open("wb") as file:
        write_po(file, found, sort_output=True, omit_header=False, include_lineno=False, width=110)
    (LOCALE / "django.mo").write_bytes(compiled(load()))


def main() -> None:
    settings.configure(USE_I18N=True)
    found = extract()
    if "--check" not in sys.argv:
        update(found, load())
    catalogue = load()
    wrong = list(faults(found, catalogue))
    if not (LOCALE / "django.mo").exists() or (LOCALE / "django.mo").read_bytes() != compiled(catalogue):
        wrong.append("the compiled catalogue is not of this text: run make messages")
    for fault in wrong:
        print(fault)
    print(f"{sum(1 for message in found if message.id)} texts, {len(wrong)} faults")
    sys.exit(bool(wrong) and "--check" in sys.argv)


if __name__ == "__main__":
    main()
