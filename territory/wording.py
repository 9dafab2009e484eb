"""Verdicts in words: complete sentences in the reader's language, from the facts stored with a placement."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from territory.models import Base, Placement, PlayerIdentity
from territory.models.server import Platform
from territory.rules.facts import Period, Policy, PolicySource, Right
from territory.rules.verdict import Action, Hold, Rule

Text = str | Promise

NOT_A_PLAYER_ID = gettext_lazy(
    "That is not a player id. A player id has 40 characters (0-9, A-F) on Xbox, or 44 on PlayStation and PC."
)
# Names and ids fit; a typed text may be longer.
_LONGEST_NAME = 300

RULES: Mapping[str, Text] = {
    Rule.ITEM_IGNORED: gettext_lazy("the item is ignored"),
    Rule.ITEM_FORBIDDEN: gettext_lazy("the item is forbidden"),
    Rule.OUTSIDE: gettext_lazy("outside every base"),
    Rule.OWNER: gettext_lazy("owner of the base"),
    Rule.PERMISSION: gettext_lazy("permission on the base"),
    Rule.CLAN: gettext_lazy("member of the base's clan"),
    Rule.IMMUNE: gettext_lazy("staff immunity"),
    Rule.INTRUDER: gettext_lazy("intruder"),
}
RIGHTS: Mapping[str, Text] = {
    Right.OWNER: gettext_lazy("owner"),
    Right.PERMISSION: gettext_lazy("permission"),
    Right.CLAN: gettext_lazy("clan"),
}
POLICIES: Mapping[str, Text] = {
    Policy.PROTECTED: gettext_lazy("protected"),
    Policy.PROTECTED_REVIEW: gettext_lazy("protected, an invasion goes to review"),
    Policy.FORBIDDEN: gettext_lazy("forbidden"),
    Policy.IGNORED: gettext_lazy("ignored"),
}
POLICY_SOURCES: Mapping[str, Text] = {
    PolicySource.SERVER: gettext_lazy("item rule of this server"),
    PolicySource.ALL_SERVERS: gettext_lazy("item rule for all servers"),
    PolicySource.DEFAULT: gettext_lazy("default item rules"),
    PolicySource.PART: gettext_lazy("part built on a structure"),
    PolicySource.UNKNOWN: gettext_lazy("unknown item"),
}

_UNUSABLE: Mapping[str, Text] = {
    Placement.Unusable.NO_PLAYER_ID: gettext_lazy("Not judged: the log gives no full-length player id."),
    Placement.Unusable.NO_POSITION: gettext_lazy("Not judged: the log gives no position."),
    Placement.Unusable.OFF_MAP: gettext_lazy("Not judged: the position is not on the map."),
    Placement.Unusable.NO_DATE: gettext_lazy("Not judged: the log does not say the date."),
}
_FORBIDDEN_BY: Mapping[str, Text] = {
    PolicySource.SERVER: gettext_lazy(
        "An item rule of this server forbids the item to everybody, everywhere."
    ),
    PolicySource.ALL_SERVERS: gettext_lazy(
        "An item rule for all servers forbids the item to everybody, everywhere."
    ),
}
_FORBIDDEN = gettext_lazy("The item is forbidden to everybody, everywhere.")
_IGNORED_BY: Mapping[str, Text] = {
    PolicySource.SERVER: gettext_lazy("An item rule of this server says to ignore the item."),
    PolicySource.ALL_SERVERS: gettext_lazy("An item rule for all servers says to ignore the item."),
}
_IGNORED = gettext_lazy("The item is ignored: it may be placed anywhere.")
_RIGHT_AT_ACT: Mapping[str, Text] = {
    Rule.OWNER: gettext_lazy("The player owned the base at the act."),
    Rule.PERMISSION: gettext_lazy("The player had a permission on the base at the act."),
    Rule.CLAN: gettext_lazy("The player was a member of the base's clan at the act."),
}
_RIGHT_SINCE: Mapping[str, Text] = {
    Rule.OWNER: gettext_lazy("The player had no right at the act, but owned the base when it was judged."),
    Rule.PERMISSION: gettext_lazy(
        "The player had no right at the act, but a permission on the base when it was judged."
    ),
    Rule.CLAN: gettext_lazy(
        "The player had no right at the act, but was a member of the base's clan when it was judged."
    ),
}
_HOLDS: Mapping[str, Text] = {
    Hold.OBSERVING: gettext_lazy("The server only observes: verdicts are recorded and nobody is banned."),
    Hold.REVIEWING: gettext_lazy("The server has staff confirm each ban."),
    Hold.TOO_OLD: gettext_lazy(
        "The placement was older than the server's limit when it was judged, so it bans nobody by itself."
    ),
    Hold.NOT_YET: gettext_lazy(
        "The placement is dated later than it was judged, so it bans nobody by itself. The likeliest cause is the game "
        "server's time zone setting."
    ),
    Hold.BORDER: gettext_lazy("It is too close to a base's edge to say on which side of it the item lies."),
    Hold.ITEM: gettext_lazy(
        "An invasion with this item is for staff: arming or re-arming it logs the same line."
    ),
    Hold.DISPUTED: gettext_lazy(
        "The gamertag, or one that differs only by a suffix, is linked to a person who has a right here; whether this is "
        "that person is not proven."
    ),
    Hold.CLOCK: gettext_lazy(
        "The source of this placement is dated wrongly, so that nobody can say what was true at the act. Check the game "
        "server's time zone."
    ),
    Hold.BREAKER: gettext_lazy(
        "The server's circuit breaker has tripped: until staff look and set it back, nobody is banned by the rule alone."
    ),
}
# The same in a few words, for lists.
_HOLDS_IN_SHORT: Mapping[str, Text] = {
    Hold.OBSERVING: gettext_lazy("only observed"),
    Hold.REVIEWING: gettext_lazy("staff confirm each ban"),
    Hold.TOO_OLD: gettext_lazy("too old"),
    Hold.NOT_YET: gettext_lazy("dated ahead"),
    Hold.BORDER: gettext_lazy("at the edge"),
    Hold.ITEM: gettext_lazy("trap or charge"),
    Hold.DISPUTED: gettext_lazy("gamertag in dispute"),
    Hold.CLOCK: gettext_lazy("wrong clock"),
    Hold.BREAKER: gettext_lazy("circuit breaker"),
}
# The decision table of docs/rules.md, as questions; the first "yes" decides.
RULE_LINES: Mapping[int, Text] = {
    1: gettext_lazy("Is the item ignored?"),
    2: gettext_lazy("Is the item forbidden, and the player immune?"),
    3: gettext_lazy("Is the item forbidden?"),
    4: gettext_lazy("Is the place outside every base in force at the act?"),
    5: gettext_lazy("Had the player a right there at the act?"),
    6: gettext_lazy("Has the player a right there at judging?"),
    7: gettext_lazy("Is the player immune?"),
    8: gettext_lazy("None of these: is it an invasion?"),
}
CONSEQUENCES: Mapping[str, Text] = {
    Action.NONE: gettext_lazy("Nothing follows."),
    Action.BAN: gettext_lazy("A ban follows at once."),
    Action.REVIEW: gettext_lazy("It goes to review: staff confirm or dismiss it."),
    Action.RECORD: gettext_lazy("The verdict is stored, and nothing follows."),
}


@dataclass(frozen=True, slots=True)
class ConsideredBase:
    """A base that the verdict considered; lengths in metres, the right in words (empty: none)."""

    base_id: int
    name: str
    distance_m: float
    radius_m: float
    right: Text
    is_charged: bool


def reasons_in_words(placement: Placement, base_names: Mapping[int, str]) -> list[str]:
    """Return the reasons of the placement's verdict, in sentences of the active language.

    `base_names` are the names of the mentioned bases by id (selectors.names_of_bases reads them in one query); a base that
    is missing there is named by its number.
    """
    if placement.state == Placement.State.PENDING:
        return [_("It waits to be judged.")]
    if placement.state == Placement.State.UNUSABLE:
        return [str(_UNUSABLE.get(placement.unusable_because, _("Not judged: the line is unusable.")))]
    return [*rule_in_words(placement, base_names), *holds_in_words(placement)]


def clause_of(placement: Placement) -> str:
    """Return in a few words why the verdict is so, or why it did not ban; a pending placement has no reason."""
    if placement.state == Placement.State.UNUSABLE:
        return placement.get_unusable_because_display()
    if placement.state == Placement.State.PENDING:
        return ""
    if holds := _reasons(placement).get("holds", ()):
        return ", ".join(str(_HOLDS_IN_SHORT.get(hold, hold)) for hold in holds)
    return str(RULES.get(placement.rule, placement.rule))


def holds_in_words(placement: Placement) -> list[str]:
    """Return the holds of a guilty verdict, in sentences."""
    return [str(_HOLDS.get(hold, hold)) for hold in _reasons(placement).get("holds", ())]


def considered_bases(placement: Placement, base_names: Mapping[int, str]) -> list[ConsideredBase]:
    """Return the bases that the verdict considered, nearest first."""
    return [
        ConsideredBase(
            base_id=near["base_id"],
            name=_name(near["base_id"], base_names),
            distance_m=near["distance_m"],
            radius_m=near["radius_m"],
            right=RIGHTS.get(near["right"] or "", near["right"] or ""),
            is_charged=near["base_id"] == placement.base_id,
        )
        for near in _reasons(placement).get("considered", ())
    ]


def mentioned_base_ids(placements: Iterable[Placement]) -> set[int]:
    """Return the ids of all bases in the placements' verdicts."""
    ids: set[int] = set()
    for placement in placements:
        ids.update(near["base_id"] for near in _reasons(placement).get("considered", ()))
        if placement.base_id is not None:
            ids.add(placement.base_id)
    return ids


