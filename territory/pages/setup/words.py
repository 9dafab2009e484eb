"""The words of the set-up page: kinds of places, lines of a connection test with the next step, promises of ban lists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from face.parts import Kind, Text, isolated
from territory.checklist import CheckLevel, CheckLine, CheckSubject
from territory.hosts.capabilities import Capabilities, Identifier

OK, WARN, FAIL = CheckLevel.OK, CheckLevel.WARN, CheckLevel.FAIL


class Look(NamedTuple):
    """How something fares, as it is drawn."""

    kind: Kind
    icon: str
    word: Text = ""


LOOKS: Mapping[CheckLevel, Look] = {
    OK: Look("allowed", "check", gettext_lazy("in order")),
    WARN: Look("review", "triangle-alert", gettext_lazy("warning")),
    FAIL: Look("invasion", "x", gettext_lazy("failed")),
}


@dataclass(frozen=True, slots=True)
class KindWords:
    """A kind of place to choose: its name, and who needs it."""

    name: Text
    for_whom: Text


SOURCE_KINDS: Mapping[str, KindWords] = {
    "nitrado": KindWords(
        gettext_lazy("Console or PC at Nitrado"),
        gettext_lazy(
            "Xbox and PlayStation servers stand there. You need the service's number and a long-life token."
        ),
    ),
    "ftp": KindWords(
        gettext_lazy("FTP"),
        gettext_lazy("Any host that gives you a user and a password for the server's files."),
    ),
    "folder": KindWords(
        gettext_lazy("A folder on this machine"),
        gettext_lazy("The game server runs beside this site, or its folder is mounted."),
    ),
    "api": KindWords(
        gettext_lazy("HTTP API"),
        gettext_lazy("A mod or a program of yours sends the placements, with a token."),
    ),
}
LIST_KINDS: Mapping[str, KindWords] = {
    "nitrado": KindWords(
        gettext_lazy("Ban list at Nitrado"),
        gettext_lazy(
            "For consoles, and for PC at Nitrado: the field of the settings. A file sent there by FTP is undone."
        ),
    ),
    "ftp": KindWords(
        gettext_lazy("ban.txt by FTP"),
        gettext_lazy("For PC servers of other hosts: the file is read, changed and put back."),
    ),
    "battleye": KindWords(
        gettext_lazy("BattlEye by RCON"),
        gettext_lazy("For PC servers with BattlEye: bans by GUID. You need the RCON port and its password."),
    ),
    "file": KindWords(
        gettext_lazy("ban.txt on this machine"),
        gettext_lazy("The game server runs beside this site, or its folder is mounted."),
    ),
}


# -- What a list promises -----------------------------------------------------------------------------------------

_IDENTIFIERS: Mapping[Identifier, Text] = {
    Identifier.PLAYER_ID: gettext_lazy("player ids of the log"),
    Identifier.GAMERTAG: gettext_lazy("gamertags"),
    Identifier.BATTLEYE_GUID: gettext_lazy("BattlEye GUIDs"),
}

_GUIDS = gettext_lazy(
    "The log does not tell the GUID: it comes from the player's linked Steam account, or from RCON while he plays. Without one "
    "the ban waits in the queue, so have a ban.txt beside this list."
)


def promises(one: Capabilities) -> list[str]:
    """Return what a kind of ban list promises, a sentence each."""
    minutes = round(one.within.total_seconds() / 60)
    takes = ngettext(
        "On this host a ban takes effect within about %(count)d minute.",
        "On this host a ban takes effect within about %(count)d minutes.",
        minutes,
    ) % {"count": minutes}
    restart = (
        _("It counts from the server's next restart.") if one.needs_restart else _("No restart is needed.")
    )
    names = ", ".join(str(words) for key, words in _IDENTIFIERS.items() if key in one.identifiers)
    known = _("It understands %(identifiers)s.") % {"identifiers": names}
    back = [] if one.can_be_read_back else [_("It cannot be read back: a ban is written and not checked.")]
    guids = [_GUIDS] if Identifier.BATTLEYE_GUID in one.identifiers else []
    return [takes, restart, known, *map(str, guids), *back]


# -- Lines of a test ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LineWords:
    """The sentence of a line, and what to do next if anything is to be done."""

    sentence: Text
    step: Text = ""


def duration(seconds: float) -> str:
    """Return how long ago, in words."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("less than a minute")
    if minutes < 120:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = round(minutes / 60)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


Values = Mapping[str, Any]


def _token_end(values: Values) -> str:
    if not values.get("ends_at"):
        return _("The token's end is not known")
    day = date_format(localtime(datetime.fromisoformat(values["ends_at"])), "DATE_FORMAT")
    return _("The token holds until %(day)s") % {"day": day}


def _folder(values: Values) -> str:
    text = ngettext(
        "Found %(count)d .ADM file in %(folder)s", "Found %(count)d .ADM files in %(folder)s", values["count"]
    )
    return text % {"count": values["count"], "folder": isolated(values["folder"])}


