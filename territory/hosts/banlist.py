"""Edits of a ban list's bytes: ours go in and out, foreign lines keep every byte and their order.

One identifier per line, the rest from `//` on is a comment:

    60438639ECB28AD9CB2B445BD77874FB15B4E206  // IlRrcqNjj - reason - 2026-02-07 19:45
"""

import codecs
from collections.abc import Iterable
from datetime import datetime

MAX_GAMERTAG = 64
MAX_REASON = 200


class BadIdentifier(ValueError):  # noqa: N818 - errors are nouns here
    """A text that, written into a ban list, would ban nobody or somebody else."""


def ban_line(identifier: str, *, gamertag: str, reason: str, moment: datetime) -> str:
    """Return the line that bans an identifier; `moment` is written as it is, so give it in the server's time.

    Gamertag and reason may hold anything and still stay inside the comment. BadIdentifier for an identifier that is
    empty, is not one printable word, or holds `//`.
    """
    if not identifier or "//" in identifier or " " in identifier or not identifier.isprintable():
        raise BadIdentifier(f"Not an identifier for a ban list: {identifier!r}")
    parts = (_tame(gamertag, MAX_GAMERTAG), _tame(reason, MAX_REASON), f"{moment:%Y-%m-%d %H:%M}")
    return f"{identifier}  // {' - '.join(part for part in parts if part)}"


def edit(content: bytes, *, add: Iterable[str], remove: Iterable[str]) -> bytes:
    """Return the list with some lines removed and others added at its end; the same bytes if there is nothing to do.

    Only a line whose whole text is equal, trailing white space aside, counts as the one to remove or as there already:
    a foreign line with the same identifier is another line. A line in both `add` and `remove` is kept. New lines are
    UTF-8 and end as the file's own do. ValueError for a line to add that is blank or more than one.
    """
    wanted = {_encode_one(line): None for line in add}
    unwanted = {line.encode(errors="surrogatepass").rstrip() for line in remove} - wanted.keys() - {b""}
    mark, lines = _split(content)
    kept = [line for line in lines if line.rstrip() not in unwanted]
    present = {line.rstrip() for line in kept}
    new = [line for line in wanted if line not in present]
    if not new and len(kept) == len(lines):
        return content
    end = _line_end(content)
    if new and kept and not kept[-1].endswith(b"\n"):
        kept[-1] += end
    return mark + b"".join(kept) + b"".join(line + end for line in new)


def identifiers(content: bytes) -> set[str]:
    """Return what the list bans: the first word of each line before its comment."""
    _, lines = _split(content)
    words = (line.partition(b"//")[0].split(maxsplit=1) for line in lines)
    return {found[0].decode(errors="replace") for found in words if found}


def _tame(text: str, limit: int) -> str:
    """Return one line of printable text: control, bidi and invisible characters and odd white space become a space."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:limit].rstrip()


def _encode_one(line: str) -> bytes:
    if not line.strip() or len(line.splitlines()) != 1 or line.splitlines()[0] != line:
        raise ValueError(f"Not one line: {line!r}")
    return line.encode().rstrip()


def _split(content: bytes) -> tuple[bytes, list[bytes]]:
    """Return the byte order mark, if any, and the lines with their ends; only LF ends a line, as the game reads it."""
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    body = content[len(mark) :]
    *ended, rest = body.split(b"\n")
    lines = [line + b"\n" for line in ended]
    return mark, [*lines, rest] if rest else lines


def _line_end(content: bytes) -> bytes:
    """Return how most lines of the file end."""
    return b"\r\n" if content.count(b"\r\n") * 2 > content.count(b"\n") else b"\n"
