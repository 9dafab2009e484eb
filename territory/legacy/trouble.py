"""What is wrong with a row of the old system, as a code and the values its words need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Reason(StrEnum):
    """Why a row, or a part of it, was not taken over."""

    # The row is not taken over.
    NO_OWNER = "no_owner"
    NO_PERSON = "no_person"
    BAD_DISCORD_ID = "bad_discord_id"
    NO_GAMERTAG = "no_gamertag"
    TOO_LONG = "too_long"
    NO_COORDINATES = "no_coordinates"
    OFF_MAP = "off_map"
    NO_RADIUS = "no_radius"
    RADIUS_OUT_OF_BOUNDS = "radius_out_of_bounds"
    OVERLAP = "overlap"
    UNKNOWN_CLAN = "unknown_clan"
    UNKNOWN_BASE = "unknown_base"
    BASE_NOT_TAKEN = "base_not_taken"
    GAMERTAG_OF_ANYBODY = "gamertag_of_anybody"
    GAMERTAG_TAKEN = "gamertag_taken"
    PLAYER_ID_TAKEN = "player_id_taken"
    BAD_TIME = "bad_time"
    DUPLICATE = "duplicate"
    CHANGED_HERE = "changed_here"
    ENDED_HERE = "ended_here"
    DELETED_HERE = "deleted_here"
    NOT_STORED = "not_stored"
    # The row is taken over, with something said about it.
    ALREADY_HERE = "already_here"
    KEPT_HERE = "kept_here"
    ANOTHER = "another"
    TABLE_MISSING = "table_missing"
    TIME_UNKNOWN = "time_unknown"
    TIME_AHEAD = "time_ahead"
    SHORTENED = "shortened"
    NAMELESS = "nameless"
    NAME_TAKEN = "name_taken"
    NOT_LISTED = "not_listed"
    BAD_XBOX_ID = "bad_xbox_id"
    XUID_TAKEN = "xuid_taken"
    UNKNOWN_LEVEL = "unknown_level"
    UNKNOWN_ROLE = "unknown_role"
    OWNER_UNLINKED = "owner_unlinked"
    HOLDER_UNLINKED = "holder_unlinked"
    GONE = "gone"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A reason with what its words mention: texts and numbers as the file or the database holds them."""

    reason: Reason
    values: Mapping[str, object] = field(default_factory=dict)


class RefusedError(Exception):
    """A row that cannot be taken over."""

    def __init__(self, reason: Reason, **values: object) -> None:
        super().__init__(reason.value)
        self.trouble = Trouble(reason, values)


class UnreadableError(Exception):
    """The file as a whole cannot be read.

    `problem` is missing, no_database, locked, interrupted, no_tables, another_file or unreadable.
    """

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.detail = detail
