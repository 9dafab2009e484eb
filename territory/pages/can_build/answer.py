"""May a person build at a place: the question as it is typed, and an answer that tells nothing of other people's bases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import User
from face.game_maps import GameMap
from face.maps import Circle, Measure, Point
from face.parts import Kind, Step, Text
from territory import ladder, wording
from territory.access import bases_known_to
from territory.adm.grammar import is_full_id, split_item
from territory.fields import MomentField, PointField, refuse_off_map
from territory.item_names import ITEM_NAMES, item_in_words
from territory.models import Base, GameServer, Placement, PlayerIdentity
from territory.models.server import Platform
from territory.pages.map.sheets import circle_of, sheet_of
from territory.rules.facts import Act
from territory.rules.verdict import Considered, Outcome, Rule, Verdict
from territory.services.asking import ask
from territory.services.explaining.explanation import Section, explain
from territory.services.hearing import Case, Finding, verdict_columns

WIDTH_M = 560.0  # of the map around the point
_COMMON = (
    *("FenceKit", "WatchtowerKit", "TerritoryFlagKit", "wall_wood_down", "LargeTent", "MediumTent", "CarTent", "WoodenCrate"),
    *("SeaChest", "Barrel_Blue", "UndergroundStash", "Fireplace", "GardenPlot", "PowerGenerator", "BarbedWire", "LandMineTrap"),
    *("ShelterKit", "TireRepairKit"),
)  # fmt: skip
_RIGHTS = {Rule.OWNER, Rule.PERMISSION, Rule.CLAN, Rule.IMMUNE}
_KINDS: Mapping[Outcome, Kind] = {Outcome.INVASION: "invasion", Outcome.FORBIDDEN: "forbidden"}


@dataclass(frozen=True, slots=True)
class BuildQuestion:
    """A place and an item on a game server; `who` is for staff: somebody else's gamertag, player id or Discord id."""

    server: GameServer
    x: float
    z: float
    item: str
    is_part: bool
    at: datetime
    who: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no with its reasons; `sections` is the whole explanation, for staff."""

    kind: Kind
    head: str
    sentence: str
    steps: Sequence[Step]
    sheet: GameMap
    note: str = ""
    needs_player: bool = False
    sections: Sequence[Section] = ()

    @property
    def is_yes(self) -> bool:
        return self.kind == "allowed"

    @property
    def sign(self) -> str:
        return f"v-{self.kind}"


class CheckForm(forms.Form):
    """The question. Only staff who may see positions are asked for whom and when."""

    point = PointField(
        label=gettext_lazy("Point"),
        max_length=300,
        help_text=gettext_lazy("X / Z in metres as in the game, or a pasted line of the log."),
    )
    item = forms.ChoiceField(label=gettext_lazy("Item"), required=False)
    other_item = forms.CharField(
        label=gettext_lazy("Another item, by its class"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "Anniversary_FireworksLauncher", "autocomplete": "off"}),
    )
    who = forms.CharField(
        label=gettext_lazy("Who"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Gamertag, player id or Discord id; you, if left out."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    at = MomentField(
        label=gettext_lazy("When"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("On the server's clock; now, if left out."),
        widget=forms.TextInput(attrs={"type": "datetime-local", "step": "1"}),
    )

    def __init__(self, data: Any = None, *, server: GameServer, for_staff: bool, **options: Any) -> None:
        super().__init__(data, **options)
        self._server = self.fields["at"].server = server  # type: ignore[attr-defined]
        items = [(name, capfirst(item_in_words(name))) for name in _COMMON]
        self.fields["item"].choices = items  # type: ignore[attr-defined]
        if not for_staff:
            del self.fields["who"], self.fields["at"]

    def clean_point(self) -> tuple[float, float]:
        point: tuple[float, float] = self.cleaned_data["point"]
        refuse_off_map(point, self._server)
        return point

    def question(self, now: datetime) -> BuildQuestion:
        given = self.cleaned_data
        display, item_class = split_item(given["other_item"].strip())
        item = item_class or display or given["item"] or _COMMON[0]
        # The game writes parts of structures in small letters.
        is_part = item in ITEM_NAMES and item[0].islower()
        x, z = given["point"]
        return BuildQuestion(
            self._server, x, z, item, is_part, given.get("at") or now, given.get("who", "").strip()
        )


# -- The answer for members ---------------------------------------------------------------------------------------


def answer_for(person: User, question: BuildQuestion) -> Answer:
    """Answer a person. Of other people's bases it tells that there is one, and nothing else: no name, distance or number."""
    finding = ask(
        question.server,
        person,
        x=question.x,
        z=question.z,
        item=question.item,
        is_part=question.is_part,
        at=question.at,
    )
    verdict = _without_other_bases(finding.verdict)
    known = list(bases_known_to(person, at=question.at).filter(server=question.server).select_related("clan"))
    base = next((one for one in known if verdict.charged and one.pk == verdict.charged.base_id), None)
    return Answer(
        kind=_kind(verdict),
        head=_head(verdict),
        sentence=_sentence(verdict, base),
        steps=_steps(replace(finding, verdict=verdict), {one.pk: one.name for one in known}),
        sheet=_sheet(question, verdict, [circle_of(one, person) for one in known], base),
        note=_edge(verdict.charged),
        needs_player=verdict.rule in _RIGHTS and not _is_known(person, question.server),
    )


