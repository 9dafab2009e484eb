"""From the HTTP API to the ban.txt through a real broker and real workers, also when they are killed."""

import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from django.utils import timezone

from common.outbox import wake, wake_on_commit
from local.run import worker_program
from territory import tasks
from territory.models import Ban, BanDelivery, GameServer, Infraction, Placement
from territory.services.intake import store
from territory.tests.factories import event, incoming, make_base, make_player, make_server, placed, player_id
from territory.tests.sender import Sender
from tests.conftest import Worker, database_url_of_test, kill_group
from tests.forked import Forked
from wotcs.celery import app

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

FOREIGN = "ALGUEM  // à mão\n"


@pytest.fixture
def server(tmp_path: Path) -> GameServer:
    ban_list = tmp_path / "ban.txt"
    ban_list.write_text(FOREIGN)
    server = make_server(slug="sul", ban_list=str(ban_list))
    make_base(server, make_player("Dono"), registered_at=timezone.now() - timedelta(days=1))
    return server


def wait_until(is_so: Callable[[], bool], *, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def no_placement_waits() -> bool:
    return not Placement.objects.filter(state="pending").exists()


def wait_until_more_is_judged(server: GameServer) -> None:
    before = Placement.objects.filter(state="judged").count()
    wake(tasks.judge_due, server.pk)
    wait_until(lambda: Placement.objects.filter(state="judged").count() > before)


def all_bans_applied() -> bool:
    return Ban.objects.exists() and not BanDelivery.objects.exclude(state="applied").exists()


@pytest.mark.thorough
def test_worker_that_make_run_starts_judges_what_it_is_woken_for(
    server: GameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other tests fork their workers: this one is started by its command."""
    monkeypatch.setenv("DATABASE_URL", database_url_of_test())
    store(server, [incoming("X", occurred_at=timezone.now())])
    wake(tasks.judge_due, server.pk)
    worker = worker_program("placements", "placements", 1).start(subprocess.DEVNULL)
    try:
        wait_until(no_placement_waits)
    finally:
        kill_group(worker)
    assert placed("X").outcome == "invasion"


def test_killed_worker_loses_and_doubles_nothing(server: GameServer, start_worker: Worker) -> None:
    now = timezone.now()
    acts = [incoming(f"X{number % 50}", occurred_at=now) for number in range(4_000)]
    for start in range(0, len(acts), 1_000):
        store(server, acts[start : start + 1_000])

    for _life in range(2):
        worker = start_worker()
        wait_until_more_is_judged(server)
        kill_group(worker)
    assert not no_placement_waits(), "killed too late to prove anything"

    start_worker()
    wake(tasks.sweep_placements)
    wait_until(no_placement_waits)
    wake(tasks.sweep_bans)
    BanDelivery.objects.update(claimed_until=None)
    wait_until(all_bans_applied)

    assert Infraction.objects.count() == Placement.objects.filter(outcome="invasion").count() == 4_000
    assert Ban.objects.count() == BanDelivery.objects.count() == 50
    listed = [line.split()[0] for line in Path(server.ban_lists.get().address).read_text().splitlines()]
    assert sorted(listed) == sorted(["ALGUEM", *(player_id(f"X{number}") for number in range(50))])


def wake_without_broker(server_id: int) -> None:
    app.conf["broker_url"] = "redis://127.0.0.1:1/0"  # port 1 of this machine: nobody listens there
    wake_on_commit(tasks.judge_due, server_id)


def test_placement_ends_in_the_ban_list_and_one_stored_while_the_broker_is_down_is_judged_by_the_sweep(
    server: GameServer, start_worker: Worker, tmp_path: Path
) -> None:
    start_worker()

    status, _receipt = Sender(server).post([event("Invasor", occurred_at=timezone.now().isoformat())])

    assert status == HTTPStatus.ACCEPTED
    wait_until(all_bans_applied)
    written = Path(server.ban_lists.get().address).read_text()
    assert written.startswith(FOREIGN + player_id("Invasor") + "  // Invasor - ")
    assert Infraction.objects.get().placement == placed("Invasor")

    store(server, [incoming("X", occurred_at=timezone.now())])
    sender = Forked(wake_without_broker, server.pk, log=tmp_path / "sender.log")
    _out, said = sender.communicate(timeout=20)
    assert sender.returncode == 0, said
    assert "waits for the sweep" in said
    assert placed("X").state == "pending"

    wake(tasks.sweep_placements)
    wait_until(no_placement_waits)

    assert placed("X").outcome == "invasion"
