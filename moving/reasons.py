"""Why a row of an old system was not taken over, or was taken over without something."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from territory.wording import shown


class Reason(models.TextChoices):
    """A code for programs, and a sentence for people."""

    # fmt: off
    # The row is not taken over.
    NO_OWNER = "no_owner", _("It has no owner.")
    NO_PERSON = "no_person", _("It names nobody: the Discord id is missing.")
    BAD_DISCORD_ID = "bad_discord_id", _("“%(text)s” is not a Discord id. A Discord id is a whole number with all its digits.")
    NO_GAMERTAG = "no_gamertag", _("It has no gamertag.")
    TOO_LONG = "too_long", _("“%(text)s” is too long to be a gamertag.")
    NO_COORDINATES = "no_coordinates", _("It has no coordinates that can be read.")
    OFF_MAP = "off_map", _("Its centre X=%(x)s, Z=%(z)s is not on the map, whose sides are %(size)s m long.")
    NO_RADIUS = "no_radius", _("It has no radius that can be read.")
    RADIUS_OUT_OF_BOUNDS = "radius_out_of_bounds", _("Its radius is %(radius)s m; it must lie between %(least)s and %(most)s m.")
    OVERLAP = "overlap", _("Its circle overlaps “%(base)s” of %(owner)s by %(overlap)s m.")
    UNKNOWN_CLAN = "unknown_clan", _("Its clan, number “%(number)s” in the file, was not taken over.")
    BASE_NOT_TAKEN = "base_not_taken", _("Its base, number “%(number)s” in the file, was not taken over.")
    GAMERTAG_OF_ANYBODY = "gamertag_of_anybody", _("The gamertag “%(gamertag)s” is one that the game gives to anybody, and proves nothing without a player id.")
    GAMERTAG_TAKEN = "gamertag_taken", _("The gamertag “%(gamertag)s” is linked to %(person)s already.")
    PLAYER_ID_TAKEN = "player_id_taken", _("The player id is linked to %(person)s already.")
    BAD_TIME = "bad_time", _("“%(text)s” is not a time in the past.")
    DUPLICATE = "duplicate", _("It says the same as row “%(key)s” of the table.")
    CHANGED_HERE = "changed_here", _("The row changed in the old system, and its object was changed on this site too: the object stays as it is.")
    ENDED_HERE = "ended_here", _("It was ended on this site and stays ended.")
    DELETED_HERE = "deleted_here", _("The row changed in the old system; its object was deleted or merged on this site and stays so.")
    NOT_STORED = "not_stored", _("The database does not take it: %(error)s.")
    NO_ACCOUNT = "no_account", _("It names no account.")
    BAD_ACCOUNT = "bad_account", _("Its account number cannot be one.")
    BAD_VEHICLE = "bad_vehicle", _("Its vehicle number is missing or cannot be one.")
    BAD_FIGURES = "bad_figures", _("Its battles, wins or badge cannot be right.")
    CONTRADICTED = "contradicted", _("A later day is stored with smaller figures; they can only grow.")
    NO_USERNAME = "no_username", _("It has no user name.")
    BAD_USERNAME = "bad_username", _("Its user name is too long, or holds characters that cannot be shown.")
    RESERVED_USERNAME = "reserved_username", _("Its user name is reserved for people of whom only a Discord id is known; change it in the old system.")
    NAMESAKE = "namesake", _("Another row has this user name; the first of them counts.")
    USERNAME_TAKEN = "username_taken", _("An account with this user name exists on this site, and nothing shows that it belongs to the same person.")
    USERNAME_CASE = "username_case", _("An account on this site has the same user name but for upper and lower case.")
    # The row is taken over, or was before, with something said about it.
    ALREADY_HERE = "already_here", _("It existed on this site already and was left as it is.")
    TABLE_MISSING = "table_missing", _("The file does not have this table: whoever had a right by it is an intruder here.")
    TIME_UNKNOWN = "time_unknown", _("“%(text)s” is not a time; it counts from the moment of moving in.")
    TIME_AHEAD = "time_ahead", _("“%(text)s” lies ahead; it counts from the moment of moving in.")
    SHORTENED = "shortened", _("“%(text)s” was cut to %(longest)s characters.")
    NAMELESS = "nameless", _("It has no name and is called “%(name)s” now.")
    NAME_TAKEN = "name_taken", _("Another clan is called “%(taken)s”; this one, with its own members and bases, is called “%(name)s” here.")
    NOT_LISTED = "not_listed", _("The file has members or bases of this clan but not the clan itself; it is called “%(name)s” here.")
    BAD_XBOX_ID = "bad_xbox_id", _("“%(text)s” is neither an XUID nor a player id, and was left out.")
    XUID_TAKEN = "xuid_taken", _("The XUID belongs to another player already, and was left out.")
    UNKNOWN_LEVEL = "unknown_level", _("The level “%(text)s” is not known; it became “build”.")
    UNKNOWN_ROLE = "unknown_role", _("The role “%(text)s” is not known; it became “member”.")
    OWNER_UNLINKED = "owner_unlinked", _("No gamertag is linked to its owner, %(person)s, who is an intruder here until one is.")
    HOLDER_UNLINKED = "holder_unlinked", _("No gamertag is linked to %(person)s, who is an intruder in spite of this right until one is.")
    GONE = "gone", _("It is no longer in the file; what it became is left as it is.")
    UNREADABLE = "unreadable", _("The rest of the table could not be read: %(error)s")
    BAD_NICKNAME = "bad_nickname", _("Without its nickname, which is too long or cannot be shown; the next sync brings it.")
    BAD_PASSWORD = "bad_password", _("Without its password, which is stored in another way than expected; staff may set one.")
    BAD_OWN_ACCOUNT = "bad_own_account", _("Without its account in the game, whose number cannot be one.")
    ACCOUNT_TAKEN = "account_taken", _("Without its account in the game and its role: that account is linked to another person here.")
    ACCOUNT_DISPUTED = "account_disputed", _("Without its account in the game and its role: several people of the old site name that account. Link it in the admin, under Players, to the one whose it is, and give the role there.")
    NOT_LINKED = "not_linked", _("This person is here already and not linked to that account in the game; it was left so.")
    NO_ROLE = "no_role", _("Without its role, which is neither member nor commander.")
    NO_CLAN = "no_clan", _("Without its role: set CLAN_ID (and WOT_REALM) to the clan it belongs to, and run this again.")
    # fmt: on


@dataclass(frozen=True, slots=True)
class Remark:
    """A reason with the values that its words mention."""

    reason: Reason
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The sentence in the active language; values of the old system are cut and made safe for a terminal."""
        return str(self.reason.label) % {name: _shown(value) for name, value in self.values.items()}


class RefusedError(Exception):
    """A row that cannot be taken over."""

    def __init__(self, reason: Reason, **values: object) -> None:
        super().__init__(reason.value)
        self.remark = Remark(reason, values)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return str(number_format(round(value, 2), decimal_pos=0 if value.is_integer() else 2))
    return shown(str(value))