def value_in_words(value: object, zone: ZoneInfo) -> str:
    """Return a value for a sentence: times on the clock of the zone, lengths in metres, long names cut."""
    match value:
        case datetime():
            return moment_in_words(value, zone)
        case Period():
            return _period_in_words(value, zone)
        case float():
            return metres_in_words(value)
        case list():
            return ", ".join(map(str, value))
        case _:
            return shown(
                str(RIGHTS.get(value, value) if isinstance(value, Right) else value), longest=_LONGEST_NAME
            )


def _period_in_words(period: Period, zone: ZoneInfo) -> str:
    start = moment_in_words(period.start, zone)
    if period.end is None:
        return _("since %(start)s") % {"start": start}
    return _("from %(start)s until %(end)s") % {"start": start, "end": moment_in_words(period.end, zone)}


def shown(text: str, *, longest: int = 80) -> str:
    """Return a text that is safe for a terminal: cut, with every unprintable character replaced."""
    clipped = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in clipped)


def moment_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment to the second on the clock of the zone, in the form that commands read."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _reasons(placement: Placement) -> dict[str, Any]:
    return placement.reasons or {}


def rule_in_words(placement: Placement, base_names: Mapping[int, str]) -> Iterator[str]:
    """Yield why the rule decided so, in sentences, without the holds."""
    source = _reasons(placement).get("policy_source", "")
    match placement.rule:
        case Rule.ITEM_FORBIDDEN:
            yield str(_FORBIDDEN_BY.get(source, _FORBIDDEN))
        case Rule.ITEM_IGNORED:
            yield str(_IGNORED_BY.get(source, _IGNORED))
        case Rule.OUTSIDE:
            yield _("It lies outside every base.")
        case Rule.IMMUNE:
            yield _("The player is on the server's staff immunity list.")
        case Rule.INTRUDER:
            yield from _invasion_in_words(placement, base_names)
        case _:
            yield from _place_in_words(placement, base_names)
            words = _RIGHT_SINCE if _reasons(placement).get("since") else _RIGHT_AT_ACT
            yield str(words.get(placement.rule, placement.rule))


