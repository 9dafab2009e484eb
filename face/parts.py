"""What the parts of a page show. A view or selector makes these values; the tags of `parts` draw them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

Text = str | Promise
# The look of a verdict or state: its colour, and its glyph `v-...` in the sprite.
Kind = Literal["allowed", "invasion", "forbidden", "review", "lifted", "observed"]


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a table's column; `css` is "num" for figures, `aria_sort` is blank where others sort the table."""

    label: Text
    css: str = ""
    url: str = ""
    aria_sort: str = ""


def columns(*labels: Text) -> list[Column]:
    """Return the heads of a table's columns of words."""
    return [Column(label) for label in labels]


@dataclass(frozen=True, slots=True)
class Stat:
    """One figure of a strip: what it is called, what it is, and which figure it is exactly.

    A value that is markup is drawn as it is: marks in a row; `css` is "full" for one that takes a phone's whole width.
    """

    label: Text
    value: Text | int | float | None
    note: Text = ""
    change: int = 0
    is_good: bool = True
    css: str = ""

    @property
    def is_drawn(self) -> bool:
        return isinstance(self.value, SafeString)

    @property
    def change_size(self) -> int:
        return abs(self.change)


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice of a filter, as a link; `count` says how many rows it has, a chosen one may be taken away."""

    label: Text
    url: str
    count: int | None = None
    is_chosen: bool = False
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the rule: question, answer, and what decided it; `kind` colours the step that decides."""

    question: Text
    answer: Text = ""
    detail: Text = ""
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened: when, in a sentence, with a detail line; `kind` gives colour and glyph."""

    at: datetime
    sentence: Text
    detail: Text = ""
    kind: Kind = "observed"
    icon: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a thread."""

    author: Text
    at: datetime
    text: str
    is_staff: bool = False


def joined(parts: Iterable[SafeString]) -> SafeString:
    """Return parts of a page one after the other."""
    return format_html_join("", "{}", ((part,) for part in parts))


def isolated(name: object) -> str:
    """Return a name for the middle of a sentence: if it is written from right to left, the words around it stay in order."""
    return f"\u2068{name}\u2069"


def initials(name: str) -> str:
    """Return one or two letters for a name's round picture."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else list((words or ["?"])[0][:2])
    return "".join(letters).upper()