def _newest(values: Values) -> str:
    name = isolated(values["name"])
    if values["age_seconds"] is None:
        return _("The newest log is %(name)s; its time is not known") % {"name": name}
    return _("The newest log, %(name)s, was written %(age)s ago") % {
        "name": name,
        "age": duration(values["age_seconds"]),
    }


def _lines(values: Values) -> str:
    text = ngettext(
        "Read and understood %(count)d line of its end",
        "Read and understood %(count)d lines of its end",
        values["count"],
    )
    return text % {"count": values["count"] - values["odd"]}


def _placements(values: Values) -> str:
    if not values["count"]:
        return _("Nobody has played in these lines yet")
    return ngettext("Saw %(count)d placement", "Saw %(count)d placements", values["count"]) % values


def _list_read(values: Values) -> str:
    if not values["lines"]:
        return _("The ban list can be read and is empty")
    text = ngettext(
        "The ban list can be read: %(lines)s line",
        "The ban list can be read: %(lines)s lines",
        values["lines"],
    )
    return text % {"lines": number_format(values["lines"], force_grouping=True)}


def _list_size(values: Values) -> str:
    return _("It holds %(size)s of %(most)s") % {
        "size": filesizeformat(values["bytes"]),
        "most": filesizeformat(values["most"]),
    }


def _signed_in(values: Values) -> str:
    if "service" in values:
        return _("The token opens the service %(service)s") % values
    if "user" in values:
        return _("Signed in as %(user)s") % {"user": isolated(values["user"])}
    return _("Signed in")


def _written(values: Values) -> str:
    if "scope" in values:
        return _("The token may change the list; nothing was written")
    return _("The list could be written; a trial file was removed again")


_Words = tuple[Callable[[Values], str], Text]


def _says(text: Text) -> Callable[[Values], str]:
    """Return what formats a sentence with the values of its line."""
    return lambda values: (
        str(text) % {name: isolated(value) for name, value in values.items()} if values else str(text)
    )


_TABLE: Mapping[tuple[CheckSubject, CheckLevel], _Words] = {
    (CheckSubject.REACH, OK): (_says(gettext_lazy("Reached %(host)s")), ""),
    (CheckSubject.REACH, FAIL): (
        _says(gettext_lazy("It cannot be reached")),
        gettext_lazy("Check the address. If it is right, the host is down, or lets this machine not in."),
    ),
    (CheckSubject.SIGN_IN, OK): (_signed_in, ""),
    (CheckSubject.SIGN_IN, FAIL): (
        _says(gettext_lazy("The host does not let us in")),
        gettext_lazy("Type the user and the password anew under “Edit”."),
    ),
    (CheckSubject.ENCRYPTION, OK): (_says(gettext_lazy("Everything is encrypted: %(mode)s")), ""),
    (CheckSubject.ENCRYPTION, WARN): (
        _says(gettext_lazy("Nothing is encrypted")),
        gettext_lazy("The password goes over the network in the clear. Ask the host for FTPS, or live with it."),
    ),
    (CheckSubject.ENCRYPTION, FAIL): (
        _says(gettext_lazy("The server offers no encryption")),
        gettext_lazy("Switch “FTPS only” off under “Edit”, or ask the host for FTPS."),
    ),
    (CheckSubject.TOKEN_END, OK): (_token_end, ""),
    (CheckSubject.TOKEN_END, WARN): (_token_end, gettext_lazy("It ends soon: make a new one at Nitrado and replace it here.")),
    (CheckSubject.TOKEN_END, FAIL): (
        _says(gettext_lazy("The token has ended, or its end cannot be read")),
        gettext_lazy("Make a new long-life token at Nitrado with the scope “service”, and replace it here."),
    ),
    (CheckSubject.FOLDER, OK): (_folder, ""),
    (CheckSubject.FOLDER, FAIL): (
        _says(gettext_lazy("No .ADM file was found")),
        gettext_lazy("Check the folder. On PC the server needs the start parameter -adminlog, on consoles the switch “Admin log”."),
    ),
    (CheckSubject.NEWEST_LOG, OK): (_newest, ""),
    (CheckSubject.NEWEST_LOG, WARN): (
        _newest,
        gettext_lazy("If somebody plays now, this is the wrong folder, or the log is switched off."),
    ),
    (CheckSubject.NEWEST_LOG, FAIL): (
        _says(gettext_lazy("The newest log cannot be opened")),
        gettext_lazy("Test again in a minute. If it stays so, the user may list files and not read them."),
    ),
    (CheckSubject.TIME_ZONE, OK): (_says(gettext_lazy("The log's times fit the time zone %(zone)s")), ""),
    (CheckSubject.TIME_ZONE, FAIL): (_says(gettext_lazy("The log broke off while it was read")), gettext_lazy("Test again in a minute.")),
    (CheckSubject.LINES, OK): (_lines, ""),
    (CheckSubject.LINES, WARN): (_lines, gettext_lazy("Many lines could not be read. Their shapes stand below once they were read in.")),
    (CheckSubject.LINES, FAIL): (
        _says(gettext_lazy("None of its lines is of a DayZ admin log")),
        gettext_lazy("Choose the folder with the .ADM files that the game itself writes."),
    ),
    (CheckSubject.PLACEMENTS, OK): (_placements, ""),
    (CheckSubject.PLACEMENTS, WARN): (
        _says(gettext_lazy("Players were seen, and no placement")),
        gettext_lazy(
            "Unless nobody has built, the host's log switch is off: “Placement” and “Building” at Nitrado, "
            "adminLogPlacement = 1 and adminLogBuildActions = 1 in serverDZ.cfg."
        ),
    ),
    (CheckSubject.LIST_READ, OK): (_list_read, ""),
    (CheckSubject.LIST_READ, FAIL): (
        _says(gettext_lazy("The ban list cannot be read")),
        gettext_lazy("Check the file's path and whether the user may read it."),
    ),
    (CheckSubject.LIST_SIZE, OK): (_list_size, ""),
    (CheckSubject.LIST_SIZE, WARN): (_list_size, gettext_lazy("It is nearly full: take out lines that nobody needs.")),
    (CheckSubject.LIST_SIZE, FAIL): (_list_size, gettext_lazy("It is full: no ban fits on it. Take out lines that nobody needs.")),
    (CheckSubject.DRY_WRITE, OK): (_written, ""),
    (CheckSubject.DRY_WRITE, WARN): (
        _says(gettext_lazy("The token does not say that it may change the service")),
        gettext_lazy("Make a long-life token with the scope “service”: otherwise no ban can be written."),
    ),
    (CheckSubject.DRY_WRITE, FAIL): (
        _says(gettext_lazy("Nothing can be written beside the ban list")),
        gettext_lazy("Give the user the right to write in its folder. New lists are written beside the old one first."),
    ),
}  # fmt: skip


