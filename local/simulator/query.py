"""Reading one request by the rules of the reference; what they do not allow raises Refusal."""

import re
from collections.abc import Mapping
from typing import Final

from local.simulator.fields import Method, Parameter, Refusal, Selection, selection

_ID: Final = re.compile(r"[0-9]{1,18}")
_TOKEN: Final = re.compile(r"sim-([0-9]{1,18})-.+")


class Query:
    """A request's parameters, checked one after another as the API does it."""

    def __init__(self, method: Method, parameters: Mapping[str, str]) -> None:
        self.method = method
        self._parameters = {name: value for name, value in parameters.items() if value}
        for name, rule in method.parameters.items():
            self._check(name, rule)
        self.selection = self._selection()

    def text(self, name: str) -> str | None:
        return self._parameters.get(name)

    def words(self, name: str) -> list[str]:
        """Return a list of texts, empty where it is not told."""
        return self._parameters[name].split(",") if name in self._parameters else []

    def ids(self, name: str) -> list[int]:
        """Return a list of ids in their order, each once."""
        return list(dict.fromkeys(int(word) for word in self.words(name)))

    def number(self, name: str, *, default: int) -> int:
        """Return a number from 1 on."""
        value = int(self._parameters.get(name, default))
        if value < 1:
            raise self._invalid(name)
        return value

    def token_owner(self) -> int | None:
        """Return whose token came along: tokens are made as sim-ACCOUNT_ID-anything. None where there is none."""
        token = self.text("access_token")
        if token is None:
            return None
        match = _TOKEN.fullmatch(token)
        if not match:
            raise self._invalid("access_token")
        return int(match[1])

    def _check(self, name: str, rule: Parameter) -> None:
        if rule.is_required and name not in self._parameters:
            raise Refusal(402, f"{name.upper()}_NOT_SPECIFIED", name)
        words = self.words(name) if rule.is_list else [self._parameters.get(name)]
        if rule.most and len(words) > rule.most:
            raise Refusal(407, f"{name.upper()}_LIST_LIMIT_EXCEEDED", name, self.text(name))
        for word in words:
            if word is not None and not _fits(word, rule):
                raise self._invalid(name)

    def _selection(self) -> Selection:
        try:
            return selection(self.words("fields"), self.method.fields)
        except KeyError:
            raise self._invalid("fields") from None

    def _invalid(self, name: str) -> Refusal:
        return Refusal(407, f"INVALID_{name.upper()}", name, self.text(name))


def _fits(word: str, rule: Parameter) -> bool:
    if rule.is_number:
        return _ID.fullmatch(word) is not None
    return not rule.values or word in rule.values
