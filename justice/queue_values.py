"""What a kind of the queue is, and what each thing that waits says of itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from common.numbers import LARGEST, row_number
from face.parts import Kind, Text
from justice.access import Visitor, sees_cases
from territory import wording
from territory.ban_codes import number_of
from territory.models import Case

_LEAST_OF_AN_ID = 6  # signs of a player id that are searched for
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: its row's number, since when, who and what it is about; `url` is its page outside of the queue."""

    kind: str
    pk: int
    since: datetime
    name: str
    words: str
    detail: str = ""
    look: Kind = "review"
    icon: str = "v-review"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """A search text, read as all that it may be."""

    text: str
    number: int
    ban: int

    @classmethod
    def of(cls, text: str) -> "Search":
        ban = number_of(text) or 0
        return cls(text, row_number(text.removeprefix("#")), ban if ban <= LARGEST else 0)

    def player(self, path: str = "") -> Q:
        """Return the condition on a gamertag and a player id."""
        condition = Q(**{f"{path}gamertag__icontains": self.text})
        if len(self.text) >= _LEAST_OF_AN_ID:
            condition |= Q(**{f"{path}player_id__startswith": self.text})
        return condition


@dataclass(frozen=True, slots=True)
class QueueKind:
    """A kind of thing that waits.

    `rows` returns the rows that wait at a moment, each with `since`; `server` is the path to the game server; `in_words`
    puts a page of rows into words in a fixed number of queries.
    """

    key: str
    label: Text
    icon: str
    may_see: Callable[[Visitor], bool]
    rows: Callable[[datetime], QuerySet[Any]]
    in_words: Callable[[Sequence[Any]], list[Waiting]]
    search: Callable[[Search], Q]
    server: str = "server"


def with_right(right: str) -> Callable[[Visitor], bool]:
    return lambda user: sees_cases(user) and user.has_perm(right)


def cut(text: str) -> str:
    """Return a text of players or machines for one line."""
    return wording.shown(text, longest=_LONGEST)


def urls_of_bans(bans: Sequence[int]) -> dict[int, str]:
    """Return the page of each ban's newest case. One query."""
    cases = Case.objects.filter(ban__in=bans).order_by("pk").values_list("ban", "pk")
    return {ban: reverse("case", args=[pk]) for ban, pk in cases if ban is not None}