# Next steps that depend on the kind of the place.
_OF_THIS_MACHINE = gettext_lazy(
    "Check the path. It is one of the machine on which this site's workers run, and they must be able to read and write there."
)
_STEPS_OF_KINDS: Mapping[tuple[str, CheckSubject, CheckLevel], Text] = {
    ("folder", CheckSubject.REACH, FAIL): _OF_THIS_MACHINE,
    ("file", CheckSubject.REACH, FAIL): _OF_THIS_MACHINE,
    ("nitrado", CheckSubject.SIGN_IN, FAIL): gettext_lazy(
        "Check the number of the service, then make a new long-life token with the scope “service”, and enter it under “Edit”."
    ),
    ("nitrado", CheckSubject.LIST_READ, FAIL): gettext_lazy(
        "Test again in a minute. If it stays so, make a new long-life token with the scope “service”."
    ),
    ("nitrado", CheckSubject.FOLDER, FAIL): gettext_lazy(
        "Leave the folder blank under “Edit”, and switch the admin log on in the server's settings at Nitrado."
    ),
    ("battleye", CheckSubject.REACH, FAIL): gettext_lazy(
        "Check the host and RConPort. A server answers a minute or two after its start, and RCON is a UDP port that the firewall "
        "must let through."
    ),
    ("battleye", CheckSubject.SIGN_IN, FAIL): gettext_lazy(
        "Type RConPassword of BEServer_x64.cfg anew under “Edit”."
    ),
    ("battleye", CheckSubject.LIST_READ, FAIL): gettext_lazy(
        "Test again when the server has run for two minutes."
    ),
}
# A wrong path looks as a list that is yet to be made.
_NEW_LIST = gettext_lazy("If the game's list holds bans, this is another file: check the path.")


def line_words(line: CheckLine, kind: str = "") -> LineWords:
    """Return a line's sentence and next step for a kind of place; a subject that a new adapter brings is named plainly."""
    if line.subject is CheckSubject.TIME_ZONE and line.level is WARN:
        return _zone_doubt(line.values)
    words = _TABLE.get((line.subject, line.level))
    if words is None:
        values = ", ".join(f"{name}: {isolated(value)}" for name, value in line.values.items())
        return LineWords(f"{line.subject.value.replace('_', ' ')} {values}".strip())
    sentence, step = words
    step = _STEPS_OF_KINDS.get((kind, line.subject, line.level), step)
    if line.subject is CheckSubject.LIST_READ and kind in {"file", "ftp"} and line.values.get("lines") == 0:
        step = _NEW_LIST
    return LineWords(sentence(line.values), step)


def _zone_doubt(values: Values) -> LineWords:
    if not values["fitting"]:
        sentence = _("The host's time zone cannot be told from this log")
        return LineWords(sentence, _("Test again when somebody has played."))
    step = _(
        "Change the server's time zone to %(fitting)s under “All settings”: until then every guilty verdict waits for staff."
    )
    sentence = _("The log's times fit %(fitting)s, and the server is set to %(zone)s")
    return LineWords(sentence % values, step % values)


def host_step(within: timedelta) -> str:
    """Return how late a host publishes its log, in words."""
    return _("the host publishes within about %(time)s") % {"time": duration(within.total_seconds())}
