"""The report of both commands: each row of an old database is taken over, unchanged, or refused with its reason."""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django.db.transaction import atomic, set_rollback
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moving.source import OldRow, SourceError
from territory.wording import shown

_COUNTED: Final = ("taken", "unchanged", "refused")
# What people know a row by, beside its key.
_NAMES: Final = ("name", "gamertag", "discord_id", "owner_id", "base_id", "clan_id", "nickname", "tank_name")
_HIDDEN: Final = "password_hash"

Entry = dict[str, Any]


class Reason(models.TextChoices):
    """A code for programs, and a sentence for people."""

    # fmt: off
    # The row is not taken over.
    NO_PERSON = "no_person", gettext_lazy("It names nobody: the Discord id is missing.")
    BAD_DISCORD_ID = "bad_discord_id", gettext_lazy("“%(text)s” is not a Discord id. A Discord id is a whole number with all its digits.")
    NO_GAMERTAG = "no_gamertag", gettext_lazy("It has no gamertag.")
    TOO_LONG = "too_long", gettext_lazy("“%(text)s” is too long to be a gamertag.")
    NO_COORDINATES = "no_coordinates", gettext_lazy("It has no coordinates that can be read.")
    OFF_MAP = "off_map", gettext_lazy("Its centre X=%(x)s, Z=%(z)s is not on the map, whose sides are %(size)s m long.")
    NO_RADIUS = "no_radius", gettext_lazy("It has no radius that can be read.")
    RADIUS_OUT_OF_BOUNDS = "radius_out_of_bounds", gettext_lazy("Its radius is %(radius)s m; it must lie between %(least)s and %(most)s m.")
    OVERLAP = "overlap", gettext_lazy("Its circle overlaps “%(base)s” of %(owner)s by %(overlap)s m.")
    UNKNOWN_CLAN = "unknown_clan", gettext_lazy("Its clan, number “%(number)s” in the file, was not taken over.")
    BASE_NOT_TAKEN = "base_not_taken", gettext_lazy("Its base, number “%(number)s” in the file, was not taken over.")
    GAMERTAG_OF_ANYBODY = "gamertag_of_anybody", gettext_lazy("The gamertag “%(gamertag)s” is one that the game gives to anybody, and proves nothing without a player id.")
    GAMERTAG_TAKEN = "gamertag_taken", gettext_lazy("The gamertag “%(gamertag)s” is linked to %(person)s already.")
    PLAYER_ID_TAKEN = "player_id_taken", gettext_lazy("The player id is linked to %(person)s already.")
    BAD_TIME = "bad_time", gettext_lazy("“%(text)s” is not a time in the past.")
    DUPLICATE = "duplicate", gettext_lazy("It says the same as row “%(key)s” of the table.")
    CHANGED_HERE = "changed_here", gettext_lazy("The row changed in the old system, and its object was changed on this site too: the object stays as it is.")
    DELETED_HERE = "deleted_here", gettext_lazy("The row changed in the old system; its object was deleted or merged on this site and stays so.")
    NOT_STORED = "not_stored", gettext_lazy("The database does not take it: %(error)s.")
    BAD_ACCOUNT = "bad_account", gettext_lazy("Its account number cannot be one.")
    BAD_VEHICLE = "bad_vehicle", gettext_lazy("Its vehicle number is missing or cannot be one.")
    BAD_FIGURES = "bad_figures", gettext_lazy("Its battles, wins or badge cannot be right.")
    CONTRADICTED = "contradicted", gettext_lazy("A later day is stored with smaller figures; they can only grow.")
    NO_USERNAME = "no_username", gettext_lazy("It has no user name.")
    BAD_USERNAME = "bad_username", gettext_lazy("Its user name is too long, or holds characters that cannot be shown.")
    RESERVED_USERNAME = "reserved_username", gettext_lazy("Its user name is reserved for people of whom only a Discord id is known; change it in the old system.")
    NAMESAKE = "namesake", gettext_lazy("Another row has this user name; the first of them counts.")
    USERNAME_TAKEN = "username_taken", gettext_lazy("An account with this user name exists on this site, and nothing shows that it belongs to the same person.")
    # The row is taken over, or was before, with something said about it.
    ALREADY_HERE = "already_here", gettext_lazy("It existed on this site already and was left as it is.")
    TABLE_MISSING = "table_missing", gettext_lazy("The file does not have this table: whoever had a right by it is an intruder here.")
    TIME_UNKNOWN = "time_unknown", gettext_lazy("“%(text)s” is not a time; it counts from the moment of moving in.")
    TIME_AHEAD = "time_ahead", gettext_lazy("“%(text)s” lies ahead; it counts from the moment of moving in.")
    SHORTENED = "shortened", gettext_lazy("“%(text)s” was cut to %(longest)s characters.")
    NAMELESS = "nameless", gettext_lazy("It has no name and is called “%(name)s” now.")
    NAME_TAKEN = "name_taken", gettext_lazy("Another clan is called “%(taken)s”; this one, with its own members and bases, is called “%(name)s” here.")
    NOT_LISTED = "not_listed", gettext_lazy("The file has members or bases of this clan but not the clan itself; it is called “%(name)s” here.")
    BAD_XBOX_ID = "bad_xbox_id", gettext_lazy("“%(text)s” is neither an XUID nor a player id, and was left out.")
    XUID_TAKEN = "xuid_taken", gettext_lazy("The XUID belongs to another player already, and was left out.")
    UNKNOWN_LEVEL = "unknown_level", gettext_lazy("The level “%(text)s” is not known; it became “build”.")
    UNKNOWN_ROLE = "unknown_role", gettext_lazy("The role “%(text)s” is not known; it became “member”.")
    HOLDER_UNLINKED = "holder_unlinked", gettext_lazy("No gamertag is linked to %(person)s, who is an intruder in spite of this right until one is.")
    GONE = "gone", gettext_lazy("It is no longer in the file; what it became is left as it is.")
    BAD_PASSWORD = "bad_password", gettext_lazy("Without its password, which is stored in another way than expected; staff may set one.")
    BAD_OWN_ACCOUNT = "bad_own_account", gettext_lazy("Without its account in the game, whose number cannot be one.")
    ACCOUNT_TAKEN = "account_taken", gettext_lazy("Without its account in the game and its role: that account is linked to another person here.")
    ACCOUNT_DISPUTED = "account_disputed", gettext_lazy("Without its account in the game and its role: several people of the old site name that account. Link it in the admin, under Players, to the one whose it is, and give the role there.")
    NOT_LINKED = "not_linked", gettext_lazy("This person is here already and not linked to that account in the game; it was left so.")
    NO_ROLE = "no_role", gettext_lazy("Without its role, which is neither member nor commander.")
    NO_CLAN = "no_clan", gettext_lazy("Without its role: set CLAN_ID (and WOT_REALM) to the clan it belongs to, and run this again.")
    # fmt: on


