"""Cases in words: what each is about, what came of it, and who decided what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from face.parts import Entry, Kind, isolated
from territory import wording
from territory.item_names import item_in_words
from territory.models import Ban, BanExtension, Case, CaseAct, Infraction, OffenceKind

OF_RULE = (OffenceKind.TERRITORY_INVASION, OffenceKind.FORBIDDEN_ITEM)
_LONGEST_NAME = 80
_State = Case.State


@dataclass(frozen=True, slots=True)
class Stamp:
    """The stamp of a case: what came of it."""

    kind: Kind
    words: str
    detail: str = ""


def sentence_of(case: Case, newest: Infraction | None, count: int) -> str:
    """Return what a case is about, in a sentence. Names in it are isolated."""
    item = (item_in_words(newest.item) if newest else "") or _("an item without a name")
    names = {
        "player": name_in_words(case.gamertag or case.player_id),
        "base": name_in_words(case.base_name),
        "item": isolated(item),
        "kind": case.kind_in_words,
        "count": count,
        "distance": _distance_in_words(newest),
    }
    if case.kind == OffenceKind.FORBIDDEN_ITEM:
        return _forbidden_in_words(count) % names
    if case.kind != OffenceKind.TERRITORY_INVASION:
        return f"{names['player']}: {names['kind']}"
    if not case.base_name:
        return _("%(player)s invaded a base") % names
    if _is_held_against(case):
        return _("%(player)s invaded %(base)s") % names
    return _built_in_words(count, is_measured=bool(names["distance"])) % names


def _is_held_against(case: Case) -> bool:
    """Return whether a case is confirmed, or was until its ban was lifted for another reason than a mistake."""
    if case.state != _State.LIFTED:
        return case.state == _State.CONFIRMED
    return case.ban is not None and case.ban.lift_kind != Ban.LiftKind.MISTAKE


def _forbidden_in_words(count: int) -> str:
    if count < 2:
        return _("%(player)s placed %(item)s, a forbidden item")
    return ngettext(
        "%(player)s placed %(count)d forbidden item", "%(player)s placed %(count)d forbidden items", count
    )


def _distance_in_words(act: Infraction | None) -> str:
    distance = act.placement.distance_m if act and act.placement else None
    return "" if distance is None else wording.metres_in_words(distance)


def _built_in_words(count: int, *, is_measured: bool) -> str:
    if count > 1:
        return ngettext(
            "%(player)s built %(count)d thing in %(base)s",
            "%(player)s built %(count)d things in %(base)s",
            count,
        )
    if is_measured:
        return _("%(player)s put %(item)s %(distance)s m from the centre of %(base)s")
    return _("%(player)s put %(item)s in %(base)s")


def public_sentence_of(case: Case, newest: Infraction | None, count: int) -> str:
    """Return the sentence without how far from a base's centre it was."""
    if newest is not None and newest.placement is not None:
        newest.placement.distance_m = None
    return sentence_of(case, newest, count)


def name_in_words(text: str) -> str:
    return isolated(wording.shown(text, longest=_LONGEST_NAME))


def stamp_of(case: Case, now: datetime) -> Stamp:
    """Return the stamp of a case."""
    ban = case.ban
    if case.state == _State.WAITING:
        return Stamp("review", _("In review"))
    if case.state == _State.DISMISSED:
        return Stamp("observed", _("Dismissed"))
    if case.state == _State.CONFIRMED:
        return _confirmed(case, now)
    return Stamp("lifted", _("Lifted"), ban.get_lift_kind_display() if ban else "")


def _confirmed(case: Case, now: datetime) -> Stamp:
    ban = case.ban
    kind: Kind = "forbidden" if case.kind == OffenceKind.FORBIDDEN_ITEM else "invasion"
    if ban is None:
        return Stamp(kind, _("Confirmed"), _("no ban"))
    if ban.ends_at is None:
        return Stamp(kind, _("Banned"), _("permanent"))
    if ban.ends_at <= now:
        return Stamp("observed", _("Ban over"))
    return Stamp(kind, _("Banned"), _("until %(date)s") % {"date": date_format(ban.ends_at, "DATE_FORMAT")})


