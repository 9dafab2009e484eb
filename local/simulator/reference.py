"""The part of the official reference that is simulated: what a request may say, and which fields an answer has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.simulator.records import NAMES

# Names with what lies below them; None below a leaf.
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


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the API: the parameter it cannot do without, and the fields of its answer."""

    needs: str | None
    fields: Tree
    verbs: tuple[str, ...] = ("GET", "POST")


def _tree(names: str, **below: str | Tree) -> Tree:
    trees = {name: _tree(tree) if isinstance(tree, str) else tree for name, tree in below.items()}
    return {**dict.fromkeys(names.split()), **trees}


METHODS: Final = {
    "clans/info": Method(
        "clan_id",
        _tree(
            "clan_id tag name members_count is_clan_disbanded",
            members="account_id account_name role joined_at",
        ),
    ),
    "account/info": Method(
        "account_id",
        _tree(
            "account_id nickname clan_id global_rating last_battle_time created_at",
            statistics=_tree("", all=" ".join(NAMES)),
            private="garage",
        ),
    ),
    "account/list": Method("search", _tree("account_id nickname")),
    "account/tanks": Method("account_id", _tree("tank_id mark_of_mastery", statistics="battles wins")),
    "encyclopedia/info": Method(None, _tree("game_version tanks_updated_at")),
    "encyclopedia/vehicles": Method(
        None,
        _tree(
            "tank_id name short_name tag nation type tier is_premium is_gift",
            images="big_icon small_icon contour_icon",
        ),
    ),
    "auth/login": Method("redirect_uri", _tree("location")),
    "auth/logout": Method("access_token", {}, ("POST",)),
    "auth/prolongate": Method("access_token", _tree("access_token account_id expires_at"), ("POST",)),
}


class Query:
    """A request's parameters, checked as the API does it; what it does not allow raises RefusalError."""

    def __init__(self, method: Method, parameters: Mapping[str, str]) -> None:
        self._parameters = {name: value for name, value in parameters.items() if value}
        self._fields = method.fields
        if method.needs and method.needs not in self._parameters:
            raise RefusalError(402, f"{method.needs.upper()}_NOT_SPECIFIED", method.needs)
        if self.words("extra") not in ([], ["private.garage"]):
            raise self._invalid("extra")
        self._chosen = self._selection()

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
        """Return of an answer's object, or of each of a list, the fields asked for."""
        return _pick(value, self._chosen)

    def _selection(self) -> Tree:
        chosen: Tree = {}
        for name in self.words("fields"):
            try:
                _choose(name.split("."), self._fields, chosen)
            except (KeyError, TypeError):
                raise self._invalid("fields") from None
        return chosen or self._fields

    def _invalid(self, name: str) -> RefusalError:
        return RefusalError(407, f"INVALID_{name.upper()}", name, self._parameters.get(name))


def _choose(path: list[str], known: Tree, chosen: Tree) -> None:
    """Add a field by its path; raises KeyError or TypeError for one that is not known."""
    first, *rest = path
    if not rest:
        chosen[first] = known[first]
    else:
        _choose(rest, known[first], chosen.setdefault(first, {}))


def _pick(value: Any, tree: Tree | None) -> Any:
    if tree and isinstance(value, dict):
        return {name: _pick(value[name], below) for name, below in tree.items() if name in value}
    if tree and isinstance(value, list):
        return [_pick(item, tree) for item in value]
    return value
