"""Show what today's rule says of past placements, beside what was said then."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from territory import wording
from territory.management.options import game_server, moment
from territory.models import GameServer
from territory.services.rejudging import Change, Reheard, Rejudged, rejudge


class Command(BaseCommand):
    """`rejudge --server SLUG --since TIME`; writes nothing."""

    help = (
        "Show what today's rule says of past placements, beside what was said then. Nothing follows from it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--server", required=True, metavar="SLUG", help=_("the game server"))
        when = _("for example 2026-02-07 19:45 on the server's clock")
        parser.add_argument("--since", required=True, metavar="TIME", help=when)
        parser.add_argument("--until", metavar="TIME", help=_("now if left out"))
        parser.add_argument("--json", action="store_true", help=_("print one JSON object instead of words"))

    def handle(self, *_args: Any, **options: Any) -> None:
        server = game_server(options["server"])
        since = moment(server, options["since"])
        until = moment(server, options["until"]) if options["until"] else timezone.now()
        result = rejudge(server, since, until)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(server, since, until, result), allow_nan=False))
        else:
            self.stdout.write("\n".join([_summary(result), *_lines(server, result.differences)]))


def _summary(result: Rejudged) -> str:
    heard = ngettext("%(count)d placement heard again", "%(count)d placements heard again", result.heard)
    counts = [
        _("acquitted today: %(count)d") % {"count": result.counts[Change.ACQUITTED]},
        _("guilty today only: %(count)d") % {"count": result.counts[Change.ACCUSED]},
        _("guilty in another way: %(count)d") % {"count": result.counts[Change.OTHER]},
    ]
    return f"{heard % {'count': result.heard}}; {', '.join(counts)}."


def _lines(server: GameServer, differences: Iterable[Reheard]) -> Iterable[str]:
    for one in differences:
        case = one.finding.case
        at = wording.moment_in_words(case.act.occurred_at, server.zone)
        then, today = f"{one.said.rule}/{one.said.action}", f"{one.verdict.rule}/{one.verdict.action}"
        yield f"#{case.placement_id} {at} {wording.shown(case.gamertag)} · {wording.shown(case.item)}: {then} → {today}"


def _as_json(server: GameServer, since: datetime, until: datetime, result: Rejudged) -> dict[str, object]:
    return {
        "server": server.slug,
        "since": _utc(since),
        "until": _utc(until),
        "heard": result.heard,
        "counts": {change.value: result.counts[change] for change in Change},
        "differences": [_difference(one) for one in result.differences],
    }


def _difference(one: Reheard) -> dict[str, object]:
    case, said, verdict = one.finding.case, one.said, one.verdict
    return {
        "placement": case.placement_id,
        "gamertag": case.gamertag,
        "player_id": case.player_id,
        "item": case.item,
        "occurred_at": _utc(case.act.occurred_at),
        "judged_at": _utc(case.judged_at or case.act.occurred_at),
        "change": one.change,
        "then": asdict(said),
        "today": {
            "outcome": verdict.outcome,
            "rule": verdict.rule,
            "action": verdict.action,
            "base_id": verdict.charged.base_id if verdict.charged else None,
            "holds": list(verdict.holds),
        },
    }


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
