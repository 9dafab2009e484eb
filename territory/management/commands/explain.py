"""Show the verdict on a placement that nobody stored, and why."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from territory import wording
from territory.adm.grammar import is_full_id, split_item
from territory.management.options import game_server, moment
from territory.models import GameServer
from territory.rules.facts import Act
from territory.rules.geometry import is_on_map
from territory.services.explaining.explanation import as_json, explain
from territory.services.hearing import Case


class Command(BaseCommand):
    """`explain --server SLUG --gamertag NAME --x X --z Z`; writes nothing."""

    help = "Show the verdict on a placement and why: the player, the item, the bases nearby and the rights in them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--server", required=True, metavar="SLUG", help=_("the game server"))
        parser.add_argument("--gamertag", required=True, help=_("who places the item"))
        parser.add_argument("--player-id", default="", help=_("the id in the game's log, if it is known"))
        parser.add_argument("--x", required=True, help=_("metres to the east"))
        parser.add_argument("--z", required=True, help=_("metres to the north"))
        parser.add_argument("--item", default="FenceKit", help=_("the item's class; FenceKit if left out"))
        parser.add_argument("--built", action="store_true", help=_("the item is a part built on a structure"))
        parser.add_argument(
            "--at",
            metavar="TIME",
            help=_("when, for example 2026-02-07 19:45 on the server's clock; now if left out"),
        )
        parser.add_argument("--json", action="store_true", help=_("print one JSON object instead of words"))

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        server = game_server(options["server"])
        explanation = explain(server, _case(server, options, now), now=now)
        if options["json"]:
            self.stdout.write(as_json(explanation))
        else:
            sections = ("\n  ".join([section.title, *section.lines]) for section in explanation.sections)
            self.stdout.write("\n\n".join(sections))


def _case(server: GameServer, options: dict[str, Any], now: datetime) -> Case:
    x, z = _number("--x", options["x"]), _number("--z", options["z"])
    if not is_on_map(x, z, server.map_size_m):
        raise CommandError(
            _("The place is not on the map %(map)s: X and Z lie between 0 and %(size)d m.")
            % {"map": server.map_title, "size": server.map_size_m}
        )
    player_id = options["player_id"]
    if player_id and not is_full_id(player_id):
        raise CommandError(wording.NOT_A_PLAYER_ID)
    at = now if options["at"] is None else moment(server, options["at"])
    # An item may be copied from the log, as `Fence Kit<FenceKit>`.
    display, item_class = split_item(options["item"])
    return Case(
        options["gamertag"], player_id, item_class or display, Act(x, z, at), is_part=options["built"]
    )


def _number(option: str, text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        raise CommandError(
            _("%(option)s is not a number: “%(text)s”. Write metres, such as 5045 or 5045.5.")
            % {"option": option, "text": wording.shown(str(text))}
        ) from None
