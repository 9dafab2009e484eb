"""Tells what a placement would be judged, and why."""

import json
import math
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from territory.adm.clock import to_utc
from territory.adm.grammar import is_full_id, split_item
from territory.management import explain_json, explain_text
from territory.models import GameServer
from territory.rules.geometry import is_on_map
from territory.services.explaining import Question, explain
from territory.services.intake import is_plausible_time
from territory.wording import shown

# Room for the names of every option that may be missing.
_LONGEST_REFUSAL = 300


class _Parser(CommandParser):
    """Refuses arguments in words that cannot steer a terminal, and tells how to write a value that begins with a dash."""

    def error(self, message: str) -> Any:
        words = shown(message, longest=_LONGEST_REFUSAL)
        if message.endswith("expected one argument"):
            hint = _(
                "A value that begins with a dash is written with an equals sign: --x=-1e1, --gamertag=-Nick-."
            )
            words = f"{words}. {hint}"
        return super().error(words)


class Command(BaseCommand):
    """`explain --server SLUG --gamertag NAME --x X --z Z`: reads only."""

    help = "Tell what a placement would be judged and why: the player, the item, the bases near and the rights seen."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return Django's own parser, which has no other way to another class."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = _Parser
        return parser

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
        found = explain(_question(options, now), now=now)
        if options["json"]:
            self.stdout.write(json.dumps(explain_json.content(found), ensure_ascii=False, allow_nan=False))
        else:
            self.stdout.write("\n".join(explain_text.lines(found)))


def _question(options: dict[str, Any], now: datetime) -> Question:
    server = _server(options["server"])
    x, z = _position(server, options["x"], options["z"])
    player_id = _text("--player-id", options["player_id"])
    if player_id and not is_full_id(player_id):
        raise CommandError(
            _("This is no player id of the log: it has 40 capital hexadecimal digits, or 44 characters.")
        )
    return Question(
        server=server,
        gamertag=_given("--gamertag", options["gamertag"]),
        player_id=player_id,
        x=x,
        z=z,
        item=_item(_given("--item", options["item"])),
        is_part=options["built"],
        at=_moment(server, options["at"]) if options["at"] is not None else now,
    )


def _item(text: str) -> str:
    """Return the class of an item, also of one copied from the log as `Fence Kit<FenceKit>`."""
    display, item_class = split_item(text)
    return item_class or display


def _server(slug: str) -> GameServer:
    server = GameServer.objects.filter(slug=_text("--server", slug)).first()
    if server is None:
        known = ", ".join(GameServer.objects.values_list("slug", flat=True)) or _("none yet")
        raise CommandError(
            _("There is no game server “%(slug)s”. Known: %(known)s.") % {"slug": shown(slug), "known": known}
        )
    return server


def _position(server: GameServer, x: object, z: object) -> tuple[float, float]:
    place = _number("--x", x), _number("--z", z)
    if not is_on_map(*place, server.map_size_m):
        raise CommandError(
            _("The place is not on the map %(map)s: X and Z lie between 0 and %(size)d m.")
            % {"map": server.map_title, "size": server.map_size_m}
        )
    return place


def _number(option: str, text: object) -> float:
    try:
        number = float(str(text))
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise CommandError(
            _("%(option)s is no number: “%(text)s”. Write metres, such as 5045 or 5045.5.")
            % {"option": option, "text": shown(str(text))}
        )
    return number


def _given(option: str, text: str) -> str:
    if not text.strip():
        raise CommandError(_("%(option)s is blank.") % {"option": option})
    return _text(option, text)


def _text(option: str, text: str) -> str:
    """Refuse what no database holds: NUL, and half characters of a terminal with another encoding."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "\x00"
    if "\x00" in text:
        raise CommandError(_("%(option)s holds a character that is none.") % {"option": option})
    return text


def _moment(server: GameServer, text: object) -> datetime:
    """Read a time; without a zone it is on the server's clock, as in its log."""
    try:
        read = datetime.fromisoformat(str(text).strip())
        moment = to_utc(read, server.zone) if read.tzinfo is None else read
        is_usable = is_plausible_time(moment)
        is_skipped = read.tzinfo is None and moment.astimezone(server.zone).replace(tzinfo=None) != read
    except (ValueError, OverflowError):
        is_usable = False
    if not is_usable:
        raise CommandError(
            _(
                "“%(text)s” is no time. Write 2026-02-07 19:45 or 2026-02-07 19:45:30 (on the server's clock, "
                "%(zone)s), or with a zone 2026-02-07T22:45:30Z or 2026-02-07 19:45-03:00."
            )
            % {"text": shown(str(text)), "zone": server.time_zone}
        )
    if is_skipped:
        raise CommandError(
            _(
                "The clocks of %(zone)s skipped “%(text)s” when they were put forward. Say which moment is meant by "
                "giving a zone, such as 2026-02-07T22:45:30Z or 2026-02-07 19:45-03:00."
            )
            % {"text": shown(str(text)), "zone": server.time_zone}
        )
    return moment
