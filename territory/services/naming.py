"""Which person judging would take a player for, found without learning anything and without locks."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection

from clans.models import User
from territory.models import GameServer, IdentityConflict, PlayerIdentity
from territory.services import identities


class FoundBy(StrEnum):
    """How a player was matched to a person."""

    PLAYER_ID = "player_id"
    GAMERTAG = "gamertag"
    DISPUTED = "disputed"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Bearer:
    """An identity with this player id, or one that bears or bore the gamertag; `user` None is not linked."""

    gamertag: str
    player_id: str
    user: User | None
    bears_now: bool
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Named:
    """The person found. `player_id` is the one given or, if it `is_assumed`, the one the gamertag is known under.

    `seen_as` are the other player ids under which the linked gamertag was seen, unresolved, with the last time.
    """

    player_id: str
    is_assumed: bool
    found_by: FoundBy
    user: User | None
    disputed: User | None
    candidates: tuple[User, ...]
    bearers: tuple[Bearer, ...]
    seen_as: tuple[tuple[str, datetime], ...]

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether the gamertag alone was given, and an open conflict says that somebody else plays under it too."""
        return self.is_assumed and bool(self.seen_as)

    @property
    def people(self) -> list[User]:
        """The people whose rights matter: the one found, and those it may be instead."""
        return [user for user in (self.user, self.disputed, *self.candidates) if user is not None]

    @property
    def user_ids(self) -> list[int]:
        """Their numbers."""
        return [user.pk for user in self.people]


def in_full(user: User) -> str:
    """Return a person's name with what no other person has: people may share a display name."""
    name = str(user)
    if user.discord_id:
        return f"{name} (Discord {user.discord_id})"
    return name if name == user.username else f"{name} ({user.username})"


def name_player(server: GameServer, gamertag: str, player_id: str, at: datetime) -> Named:
    """Match a player as judging does. Without a player id the gamertag is taken to be played by who is known by it."""
    bearers = _bearers(gamertag, player_id)
    meant = player_id or _usual_player_id(bearers)
    match = identities.find_match(identities.Seen(gamertag, meant, at), platform=server.platform)
    users = User.objects.in_bulk([pk for pk in (match.user_id, *match.doubtful_ids) if pk is not None])
    return Named(
        player_id=meant,
        is_assumed=not player_id,
        found_by=_found_by(match, meant, bearers),
        user=users.get(match.user_id or 0),
        disputed=users.get(match.disputed_user_id or 0),
        candidates=tuple(users[pk] for pk in match.candidate_ids),
        bearers=bearers,
        seen_as=_seen_as(gamertag, meant),
    )


def _found_by(match: identities.Match, player_id: str, bearers: tuple[Bearer, ...]) -> FoundBy:
    if match.user_id is not None:
        known = any(one.player_id == player_id and one.user for one in bearers)
        return FoundBy.PLAYER_ID if known and player_id else FoundBy.GAMERTAG
    return FoundBy.DISPUTED if match.doubtful_ids else FoundBy.NOBODY


def _usual_player_id(bearers: tuple[Bearer, ...]) -> str:
    """Return the id of who is most likely meant by a gamertag alone; blank if it is to be learned, or not known."""
    present = [one for one in bearers if one.bears_now]
    linked = [one for one in present if one.user is not None]
    if any(not one.player_id for one in linked):
        return ""
    return next((one.player_id for one in linked or present), "")


# Who bears the gamertag goes before who bore it, and who was seen last before the others.
_BEARERS = """
    SELECT i.id, i.gamertag_key = n.name, u.seen
    FROM (SELECT territory_gamertag_key(%(gamertag)s) AS name) n
    CROSS JOIN territory_playeridentity i
    CROSS JOIN LATERAL (
        SELECT max(g.last_seen_at) AS seen, bool_or(territory_gamertag_key(g.gamertag) = n.name) AS bore
        FROM territory_gamertaguse g WHERE g.identity_id = i.id
    ) u
    WHERE i.gamertag_key = n.name OR u.bore OR i.player_id = NULLIF(%(player_id)s, '')
    ORDER BY 2 DESC, u.seen DESC NULLS LAST, i.id DESC
"""


def _bearers(gamertag: str, player_id: str) -> tuple[Bearer, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_BEARERS, {"gamertag": gamertag, "player_id": player_id})
        rows = cursor.fetchall()
    found = PlayerIdentity.objects.select_related("user").in_bulk([pk for pk, *_rest in rows])
    return tuple(
        Bearer(found[pk].gamertag, found[pk].player_id or "", found[pk].user, bears_now, seen)
        for pk, bears_now, seen in rows
    )


def _seen_as(gamertag: str, player_id: str) -> tuple[tuple[str, datetime], ...]:
    conflicts = (
        IdentityConflict.objects.filter(resolved_at=None)
        .extra(
            where=[
                "territory_gamertag_key(territory_identityconflict.gamertag) = territory_gamertag_key(%s)"
            ],
            params=[gamertag],
        )
        .exclude(player_id=player_id)
    )
    return tuple(conflicts.order_by("-last_seen_at", "pk").values_list("player_id", "last_seen_at"))


_BANS_BY_NAME = """
    SELECT id FROM territory_ban
    WHERE server_id = %s AND lifted_at IS NULL
        AND territory_gamertag_key(gamertag) = territory_gamertag_key(%s)
"""


def bans_by_name(server: GameServer, gamertag: str) -> list[int]:
    """Return the ids of the server's bans of this gamertag that are not lifted, compared as gamertags are."""
    with connection.cursor() as cursor:
        cursor.execute(_BANS_BY_NAME, [server.pk, gamertag])
        return [pk for (pk,) in cursor.fetchall()]