class RowError(Exception):
    """What is wrong with a row, with the values that the words mention: raised if it is not taken over, else noted."""

    def __init__(self, reason: Reason, **values: object) -> None:
        super().__init__(reason.value)
        self.reason, self.values = reason, values

    @property
    def words(self) -> str:
        """The sentence in the active language; values of the old system are cut and made safe for a terminal."""
        return str(self.reason.label) % {name: _shown(value) for name, value in self.values.items()}


class Report:
    """Counts by table, the rows that were refused, and the remarks on other rows.

    An entry has table, key, reason (a code), words (in the language that was active) and row (what the old system says).
    """

    def __init__(self, tables: Iterable[str]) -> None:
        self.counts: dict[str, Counter[str]] = {table: Counter() for table in tables}
        self.missing_tables: list[str] = []
        self.refused: list[Entry] = []
        self.noted: list[Entry] = []

    def refuse(self, raw: OldRow, error: RowError) -> None:
        """Report a row that was not taken over."""
        self.counts[raw.table]["refused"] += 1
        self.refused.append(_entry(raw, error))

    def settle(self, raw: OldRow, notes: Iterable[RowError] = (), *, is_taken: bool) -> None:
        """Count a row that was taken over or is unchanged, and report the remarks on it."""
        self.counts[raw.table]["taken" if is_taken else "unchanged"] += 1
        for error in notes:
            self.note(raw, error)

    def note(self, raw: OldRow, error: RowError) -> None:
        """Report a remark on a row that was taken over."""
        self.noted.append(_entry(raw, error))


class MovingCommand(BaseCommand):
    """Moves in from an old system and prints the report."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("print the report as JSON"))
        parser.add_argument("--dry-run", action="store_true", help=_("report as usual, but keep nothing"))

    def handle(self, *_args: Any, **options: Any) -> None:
        is_dry_run = options["dry_run"]
        try:
            with atomic() if is_dry_run else nullcontext():
                report, about = self.move_in(options)
                if is_dry_run:
                    set_rollback(True)
        except SourceError as error:
            name = options.get("sqlite") or _("The old database")
            words = _("%(name)s cannot be moved in: %(error)s.")
            raise CommandError(words % {"name": name, "error": error}) from None
        self._print(report, as_json=options["json"], about={"dry_run": is_dry_run, **about})

    def move_in(self, options: dict[str, Any]) -> tuple[Report, dict[str, object]]:
        """Move in and return the report, and what its JSON object says beside that."""
        raise NotImplementedError

    def _print(self, report: Report, *, as_json: bool, about: dict[str, object]) -> None:
        """Print the report as one JSON object, which says `about` too, or in words."""
        counts = {
            table: {"found": counted.total(), **{name: counted[name] for name in _COUNTED}}
            for table, counted in report.counts.items()
        }
        if as_json:
            head = {**about, "missing_tables": report.missing_tables, "tables": counts}
            self.stdout.write(json.dumps(head | {"refused": report.refused, "noted": report.noted}))
            return
        if about["dry_run"]:
            self.stdout.write(_("This is what would be done; nothing was stored."))
        line = _(
            "%(table)s: %(found)d found, %(taken)d taken over, %(unchanged)d unchanged, %(refused)d refused"
        )
        missing = _("%(table)s: missing, or without the columns it should have")
        for table, numbers in counts.items():
            words = missing if table in report.missing_tables else line
            self.stdout.write(words % {"table": table, **numbers})
        not_taken = _(
            "Not taken over. A base protects nobody then, and a right lets nobody build: correct it in the old system "
            "and run this again, or enter it in the admin."
        )
        for heading, entries in ((not_taken, report.refused), (_("To be looked at:"), report.noted)):
            self.stdout.write("\n".join(["", heading, *map(_line, entries)]) if entries else "")


def _line(entry: Entry) -> str:
    names = ", ".join(f"{column}={entry['row'][column]}" for column in _NAMES if entry["row"].get(column))
    title = f"{entry['table']} {entry['key']}".rstrip() + (f" ({names})" if names else "")
    return f"  {title}: {entry['words']}"


def _entry(raw: OldRow, error: RowError) -> Entry:
    row = {column: value and shown(value) for column, value in raw.values.items() if column != _HIDDEN}
    about = {"table": raw.table, "key": shown(raw.key), "reason": error.reason.value}
    return {**about, "words": error.words, "row": row}


def _shown(value: object) -> str:
    if isinstance(value, float):
        return str(number_format(round(value, 2), decimal_pos=0 if value.is_integer() else 2))
    return shown(str(value))
