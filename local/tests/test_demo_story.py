"""The demo's story: thirty days told by the services, the same for the same seed and moment."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, F, Model
from django.utils import timezone

from announcements.models import Announcement, Channel
from local.demo import cast, story, tanks
from local.demo.clock import story_clock
from local.simulator.world import World
from tanks.models import AccountSnapshot, GarageTank, Player, RosterEvent, TankSnapshot
from territory.models import (
    Ban,
    BanDelivery,
    GamertagUse,
    IdentityConflict,
    Infraction,
    LogSource,
    Placement,
    PlayerIdentity,
)

pytestmark = pytest.mark.thorough

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
_COLUMNS: dict[type[Model], tuple[str, ...]] = {
    Placement: ("gamertag", "player_id", "item", "x", "z", "occurred_at", "judged_at", "rule", "action"),
    Infraction: ("gamertag", "base_name", "status", "occurred_at", "decided_at", "decision_reason"),
    Ban: ("gamertag", "created_at", "ends_at", "lifted_at", "lift_reason"),
    BanDelivery: ("line", "state", "applied_at"),
    Announcement: ("channel__name", "message__title", "state", "created_at", "sent_at"),
    GamertagUse: ("gamertag", "first_seen_at", "last_seen_at"),
    RosterEvent: ("player__nickname", "kind", "before", "after", "occurred_at"),
    AccountSnapshot: ("player__nickname", "day", "battles", "wins"),
    TankSnapshot: ("player__nickname", "tank", "day", "battles", "mark_of_mastery"),
}


def digest() -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that the story tells, without the keys of rows."""
    return {
        model.__name__: sorted(model._default_manager.values_list(*columns), key=repr)
        for model, columns in _COLUMNS.items()
    }


def short_story(data_dir: Path, *, seed: int) -> dict[str, list[tuple[Any, ...]]]:
    """Tell a short story, and undo it."""
    with transaction.atomic():
        assert story.make(data_dir, now=NOW, seed=seed, days=3)
        rows = digest()
        transaction.set_rollback(True)
    return rows


@pytest.fixture
def data_dir(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.mark.django_db
def test_same_seed_and_moment_tell_the_same_story(data_dir: Path) -> None:
    first, again, other = (short_story(data_dir, seed=seed) for seed in (1, 1, 2))

    assert all(first[model.__name__] for model in (Placement, Infraction, Ban, RosterEvent, TankSnapshot))
    assert again == first
    assert other["Placement"] != first["Placement"]


@pytest.mark.django_db
def test_thirty_days_have_something_to_say_everywhere(data_dir: Path) -> None:
    assert story.make(data_dir, now=NOW)

    placements = Placement.objects.all()
    assert placements.count() > 3000
    assert placements.values("occurred_at__date").distinct().count() >= 28
    assert not placements.filter(state=Placement.State.PENDING).exists()
    assert not placements.exclude(received_at__gte=F("occurred_at"), received_at__lte=NOW).exists()
    late = placements.filter(judged_at__gt=F("occurred_at") + timedelta(hours=1))
    assert not late.exists()  # each was judged on its evening, by what was true then
    assert placements.filter(server__slug=cast.OBSERVED_SERVER, action="record").exists()

    statuses = dict(Infraction.objects.values_list("status").annotate(Count("pk")))
    assert set(statuses) == set(Infraction.Status)
    waiting = Infraction.objects.filter(status=Infraction.Status.REVIEW)
    assert waiting.count() >= 4
    assert not waiting.filter(occurred_at__lt=NOW - timedelta(days=4)).exists()
    assert Infraction.objects.wall_entries().values("occurred_at__date").distinct().count() > 15
    assert not Infraction.objects.filter(status="lifted", decision_reason="").exists()
    assert Ban.objects.filter(created_by__isnull=False, ends_at__isnull=False).exists()

    guilty = Infraction.objects.filter(user__isnull=False).values_list("user__username", "status")
    lifted = {("diego", "lifted"), ("fabio", "lifted"), ("otavio", "lifted")}
    assert set(guilty) == lifted | {("kaua", "confirmed")}  # who appeals
    assert not LogSource.objects.exclude(last_error="").exists()
    assert not BanDelivery.objects.filter(state__in=["pending", "failed", "lifting"]).exists()
    listed = cast.ban_list(data_dir).read_text()
    assert all(ban.player_id in listed for ban in Ban.objects.filter(lifted_at=None))

    assert not PlayerIdentity.objects.filter(user__isnull=False, player_id=None, platform="xbox").exists()
    assert {"BrunoMG", "Brunao Pao de Queijo"} <= set(GamertagUse.objects.values_list("gamertag", flat=True))
    assert IdentityConflict.objects.filter(resolved_at=None).exists()


@pytest.mark.django_db
def test_story_sends_nothing_and_leaves_its_channels_switched_off(data_dir: Path) -> None:
    story.make(data_dir, now=NOW, days=3)

    assert not Channel.objects.filter(is_active=True).exists()
    assert all(".invalid/" in channel.webhook_url for channel in Channel.objects.all())
    assert Announcement.objects.filter(state="sent", sent_at__lt=NOW).exists()


@pytest.mark.django_db
def test_tanks_are_those_of_the_simulator_at_the_last_evening(data_dir: Path) -> None:
    with story_clock(NOW) as standing:
        tanks.tell(standing, data_dir, now=NOW, days=20)
    world = World(seed=tanks.SEED, members=tanks.MEMBERS, since=int(tanks.since(data_dir).timestamp()))
    world.advance_to(int(AccountSnapshot.objects.latest("taken_at").taken_at.timestamp()))

    assert set(Player.objects.filter(clan__isnull=False).values_list("account_id", "nickname", "role")) == {
        (number, world.players[number].nickname, place.role) for number, place in world.members.items()
    }
    stored = Counter(GarageTank.objects.values_list("player__account_id", "tank_id", "battles", "wins"))
    asked = world.members.keys() - world.hidden
    assert {row for row in stored if row[0] in asked} == {
        (number, tank_id, tank.figures.battles, tank.figures.wins)
        for number in asked
        for tank_id, tank in world.players[number].tanks.items()
    }
    assert AccountSnapshot.objects.values("day").distinct().count() == 20
    assert {"joined", "left", "renamed"} <= set(RosterEvent.objects.values_list("kind", flat=True))


@pytest.mark.django_db
def test_real_clan_gets_no_invented_tanks(data_dir: Path, settings: Any) -> None:
    settings.WOT_APP_ID = "real"
    story.make(data_dir, now=NOW, days=1)

    assert not Player.objects.exists()


@pytest.fixture
def clock() -> Iterator[datetime]:
    with story_clock(NOW) as standing:
        yield standing.moment


def test_services_and_models_take_the_storys_time_for_now(clock: datetime) -> None:
    assert timezone.now() == clock
    assert Ban().created_at == clock
    assert timezone.localdate() == clock.astimezone(cast.TIME_ZONE).date()
