"""Collects the texts people read, updates the Portuguese catalogue and compiles it; --check only reports faults.

Written with Babel, so that no machine needs GNU gettext. English is the language of the sources: its catalogue would
repeat every text, so there is none, and Portuguese must be complete.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = DEFAULT_KEYWORDS | {f"{name}_lazy": places for name, places in DEFAULT_KEYWORDS.items()}
KEYWORDS["gettext_noop"] = None
IDLE = (b'"Report-', b'"POT-', b'"PO-', b'"Last-', b'"Language-Team', b'"Generated-')
# Texts of Django that we word ourselves: its Portuguese ones say "O base foi adicionado" and "28 de Novembro".
DJANGO = (
    "The {name} “{obj}” was added successfully.",
    "The {name} “{obj}” was added successfully. You may add another {name} below.",
    "You may edit it again below.",
    "The {name} “{obj}” was changed successfully.",
    "The {name} “{obj}” was changed successfully. You may edit it again below.",
    "The {name} “{obj}” was changed successfully. You may add another {name} below.",
    "The %(name)s “%(obj)s” was deleted successfully.",
    "Successfully deleted %(count)d %(items)s.",
    "%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?",  # noqa: RUF001 - as Django writes it
    "Added {name} “{object}”.",
    "Changed {fields} for {name} “{object}”.",
    "Changed {fields}.",
    "Deleted {name} “{object}”.",
    "Delete selected %(verbose_name_plural)s",
    "Are you sure you want to delete the selected %(objects_name)s? All of the following objects and their related items will be deleted:",
    "Deleting the selected %(objects_name)s would require deleting the following protected related objects:",
    "Deleting the %(object_name)s '%(escaped_object)s' would require deleting the following protected related objects:",
    'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? All of the following related items will be deleted:',
    *("Add another %(verbose_name)s", "Add another %(model)s", "Change selected %(model)s"),
    *("Delete selected %(model)s", "View selected %(model)s", "Save and add another"),
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
LOCALE = ROOT / "locale" / "pt_BR" / "LC_MESSAGES"
# Markup counts as well: a translation that loses a tag breaks the page.
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-z]|\{\w*\}|</?\w+[^<>]*>")


def sources() -> Iterator[Path]:
    """Every Python file and template of the applications, without tests and migrations."""
    tops = [ROOT / "templates", *(path.parent for path in ROOT.glob("*/__init__.py"))]
    for path in sorted(path.relative_to(ROOT) for top in tops for path in top.rglob("*")):
        is_source = path.suffix == ".py" or (path.suffix in {".html", ".txt"} and "templates" in path.parts)
        if is_source and not {"tests", "migrations"} & set(path.parts):
            yield path


def collected() -> Catalog:
    """Return a catalogue of all texts found, with the files they stand in."""
    found = Catalog(locale="pt_BR")
    for path in sources():
        text = (ROOT / path).read_text(encoding="utf-8")
        if path.suffix != ".py":
            # What is left of the page is indented as it pleases, which Python's tokenizer would not take.
            text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
        for _line, message, _comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
            found.add(message, locations=[(str(path), 0)], context=context)
    for text in DJANGO:
        found.add(text, locations=[("django", 0)])
    return found


def load(folder: Path) -> Catalog:
    catalogue = read_po(io.BytesIO((folder / "django.po").read_bytes()), locale="pt_BR")
    # Babel would write the present moment: the same texts would compile to other bytes every minute.
    catalogue.creation_date = datetime(2000, 1, 1, tzinfo=UTC)
    return catalogue


def compiled(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def translations(message: Message, catalogue: Catalog) -> tuple[str, ...]:
    """Return the forms a text is translated with; none if it is not, or not in every form."""
    stored = catalogue.get(message.id, message.context)
    # A text that got a plural, or another one, needs new words for all its forms.
    if stored is None or stored.id != message.id or stored.fuzzy:
        return ()
    forms = (stored.string,) if isinstance(stored.string, str) else tuple(stored.string or ())
    return forms if all(forms) else ()


def faults(found: Catalog, catalogue: Catalog) -> Iterator[str]:
    """Yield every text that is not translated, is translated with other placeholders, or is no longer used."""
    for message in found:
        if not message.id:
            continue
        forms = translations(message, catalogue)
        if not forms:
            yield f"not translated: {message.id!r} ({message.locations[0][0]})"
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        for form, source in zip(forms, sources, strict=False):
            if sorted(PLACEHOLDER.findall(form)) != sorted(PLACEHOLDER.findall(source)):
                yield f"other placeholders: {message.id!r} → {form!r}"
    for stored in catalogue:
        if stored.id and found.get(stored.id, stored.context) is None:
            yield f"no longer used: {stored.id!r}"


def update(found: Catalog, catalogue: Catalog, folder: Path) -> None:
    """Write the catalogue with exactly the texts found, keeping their translations, and compile it."""
    catalogue.update(found, no_fuzzy_matching=True)
    buffer = io.BytesIO()
    write_po(buffer, catalogue, sort_output=True, include_lineno=False, ignore_obsolete=True, width=110)
    # Times and names that nobody keeps up would only make every two branches differ.
    lines = (line for line in buffer.getvalue().splitlines(keepends=True) if not line.startswith(IDLE))
    (folder / "django.po").write_bytes(b"".join(lines))
    (folder / "django.mo").write_bytes(compiled(load(folder)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, and fail if anything is wrong")
    parser.add_argument(
        "--catalogue", type=Path, default=LOCALE, help="the folder of django.po and django.mo"
    )
    given = parser.parse_args()
    settings.configure(USE_I18N=True)
    found = collected()
    if not given.check:
        update(found, load(given.catalogue), given.catalogue)
    catalogue = load(given.catalogue)
    wrong = list(faults(found, catalogue))
    binary = given.catalogue / "django.mo"
    if not binary.exists() or binary.read_bytes() != compiled(catalogue):
        wrong.append("the compiled catalogue is not of this text: run make messages")
    for fault in wrong:
        print(fault)
    print(f"{sum(1 for message in found if message.id)} texts, {len(wrong)} faults")
    sys.exit(bool(wrong) and given.check)


if __name__ == "__main__":
    main()
