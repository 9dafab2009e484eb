"""Rows made anew from the answers on disk, with the network blocked."""

import gzip
import socket
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from pytest_django import Settings

from local.simulator.world import CLAN_NAME
from tanks.models import (
    AccountSnapshot,
    GarageTank,
    Player,
    Realm,
    RosterEvent,
    SyncedClan,
    SyncRun,
    SyncStatus,
    TankSnapshot,
    Vehicle,
)
from tanks.services.private import give_token
from tanks.tests.proofs import versions
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import Site

pytestmark = pytest.mark.django_db
GARAGES = (TankSnapshot, GarageTank, Vehicle)
EVERYTHING = (AccountSnapshot, RosterEvent, SyncRun, SyncStatus, Player, SyncedClan, Realm)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, synced: Site) -> Site:
    """A site that has been synced, in a process that can open no new connection."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("rehydrate reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    return synced


def wipe(*models: Any) -> None:
    for model in models:
        model.objects.all().delete()


def rehydrate() -> str:
    out = StringIO()
    call_command("rehydrate", stdout=out)
    return out.getvalue()


def archived_files(path: str) -> list[Path]:
    return sorted(Path(django_settings.WOT_CACHE_DIR).glob(f"*/{path}/*.json.gz"))


def test_wiped_vehicles_and_garages_come_back_as_they_were(offline: Site) -> None:
    expected = offline.truth()
    wipe(*GARAGES)
    assert str(len(expected.catalogue.vehicles)) in rehydrate()
    truth.assert_all_stored(offline.clan, expected)
    truth.assert_snapshots_agree(offline.clan, expected)
    before = versions(*truth.GAME)
    rehydrate()
    assert versions(*truth.GAME) == before, "once more changes nothing"


def test_empty_database_is_filled_from_disk_with_those_who_left(synced: Site) -> None:
    left, expected = synced.visible()[3], synced.truth()
    expected.leave(left)
    synced.sync()
    count = GarageTank.objects.filter(player__account_id=left).count()
    wipe(*GARAGES, *EVERYTHING)
    rehydrate()
    clan = SyncedClan.objects.get()
    assert (clan.wargaming_id, clan.name) == (expected.clan_id, CLAN_NAME)
    assert truth.stored_members(clan) == truth.expected_members(expected)
    accounts = {n: row for n, row in truth.stored_accounts(clan).items() if n not in expected.hidden}
    assert accounts == truth.expected_accounts(expected)
    assert truth.stored_tanks(clan) == truth.expected_tanks(expected)
    assert truth.stored_catalogue() == truth.expected_catalogue(expected)
    assert not RosterEvent.objects.exists()
    gone = Player.objects.get(account_id=left)
    assert (gone.clan, gone.tanks.count()) == (None, count)


def test_answers_that_are_older_change_nothing(settings: Settings, synced: Site, tmp_path: Path) -> None:
    """The folder stands still while syncs go on with another one."""
    old = settings.WOT_CACHE_DIR
    settings.WOT_CACHE_DIR = tmp_path / "newer"
    synced.simulator.play(share=0.5)
    world = synced.simulator.world
    world.rename(synced.visible()[1])
    world.leave(synced.visible()[4])
    world.catalogue.drop(2, world.now)
    synced.sync()
    expected, before = synced.truth(), versions(*truth.GAME)
    settings.WOT_CACHE_DIR = old
    rehydrate()
    assert versions(*truth.GAME) == before
    truth.assert_all_stored(synced.clan, expected)


def test_file_that_is_no_answer_is_skipped_and_logged(synced: Site, caplog: pytest.LogCaptureFixture) -> None:
    expected = synced.truth()
    cut, *_ = archived_files("account/tanks")
    cut.write_bytes(cut.read_bytes()[:40])
    foreign = [b"", b"{}", b"[]", b'{"read_at": 1e30, "data": {}}', b'{"read_at": 1.0}', b"[" * 200_000]
    for number, content in enumerate(foreign):
        (cut.parent / f"{number}.json.gz").write_bytes(gzip.compress(content))
    (cut.parent / "folder.json.gz").mkdir()
    (cut.parent / "7.1.part").write_text("half written")
    zero = b'{"read_at": 1.0, "data": {"0": {"clan_id": 0, "name": "?"}}}'
    (archived_files("clans/info")[0].parent / "0.json.gz").write_bytes(gzip.compress(zero))
    wipe(*GARAGES)
    rehydrate()
    lost = int(cut.name.split(".")[0])
    remaining = {key: row for key, row in truth.expected_tanks(expected).items() if key[0] != lost}
    assert truth.stored_tanks(synced.clan) == remaining
    warned = [record.getMessage() for record in caplog.records if "of no use" in record.getMessage()]
    assert len(warned) == 2 + len(foreign)
    assert any(cut.name in line for line in warned)


def test_folder_that_cannot_be_written_does_not_hurt_a_sync(
    settings: Settings, site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    settings.WOT_CACHE_DIR = tmp_path / "file" / "below"
    assert site.sync(is_full=True).state == SyncRun.State.DONE
    truth.assert_all_stored(site.clan, site.truth())
    assert "could not be archived" in caplog.text


def test_full_disk_leaves_files_whole(
    synced: Site, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    before = {file: file.read_bytes() for file in archived_files("account/tanks")}
    synced.simulator.play(share=0.5)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert synced.sync().state == SyncRun.State.DONE
    assert {file: file.read_bytes() for file in archived_files("account/tanks")} == before
    truth.assert_all_stored(synced.clan, synced.truth())


def test_nothing_that_a_token_showed_is_archived(synced: Site) -> None:
    player = Player.objects.get(account_id=synced.visible()[1])
    give_token(player, f"sim-{player.account_id}-secret", expires_at=None)
    synced.sync()
    assert GarageTank.objects.filter(in_garage=True).exists()
    texts = [gzip.decompress(file.read_bytes()).decode() for file in archived_files("**")]
    assert len(texts) > 10
    secrets = ("secret", '"private":', django_settings.WOT_APP_ID)
    assert not [text for text in texts if any(secret in text for secret in secrets)]


@pytest.mark.parametrize("name", ["../../outside", "a\\b/c", "São Paulo"])
def test_names_of_realms_stay_in_the_folder(
    settings: Settings, site: Site, tmp_path: Path, name: str
) -> None:
    settings.WOT_CACHE_DIR = tmp_path / "deep" / "archive"
    Realm.objects.update(name=name)
    site.clan.refresh_from_db()
    site.sync()
    inside = set((tmp_path / "deep" / "archive").glob("*/*/*/*.json.gz"))
    assert len(inside) > 10
    assert inside == set(tmp_path.rglob("*.json.gz"))
