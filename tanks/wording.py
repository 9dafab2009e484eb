"""Troubles of syncs and events on a roster, in the reader's words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from face.moments import in_words
from face.parts import isolated
from tanks.models import Mastery, RosterEvent, Section, SyncRun, SyncTrouble, Vehicle

Text = str | Promise

SECTION_HINTS: Mapping[str, Text] = {
    Section.MEMBERS: gettext_lazy("who is in the clan, and in which role"),
    Section.ACCOUNTS: gettext_lazy("battles, wins and ratings of each member"),
    Section.VEHICLES: gettext_lazy("names, tiers, nations and types; read when the game changes it"),
    Section.TANKS: gettext_lazy("every vehicle a member has fought in"),
    Section.PRIVATE: gettext_lazy("what stands in the garage, of members who gave access"),
}
# The game's roles by the API's keys, which has no Portuguese; the highest first.
ROLES: Mapping[str, Text] = {
    "commander": pgettext_lazy("role in the game", "Commander"),
    "executive_officer": pgettext_lazy("role in the game", "Executive Officer"),
    "personnel_officer": pgettext_lazy("role in the game", "Personnel Officer"),
    "combat_officer": pgettext_lazy("role in the game", "Combat Officer"),
    "intelligence_officer": pgettext_lazy("role in the game", "Intelligence Officer"),
    "quartermaster": pgettext_lazy("role in the game", "Quartermaster"),
    "recruitment_officer": pgettext_lazy("role in the game", "Recruitment Officer"),
    "junior_officer": pgettext_lazy("role in the game", "Junior Officer"),
    "private": pgettext_lazy("role in the game", "Private"),
    "recruit": pgettext_lazy("role in the game", "Recruit"),
    "reservist": pgettext_lazy("role in the game", "Reservist"),
}
# Nations and types: an unknown key, which the game added since, is shown with a capital.
UNKNOWN = gettext_lazy("Unknown")
NATIONS: Mapping[str, Text] = {
    "ussr": gettext_lazy("USSR"),
    "germany": gettext_lazy("Germany"),
    "usa": gettext_lazy("USA"),
    "china": gettext_lazy("China"),
    "france": gettext_lazy("France"),
    "uk": gettext_lazy("United Kingdom"),
    "japan": gettext_lazy("Japan"),
    "czech": gettext_lazy("Czechoslovakia"),
    "sweden": gettext_lazy("Sweden"),
    "poland": gettext_lazy("Poland"),
    "italy": gettext_lazy("Italy"),
}
_EVENTS: Mapping[str, Text] = {
    RosterEvent.Kind.JOINED: gettext_lazy("%(player)s joined the clan."),
    RosterEvent.Kind.LEFT: gettext_lazy("%(player)s left the clan."),
    RosterEvent.Kind.RENAMED: gettext_lazy("%(before)s is now called %(after)s."),
}
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI")
TYPES = {kind.value: kind.label for kind in Vehicle.Type}


_NOTHING_LOST = gettext_lazy("Nothing is lost: what was read before stays.")


@dataclass(frozen=True, slots=True)
class TroubleWords:
    """A trouble for people: what happened, what it means for the data, and who does what about it."""

    happened: Text
    action: Text
    data: Text = _NOTHING_LOST

    def __str__(self) -> str:
        return f"{self.happened} {self.data} {self.action}"


TROUBLES: Mapping[str, TroubleWords] = {
    SyncTrouble.UNAVAILABLE: TroubleWords(
        gettext_lazy("The game's API did not answer."),
        gettext_lazy(
            "The next sync tries again by itself. If it lasts for hours, the site's staff check WOT_REALM and the "
            "server's connection."
        ),
    ),
    SyncTrouble.RATE_LIMITED: TroubleWords(
        gettext_lazy("The game's API said that too many requests were sent."),
        gettext_lazy(
            "The next sync tries again by itself. If it happens often, the site's staff lower WOT_REQUESTS_PER_SECOND."
        ),
    ),
    SyncTrouble.NOT_CONFIGURED: TroubleWords(
        gettext_lazy(
            "Nothing can be asked: the application id or the address of the game's API is not the right one."
        ),
        gettext_lazy(
            "The site's staff check WOT_APP_ID, WOT_REALM and the realm's page in the admin, and the addresses that the "
            "application allows at Wargaming; then anyone who commands the clan starts a sync."
        ),
    ),
    SyncTrouble.SUSPENDED: TroubleWords(
        gettext_lazy("Requests are suspended for a while, because several failed in a row."),
        gettext_lazy(
            "The site tries again by itself, after longer and longer pauses. If it lasts for hours, the site's staff check "
            "WOT_APP_ID and WOT_REALM."
        ),
    ),
    SyncTrouble.REFUSED: TroubleWords(
        gettext_lazy("The game's API refused the request."),
        gettext_lazy("The site's staff read the technical detail, and check the clan's number and realm."),
    ),
    SyncTrouble.UNREADABLE: TroubleWords(
        gettext_lazy("The answer of the game's API could not be understood."),
        gettext_lazy(
            "The next sync tries again by itself. If it stays so, the API has changed: the site's staff look for a "
            "newer version of this software."
        ),
    ),
    SyncTrouble.EMPTY: TroubleWords(
        gettext_lazy("The game's API sent an empty answer."),
        gettext_lazy(
            "The next sync asks again by itself. If it stays so, the site's staff check the clan's number and realm."
        ),
    ),
    SyncTrouble.DISBANDED: TroubleWords(
        gettext_lazy("The game says that the clan is disbanded."),
        gettext_lazy("If the community has a new clan, the site's staff add it with its number in the game."),
        gettext_lazy(
            "Nothing is lost: figures and events stay. Said twice in a row, that ends the roster and the memberships that came "
            "from the game."
        ),
    ),
    SyncTrouble.HELD_BACK: TroubleWords(
        gettext_lazy(
            "Members were missing: many all at once, or from an answer that contradicts itself or could not be read whole."
        ),
        gettext_lazy("Nothing has to be done: the next sync decides."),
        gettext_lazy("Nothing is lost: they count as members until a second reading says the same."),
    ),
    SyncTrouble.INTERNAL: TroubleWords(
        gettext_lazy("This site made a mistake."),
        gettext_lazy(
            "The next sync tries again by itself. If it stays so, the site's staff read the technical detail and "
            "report it."
        ),
    ),
}
_FAILED = frozenset({SyncRun.State.FAILED, SyncRun.State.ABANDONED})


@dataclass(frozen=True, slots=True)
class Answer:
    """How the reading of a clan goes: the answer, and what it means for what people see."""

    answer: str
    more: str = ""


def reading_in_words(runs: Sequence[SyncRun], read_at: datetime | None, now: datetime) -> Answer:
    """Return how the newest syncs went, of which the newest stands first; `read_at`: when anything last arrived."""
    ended = [run for run in runs if run.is_over]
    if not ended:
        return Answer(_("Nothing was read yet."), _("The first reading is running or due."))
    failed = len(list(takewhile(lambda run: run.state in _FAILED, ended)))
    if failed:
        answer = ngettext("The last try failed.", "The last %(count)d tries failed.", failed) % {
            "count": failed
        }
        if read_at is None:
            return Answer(answer, _("Nothing was read before."))
        return Answer(answer, _("What you see is from %(read_at)s.") % {"read_at": in_words(read_at, now)})
    moment = {"when": in_words(ended[0].ended_at or ended[0].requested_at, now)}
    if ended[0].state == SyncRun.State.PARTIAL:
        more = _("What is missing stays as it was, and is asked for again.")
        return Answer(_("Read %(when)s, but not everything arrived.") % moment, more)
    return Answer(_("Read %(when)s: everything arrived.") % moment)


def badge_name(mark: int) -> str:
    """Return a mastery badge in the reader's language."""
    return str(capfirst(str(Mastery(mark).label)))