def _invasion_in_words(placement: Placement, base_names: Mapping[int, str]) -> Iterator[str]:
    yield from _place_in_words(placement, base_names)
    if placement.user_id is None:
        yield _("No person is linked to the player, who is therefore a stranger in every base.")
    else:
        yield _("The player had no right there, neither at the act nor when it was judged.")
    if _reasons(placement).get("policy_source") == PolicySource.UNKNOWN:
        yield _("The item is not known, and so is protected like any other.")


def _place_in_words(placement: Placement, base_names: Mapping[int, str]) -> Iterator[str]:
    if placement.base_id is None or placement.distance_m is None:
        return
    radius = next(
        (base.radius_m for base in considered_bases(placement, base_names) if base.is_charged), None
    )
    if radius is None:
        words = _("It lies %(distance)s m from the centre of “%(base)s”.")
    elif placement.distance_m <= radius:
        words = _("Inside “%(base)s”: %(distance)s m from its centre, the radius is %(radius)s m.")
    else:
        words = _("Just outside “%(base)s”: %(distance)s m from its centre, the radius is %(radius)s m.")
    yield words % {
        "base": _name(placement.base_id, base_names),
        "distance": metres_in_words(placement.distance_m),
        "radius": "" if radius is None else metres_in_words(radius),
    }


def _name(base_id: int, base_names: Mapping[int, str]) -> str:
    return base_names.get(base_id) or f"#{base_id}"


def metres_in_words(length: float) -> str:
    """Return a length in metres, with one decimal unless it is a whole number."""
    return number_format(round(length, 1), decimal_pos=0 if float(length).is_integer() else 1)


def unproven_owner(base: Base) -> str:
    """Return a warning about a base on PC whose owner has no proven player id; else an empty text."""
    owned = PlayerIdentity.objects.filter(user=base.owner, player_id__isnull=False)
    if base.server.platform != Platform.PC or owned.exists():
        return ""
    words = _(
        "On PC anybody may take any name. Until the player id of %(person)s is proven, whatever is built in this base under "
        "that gamertag waits for staff."
    )
    return words % {"person": base.owner}
