"""A small world to judge in, and the two checks every table of the rule ends with.

The cast: OWNER owns, CLAN_MATE is in the clan TXS, FRIEND gets permissions, a STRANGER has no linked account.
Unless told otherwise everything was arranged LONG_AGO, the act happens at ACT_AT and is judged 18 minutes later, NOW.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from territory.rules.facts import (
    STRANGER,
    Act,
    Actor,
    BaseState,
    Nearby,
    Period,
    Person,
    Policy,
    PolicySource,
    Right,
    ServerRules,
)
from territory.rules.geometry import distance_m
from territory.rules.items import ItemDecision
from territory.rules.judge import judge
from territory.rules.verdict import Action, Considered, Hold, Outcome, Rule, Verdict

LONG_AGO = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
ACT_AT = datetime(2026, 7, 6, 14, 2, tzinfo=UTC)
NOW = datetime(2026, 7, 6, 14, 20, tzinfo=UTC)
EARLIER, BETWEEN, LATER = ACT_AT - timedelta(hours=1), ACT_AT + timedelta(minutes=6), NOW + timedelta(hours=1)
A_MOMENT = timedelta(microseconds=1)
ALWAYS = Period(LONG_AGO)

OWNER_ID, CLAN_MATE_ID, FRIEND_ID, OTHER_ID = 1, 2, 3, 4
TXS, RIVALS = 70, 71

OWNER, OTHER = Person(OWNER_ID), Person(OTHER_ID)
PROTECTED = ItemDecision(Policy.PROTECTED, PolicySource.DEFAULT)
TRAP = ItemDecision(Policy.PROTECTED_REVIEW, PolicySource.DEFAULT)
FORBIDDEN = ItemDecision(Policy.FORBIDDEN, PolicySource.DEFAULT)
IGNORED = ItemDecision(Policy.IGNORED, PolicySource.SERVER)

CENTRE = (5000.0, 3000.0)
INSIDE, EDGE, OUTSIDE = (5000.0, 3045.0), (5060.0, 3080.0), (5060.0, 3080.001)


def base(
    base_id: int = 1,
    *,
    owner: int = OWNER_ID,
    clan: int | None = None,
    centre: tuple[float, float] = CENTRE,
    radius_m: float = 100.0,
    since: datetime = LONG_AGO,
    until: datetime | None = None,
) -> BaseState:
    """Return a state of "Fortaleza Norte" unless told otherwise."""
    return BaseState(base_id, owner, clan, *centre, radius_m, Period(since, until))


def friend(since: datetime = LONG_AGO, until: datetime | None = None, *, of: int = 1) -> Person:
    """Return somebody with a permission on a base."""
    return Person(FRIEND_ID, permissions={of: (Period(since, until),)})


def clan_mate(since: datetime = LONG_AGO, until: datetime | None = None, *, clan: int = TXS) -> Person:
    """Return a member of a clan."""
    return Person(CLAN_MATE_ID, memberships={clan: (Period(since, until),)})


def staff(since: datetime = LONG_AGO, until: datetime | None = None) -> Person:
    """Return somebody on the immunity list."""
    return Person(OTHER_ID, immunities=(Period(since, until),))


def seen_from(position: tuple[float, float], bases: Iterable[BaseState]) -> list[Nearby]:
    """Return the bases with their distances from a position."""
    return [Nearby(state, distance_m(state.x, state.z, *position)) for state in bases]


def judged(
    *bases: BaseState,
    at: tuple[float, float] = INSIDE,
    by: Person = STRANGER,
    disputed: Person | None = None,
    item: ItemDecision = PROTECTED,
    when: datetime = ACT_AT,
    now: datetime = NOW,
    **settings: Any,
) -> Verdict:
    """Judge one placement among these bases; `settings` are the server's."""
    return judge(
        Act(*at, when),
        item=item,
        actor=Actor(by, disputed),
        nearby=seen_from(at, bases),
        server=ServerRules(**settings),
        now=now,
    )


def assert_allowed(verdict: Verdict, rule: Rule, *, base_id: int | None = None, since: bool = False) -> None:
    """The act is innocent by this rule, by a right in this base, and nothing follows."""
    rights: Mapping[Rule, Right] = {
        Rule.OWNER: Right.OWNER,
        Rule.PERMISSION: Right.PERMISSION,
        Rule.CLAN: Right.CLAN,
    }
    charged = verdict.charged
    assert (verdict.outcome, verdict.rule) == (Outcome.ALLOWED, rule)
    assert (charged and charged.base_id, charged and charged.right) == (base_id, rights.get(rule))
    assert verdict.since is since
    assert (verdict.action, verdict.holds, verdict.is_guilty) == (Action.NONE, (), False)


def assert_invasion(verdict: Verdict, *holds: Hold, base_id: int = 1, action: Action | None = None) -> None:
    """The act is an invasion of this base: a ban, or with holds a review unless told otherwise."""
    expected = action or (Action.REVIEW if holds else Action.BAN)
    assert (verdict.outcome, verdict.rule) == (Outcome.INVASION, Rule.INTRUDER)
    assert (verdict.action, verdict.holds) == (expected, holds)
    assert isinstance(verdict.charged, Considered)
    assert (verdict.charged.base_id, verdict.charged.right) == (base_id, None)
    assert verdict.is_guilty


def assert_forbidden(verdict: Verdict, *holds: Hold, action: Action | None = None) -> None:
    """The item is forbidden, whoever placed it wherever: a ban, or with holds a review unless told otherwise."""
    expected = action or (Action.REVIEW if holds else Action.BAN)
    assert (verdict.outcome, verdict.rule) == (Outcome.FORBIDDEN, Rule.ITEM_FORBIDDEN)
    assert (verdict.action, verdict.holds) == (expected, holds)
    assert verdict.charged is None
    assert verdict.is_guilty
