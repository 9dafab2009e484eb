"""Options that several commands read."""

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from territory.models import GameServer
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
