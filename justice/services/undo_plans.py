"""What undoing a period would do: which acts of which cases, in which order, and what cannot be undone and why. Reads only.

People's acts are undone newest first. The rule's own bans are lifted as a mistake, each only while no person has decided about its
case since: a plan never overrules a decision that it does not undo.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import User
from common.numbers import row_number
from justice.models import UndoRun
from territory.models import Ban, Case, CaseAct, GameServer, Infraction, LogFile, RuleVersion
from territory.rules.verdict import Action
from territory.services.cases import Snapshot, cancel_out
from territory.services.errors import NotPossibleError

MOST_CASES = 2_000
Scopes = UndoRun.Scope


@dataclass(frozen=True, slots=True)
class Scope:
    """What is undone: everything of one member of staff, one version, one log, one server or one run, in a period."""

    kind: UndoRun.Scope
    subject: int
    name: str
    since: datetime | None = None
    until: datetime | None = None

    def within(self, column: str) -> Q:
        """Return the condition that a moment lies in the period."""
        since = Q(**{f"{column}__gte": self.since}) if self.since else Q()
        return since & (Q(**{f"{column}__lt": self.until}) if self.until else Q())


@dataclass(frozen=True, slots=True)
class UndoStep:
    """An act to undo or, without one, a case whose automatic ban is lifted; `stays`: the ban rests on other cases too."""

    case: Case
    act: CaseAct | None
    at: datetime
    stays: bool = False

    @property
    def stored(self) -> dict[str, int]:
        """The step as UndoRun stores it."""
        return {"act": self.act.pk} if self.act else {"lift": self.case.pk}


@dataclass(frozen=True, slots=True)
class Kept:
    """A case, or an act of it, that is left as it is, and why."""

    case: Case
    act: CaseAct | None
    why: str


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """The steps in the order in which they are taken, and what is left."""

    scope: Scope
    steps: Sequence[UndoStep]
    kept: Sequence[Kept]

    @property
    def digest(self) -> str:
        """A digest of the plan and of the cases as they stand: who agrees to one agrees to nothing else."""
        steps = [[step.stored, step.case.version, step.stays] for step in self.steps]
        kept = [[one.case.pk, one.case.version, one.act.pk if one.act else 0, one.why] for one in self.kept]
        scope = [self.scope.kind.value, self.scope.subject, str(self.scope.since), str(self.scope.until)]
        return hashlib.sha256(json.dumps([scope, steps, kept]).encode()).hexdigest()


_Acts = Mapping[int, Sequence[CaseAct]]  # of cases, in their order


def plan_of(scope: Scope) -> UndoPlan:
    """Return the plan for a scope, in a fixed number of queries. Raises NotPossibleError if it has too many cases."""
    chosen = _acts(scope).select_related("case__server", "case__base", "by").order_by("-at", "-pk")
    acts, banned = list(chosen[: MOST_CASES + 1]), _automatic(scope)
    cases = {act.case_id for act in acts} | banned.keys()
    if len(cases) > MOST_CASES:
        raise NotPossibleError(_("That is more than 2,000 cases. Choose a shorter period."))
    of_cases = defaultdict[int, list[CaseAct]](list)
    for act in CaseAct.objects.filter(case__in=cases).select_related("by").order_by("version"):
        of_cases[act.case_id].append(act)
    lifts, kept = _plan_lifts(banned, of_cases, _resting_elsewhere(scope, banned))
    steps, others = _plan_acts([act for act in acts if act.case_id not in banned], of_cases)
    return UndoPlan(scope, _with_rest([*steps, *lifts]), [*others, *kept])


# -- People's acts ----------------------------------------------------------------------------------------------------


def _acts(scope: Scope) -> QuerySet[CaseAct]:
    if scope.kind == Scopes.RUN:
        return CaseAct.objects.filter(run__in=UndoRun.objects.filter(pk=scope.subject).values("run"))
    people = CaseAct.objects.filter(scope.within("at"), by__isnull=False)
    match scope.kind:
        case Scopes.MODERATOR:
            return people.filter(by=scope.subject)
        case Scopes.SERVER:
            return people.filter(case__server=scope.subject)
        case _:
            # Only what confirmed an accusation rests on the version or the log; a pardon does not.
            rests = Infraction.objects.filter(_of_scope(scope))
            return people.filter(kind=CaseAct.Kind.CONFIRM, case__in=rests.values("case"))


def _of_scope(scope: Scope) -> Q:
    """Return the condition that an infraction is of the scope's version, log or server."""
    match scope.kind:
        case Scopes.VERSION:
            return Q(placement__version=scope.subject)
        case Scopes.LOG:
            log = LogFile.objects.select_related("source").get(pk=scope.subject)
            return Q(placement__origin=log.name, server=log.source.server_id)
        case _:
            return Q(server=scope.subject)


def _plan_acts(acts: Sequence[CaseAct], of_cases: _Acts) -> tuple[list[UndoStep], list[Kept]]:
    steps, kept = list[UndoStep](), list[Kept]()
    refusals = _refused_returns(acts)
    simulated = {pk: list(row) for pk, row in of_cases.items()}
    for act in _without_pairs(acts):
        of_case = simulated[act.case_id]
        if any(one.undoes_id == act.pk for one in of_cases[act.case_id]):
            continue  # undone already
        later = [one for one in of_case if one.version > act.version]
        if not cancel_out(later):
            kept.append(Kept(act.case, act, _decided_since(later[-1])))
        elif act.pk in refusals:
            kept.append(Kept(act.case, act, refusals[act.pk]))
        else:
            steps.append(UndoStep(act.case, act, act.at))
            of_case.append(CaseAct(version=of_case[-1].version + 1, undoes=act, case=act.case))
    return steps, kept


