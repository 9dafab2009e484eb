"""The rule. Its decision table, docs/rules.md, changes together with this file."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from territory.rules.facts import Act, Actor, Mode, Nearby, Person, Policy, Right, ServerRules
from territory.rules.items import ItemDecision
from territory.rules.verdict import Action, Considered, Hold, Outcome, Rule, Verdict

# Clocks of hosts differ a little; an act further ahead than this was dated wrongly.
CLOCK_TOLERANCE = timedelta(minutes=10)
_RULE_OF_RIGHT = {Right.OWNER: Rule.OWNER, Right.PERMISSION: Rule.PERMISSION, Right.CLAN: Rule.CLAN}


def judge(
    act: Act,
    *,
    item: ItemDecision,
    actor: Actor,
    nearby: Sequence[Nearby],
    server: ServerRules,
    now: datetime,
) -> Verdict:
    """Judge one placement by the state at the act, and pardon by any right held at judging.

    `nearby` must hold every state, past or present, of each base whose circle (with the server's border margin) reaches
    the position in any of its states; more states do no harm, and their order does not matter.
    """
    if item.policy is Policy.IGNORED:
        return Verdict(Outcome.IGNORED, Rule.ITEM_IGNORED, item)
    if item.policy is Policy.FORBIDDEN:
        return _judge_forbidden(act, item=item, actor=actor, server=server, now=now)
    reached = _reached(nearby, at=act.occurred_at, margin_m=server.border_margin_m)
    if not reached:
        return Verdict(Outcome.ALLOWED, Rule.OUTSIDE, item)
    acquittal = _acquit(act, item=item, person=actor.person, reached=reached, nearby=nearby, now=now)
    if acquittal is not None:
        return acquittal
    was_linked = actor.linked_until is not None and act.occurred_at < actor.linked_until
    disputed = was_linked or any(
        _acquit(act, item=item, person=person, reached=reached, nearby=nearby, now=now) is not None
        or _holds_right_in_margin(reached, person, act, now)
        for person in actor.doubtful
    )
    return _convict_of_invasion(
        act, item=item, person=actor.person, reached=reached, disputed=disputed, server=server, now=now
    )


def _judge_forbidden(
    act: Act, *, item: ItemDecision, actor: Actor, server: ServerRules, now: datetime
) -> Verdict:
    """Judge a forbidden item: it bans everybody everywhere, a base's owner too, but not immune staff."""
    if actor.person.is_immune(act.occurred_at, now):
        return Verdict(Outcome.ALLOWED, Rule.IMMUNE, item)
    holds = list(_general_holds(act, server, now))
    if any(person.is_immune(act.occurred_at, now) for person in actor.doubtful):
        holds.append(Hold.DISPUTED)
    return Verdict(Outcome.FORBIDDEN, Rule.ITEM_FORBIDDEN, item, _action(holds), tuple(holds))


def _reached(nearby: Iterable[Nearby], *, at: datetime, margin_m: float) -> list[Nearby]:
    """Return the bases in force at the act whose circle, with the margin, holds the position; nearest first."""
    reached = [
        near
        for near in nearby
        if near.distance_m <= near.state.radius_m + margin_m and near.state.period.covers(at)
    ]
    return sorted(reached, key=lambda near: (near.distance_m, near.state.base_id))


def _acquit(
    act: Act,
    *,
    item: ItemDecision,
    person: Person,
    reached: Sequence[Nearby],
    nearby: Sequence[Nearby],
    now: datetime,
) -> Verdict | None:
    """Return the verdict on a person with a right at the act or at judging, or an immunity; else None."""
    considered = _considered(reached, person, act.occurred_at)
    meant = _inside(reached) or reached
    at_act = _strongest_right(meant, person, act.occurred_at)
    held = at_act or _strongest_right(_at_judging(meant, nearby, now), person, now)
    if held is not None:
        near, right = held
        return Verdict(
            Outcome.ALLOWED,
            _RULE_OF_RIGHT[right],
            item,
            charged=_one_considered(near, right),
            since=at_act is None,
            considered=considered,
        )
    if person.is_immune(act.occurred_at, now):
        return Verdict(Outcome.ALLOWED, Rule.IMMUNE, item, considered=considered)
    return None


def _inside(bases: Iterable[Nearby]) -> list[Nearby]:
    """Return the bases whose circle holds the position; the edge belongs to the circle."""
    return [near for near in bases if near.distance_m <= near.state.radius_m]


def _at_judging(meant: Sequence[Nearby], nearby: Sequence[Nearby], now: datetime) -> list[Nearby]:
    """Return the bases in which a right held at judging pardons.

    Those that the act was in, as they were and as they are now, and those that cover the place now.
    """
    ids = {near.state.base_id for near in meant}
    today = [near for near in nearby if near.state.period.covers(now)]
    same = [near for near in today if near.state.base_id in ids]
    return [*meant, *same, *_inside(today)]


def _strongest_right(
    bases: Iterable[Nearby], person: Person, moment: datetime
) -> tuple[Nearby, Right] | None:
    """Return the right that comes first in the rule's order, in the nearest base that gives it."""
    order = list(Right)
    held = [(near, right) for near in bases if (right := person.right_in(near.state, moment)) is not None]
    return min(
        held,
        key=lambda pair: (order.index(pair[1]), pair[0].distance_m, pair[0].state.base_id),
        default=None,
    )


def _convict_of_invasion(
    act: Act,
    *,
    item: ItemDecision,
    person: Person,
    reached: Sequence[Nearby],
    disputed: bool,
    server: ServerRules,
    now: datetime,
) -> Verdict:
    """Return one invasion, charged to the nearest base whose circle holds the position."""
    nearest = (_inside(reached) or reached)[0]
    holds = list(_general_holds(act, server, now))
    if _is_on_border(nearest, server.border_margin_m) or _holds_right_in_margin(reached, person, act, now):
        holds.append(Hold.BORDER)
    if item.policy is Policy.PROTECTED_REVIEW:
        holds.append(Hold.ITEM)
    if disputed:
        holds.append(Hold.DISPUTED)
    return Verdict(
        Outcome.INVASION,
        Rule.INTRUDER,
        item,
        _action(holds),
        tuple(holds),
        charged=_one_considered(nearest, None),
        considered=_considered(reached, person, act.occurred_at),
    )


def _is_on_border(near: Nearby, margin_m: float) -> bool:
    """Tell whether the position is within the margin of the circle's edge: the item may lie on either side."""
    return margin_m > 0 and near.distance_m > near.state.radius_m - margin_m


def _holds_right_in_margin(reached: Iterable[Nearby], person: Person, act: Act, now: datetime) -> bool:
    """Tell whether the person has a right in a base within the margin, where the item may lie."""
    return any(
        person.right_in(near.state, moment) is not None
        for near in reached
        for moment in (act.occurred_at, now)
    )


def _general_holds(act: Act, server: ServerRules, now: datetime) -> Iterable[Hold]:
    """Yield the holds that do not depend on the base or the item."""
    if server.mode is Mode.OBSERVE:
        yield Hold.OBSERVING
    if server.mode is Mode.REVIEW:
        yield Hold.REVIEWING
    if server.is_tripped:
        yield Hold.BREAKER
    if now - act.occurred_at > server.maximum_age:
        yield Hold.TOO_OLD
    if act.occurred_at - now > CLOCK_TOLERANCE:
        yield Hold.NOT_YET
    if act.clock_is_wrong:
        yield Hold.CLOCK


def _action(holds: Sequence[Hold]) -> Action:
    if Hold.OBSERVING in holds:
        return Action.RECORD
    return Action.REVIEW if holds else Action.BAN


def _considered(reached: Iterable[Nearby], person: Person, moment: datetime) -> tuple[Considered, ...]:
    return tuple(_one_considered(near, person.right_in(near.state, moment)) for near in reached)


def _one_considered(near: Nearby, right: Right | None) -> Considered:
    return Considered(near.state.base_id, near.distance_m, near.state.radius_m, right)
