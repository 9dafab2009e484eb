"""Builders of bans that can be appealed against, and of appeals."""

from typing import Any

from clans.models import User
from justice.models import Appeal
from justice.services.appeals import open_appeal
from territory.models import Ban, GameServer, PlayerIdentity
from territory.tests.factories import make_ban, make_base, make_infraction, make_server, make_user, player_id


def make_banned(server: GameServer | None = None, gamertag: str = "Invasor", **fields: Any) -> Ban:
    """A ban by the rule, for an invasion of a base of somebody else, with its case."""
    server = server or make_server(name="Chernarus 1")
    base = make_base(server, make_user(), x=5000.0 + 1000 * server.bases.count())
    ban = make_ban(server, gamertag, **fields)
    make_infraction(server, base, ban=ban, gamertag=gamertag)
    return ban


def make_owner(ban: Ban) -> User:
    """The person whose proven link says that the banned player is theirs."""
    person = make_user()
    PlayerIdentity.objects.create(user=person, gamertag=ban.gamertag, player_id=player_id(ban.gamertag))
    return person


def appeal_of(ban: Ban, person: User | None = None, text: str = "Foi engano") -> Appeal:
    return open_appeal(ban, text, person=person)
