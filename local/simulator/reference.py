"""The part of the official reference that is simulated: what a request may say."""

import re
from collections.abc import Mapping
from typing import Any, Final

# Names with what lies below them; nothing below a field that is told whole.
Tree = dict[str, Any]
MOST_IDS: Final = 100
_ID: Final = re.compile(r"[0-9]{1,18}")
_TOKEN: Final = re.compile(r"sim-([0-9]{1,18})-.+")


class RefusalError(Exception):
    """An error of the API, as its envelope holds it."""

    def __init__(self, code: int, message: str, about: str | None = None, value: object = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.about = about
        self.value = value

    def envelope(self) -> dict[str, Any]:
        error = {"code": self.code, "message": self.message, "field": self.about, "value": self.value}
        return {"status": "error", "error": error}


# The methods, and the parameter that each cannot do without.
METHODS: Final[dict[str, str]] = {
    "clans/info": "clan_id",
    "account/info": "account_id",
    "account/list": "search",
    "account/tanks": "account_id",
    "encyclopedia/info": "",
    "encyclopedia/vehicles": "",
    "auth/login": "redirect_uri",
    "auth/logout": "access_token",
    "auth/prolongate": "access_token",
}
POST_ONLY: Final = {"auth/logout", "auth/prolongate"}


class Query:
    """A request's parameters, checked as the API does it; what it does not allow raises RefusalError."""

    def __init__(self, path: str, parameters: Mapping[str, str]) -> None:
        self._parameters = {name: value for name, value in parameters.items() if value}
        needed = METHODS[path]
        if needed and needed not in self._parameters:
            raise RefusalError(402, f"{needed.upper()}_NOT_SPECIFIED", needed)
        if self.words("extra") not in ([], ["private.garage"]):
            raise self._invalid("extra")
        self._fields: Tree = {}
        for field in self.words("fields"):
            _add(self._fields, field.split("."))

    def words(self, name: str) -> list[str]:
        """Return a list of at most a hundred texts, empty if the parameter is missing."""
        words = self._parameters[name].split(",") if name in self._parameters else []
        if len(words) > MOST_IDS:
            raise RefusalError(407, f"{name.upper()}_LIST_LIMIT_EXCEEDED", name, self._parameters[name])
        return words

    def ids(self, name: str) -> list[int]:
        """Return a list of ids in their order, each once."""
        if not all(map(_ID.fullmatch, self.words(name))):
            raise self._invalid(name)
        return list(dict.fromkeys(map(int, self.words(name))))

    def text(self, name: str) -> str:
        """Return a parameter as it came; blank if it is missing."""
        return self._parameters.get(name, "")

    def number(self, name: str, *, default: int) -> int:
        """Return a number from 1 on."""
        text = self._parameters.get(name, str(default))
        if not _ID.fullmatch(text) or int(text) < 1:
            raise self._invalid(name)
        return int(text)

    def token_owner(self) -> int | None:
        """Return the account of the token, which is sim-ACCOUNT_ID-anything; None without a token."""
        token = self._parameters.get("access_token")
        match = _TOKEN.fullmatch(token or "")
        if token and not match:
            raise self._invalid("access_token")
        return int(match[1]) if match else None

    def pick(self, value: Any) -> Any:
        """Return of an answer's object, or of each of a list, the fields asked for; refuse those it has not."""
        try:
            return _pick(value, self._fields)
        except (KeyError, TypeError):
            raise self._invalid("fields") from None

    def _invalid(self, name: str) -> RefusalError:
        return RefusalError(407, f"INVALID_{name.upper()}", name, self._parameters.get(name))


def _add(tree: Tree, path: list[str]) -> None:
    """Add a field by its path; a whole field stays whole."""
    first, *rest = path
    if not rest:
        tree[first] = {}
    elif tree.get(first) != {}:
        _add(tree.setdefault(first, {}), rest)


def _pick(value: Any, tree: Tree) -> Any:
    if not tree or value is None:
        return value
    if isinstance(value, list):
        return [_pick(item, tree) for item in value]
    return {name: _pick(value[name], below) for name, below in tree.items()}
