"""What the official reference allows in a request, and cutting an answer down to the fields asked for."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from local.simulator.catalogue import DATA

# Names with what lies below them; None below a leaf.
Tree = dict[str, Any]
_DECIMALS: Final = ("avg_", "tanking_factor")


class Refusal(Exception):  # noqa: N818 - errors are nouns here
    """An error of the API, as its envelope tells it."""

    def __init__(self, code: int, message: str, about: str | None = None, value: object = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.about = about
        self.value = value

    def envelope(self) -> dict[str, Any]:
        told = {"code": self.code, "message": self.message, "field": self.about, "value": self.value}
        return {"status": "error", "error": told}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a method; `most` is the longest list, `values` the only allowed ones."""

    is_list: bool
    is_number: bool
    is_required: bool
    most: int | None
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Method:
    verbs: frozenset[str]
    parameters: Mapping[str, Parameter]
    fields: Tree


@cache
def methods() -> dict[str, Method]:
    """Return the methods that the simulator answers, by their path."""
    content = json.loads((DATA / "reference.json").read_text(encoding="utf-8"))
    return {
        path: Method(
            frozenset(told["verbs"]),
            {name: _parameter(rule) for name, rule in told["parameters"].items()},
            told["fields"],
        )
        for path, told in content.items()
    }


def _parameter(rule: Mapping[str, Any]) -> Parameter:
    return Parameter(
        is_list="list" in rule["type"],
        is_number="numeric" in rule["type"],
        is_required=rule.get("required", False),
        most=rule.get("most"),
        values=tuple(rule.get("values", ())),
    )


@dataclass(frozen=True, slots=True)
class Selection:
    """The fields of an answer that are wanted (None: all) and unwanted."""

    wanted: Tree | None
    unwanted: Tree

    def of(self, value: Any) -> Any:
        """Return what is asked for of an answer's object, or of each of a list."""
        picked = value if self.wanted is None else _pick(value, self.wanted)
        return _without(picked, self.unwanted) if self.unwanted else picked


def selection(names: Iterable[str], known: Tree) -> Selection:
    """Read the parameter `fields`; raises KeyError for a name that is not among the known ones."""
    wanted: Tree = {}
    unwanted: Tree = {}
    for name in names:
        path = name.removeprefix("-").split(".")
        _check(path, known)
        _put(path, unwanted if name.startswith("-") else wanted)
    return Selection(wanted or None, unwanted)


def zeros(tree: Tree) -> dict[str, Any]:
    """Return figures of 0 for all leaves of a tree, null for the ids among them."""
    return {name: zeros(below) if below else _zero(name) for name, below in tree.items()}


def _zero(name: str) -> float | None:
    if name.endswith("_tank_id"):
        return None
    return 0.0 if name.startswith(_DECIMALS) else 0


def _check(path: list[str], known: Tree) -> None:
    level: Tree | None = known
    for step in path:
        if level is None:
            raise KeyError(step)
        level = level[step]


def _put(path: list[str], tree: Tree) -> None:
    """Add a path; a name that is there as a whole stays whole."""
    *steps, last = path
    for step in steps:
        below = tree.setdefault(step, {})
        if below is None:
            return
        tree = below
    tree[last] = None


def _pick(value: Any, tree: Tree) -> Any:
    if isinstance(value, dict):
        return {
            name: value[name] if below is None else _pick(value[name], below)
            for name, below in tree.items()
            if name in value
        }
    if isinstance(value, list):
        return [_pick(item, tree) for item in value]
    return value


def _without(value: Any, tree: Tree) -> Any:
    if isinstance(value, dict):
        return {
            name: _without(item, tree[name]) if tree.get(name) else item
            for name, item in value.items()
            if tree.get(name, tree) is not None
        }
    if isinstance(value, list):
        return [_without(item, tree) for item in value]
    return value
