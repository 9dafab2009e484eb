"""Rows and short answers that the tests of rights share."""

from functools import partial

import pytest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from announcements.models import Announcement
from announcements.tests.factories import make_channel
from clans.models import ClanInvitation, ClanMembership
from tanks.tests.admin.pages import make_one_of_each as make_rows_of_the_game
from tanks.tests.factories import rows
from territory.models import Base, IdentityConflict, PlayerIdentity
from territory.tests.admin.rows import make_another_of_each
from territory.tests.factories import make_clan, make_infraction, make_server, make_user, player_id


@pytest.fixture
def everything(db: None) -> None:
    """A row of every model."""
    server = make_server(slug="sul")
    make_another_of_each(server, 1)
    make_infraction(server, Base.objects.get(), gamertag="R", status="review")
    PlayerIdentity.objects.create(gamertag="P1 PS", player_id=player_id("P1 PS"))
    IdentityConflict.objects.update(resolved_at=None, resolved_by=None)
    clan = rows.clan()
    make_rows_of_the_game(clan)
    rows.status(clan)
    own_clan = make_clan()
    ClanMembership.objects.create(clan=own_clan, user=make_user())
    ClanInvitation.objects.create(clan=own_clan, person=make_user(), expires_at=timezone.now())
    Announcement.objects.create(channel=make_channel("used"), key="k", message={})
    make_channel("unused")
    rows.realm("unused", "https://api.example.org")


@pytest.fixture
def short_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say of what is refused or not there no more than the status: half of all answers. What such a page shows, others test."""
    for status in (403, 404):
        answer = partial(_refusal, status=status)
        monkeypatch.setattr(f"wotcs.urls.handler{status}", answer, raising=False)
    # Nor how much waits for the reader, which every page of staff says.
    monkeypatch.setattr("analytics.shell.waiting_count", lambda _reader, _now: 0)


def _refusal(_request: HttpRequest, exception: Exception, *, status: int) -> HttpResponse:
    return HttpResponse(str(exception), status=status)