def _without_pairs(acts: Sequence[CaseAct]) -> list[CaseAct]:
    """Return acts without those of them that another of them undid, and without the latter; the newest first."""
    remaining = {act.pk: act for act in acts}
    for act in acts:
        if act.pk in remaining and act.undoes_id in remaining:
            del remaining[act.pk], remaining[act.undoes_id]
    return list(remaining.values())


def _decided_since(act: CaseAct) -> str:
    if act.by is None:
        return _("The ban's time was over since.")
    return _("%(person)s has decided since.") % {"person": act.by}


def _refused_returns(acts: Sequence[CaseAct]) -> dict[int, str]:
    """Return, by act, why the ban that it ended cannot be put in force again. Two queries."""
    ended = {act.pk: Snapshot.from_json(act.before) for act in acts}
    returning = {pk: was.ban_id for pk, was in ended.items() if was.is_banned}
    bans = Ban.objects.exclude(lifted_at=None).in_bulk(returning.values())
    players = {ban.player_id for ban in bans.values()} - {""}
    active = set(Ban.objects.filter(lifted_at=None, player_id__in=players).values_list("server", "player_id"))
    refusals = {}
    for pk, ban in ((pk, bans[number]) for pk, number in returning.items() if number in bans):
        if ban.ends_at is not None and ban.ends_at <= timezone.now():
            refusals[pk] = _("The time of this ban is over meanwhile.")
        elif (ban.server_id, ban.player_id) in active:
            refusals[pk] = _("The player was banned anew meanwhile.")
    return refusals


# -- The rule's bans --------------------------------------------------------------------------------------------------


def _automatic(scope: Scope) -> dict[int, datetime]:
    """Return the cases in which the rule itself banned within the scope, with the first time it did. One query."""
    if scope.kind in (Scopes.MODERATOR, Scopes.RUN):
        return {}
    acts = Infraction.objects.filter(
        _of_scope(scope), scope.within("detected_at"), placement__action=Action.BAN.value, case__isnull=False
    )
    rows = acts.order_by().values_list("case").annotate(Min("detected_at"))[: MOST_CASES + 1]
    return dict(rows)


def _resting_elsewhere(scope: Scope, banned: Iterable[int]) -> set[int]:
    """Return those of these cases in which an act that is not of the scope is confirmed too: lifting would pardon it. One query."""
    confirmed = Infraction.objects.filter(case__in=list(banned), status=Infraction.Status.CONFIRMED)
    chosen = confirmed.filter(_of_scope(scope), scope.within("detected_at"))
    return set(confirmed.exclude(pk__in=chosen.values("pk")).order_by().values_list("case", flat=True))


def _plan_lifts(
    banned: Mapping[int, datetime], of_cases: _Acts, resting_elsewhere: Collection[int]
) -> tuple[list[UndoStep], list[Kept]]:
    steps, kept = list[UndoStep](), list[Kept]()
    cases = Case.objects.select_related("server", "base", "ban").in_bulk(list(banned))
    for pk, at in sorted(banned.items(), key=lambda one: (one[1], one[0]), reverse=True):
        case = cases[pk]
        decision = _by_people_since(of_cases[pk], at)
        if decision is not None:
            kept.append(Kept(case, None, _decided_since(decision)))
        elif pk in resting_elsewhere:
            kept.append(
                Kept(case, None, _("Other acts of this case, which are not chosen, ban the player too."))
            )
        elif case.ban is not None and case.ban.lifted_at is None:
            steps.append(UndoStep(case, None, at))
    return steps, kept


def _by_people_since(acts: Sequence[CaseAct], moment: datetime) -> CaseAct | None:
    """Return the newest act of a case by a person since a moment, unless all acts since cancel out."""
    later = [act for act in acts if act.at >= moment]
    people = [act for act in later if act.by_id is not None]
    return people[-1] if people and not cancel_out(later) else None


def _with_rest(steps: Sequence[UndoStep]) -> list[UndoStep]:
    """Mark the steps after which a ban stays, for other cases rest on it. One query."""
    ids = {step.case.ban_id for step in steps} - {None}
    outside = set(
        Infraction.objects.filter(ban__in=ids, status=Infraction.Status.CONFIRMED)
        .exclude(case__in={step.case.pk for step in steps})
        .values_list("ban", flat=True)
    )
    return [replace(step, stays=step.case.ban_id in outside) for step in steps]


# -- What may be chosen -----------------------------------------------------------------------------------------------


def subjects() -> dict[str, QuerySet[Any]]:
    """Return the rows that may be chosen, by kind of scope, in the order in which they are offered."""
    return {
        Scopes.MODERATOR: User.objects.filter(pk__in=CaseAct.objects.exclude(by=None).values("by")),
        Scopes.SERVER: GameServer.objects.all(),
        Scopes.VERSION: RuleVersion.objects.select_related("server").order_by("-since"),
        Scopes.LOG: LogFile.objects.order_by("-last_read_at"),
        Scopes.RUN: UndoRun.objects.all(),
    }


def scope_named(what: str, since: datetime | None, until: datetime | None) -> Scope | None:
    """Return the scope that a choice such as "server-3" names; None if there is no such thing."""
    kind, _dash, digits = what.partition("-")
    rows = subjects().get(kind)
    row = rows.filter(pk=row_number(digits)).first() if rows is not None else None
    return Scope(UndoRun.Scope(kind), row.pk, str(row), since, until) if row else None
