"""Edits of a ban list's bytes: our lines are added and removed; foreign lines keep every byte and their order.

One identifier per line, the rest from `//` on is a comment:

    60438639ECB28AD9CB2B445BD77874FB15B4E206  // IlRrcqNjj - reason - 2026-02-07 19:45
"""

import codecs
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

MAX_GAMERTAG = 64
MAX_REASON = 200
# "GUID minutes reason", or an IP address in the GUID's place.
_OF_BATTLEYE = re.compile(rb"\s*([0-9a-f]{32}|\d{1,3}(\.\d{1,3}){3})\s+-?\d+(\s|$)", re.IGNORECASE)


class BadIdentifierError(ValueError):
    """A text that would ban nobody, or somebody else, in a ban list."""


def ban_line(identifier: str, *, gamertag: str, reason: str, moment: datetime) -> str:
    """Return the line that bans an identifier. `moment` is written unchanged, so pass it in the server's time zone.

    Gamertag and reason stay inside the comment, whatever they hold. Raises BadIdentifierError for an identifier that is
    empty, is not one printable word, or holds `//`.
    """
    if not identifier or "//" in identifier or " " in identifier or not identifier.isprintable():
        raise BadIdentifierError(f"Not an identifier for a ban list: {identifier!r}")
    parts = (_tame(gamertag, MAX_GAMERTAG), _tame(reason, MAX_REASON), f"{moment:%Y-%m-%d %H:%M}")
    return f"{identifier}  // {' - '.join(part for part in parts if part)}"


@dataclass(frozen=True, slots=True)
class Entry:
    """Our line: as the list should hold it, and as we wrote it last (blank if the list holds none of ours).

    With `may_be_edited` the only line with this identifier is ours even if somebody changed its comment.
    """

    line: str
    written: str = ""
    may_be_edited: bool = False


def fulfil(content: bytes, *, put: Sequence[Entry], take: Sequence[Entry]) -> bytes:
    """Return the list in which all of `put` are banned and none of our lines of `take` is left.

    The list bans whoever's identifier it holds, whatever the comment, so a line that somebody wrote or edited by hand is
    enough. Our own line with an older text is replaced. Only our lines are removed, those whose whole text is equal, trailing
    white space aside; a foreign line stays, so look at the `identifiers` of the result. New lines are UTF-8, stand at the end
    and end as the file's own do. The same bytes if there is nothing to do. Raises ValueError for a line that is blank or
    more than one line.
    """
    mark, lines = _split(content)
    texts = [line.rstrip() for line in lines]
    words = Counter(_word(text) for text in texts)
    outdated = {_encode(one.written) for one in put if one.written and one.written != one.line} & set(texts)
    unwanted = outdated.union(*(_ours(one, texts, words) for one in take))
    unwanted -= {_encode(one.line) for one in put} | {b""}
    remaining = [line for line, text in zip(lines, texts, strict=True) if text not in unwanted]
    left, present = {_word(line) for line in remaining}, {line.rstrip() for line in remaining}
    new = dict.fromkeys(
        _encode_one(one.line)
        for one in put
        if _encode(one.written) in outdated or _word(_encode(one.line)) not in left
    )
    added = [line for line in new if line not in present]
    if not added and len(remaining) == len(lines):
        return content
    end = _line_end(content)
    if added and remaining and not remaining[-1].endswith(b"\n"):
        remaining[-1] += end
    return mark + b"".join(remaining) + b"".join(line + end for line in added)


def _ours(entry: Entry, lines: Sequence[bytes], words: Counter[bytes]) -> set[bytes]:
    """Return our lines for an entry: lines with our text, or else, if it may be edited, the line with its identifier."""
    exact = {_encode(entry.line), _encode(entry.written)} & set(lines)
    word = _word(_encode(entry.line))
    if exact or not entry.may_be_edited or words[word] != 1:
        return exact
    return {line for line in lines if _word(line) == word}


def identifiers(content: bytes) -> set[str]:
    """Return the identifiers that the list bans: the first word of each line before its comment."""
    _, lines = _split(content)
    return {word.decode(errors="replace") for word in map(_word, lines) if word}


def identifier(line: str) -> str:
    """Return the identifier that a line bans; an empty text if it is not a line of a ban list."""
    is_one = len(line.splitlines()) == 1 and line.splitlines()[0] == line
    return _word(_encode(line)).decode(errors="replace") if is_one else ""


def holds(content: bytes, lines: Iterable[str]) -> set[str]:
    """Return those of these lines that the list holds with their whole text."""
    present = {line.rstrip() for line in _split(content)[1]}
    return {line for line in lines if _encode(line) in present}


def digests(content: bytes, besides: Collection[str]) -> set[str]:
    """Return a short digest of each line that bans somebody else than these identifiers."""
    words = {_encode(one) for one in besides}
    lines = (line.rstrip() for line in _split(content)[1] if _word(line) and _word(line) not in words)
    return {hashlib.blake2b(line, digest_size=6).hexdigest() for line in lines}


def is_of_battleye(content: bytes) -> bool:
    """Tell whether this is BattlEye's `bans.txt` and not `ban.txt`: the game does not read it."""
    return any(_OF_BATTLEYE.match(line) for line in _split(content)[1])


def _word(line: bytes) -> bytes:
    """Return the first word before the comment, which is what the game compares."""
    words = line.partition(b"//")[0].split(maxsplit=1)
    return words[0] if words else b""


def _encode(line: str) -> bytes:
    return line.encode(errors="surrogatepass").rstrip()


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
