"""Messages for Discord: they always fit Discord's limits, and text written by players is shown as it is."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

# https://discord.com/developers/docs/resources/message#embed-object-embed-limits
MAX_TITLE = 256
MAX_DESCRIPTION = 4096
MAX_FIELDS = 25
MAX_FIELD_NAME = 256
MAX_FIELD_VALUE = 1024
MAX_TOTAL = 6000

_NOTHING = "—"
_ELLIPSIS = "…"
# Letters and signs that are drawn as nothing, though Unicode does not count them as invisible.
_BLANKS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
_ESCAPES = str.maketrans({sign: f"\\{sign}" for sign in "\\*_~`|<>#-[]():/"} | {"@": "@\u200b"})


@dataclass(frozen=True, slots=True)
class Field:
    """A name with a value; Discord takes neither without text, so a blank one becomes a dash."""

    name: str
    value: str
    inline: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _fit(self.name, MAX_FIELD_NAME) or _NOTHING)
        object.__setattr__(self, "value", _fit(self.value, MAX_FIELD_VALUE) or _NOTHING)


@dataclass(frozen=True, slots=True)
class Message:
    """An embed. Text that is too long is cut and ends with an ellipsis; fields beyond the last that fits are left out.

    `colour` is 0xRRGGBB, `url` where a click on the title leads. ValueError without any text, for a colour that is
    none, and for a url that is not http or https.
    """

    title: str
    description: str
    fields: tuple[Field, ...]
    colour: int
    url: str | None = None

    def __post_init__(self) -> None:
        title, description = _fit(self.title, MAX_TITLE), _fit(self.description, MAX_DESCRIPTION)
        fields = _fit_fields(self.fields, MAX_TOTAL - _length(title) - _length(description))
        if not (title or description or fields):
            raise ValueError("A message needs a title, a description or a field")
        if not 0 <= self.colour <= 0xFFFFFF:
            raise ValueError(f"Not a colour: {self.colour:#x}")
        if self.url is not None and not self.url.startswith(("https://", "http://")):
            raise ValueError(f"Not a web address: {self.url}")
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "description", description)
        object.__setattr__(self, "fields", fields)

    def to_json(self) -> dict[str, Any]:
        """Return the message as a value for a JSON column."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Message":
        """Read what `to_json` returned. KeyError, TypeError or ValueError for anything else."""
        return cls(**{**data, "fields": tuple(Field(**one) for one in data["fields"])})


def escape(text: str) -> str:
    """Return text as one line that Discord shows as it is: no formatting, mention, link, emoji or invisible sign."""
    seen = "".join(sign if sign.isprintable() and sign not in _BLANKS else " " for sign in text)
    return " ".join(seen.split()).translate(_ESCAPES)


def _fit_fields(fields: Iterable[Field], room: int) -> tuple[Field, ...]:
    fitting: list[Field] = []
    for field in tuple(fields)[:MAX_FIELDS]:
        left = room - _length(field.name)
        if left < 1:
            break
        fitting.append(replace(field, value=_fit(field.value, left)))
        room = left - _length(fitting[-1].value)
    return tuple(fitting)


def _fit(text: str, limit: int) -> str:
    clean = "".join(sign for sign in str(text) if sign in "\n\t" or not _is_unstorable(sign)).strip()
    if _length(clean) <= limit:
        return clean
    cut = clean.encode("utf-16-le")[: 2 * (limit - len(_ELLIPSIS))].decode("utf-16-le", "ignore")
    return cut.rstrip() + _ELLIPSIS


def _is_unstorable(sign: str) -> bool:
    """Say whether a database or Discord refuses the sign: NUL and other controls, halves of a surrogate pair."""
    return unicodedata.category(sign) in {"Cc", "Cs"}


def _length(text: str) -> int:
    """Return the length in UTF-16 units: Discord's own count is never higher."""
    return len(text.encode("utf-16-le")) // 2
