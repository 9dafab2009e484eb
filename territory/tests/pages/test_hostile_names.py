"""Names that hold markup, of people, clans, bases, players and items: every page shows them as text."""

import uuid
from html import escape
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from clans.models import User
from territory.models import Activity, Alarm, Base, Infraction
from territory.tests.factories import (
    join,
    make_clan,
    make_infraction,
    make_placement,
    make_player,
    make_server,
    player_id,
)
from territory.tests.pages.members import Browser, base_fields

pytestmark = pytest.mark.django_db
HOSTILE = "</script><script>alert(1)</script>\u202e'\"><b>&{{ x }} %(x)s"
OWNERS = (
    "/", "/bases/", "/bases/{base}/", "/bases/{base}/permissions/", "/bases/{base}/activity/", "/bases/{base}/remove/",
    "/bases/check/", "/clans/", "/clans/{clan}/", "/map/", "/wall", "/territory/",
)  # fmt: skip
STAFF = (
    "/staff/verdicts/", "/staff/verdicts/{placement}/", "/map/", "/map/?table=bases",
    "/admin/territory/placement/", "/admin/territory/base/{base}/change/",
)  # fmt: skip


@pytest.fixture
def owner() -> User:
    """Somebody with a hostile name, clan and base, in which all that a page may tell of has happened."""
    server, person = make_server(), make_player("Dona")
    User.objects.update(display_name=HOSTILE)
    clan = make_clan(HOSTILE)
    join(clan, person, role="commander")
    Browser(person).post("/bases/new/", base_fields(server, name=HOSTILE, place=HOSTILE, clan=clan.pk))
    base, now = Base.objects.get(), timezone.now()
    values: dict[str, Any] = {"gamertag": HOSTILE, "item": HOSTILE}
    make_infraction(server, base, **values)
    make_infraction(server, base, infraction_type=Infraction.Type.FORBIDDEN_ITEM, **values)
    make_placement(server, base=base, rule="clan", display=HOSTILE, **values)
    alarmed = {"base": base, "gamertag": HOSTILE, "player_id": player_id("X")}
    Alarm.objects.create(**alarmed, began_at=now, last_at=now)
    Activity.objects.create(
        **alarmed, server=server, item=HOSTILE, display=HOSTILE, kind="packed", standing="stranger",
        source_key=uuid.uuid4(), x=1, z=1, occurred_at=now,
    )  # fmt: skip
    cache.clear()
    return person


@pytest.mark.parametrize("role", ["owner", "moderator"])
def test_page_shows_hostile_names_as_text(owner: User, moderator: User, role: str) -> None:
    base = Base.objects.get()
    assert base.name == HOSTILE
    browser = Browser(owner if role == "owner" else moderator)
    keys = {
        "base": base.pk,
        "clan": base.clan_id,
        "placement": Infraction.objects.earliest("pk").placement_id,
    }
    for address in OWNERS if role == "owner" else STAFF:
        page = browser.get(address.format(**keys))
        assert "<script>alert" not in page, address
        assert "'\"><b>" not in page, address
        assert escape("<script>alert(1)") in page or address == "/bases/check/", address
        assert player_id("Dona") not in page or role == "moderator", address


def test_wall_and_verdicts_isolate_hostile_names(owner: User, moderator: User) -> None:
    for address in ("/wall", "/staff/verdicts/"):
        assert Browser(moderator).get(address).count(f"{escape(HOSTILE)}</bdi>") >= 3, address


def test_data_of_the_map_holds_hostile_names_as_they_are(owner: User, moderator: User) -> None:
    data = Browser(moderator).client.get("/map/data").json()
    assert {one["name"] for one in (*data["circles"], *data["points"])} == {HOSTILE}
