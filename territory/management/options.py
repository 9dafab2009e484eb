"""Options that several commands read."""

from datetime import datetime

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from territory.models import GameServer
from territory.services.explaining.moments import read_moment
from territory.wording import shown


def game_server(slug: str) -> GameServer:
    """Return the game server with this slug. Raises CommandError, with the slugs that exist."""
    server = GameServer.objects.filter(slug=slug).first()
    if server is None:
        known = ", ".join(GameServer.objects.values_list("slug", flat=True)) or _("none yet")
        raise CommandError(
            _("There is no game server “%(slug)s”. Known: %(known)s.") % {"slug": shown(slug), "known": known}
        )
    return server


def moment(server: GameServer, text: object) -> datetime:
    """Return a time as it was typed, on the server's clock unless it names a zone. Raises CommandError."""
    read = read_moment(server, str(text))
    if read is None:
        raise CommandError(
            _(
                "“%(text)s” is not a time, or the clocks of %(zone)s skipped it when they went forward. Write "
                "2026-02-07 19:45 (on the server's clock), or with a zone 2026-02-07T22:45:30Z or 2026-02-07 19:45-03:00."
            )
            % {"text": shown(str(text)), "zone": server.time_zone}
        )
    return read
