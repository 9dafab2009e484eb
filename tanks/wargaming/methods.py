"""The requests we send, as values; nothing is sent here.

What carries an access token goes by POST: a form keeps it out of addresses, and so out of the logs of every machine in
between. Everything else goes by GET, as the whole field reads this API. We name the fields we want, since an answer with
all of them is sixty times as large; one unknown field name makes the API refuse the request.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from tanks.wargaming.errors import ApiRefusedError

Verb = Literal["GET", "POST"]

MOST_IDS: Final = 100
PAGE_SIZE: Final = 100
LONGEST_LOGIN: Final = timedelta(weeks=2)
LONGEST_TOKEN_TEXT: Final = 200

CLAN_FIELDS: Final = (
    *("clan_id", "tag", "name", "members_count", "is_clan_disbanded", "members.account_id"),
    *("members.account_name", "members.role", "members.joined_at"),
)
STATISTICS: Final = (
    *("battles", "wins", "losses", "draws", "survived_battles", "damage_dealt", "frags", "spotted"),
    *("dropped_capture_points", "xp"),
)
ACCOUNT_FIELDS: Final = (
    "account_id",
    "nickname",
    "global_rating",
    "last_battle_time",
    "created_at",
    *(f"statistics.all.{name}" for name in STATISTICS),
)
GARAGE: Final = "private.garage"
TANK_FIELDS: Final = ("tank_id", "mark_of_mastery", "statistics.battles", "statistics.wins")
VEHICLE_FIELDS: Final = (
    *("tank_id", "name", "short_name", "tag", "nation", "type", "tier", "is_premium", "is_gift"),
    *("images.big_icon", "images.small_icon", "images.contour_icon"),
)
ENCYCLOPEDIA_FIELDS: Final = ("game_version", "tanks_updated_at")


@dataclass(frozen=True, slots=True)
class Request:
    """One request without the application id, which the client adds.

    `ids` are those the answer is asked for, empty where it is not about ids. `repeatable` is False where a second
    sending could do something else than the first. The token shows in no repr.
    """

    path: str
    parameters: tuple[tuple[str, str], ...] = ()
    ids: tuple[int, ...] = ()
    access_token: str | None = field(default=None, repr=False)
    repeatable: bool = True

    @property
    def verb(self) -> Verb:
        return "POST" if self.access_token else "GET"

    def all_parameters(self, application_id: str) -> dict[str, str]:
        """Return the parameters with the secrets among them."""
        secret = {"access_token": self.access_token} if self.access_token else {}
        return {"application_id": application_id, **dict(self.parameters), **secret}


def clans_info(clan_ids: Sequence[int]) -> Request:
    """Ask for clans with their members, 1 to 100 of them."""
    fields = ",".join(CLAN_FIELDS)
    return Request("clans/info", (("clan_id", _joined(clan_ids)), ("fields", fields)), tuple(clan_ids))


def account_info(account_ids: Sequence[int], *, access_token: str | None = None) -> Request:
    """Ask for 1 to 100 players; with a player's token also for what stands in that player's garage, and no other secret."""
    token = access_token and _token(access_token)
    fields = ("account_id", GARAGE) if token else ACCOUNT_FIELDS
    parameters = [("account_id", _joined(account_ids)), ("fields", ",".join(fields))]
    if token:
        parameters.append(("extra", GARAGE))
    return Request("account/info", tuple(parameters), tuple(account_ids), token)


def account_list(name: str, *, is_whole: bool) -> Request:
    """Ask for the players with a whole nickname, or with one that begins like this (3 to 24 characters); case is ignored."""
    kind = "exact" if is_whole else "startswith"
    fields = ("limit", str(MOST_IDS)), ("fields", "account_id,nickname")
    return Request("account/list", (("search", name), ("type", kind), *fields))


def account_clans(account_ids: Sequence[int]) -> Request:
    """Ask for the clans of 1 to 100 players."""
    fields = ("fields", "account_id,nickname,clan_id")
    return Request("account/info", (("account_id", _joined(account_ids)), fields), tuple(account_ids))


def account_tanks(account_ids: Sequence[int]) -> Request:
    """Ask for every vehicle that 1 to 100 players ever fought in, sold ones too: this is not the garage."""
    fields = ",".join(TANK_FIELDS)
    return Request(
        "account/tanks", (("account_id", _joined(account_ids)), ("fields", fields)), tuple(account_ids)
    )


def encyclopedia_info() -> Request:
    """Ask whether the catalogue of vehicles changed."""
    return Request("encyclopedia/info", (("fields", ",".join(ENCYCLOPEDIA_FIELDS)),))


def encyclopedia_vehicles(page: int) -> Request:
    """Ask for one page, counted from 1, of the catalogue."""
    parameters = (("page_no", str(page)), ("limit", str(PAGE_SIZE)), ("fields", ",".join(VEHICLE_FIELDS)))
    return Request("encyclopedia/vehicles", parameters)


def login(redirect_uri: str) -> Request:
    """Ask where a player signs in, who comes back to `redirect_uri` afterwards: one without a query, or it is refused."""
    lifetime = str(int(LONGEST_LOGIN.total_seconds()))
    return Request(
        "auth/login", (("redirect_uri", redirect_uri), ("expires_at", lifetime), ("nofollow", "1"))
    )


def logout(access_token: str) -> Request:
    """Ask to forget a token."""
    return Request("auth/logout", access_token=_token(access_token), repeatable=False)


def prolongate(access_token: str) -> Request:
    """Ask for a new token in place of a valid one; the answer also proves whose it is."""
    parameters = (("expires_at", str(int(LONGEST_LOGIN.total_seconds()))),)
    return Request("auth/prolongate", parameters, access_token=_token(access_token), repeatable=False)


def _token(text: str) -> str:
    """Refuse, as the API would, what comes from a browser's address and can be no token."""
    if not (0 < len(text) <= LONGEST_TOKEN_TEXT and text.isascii() and text.isprintable()):
        raise ApiRefusedError(407, "INVALID_ACCESS_TOKEN", "access_token")
    return text


def _joined(ids: Sequence[int]) -> str:
    return ",".join(map(str, ids))
