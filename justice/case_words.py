"""Cases in words: what each is about, what came of it, and who decided what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from face.parts import Entry, Kind, Text, isolated
from territory import wording
from territory.item_names import item_in_words
from territory.models import Ban, BanExtension, Case, CaseAct, Infraction, OffenceKind

_LONGEST_NAME = 80
_State = Case.State


@dataclass(frozen=True, slots=True)
class Stamp:
    """The stamp of a case: what came of it."""

    kind: Kind
    words: str
    detail: str = ""


def sentence_of(case: Case, newest: Infraction | None, count: int, *, with_distance: bool = True) -> str:
    """Return what a case is about, in a sentence, with how far from the base's centre it was. Names in it are isolated."""
    item = (item_in_words(newest.item) if newest else "") or _("an item without a name")
    names = {
        "player": name_in_words(case.gamertag or case.player_id),
        "base": name_in_words(case.base_name),
        "item": isolated(item),
        "kind": case.kind_in_words,
        "count": count,
        "distance": _distance_in_words(newest) if with_distance else "",
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
    return Stamp(kind, _("Banned"), _("until %(date)s") % {"date": _local(ban.ends_at, "DATE_FORMAT")})


def _local(moment: datetime, form: str) -> str:
    """Return a moment on the site's clock."""
    return date_format(localtime(moment), form)


def history_of(case: Case, *, with_names: bool = True) -> list[Entry]:
    """Return what happened to a case, the newest first: people by name, the rule as the rule. Two queries, three with a ban."""
    acts = list(case.acts.select_related("by").order_by("version"))
    entries = [act_in_words(act, with_names=with_names) for act in acts]
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


def act_in_words(act: CaseAct, *, with_names: bool = True) -> Entry:
    """Return a decision as something that happened: people by name or as staff, the rule as the rule."""
    words = _WORDS[act.lift_kind or act.kind]
    if act.lift_kind == Ban.LiftKind.EXPIRED:
        return _by_machine(act.at, str(words))
    detail = " · ".join(filter(None, [_end_in_words(act), act.reason[:300]]))
    if act.by is None:
        return _by_machine(act.at, words % {"who": _("The rule")}, detail)
    who = isolated(act.by) if with_names else _("Staff")
    return Entry(act.at, words % {"who": who}, detail, _LOOKS_OF_ACTS.get(act.kind, "observed"), "user")


_LOOKS_OF_ACTS: dict[str, Kind] = {
    CaseAct.Kind.BAN: "invasion",
    CaseAct.Kind.CONFIRM: "invasion",
    CaseAct.Kind.DISMISS: "allowed",
    CaseAct.Kind.LIFT: "lifted",
}
_WORDS: dict[str, Text] = {
    Ban.LiftKind.MISTAKE: gettext_lazy("%(who)s lifted it as a mistake of the community"),
    Ban.LiftKind.MERCY: gettext_lazy("%(who)s lifted the ban out of mercy"),
    Ban.LiftKind.EXPIRED: gettext_lazy("The time of the ban was over"),
    Ban.LiftKind.SUPERSEDED: gettext_lazy("%(who)s replaced the ban by another"),
    Ban.LiftKind.REMOVED: gettext_lazy("Lifted, because somebody removed its line at the host"),
    CaseAct.Kind.BAN: gettext_lazy("%(who)s banned"),
    CaseAct.Kind.CONFIRM: gettext_lazy("%(who)s confirmed and banned"),
    CaseAct.Kind.DISMISS: gettext_lazy("%(who)s dismissed it"),
    CaseAct.Kind.END: gettext_lazy("%(who)s changed the end of the ban"),
    CaseAct.Kind.UNDO: gettext_lazy("%(who)s undid the decision before"),
}


def _end_in_words(act: CaseAct) -> str:
    if act.kind != CaseAct.Kind.END:
        return ""
    ends = [_end(side.get("ends_at")) for side in (act.before, act.after)]
    return _("from “%(before)s” to “%(after)s”") % {"before": ends[0], "after": ends[1]}


def _end(stored: Any) -> str:
    moment = datetime.fromisoformat(stored) if stored else None
    return _local(moment, "DATETIME_FORMAT") if moment else _("permanent")
