"""Reads for pages, the API and commands, each in a fixed number of queries."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Q, QuerySet

from clans.models import User
from common.numbers import row_number
from territory import wording
from territory.models import Activity, Ban, Base, GameServer, Placement, PlayerIdentity
from territory.rules.verdict import Outcome

VERDICTS_PAGE = 50
# Placements have few indexes on purpose, so a filter searches only the newest rows.
SEARCHED_PLACEMENTS = 100_000
_LEAST_OF_AN_ID = 6  # signs of a player id that are searched for


def counted_page(rows: QuerySet[Any], size: int, number: str | None, *, count: int) -> Page[Any]:
    """Return a page of rows that somebody has counted already, as a list."""
    paginator = Paginator(rows, size)
    paginator.__dict__["count"] = count
    page = paginator.get_page(number)
    page.object_list = list(page.object_list)
    return page


def server_names() -> dict[str, str]:
    """Return the names of all game servers by slug."""
    return {server.slug: str(server) for server in GameServer.objects.only("slug", "name")}


def own_bans(reader: User | AnonymousUser) -> list[Ban]:
    """Return the bans in force of the players whom a proven link says to be the reader; none for visitors. One query."""
    if not isinstance(reader, User):
        return []
    players = PlayerIdentity.objects.filter(user=reader, player_id__isnull=False)
    own = Ban.objects.filter(lifted_at=None, player_id__in=players.values("player_id"))
    return list(own.exclude(player_id="").select_related("server").order_by("-pk"))


def newest_verdicts(filters: Mapping[str, str | int]) -> list[Placement]:
    """Return the newest placements, one more than a page, which shows whether older follow.

    `filters` may name `q`, `action`, `state`, `outcome` and `server` (a slug), which search the newest SEARCHED_PLACEMENTS
    rows only, and `before`, a placement's number.
    """
    rows = _rows().filter(_fits(filters))
    if before := filters.get("before"):
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: VERDICTS_PAGE + 1])


def verdicts_since(
    filters: Mapping[str, str | int], *, after: int, shown: Iterable[int], pending: Iterable[int]
) -> list[Placement]:
    """Return what a list lacks that shows these rows: newer ones than `after`, and those judged that it shows as pending.

    A row may come into sight after one with a higher number, or fit once it is judged; `after` is therefore the oldest row
    of a full list, and 0 for one with room.
    """
    was_pending = Q(pk__in=pending)
    lacking = Q(pk__gt=after) & _fits(filters) & ~Q(pk__in=shown) & ~was_pending
    judged_since = was_pending & ~Q(state=Placement.State.PENDING)
    return list(_rows().filter(lacking | judged_since).order_by("-pk")[:VERDICTS_PAGE])


def _rows() -> QuerySet[Placement]:
    return Placement.objects.select_related("server", "base").defer("raw_line", "origin", "origin_id")


def _fits(filters: Mapping[str, str | int]) -> Q:
    columns = {"action": "action", "state": "state", "outcome": "outcome", "server": "server__slug"}
    values = {column: filters[name] for name, column in columns.items() if filters.get(name)}
    text = str(filters.get("q", ""))
    if not values and not text:
        return Q()
    condition = Q(pk__gt=oldest_searched(), **values)
    if "action" in filters:
        condition &= Q(state=Placement.State.JUDGED)
    return condition & _mentions(text) if text else condition


def oldest_searched() -> int:
    """Return the number before the oldest placement that a search looks at. One query."""
    newest = Placement.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return newest - SEARCHED_PLACEMENTS


def _mentions(text: str) -> Q:
    """Return the condition that a placement mentions the text: gamertag, base, player id, its number or an infraction's."""
    condition = Q(gamertag__icontains=text) | Q(base__name__icontains=text)
    if len(text) >= _LEAST_OF_AN_ID:
        condition |= Q(player_id__startswith=text)
    if number := row_number(text.removeprefix("#")):
        condition |= Q(pk=number) | Q(infraction__pk=number)
    return condition


def names_of_bases(base_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of existing bases by id, removed ones too."""
    return dict(Base.objects.filter(pk__in=set(base_ids)).values_list("pk", "name"))


def placement_of_event(server: GameServer, source_key: uuid.UUID) -> tuple[Placement, dict[int, str]] | None:
    """Return a placement and the names of the bases of its verdict; None if nobody sent it. Two queries."""
    placement = (
        Placement.objects.select_related("base", "infraction", "version")
        .filter(server=server, source_key=source_key)
        .first()
    )
    if placement is None:
        return None
    return placement, names_of_bases(wording.mentioned_base_ids([placement]))


def verdict_counts(server: GameServer, keys: Sequence[uuid.UUID]) -> tuple[dict[str, int], int]:
    """Return the number of these placements by outcome, with each outcome as a key, and the number of unusable ones."""
    placements = Placement.objects.filter(server=server, source_key__in=keys).order_by()
    judged = placements.filter(state=Placement.State.JUDGED).values_list("outcome").annotate(Count("pk"))
    counts = {outcome.value: 0 for outcome in Outcome} | dict(judged)
    return counts, placements.filter(state=Placement.State.UNUSABLE).count()


def last_acts(bases: Collection[Base], *, since: datetime) -> dict[int, datetime]:
    """Return when something was last placed, built or done in each base, of those where anything was. Two queries."""
    return _latest("base", since, base__in=bases)


def last_acts_of(people: Collection[int], base: Base, *, since: datetime) -> dict[int, datetime]:
    """Return when each of these people last placed, built or did something in a base: never elsewhere. Two queries."""
    return _latest("user", since, base=base, user__in=people)


def _latest(key: str, since: datetime, **which: object) -> dict[int, datetime]:
    latest: dict[int, datetime] = {}
    for model in (Placement, Activity):
        rows = model._default_manager.filter(occurred_at__gte=since, **which).order_by()
        for pk, moment in rows.values_list(key).annotate(Max("occurred_at")):
            latest[pk] = max(moment, latest.get(pk, moment))
    return latest