def history_of(case: Case, *, with_names: bool = True) -> list[Entry]:
    """Return what happened to a case, the newest first: people by name, the rule as the rule. Two queries, three with a ban."""
    acts = list(case.acts.select_related("by").order_by("version"))
    entries = [_entry(act, with_names=with_names) for act in acts]
    if not any(act.kind == CaseAct.Kind.BAN for act in acts):
        is_by_rule = (
            case.ban is not None
            and case.ban.created_by_id is None
            and all(act.kind != CaseAct.Kind.CONFIRM for act in acts)
        )
        words = _("The rule banned at once") if is_by_rule else _("The rule opened the case")
        entries.append(_by_machine(case.opened_at, words))
    if case.ban_id is not None:
        longer = BanExtension.objects.filter(ban=case.ban_id, changed_by=None)
        taken = {act.at for act in acts}
        entries += [
            _by_machine(one.extended_at, _("The rule made the ban longer"), one.reason)
            for one in longer
            if one.extended_at not in taken
        ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _by_machine(at: datetime, sentence: str, detail: str = "") -> Entry:
    return Entry(at, sentence, detail[:300], "observed", "settings")


def _entry(act: CaseAct, *, with_names: bool) -> Entry:
    is_machine = act.by is None
    words = _act_in_words(act)
    if act.kind == CaseAct.Kind.LIFT and act.lift_kind == Ban.LiftKind.EXPIRED:
        return _by_machine(act.at, words)
    who = _("The rule") if is_machine else _("Staff")
    if act.by is not None and with_names:
        who = isolated(act.by)
    look: Kind = "observed" if is_machine else _LOOKS_OF_ACTS.get(act.kind, "observed")
    detail = " · ".join(filter(None, [_end_in_words(act), act.reason[:300]]))
    return Entry(act.at, words % {"who": who}, detail, look, "settings" if is_machine else "user")


_LOOKS_OF_ACTS: dict[str, Kind] = {
    CaseAct.Kind.BAN: "invasion",
    CaseAct.Kind.CONFIRM: "invasion",
    CaseAct.Kind.DISMISS: "allowed",
    CaseAct.Kind.LIFT: "lifted",
}


def _act_in_words(act: CaseAct) -> str:
    lifts = {
        Ban.LiftKind.MISTAKE: _("%(who)s lifted it as a mistake of the community"),
        Ban.LiftKind.MERCY: _("%(who)s lifted the ban out of mercy"),
        Ban.LiftKind.EXPIRED: _("The time of the ban was over"),
        Ban.LiftKind.SUPERSEDED: _("%(who)s replaced the ban by another"),
        Ban.LiftKind.REMOVED: _("Lifted, because somebody removed its line at the host"),
    }
    words = {
        CaseAct.Kind.BAN: _("%(who)s banned"),
        CaseAct.Kind.CONFIRM: _("%(who)s confirmed and banned"),
        CaseAct.Kind.DISMISS: _("%(who)s dismissed it"),
        CaseAct.Kind.END: _("%(who)s changed the end of the ban"),
        CaseAct.Kind.UNDO: _("%(who)s undid the decision before"),
    }
    if act.kind == CaseAct.Kind.LIFT:
        return lifts.get(Ban.LiftKind(act.lift_kind), _("%(who)s lifted the ban"))
    return words[CaseAct.Kind(act.kind)]


def _end_in_words(act: CaseAct) -> str:
    if act.kind != CaseAct.Kind.END:
        return ""
    ends = [_end(side.get("ends_at")) for side in (act.before, act.after)]
    return _("from “%(before)s” to “%(after)s”") % {"before": ends[0], "after": ends[1]}


def _end(stored: Any) -> str:
    moment = datetime.fromisoformat(stored) if stored else None
    return date_format(moment, "DATETIME_FORMAT") if moment else _("permanent")


def acts_in_words(acts: Sequence[CaseAct]) -> Iterator[Entry]:
    """Yield decisions for a reader who was late."""
    return (_entry(act, with_names=True) for act in acts)
