"""The rule as a ladder of questions: as it was applied to a placement, and in general."""

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext as _

from face.parts import Kind, Step, Text
from territory import wording
from territory.models import Placement
from territory.rules.facts import Policy
from territory.rules.verdict import Outcome, Rule

_LINES: Mapping[str, int] = {
    Rule.ITEM_IGNORED: 1,
    Rule.ITEM_FORBIDDEN: 3,
    Rule.OUTSIDE: 4,
    Rule.INTRUDER: 8,
}
_KINDS: Mapping[str, Kind] = {
    Outcome.ALLOWED: "allowed",
    Outcome.INVASION: "invasion",
    Outcome.FORBIDDEN: "forbidden",
    Outcome.IGNORED: "observed",
}
_GUILTY: Mapping[int, Kind] = {3: "forbidden", 8: "invasion"}
_PLACE, _RIGHT, _RIGHT_SINCE = 4, 5, 6


def kind_of(placement: Placement) -> Kind:
    """Return the look of a placement's verdict."""
    return _KINDS.get(placement.outcome, "observed")


def ladder_of(placement: Placement, base_names: Mapping[int, str]) -> list[Step]:
    """Return the rule's questions with their answers for a judged placement; those after the deciding one have none."""
    decides = _deciding_line(placement)
    return [
        _step(number, question, decides, placement, base_names)
        for number, question in wording.RULE_LINES.items()
    ]


def ladder_for_players(placement: Placement) -> list[Step]:
    """Return the ladder of a judged placement without distances, bases and people: the banned player's page shows it."""
    return [replace(step, detail="") for step in ladder_of(placement, {})]


def rule_in_general() -> list[Step]:
    """Return the rule's questions, each with what follows from a yes."""
    return [
        Step(question, _("Ban"), kind=_GUILTY[number]) if number in _GUILTY else Step(question, _("Allowed"))
        for number, question in wording.RULE_LINES.items()
    ]


def _deciding_line(placement: Placement) -> int:
    reasons = placement.reasons or {}
    if placement.rule == Rule.IMMUNE:
        return 2 if reasons.get("policy") == Policy.FORBIDDEN else 7
    return _LINES.get(placement.rule, _RIGHT_SINCE if reasons.get("since") else _RIGHT)


def _step(
    number: int, question: Text, decides: int, placement: Placement, base_names: Mapping[int, str]
) -> Step:
    if number > decides:
        return Step(question)
    if number < decides:
        return Step(question, _("No"), _why_not(number, placement, base_names))
    is_guilty = placement.outcome in {Outcome.INVASION, Outcome.FORBIDDEN}
    answer = placement.get_action_display().capitalize() if is_guilty else _("Yes")
    if placement.rule == Rule.INTRUDER:  # its reasons stand at the steps before
        detail: Text = wording.CONSEQUENCES.get(placement.action, "")
    else:
        detail = " ".join(wording.rule_in_words(placement, base_names))
    return Step(question, answer, detail, kind_of(placement))


def _why_not(number: int, placement: Placement, base_names: Mapping[int, str]) -> Text:
    if number == _PLACE:
        return "; ".join(
            _("%(base)s: %(distance)s m from the centre, radius %(radius)s m")
            % {
                "base": base.name,
                "distance": wording.metres_in_words(base.distance_m),
                "radius": wording.metres_in_words(base.radius_m),
            }
            for base in wording.considered_bases(placement, base_names)
        )
    if number == _RIGHT and placement.user_id is None:
        return _("Nobody on this site is linked to the player.")
    return ""
