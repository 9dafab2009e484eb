"""Reads for pages, the API and commands, each in a fixed number of queries."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, QuerySet
from django.utils.functional import Promise

from territory import wording
from territory.models import Base, GameServer, Infraction, Placement
from territory.rules.verdict import Outcome

WALL_PAGE = 25
VERDICTS_PAGE = 50
# Placements have few indexes on purpose, so a filter searches only the newest rows.
SEARCHED_PLACEMENTS = 100_000


@dataclass(frozen=True, slots=True)
class WallEntry:
    """An incident as the public may see it, by its first infraction."""

    number: int
    acts: int
    gamertag: str
    infraction_type: str | Promise
    item: str
    base_name: str
    server: str
    occurred_at: datetime
    has_ban: bool
    ban_is_active: bool
    ban_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A placement and its verdict in words."""

    placement: Placement
    base_name: str
    reasons: list[str]


def cases_in_review() -> int:
    """Return the number of infractions that wait for staff. One query."""
    return Infraction.objects.filter(status=Infraction.Status.REVIEW).count()


def server_names() -> dict[str, str]:
    """Return the names of all game servers by slug."""
    return {server.slug: str(server) for server in GameServer.objects.only("slug", "name")}


def newest_on_the_wall(now: datetime, count: int) -> list[WallEntry]:
    """Return the newest entries of the wall. One query."""
    rows = Infraction.objects.wall_entries().select_related("server", "ban").only(*_WALL_COLUMNS)
    return [_wall_entry(row, now) for row in rows.order_by("-occurred_at", "-pk")[:count]]


def wall_page(filters: Mapping[str, str], *, number: str | None, now: datetime) -> "Page[WallEntry]":
    """Return one page of the wall of shame, newest first; `filters` may name a gamertag's part and a server's slug."""
    rows = Infraction.objects.wall_entries().select_related("server", "ban").only(*_WALL_COLUMNS)
    if gamertag := filters.get("gamertag"):
        rows = rows.filter(gamertag__icontains=gamertag)
    if server := filters.get("server"):
        rows = rows.filter(server__slug=server)
    page = Paginator(rows.order_by("-occurred_at", "-pk"), WALL_PAGE).get_page(number)
    entries = [_wall_entry(infraction, now) for infraction in page.object_list]
    return Page(entries, page.number, cast("Paginator[WallEntry]", page.paginator))


_WALL_COLUMNS = (
    "gamertag",
    "infraction_type",
    "item",
    "base_name",
    "occurred_at",
    "server__slug",
    "server__name",
    "ban__ends_at",
    "ban__lifted_at",
)


def _wall_entry(infraction: Infraction, now: datetime) -> WallEntry:
    ban = infraction.ban
    ends_at = None if ban is None else ban.lifted_at or ban.ends_at
    return WallEntry(
        number=infraction.pk,
        acts=infraction.acts,  # type: ignore[attr-defined] # wall_entries counts them
        gamertag=infraction.gamertag,
        infraction_type=Infraction.Type(infraction.infraction_type).label,
        item=infraction.item,
        base_name=infraction.base_name,
        server=str(infraction.server),
        occurred_at=infraction.occurred_at,
        has_ban=ban is not None,
        ban_is_active=ban is not None and ban.lifted_at is None and (ends_at is None or ends_at > now),
        ban_ends_at=ends_at,
    )


def newest_verdicts(filters: Mapping[str, str | int]) -> list[VerdictRow]:
    """Return the newest placements with their verdicts in words, one more than a page, which shows whether older follow.

    `filters` may name state, outcome and a server's slug, which search the newest SEARCHED_PLACEMENTS rows only, and
    `before`, a placement's number.
    """
    rows = _filtered(filters).select_related("server").defer("raw_line", "origin", "origin_id")
    if before := filters.get("before"):
        rows = rows.filter(pk__lt=before)
    return in_words(list(rows.order_by("-pk")[: VERDICTS_PAGE + 1]))


def _filtered(filters: Mapping[str, str | int]) -> QuerySet[Placement]:
    values = {
        column: filters[name]
        for name, column in (("state", "state"), ("outcome", "outcome"), ("server", "server__slug"))
        if filters.get(name)
    }
    if not values:
        return Placement.objects.all()
    newest = Placement.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return Placement.objects.filter(pk__gt=newest - SEARCHED_PLACEMENTS, **values)


def in_words(placements: Sequence[Placement]) -> list[VerdictRow]:
    """Return the placements with their verdicts in words; one query reads the names of all bases."""
    names = names_of_bases(wording.mentioned_base_ids(placements))
    return [
        VerdictRow(
            placement=placement,
            base_name=names.get(placement.base_id or 0, ""),
            reasons=wording.reasons_in_words(placement, names),
        )
        for placement in placements
    ]


def names_of_bases(base_ids: Iterable[int]) -> dict[int, str]:
    """Return the names of existing bases by id, removed ones too."""
    return dict(Base.objects.filter(pk__in=set(base_ids)).values_list("pk", "name"))


def placement_of_event(server: GameServer, source_key: uuid.UUID) -> tuple[Placement, dict[int, str]] | None:
    """Return a placement and the names of the bases of its verdict; None if nobody sent it. Two queries."""
    placement = (
        Placement.objects.select_related("base", "infraction")
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