def nations_in_order(nations: Iterable[str]) -> list[str]:
    """Return the nations in the order of their names in the reader's language, without the unknown."""
    return sorted(filter(None, nations), key=lambda nation: (nation_name(nation).casefold(), nation))


def types_in_order(kinds: Iterable[str]) -> list[str]:
    """Return the types as the game orders them, then by key the new ones; without the unknown."""
    order = list(TYPES)
    return sorted(
        filter(None, kinds), key=lambda kind: (order.index(kind) if kind in TYPES else len(order), kind)
    )


def trouble_words(trouble: str) -> TroubleWords | None:
    """Return a trouble in words; None for no trouble."""
    return TROUBLES[trouble] if trouble else None


def trouble_in_words(trouble: str) -> str:
    """Return a trouble in sentences of the active language; empty for no trouble."""
    return str(trouble_words(trouble) or "")


def unreadable_in_words(count: int) -> str:
    """Return how many parts of a section's answers could not be read; empty for none."""
    text = ngettext(
        "%(number)d part of the answer could not be read; everything else in it was stored.",
        "%(number)d parts of the answer could not be read; everything else in it was stored.",
        count,
    )
    return text % {"number": count} if count else ""


def missing_battles_in_words(players: int, battles: int) -> str:
    """Return that accounts count battles in no listed vehicle; empty for no players."""
    text = ngettext(
        "The account of %(players)d player counts more battles than the vehicles that the game lists: %(battles)s battles "
        "are in no vehicle. It was asked several times, and is asked again each day.",
        "The accounts of %(players)d players count more battles than the vehicles that the game lists: %(battles)s battles "
        "are in no vehicle. It was asked several times, and is asked again each day.",
        players,
    )
    return (
        text % {"players": players, "battles": number_format(battles, 0, force_grouping=True)}
        if players
        else ""
    )


