"""Hearing again says what was said, in random worlds; and after a change of the rule what judging a copy would say."""

import random
import uuid

import pytest
from django.db import transaction

from territory.models import GameServer, ItemRule, Placement
from territory.services.judging import judge_due
from territory.services.rejudging import hear_again, rejudge, stored_cases
from territory.tests.rules.worlds import LAST_STEP, STEP, draw_world, moment
from territory.tests.services.explaining.test_worlds import Stored, judged, thrown_away

pytestmark = pytest.mark.django_db

in_worlds = pytest.mark.parametrize("worlds", [50, pytest.param(80, marks=pytest.mark.thorough)])
SINCE, UNTIL = moment(-10), moment(LAST_STEP + 10)


def judge_copy(original: Placement, now: object) -> Placement:
    """Judge the same act once more as if it had just come in, by the server as it is now."""
    copy = Placement.objects.get(pk=original.pk)
    copy.pk, copy.state, copy.source_key = None, "pending", uuid.uuid4()
    copy.judged_at, copy.outcome, copy.rule, copy.action, copy.base = None, "", "", "none", None
    copy.distance_m, copy.user, copy.reasons, copy.version, copy._state.adding = None, None, None, None, True
    copy.save()
    judge_due(copy.server_id, now=now)  # type: ignore[arg-type]
    copy.refresh_from_db()
    return copy


@in_worlds
def test_unchanged_rule_and_facts_give_no_difference(worlds: int) -> None:
    draw, seen = random.Random("rejudge"), set[str]()
    for _ in range(worlds):
        with thrown_away():
            stored = Stored(draw_world(draw), draw)
            verdict = judged(stored.server, stored.world)
            # What happens after judging does not bear on it.
            GameServer.objects.update(mode=draw.choice(["enforce", "review", "observe"]))
            stored.server.refresh_from_db()
            result = rejudge(stored.server, SINCE, UNTIL)
            assert (result.heard, result.differences, result.next) == (1, [], 0)
            seen.update((str(verdict["rule"]), str(verdict["action"])))
    assert {"outside", "owner", "permission", "clan", "intruder", "item_forbidden", "ban", "review"} <= seen


@in_worlds
def test_changed_rule_says_what_judging_a_copy_says(worlds: int) -> None:
    draw, changes = random.Random("copy"), set[object]()
    for _ in range(worlds):
        with thrown_away():
            stored = Stored(draw_world(draw), draw)
            judged(stored.server, stored.world)
            policy = draw.choice(["protected", "protected_review", "forbidden", "ignored"])
            ItemRule.objects.update(policy=policy)
            GameServer.objects.update(
                mode="enforce",
                border_margin_m=draw.choice([0, 6, 50]),
                maximum_age=draw.choice([1, 288]) * STEP,
            )
            stored.server.refresh_from_db()
            [reheard] = hear_again(stored.server, stored_cases(stored.server, SINCE, UNTIL))
            copy = judge_copy(Placement.objects.get(), moment(stored.world.now))
            verdict, charged = reheard.verdict, reheard.verdict.charged
            assert (verdict.outcome, verdict.rule, verdict.action) == (copy.outcome, copy.rule, copy.action)
            assert (charged.base_id if charged else None) == copy.base_id
            assert list(verdict.holds) == (copy.reasons or {"holds": []})["holds"]
            changes.add(reheard.change)
    assert changes == {None, "acquitted", "accused", "other"}


def test_reading_writes_nothing() -> None:
    draw = random.Random("reads")
    with thrown_away():
        stored = Stored(draw_world(draw), draw)
        judged(stored.server, stored.world)
        with transaction.atomic():
            from django.db import connection

            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
            rejudge(stored.server, SINCE, UNTIL)
