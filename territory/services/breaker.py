"""The circuit breaker of a game server: while it has tripped, the rule bans nobody there until staff set it back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from announcements.message import Field, Message, escape
from announcements.services import Announceable, announce_many
from common.causes import cause
from territory.models import Ban, Case, GameServer, Infraction
from territory.rules.nets import Lately, RuleBan, Trip, reason_to_trip
from territory.rules.verdict import Action, Hold, Outcome
from territory.services.cases import lock_cases
from territory.services.errors import NotPossibleError
from territory.services.hearing import Finding, Hearing

MOST_SHOWN = 100
_AMBER = 0xD68910


def watched_findings(server: GameServer, hearing: Hearing, *, now: datetime) -> tuple[list[Finding], int]:
    """Judge a batch; if the breaker trips over its bans, or tripped meanwhile, as in review. Also return how many warnings wait.

    Runs in the transaction of the verdicts. A batch in which the rule bans nobody takes no query; one with bans takes the
    server's lock first, so that two workers never both stay below the limit.
    """
    findings = hearing.findings(server.rules)
    bans = [_rule_ban(one) for one in findings if one.verdict.action is Action.BAN]
    if not bans:
        return findings, 0
    lock_cases(server.pk)
    held = GameServer.objects.select_for_update(no_key=True).get(pk=server.pk)
    warnings = 0
    if held.tripped_at is None:
        trip = reason_to_trip(
            bans,
            states=hearing.bases.states,
            near=hearing.bases.near,
            side_m=server.map_size_m,
            lately=_lately(held, bans, now),
            now=now,
        )
        if trip is None:
            return findings, 0
        warnings = _trip(held, trip, bans, now)
    return hearing.findings(replace(server.rules, is_tripped=True)), warnings


def _rule_ban(one: Finding) -> RuleBan:
    is_invasion = one.verdict.outcome is Outcome.INVASION
    return RuleBan(one.case.player_id, one.case.act, one.actor.person, is_invasion)


# A ban is the rule's if an act banned by itself; that the ban was made or lengthened then tells it from acts of somebody who
# is banned already. What staff confirmed is no sign of a rule gone wrong.
_LATELY = """
    SELECT DISTINCT b.player_id, true
    FROM territory_ban b
        JOIN territory_infraction i ON i.ban_id = b.id
        JOIN territory_placement p ON p.id = i.placement_id AND p.action = 'ban'
    WHERE b.server_id = %(server)s AND i.detected_at > %(since)s AND (
        b.created_at = i.detected_at AND b.created_by_id IS NULL
        OR EXISTS (SELECT FROM territory_banextension e WHERE e.ban_id = b.id AND e.extended_at = i.detected_at)
    )
    UNION ALL
    SELECT player_id, false FROM territory_ban
    WHERE server_id = %(server)s AND lifted_at IS NULL AND ends_at IS NULL AND player_id = ANY(%(players)s)
"""


def _lately(server: GameServer, bans: Iterable[RuleBan], now: datetime) -> Lately:
    if server.breaker_bans is None:
        return Lately(None)
    since = max(filter(None, (now - server.breaker_window, server.breaker_since)))
    players = sorted({one.player_id for one in bans})
    values: dict[str, Any] = {"server": server.pk, "since": since, "players": players}
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, values)
        rows = cursor.fetchall()
    sets = ({player for player, is_lately in rows if is_lately is kind} for kind in (True, False))
    return Lately(server.breaker_bans, *sets)


def _trip(server: GameServer, trip: Trip, bans: Sequence[RuleBan], now: datetime) -> int:
    server.tripped_at, server.tripped_because = now, trip.value
    server.save(update_fields=["tripped_at", "tripped_because"])
    with translation.override(settings.LANGUAGE_CODE):
        key = f"breaker-{server.pk}-{now.isoformat()}"
        messages = {"staff": _warning(server, len({one.player_id for one in bans}))}
        return announce_many([Announceable(topic=server.pk, key=key, messages=messages)])


def _warning(server: GameServer, players: int) -> Message:
    who = ngettext("%(count)d player", "%(count)d players", players) % {"count": players}
    fields = (
        Field(_("Server"), escape(str(server)), inline=True),
        Field(_("Why"), escape(server.get_tripped_because_display()), inline=False),
        Field(_("Not banned, but waiting for staff"), who, inline=True),
    )
    text = _(
        "The rule bans nobody on this server until staff look and set the circuit breaker back. Nothing is lost: each act waits "
        "for a decision."
    )
    return Message(title=_("Circuit breaker tripped"), description=text, fields=fields, colour=_AMBER)


@transaction.atomic
def set_back(server: GameServer, *, seen: datetime, reason: str) -> GameServer:
    """Set a tripped breaker back: the rule bans again, and counts from now on. What waits keeps waiting.

    `seen` is when the breaker tripped that staff decide about. Raises NotPossibleError if it is not tripped, or tripped anew.
    """
    held = GameServer.objects.select_for_update(no_key=True).get(pk=server.pk)
    if held.tripped_at is None:
        raise NotPossibleError(_("Somebody has set the circuit breaker back already."))
    if held.tripped_at != seen:
        raise NotPossibleError(_("The circuit breaker has tripped again since you opened this page."))
    held.tripped_at, held.tripped_because, held.breaker_since = None, "", timezone.now()
    with cause(reason=reason):
        held.save(update_fields=["tripped_at", "tripped_because", "breaker_since"])
    return held


@dataclass(frozen=True, slots=True)
class TrippedBreaker:
    """What staff look at before they set a breaker back: cases that wait because of it, and the rule's bans before it tripped."""

    cases: Sequence[Case]
    waiting: int
    bans: Sequence[Ban]


def look_at(server: GameServer) -> TrippedBreaker:
    """Return what bears on a server's tripped breaker, at most MOST_SHOWN cases and bans. Three queries."""
    assert server.tripped_at is not None
    waiting = Case.objects.filter(
        server=server,
        infractions__status=Infraction.Status.REVIEW,
        infractions__placement__reasons__holds__contains=Hold.BREAKER.value,
        state=Case.State.WAITING,
    ).distinct()
    bans = Ban.objects.filter(
        server=server,
        created_by=None,
        created_at__gt=server.tripped_at - server.breaker_window,
        created_at__lt=server.tripped_at,
        infractions__placement__action=Action.BAN.value,
    ).distinct()
    cases = list(waiting.select_related("base").order_by("-pk")[:MOST_SHOWN])
    shown = list(bans.prefetch_related("cases").order_by("-pk")[:MOST_SHOWN])
    return TrippedBreaker(cases, waiting.count(), shown)