def _without_other_bases(verdict: Verdict) -> Verdict:
    """Return the verdict without the bases in which the person has no right, and what depends on where their edges are."""
    if verdict.rule is Rule.INTRUDER:
        return Verdict(verdict.outcome, verdict.rule, verdict.item)
    known = tuple(base for base in verdict.considered if base.right is not None)
    return replace(verdict, considered=known, charged=verdict.charged if verdict.charged in known else None)


def _kind(verdict: Verdict) -> Kind:
    return _KINDS.get(verdict.outcome, "allowed")


def _head(verdict: Verdict) -> str:
    match verdict.rule:
        case Rule.ITEM_FORBIDDEN:
            return _("You may not, anywhere: this item is forbidden.")
        case Rule.INTRUDER:
            return _("You may not: this is someone else's base.")
        case Rule.OUTSIDE:
            return _("You may: there is no base here.")
    return _("You may.")


def _sentence(verdict: Verdict, base: Base | None) -> str:
    values = {
        "base": base.name if base else "",
        "distance": wording.metres_in_words(verdict.charged.distance_m) if verdict.charged else "",
        "clan": str(base.clan or "") if base else "",
    }
    return str(_SENTENCES[verdict.rule]) % values


_SENTENCES: Mapping[Rule, Text] = {
    Rule.ITEM_FORBIDDEN: gettext_lazy("Nobody may place it, not even in the own base."),
    Rule.ITEM_IGNORED: gettext_lazy("This item does not count: everybody may place it anywhere."),
    Rule.OUTSIDE: gettext_lazy("But nobody protects what you leave here."),
    Rule.INTRUDER: gettext_lazy("We do not say whose it is, nor where its centre lies."),
    Rule.IMMUNE: gettext_lazy("You are on this server's staff immunity list."),
    Rule.OWNER: gettext_lazy("This point lies %(distance)s m from the centre of your base “%(base)s”."),
    Rule.PERMISSION: gettext_lazy(
        "This point lies %(distance)s m from the centre of “%(base)s”, and you have a permission there."
    ),
    Rule.CLAN: gettext_lazy(
        "This point lies %(distance)s m from the centre of “%(base)s”, and you are in its clan, %(clan)s."
    ),
}


def _steps(finding: Finding, names: Mapping[int, str]) -> list[Step]:
    steps = ladder.ladder_of(_as_judged(finding), names)
    if finding.verdict.rule is not Rule.INTRUDER:
        return steps
    # What would follow depends on how near the edge is.
    return [
        *(replace(step, detail="") for step in steps[:-1]),
        Step(steps[-1].question, _("Yes"), kind="invasion"),
    ]


def _as_judged(finding: Finding) -> Placement:
    return Placement(state=Placement.State.JUDGED, **verdict_columns(finding))


def _edge(charged: Considered | None) -> str:
    if charged is None or charged.distance_m > charged.radius_m:
        return ""
    left = wording.metres_in_words(charged.radius_m - charged.distance_m)
    return _("%(metres)s m are left to the edge. Farther out nothing is protected.") % {"metres": left}


def _is_known(person: User, server: GameServer) -> bool:
    """Return whether the game server can tell that a player is this person. On PC a name proves nothing."""
    players = PlayerIdentity.objects.filter(user=person)
    if server.platform == Platform.PC:
        players = players.filter(player_id__isnull=False)
    return players.exists()


def _sheet(
    question: BuildQuestion, verdict: Verdict, circles: Iterable[Circle], base: Base | None = None
) -> GameMap:
    words = f"{wording.metres_in_words(verdict.charged.distance_m)} m" if verdict.charged else ""
    return sheet_of(
        question.server,
        _("The point asked about, and the bases that you may see"),
        centre=(question.x, question.z),
        width_m=WIDTH_M,
        circles=list(circles),
        points=[Point(question.x, question.z, _kind(verdict))],
        measure=Measure(base.x, base.z, question.x, question.z, words) if base else None,
    )


# -- The answer for staff -----------------------------------------------------------------------------------------


def explanation_for(question: BuildQuestion, *, now: datetime) -> Answer:
    """Answer staff who may see positions about any player at any time, with the whole explanation."""
    explanation = explain(question.server, _case(question), now=now)
    seen = explanation.seen
    verdict = seen.finding.verdict
    in_force = [base for base in seen.bases if seen.standing(base.state.period) == "in_force"]
    return Answer(
        kind=_kind(verdict),
        head=_head_for_staff(verdict),
        sentence=" ".join(seen.reasons),
        steps=ladder.ladder_of(seen.judged, seen.base_names),
        sheet=_sheet(
            question,
            replace(verdict, charged=None),
            [Circle(one.state.x, one.state.z, one.state.radius_m, "b-other", one.name) for one in in_force],
        ),
        # The hints first; the rule stands in the ladder.
        sections=sorted(
            (one for one in explanation.sections if one.key != "rule"), key=lambda one: one.key != "troubles"
        ),
    )


def _head_for_staff(verdict: Verdict) -> str:
    match verdict.outcome:
        case Outcome.FORBIDDEN:
            return _("Not allowed anywhere.")
        case Outcome.INVASION:
            return _("Not allowed: an invasion.")
    return _("Allowed.")


def _case(question: BuildQuestion) -> Case:
    """Return the case of the player whom staff name."""
    who, act = question.who, Act(question.x, question.z, question.at)
    by_id = PlayerIdentity.objects.filter(Q(player_id=who) | Q(user__discord_id=who))
    gamertag, player_id = who, who if is_full_id(who) else ""
    if player := by_id.order_by("-pk").first():
        gamertag, player_id = player.gamertag or who, player.player_id or ""
    return Case(gamertag, player_id, question.item, act, question.is_part)
