"""Why a row of an old system was not taken over, in sentences of the active language."""

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from territory.legacy.database import TABLES
from territory.legacy.trouble import Reason, Trouble, UnreadableError
from territory.wording import shown

_WORDS: Mapping[Reason, str | Promise] = {
    Reason.NO_OWNER: gettext_lazy("It has no owner."),
    Reason.NO_PERSON: gettext_lazy("It names nobody: the Discord id is missing."),
    Reason.BAD_DISCORD_ID: gettext_lazy("“%(text)s” is no Discord id, which is a whole number without loss."),
    Reason.NO_GAMERTAG: gettext_lazy("It has no gamertag."),
    Reason.TOO_LONG: gettext_lazy("“%(text)s” is too long to be a gamertag."),
    Reason.NO_COORDINATES: gettext_lazy("It has no coordinates that can be read."),
    Reason.OFF_MAP: gettext_lazy(
        "Its centre X=%(x)s, Z=%(z)s is not on the map, whose sides are %(size)s m long."
    ),
    Reason.NO_RADIUS: gettext_lazy("It has no radius that can be read."),
    Reason.RADIUS_OUT_OF_BOUNDS: gettext_lazy(
        "Its radius is %(radius)s m; it must lie between %(least)s and %(most)s m."
    ),
    Reason.OVERLAP: gettext_lazy("Its circle overlaps “%(base)s” of %(owner)s by %(overlap)s m."),
    Reason.UNKNOWN_CLAN: gettext_lazy("Its clan, number “%(number)s” in the file, was not taken over."),
    Reason.UNKNOWN_BASE: gettext_lazy("Its base, number “%(number)s”, is not in the file."),
    Reason.BASE_NOT_TAKEN: gettext_lazy("Its base, number “%(number)s” in the file, was not taken over."),
    Reason.GAMERTAG_OF_ANYBODY: gettext_lazy(
        "The gamertag “%(gamertag)s” is one that the game gives to anybody, and proves nothing without a player id."
    ),
    Reason.GAMERTAG_TAKEN: gettext_lazy("The gamertag “%(gamertag)s” is linked to %(person)s already."),
    Reason.PLAYER_ID_TAKEN: gettext_lazy("The player id is linked to %(person)s already."),
    Reason.BAD_TIME: gettext_lazy("“%(text)s” is no time in the past."),
    Reason.DUPLICATE: gettext_lazy("It says the same as row “%(key)s” of the table."),
    Reason.CHANGED_HERE: gettext_lazy(
        "It has changed in the file and here since it was taken over: %(what)s."
    ),
    Reason.ENDED_HERE: gettext_lazy("It was ended here, and stays so."),
    Reason.DELETED_HERE: gettext_lazy("It was deleted here, and stays so."),
    Reason.NOT_STORED: gettext_lazy("The database does not take it: %(error)s."),
    Reason.KEPT_HERE: gettext_lazy(
        "Staff changed here what has changed in the file too, and it stays as it is here: %(what)s."
    ),
    Reason.ANOTHER: gettext_lazy(
        "It speaks of something else than before. What it became then, “%(former)s”, is left as it is: end it by hand if it "
        "is over."
    ),
    Reason.TABLE_MISSING: gettext_lazy(
        "The file does not have this table: whoever had a right by it is an intruder here."
    ),
    Reason.ALREADY_HERE: gettext_lazy("It was here already, and was left as it is."),
    Reason.TIME_UNKNOWN: gettext_lazy("“%(text)s” is no time; it counts from the moment of moving in."),
    Reason.TIME_AHEAD: gettext_lazy("“%(text)s” lies ahead; it counts from the moment of moving in."),
    Reason.SHORTENED: gettext_lazy("“%(text)s” was cut to %(longest)s characters."),
    Reason.NAMELESS: gettext_lazy("It has no name and is called “%(name)s” now."),
    Reason.NAME_TAKEN: gettext_lazy(
        "Another clan is called “%(taken)s”; this one, with its own members and bases, is called “%(name)s” here."
    ),
    Reason.NOT_LISTED: gettext_lazy(
        "The file has members or bases of this clan but not the clan itself; it is called “%(name)s” here."
    ),
    Reason.BAD_XBOX_ID: gettext_lazy("“%(text)s” is neither an XUID nor a player id, and was left out."),
    Reason.XUID_TAKEN: gettext_lazy("The XUID belongs to another player already, and was left out."),
    Reason.UNKNOWN_LEVEL: gettext_lazy("The level “%(text)s” is not known; it became “build”."),
    Reason.UNKNOWN_ROLE: gettext_lazy("The role “%(text)s” is not known; it became “member”."),
    Reason.OWNER_UNLINKED: gettext_lazy(
        "No gamertag is linked to its owner, %(person)s, who is an intruder here until one is."
    ),
    Reason.HOLDER_UNLINKED: gettext_lazy(
        "No gamertag is linked to %(person)s, who is an intruder in spite of this right until one is."
    ),
    Reason.GONE: gettext_lazy("It is no longer in the file; what it became is left as it is."),
    Reason.UNREADABLE: gettext_lazy(
        "The file is damaged; the rest of the table could not be read: %(error)s."
    ),
}


def in_words(trouble: Trouble) -> str:
    """Return the sentence for a reason; what the file says is cut and cannot rearrange a terminal."""
    return str(_WORDS[trouble.reason]) % {name: _shown(value) for name, value in trouble.values.items()}


def unreadable_in_words(error: UnreadableError, path: object) -> str:
    """Return why nothing of the file could be read."""
    match error.problem:
        case "missing":
            words = _("There is no file %(file)s.")
        case "no_database":
            words = _("%(file)s is no SQLite database.")
        case "locked":
            words = _("%(file)s is locked by another program. Stop the old system, or move in from a copy.")
        case "interrupted":
            words = _(
                "The old system was killed while it wrote %(file)s. Let it open the file once more, so that it is repaired, "
                "or move in from a copy made with “sqlite3 FILE .backup COPY”."
            )
        case "no_tables":
            words = _(
                "%(file)s has none of the old system's tables: %(tables)s. Of a database in WAL mode, copy the file ending "
                "in -wal as well."
            )
        case "another_file":
            words = _(
                "%(file)s seems to be the file of another system than the one moved in to this game server before: hardly "
                "anything that was known is in it. If it is a newer copy all the same, add --newer-copy."
            )
        case _:
            words = _("%(file)s cannot be read: %(error)s")
    return words % {"file": path, "error": shown(error.detail), "tables": ", ".join(TABLES)}


def _shown(value: object) -> str:
    if isinstance(value, float):
        return str(number_format(round(value, 2), decimal_pos=0 if value.is_integer() else 2))
    return shown(str(value))