def role_in_words(role: str) -> str:
    """Return a role of the game by its key; a key that the game added since is shown as it is."""
    return str(ROLES.get(role, role))


def tier_name(tier: int | None) -> str:
    """Return a tier as the game writes it: XI; None is a vehicle that the catalogue never listed."""
    if tier is None:
        return str(UNKNOWN)
    return _ROMAN[tier - 1] if 1 <= tier <= len(_ROMAN) else str(tier)


def nation_name(nation: str) -> str:
    """Return a nation in the reader's language; blank is a vehicle that the catalogue never listed."""
    return str(NATIONS.get(nation, capfirst(nation)) if nation else UNKNOWN)


def type_name(kind: str) -> str:
    """Return a type of vehicle in the reader's language; blank is one that the catalogue never listed."""
    return str(capfirst(str(TYPES.get(kind, kind)))) if kind else str(UNKNOWN)


def event_in_words(event: RosterEvent) -> str:
    """Return what happened on a roster as a sentence; the text holds players' names and is not safe for HTML."""
    player = isolated(event.player)
    if event.kind != RosterEvent.Kind.ROLE_CHANGED:
        values = {"player": player, "before": isolated(event.before), "after": isolated(event.after)}
        return _EVENTS[event.kind] % values
    values = {"player": player, "before": role_in_words(event.before), "after": role_in_words(event.after)}
    if not event.before:
        return _("%(player)s is now %(after)s.") % values
    return _("%(player)s was %(before)s and is now %(after)s.") % values


def duration_in_words(length: timedelta | None) -> str:
    """Return a length of time in its two largest units, from tenths of a second to days; empty for None."""
    if length is None:
        return ""
    seconds = max(0.0, length.total_seconds())
    if seconds < 9.95:
        return f"{number_format(round(seconds, 1), 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((place for place, (number, _unit) in enumerate(parts) if number), 3)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number)
