"""The switch from observing to enforcing: what the rule would have done since the server bans nobody, and what it still would."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext as _

from common.causes import cause
from territory.models import GameServer, Placement, RuleVersion
from territory.rules.verdict import Action, Hold
from territory.services.errors import NotPossibleError
from territory.services.rejudging import cases_of, hear_again
from territory.services.versions import note_versions

NEWEST, MOST_NAMED, MOST_HEARD = 50, 10, 2_000
# Logs are read late, seldom by so much: a bound for the search, by the times of the acts.
_READ_LATE = timedelta(days=30)
_ITEM = Coalesce(NullIf("item", Value("", output_field=TextField())), "display")
_OF_MODE = [hold.value for hold in Hold if hold.is_of_mode]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the placements are one player's, lie in one base, or are of one item."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class FirstWeeks:
    """The guilty placements since the server bans nobody; `today` counts by action what today's rule says of those heard."""

    since: datetime
    total: int
    would_ban: int
    players: Sequence[Share]
    bases: Sequence[Share]
    items: Sequence[Share]
    newest: Sequence[Placement]
    heard: int
    today: Counter[str]

    @property
    def would_wait(self) -> int:
        """Those that staff would have had to decide about: at an edge, too old, in dispute."""
        return self.total - self.would_ban


def first_weeks(server: GameServer) -> FirstWeeks:
    """Return what a server that bans nobody has recorded since. A fixed number of queries."""
    since = bans_nobody_since(server)
    found = _recorded(server, since)
    counts = found.aggregate(total=Count("pk"), bans=Count("pk", filter=_would_ban()))
    newest = list(found.select_related("server", "base").defer("raw_line").order_by("-pk")[:NEWEST])
    numbers = list(found.order_by("-pk").values_list("pk", flat=True)[:MOST_HEARD])
    heard = hear_again(server, cases_of(server, numbers))
    return FirstWeeks(
        since,
        counts["total"],
        counts["bans"],
        _shares(found, "player_id", Max("gamertag")),
        _shares(found.filter(base__isnull=False), "base", Max("base__name")),
        _shares(found.annotate(what=_ITEM), "what", Max("what")),
        newest,
        len(heard),
        Counter(str(one.verdict.action) for one in heard),
    )


def bans_nobody_since(server: GameServer) -> datetime:
    """Return since when the server has not enforced; since it was made if no version of its rule says otherwise."""
    versions = RuleVersion.objects.filter(server=server)
    enforced = versions.filter(mode=GameServer.Mode.ENFORCE).aggregate(last=Max("number"))["last"]
    after = versions.filter(number__gt=enforced).aggregate(since=Min("since"))["since"] if enforced else None
    return after or server.created_at


def _recorded(server: GameServer, since: datetime) -> QuerySet[Placement]:
    """Return the guilty placements that only the mode, or with it something else, kept from banning."""
    guilty = Placement.objects.filter(
        server=server,
        action__in=[Action.RECORD.value, Action.REVIEW.value],
        judged_at__gte=since,
        occurred_at__gte=since - _READ_LATE,
    )
    return guilty.filter(Q(action=Action.RECORD.value) | _would_ban())


def _would_ban() -> Q:
    return Q(reasons__holds__contained_by=_OF_MODE)


def _shares(found: QuerySet[Placement], column: str, name: Any) -> list[Share]:
    rows = found.order_by().values(column).annotate(name=name, count=Count("pk"))
    return [Share(row["name"] or "", row["count"]) for row in rows.order_by("-count", "name")[:MOST_NAMED]]


@transaction.atomic
def enforce(server: GameServer, *, seen: str, reason: str = "") -> None:
    """Have a server enforce. Raises NotPossibleError if its mode is no longer the one `seen`."""
    held = GameServer.objects.select_for_update(no_key=True).get(pk=server.pk)
    if held.mode != seen or held.mode == GameServer.Mode.ENFORCE:
        raise NotPossibleError(_("Somebody has changed the mode since you opened this page."))
    held.mode = GameServer.Mode.ENFORCE
    with cause(reason=reason):
        held.save(update_fields=["mode"])
    transaction.on_commit(note_versions)
