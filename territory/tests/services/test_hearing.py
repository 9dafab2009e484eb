"""A batch heard without learning gets the verdicts that judging stores, and leaves no trace."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from territory.models import IdentityConflict, Placement, PlayerIdentity
from territory.rules.facts import Act
from territory.services.hearing import Case, hear, verdict_columns
from territory.services.identities import find_matches
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.factories import NOW, incoming, make_base, make_player, make_server, player_id

pytestmark = pytest.mark.django_db


def test_batch_is_heard_as_it_would_be_judged() -> None:
    """The first act teaches the waiting gamertag's player id, so that the second one's bearer is in dispute."""
    server = make_server()
    make_base(server, make_player("Dono", known=False))
    acts = [("Dono", "um", 3), ("dono", "dois", 2), ("Invasor", "tres", 1), ("Dono", "um", 0)]
    cases = [
        Case(name, player_id(own), "FenceKit", Act(5045, 3000, NOW - timedelta(minutes=ago)))
        for name, own, ago in acts
    ]

    with CaptureQueriesContext(connection) as queries:
        findings = hear(server, cases[::-1], now=NOW, match=find_matches)[::-1]

    assert len(queries) == 6
    assert [one.verdict.action for one in findings] == ["none", "review", "ban", "none"]
    assert PlayerIdentity.objects.get().player_id is None
    assert not IdentityConflict.objects.exists()
    for case in cases:
        act = {"player_id": case.player_id, "occurred_at": case.act.occurred_at}
        store(server, [incoming(case.gamertag, **act)])
    judge_due(server.pk, now=NOW)
    for case, finding in zip(cases, findings, strict=True):
        row = Placement.objects.get(occurred_at=case.act.occurred_at)
        assert {name: getattr(row, name) for name in verdict_columns(finding)} == verdict_columns(finding)
