"""Private garages, read with tokens of the simulator's players."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tanks.models import GarageTank, Player, Section, SyncRun, SyncTrouble
from tanks.services.private import give_token
from tanks.tests.services.sync.conftest import Site

pytestmark = pytest.mark.django_db
REPEAT = ["clans/info", "account/info", "encyclopedia/info"]


@pytest.fixture
def owner(synced: Site) -> Player:
    """A member who gave a token that lasts."""
    player = Player.objects.get(account_id=synced.visible()[1])
    token = f"sim-{player.account_id}-secret"
    give_token(player, token, expires_at=timezone.now() + timedelta(days=13))
    return player


def ownership(player: Player) -> dict[int, bool | None]:
    return dict(GarageTank.objects.filter(player=player).values_list("tank_id", "in_garage"))


def expected_ownership(site: Site, player: Player) -> dict[int, bool | None]:
    account = site.truth().players[player.account_id]
    garage = set(account.garage)
    return {tank_id: tank_id in garage for tank_id in garage | account.tanks.keys()}


def test_garage_of_who_gave_a_token_is_known_and_nobody_elses(synced: Site, owner: Player) -> None:
    assert set(ownership(owner).values()) == {None}
    run = synced.sync()
    assert run.state == SyncRun.State.DONE
    assert synced.watch.paths() == [*REPEAT, "account/info"]
    assert ownership(owner) == expected_ownership(synced, owner)
    assert set(ownership(owner).values()) == {True, False}
    others = GarageTank.objects.exclude(player=owner).values_list("in_garage", flat=True)
    assert set(others) == {None}
    undriven = GarageTank.objects.filter(player=owner, battles=0)
    assert {tank.tank_id for tank in undriven} == set(
        synced.simulator.world.players[owner.account_id].never_driven
    )


def test_outage_in_the_private_section_leaves_the_rest(synced: Site, owner: Player) -> None:
    synced.watch.plan("METHOD_DISABLED", "account/info", 2)
    run = synced.sync_on()
    assert (run.state, run.trouble) == (SyncRun.State.PARTIAL, SyncTrouble.REFUSED)
    assert synced.troubles() == {Section.PRIVATE: SyncTrouble.REFUSED}
    assert set(ownership(owner).values()) == {None}
    synced.sync()
    assert ownership(owner) == expected_ownership(synced, owner)


def test_token_is_in_no_row_and_no_log(synced: Site, owner: Player, caplog: pytest.LogCaptureFixture) -> None:
    from django.db import connection

    synced.simulator.fault("SOURCE_NOT_AVAILABLE", times=None)
    synced.sync()
    synced.simulator.clear()
    synced.sync()
    assert "secret" not in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text, r::text FROM tanks_player p, tanks_syncrun r")
        assert "secret" not in str(cursor.fetchall())
