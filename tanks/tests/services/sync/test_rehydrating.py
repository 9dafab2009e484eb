"""Rows made anew from what was kept on disk, with the network blocked."""

import gzip
import json
import logging
import socket
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from pytest_django import Settings

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
from tanks.tests.services.sync import truth
from tanks.tests.services.sync.conftest import Site

pytestmark = pytest.mark.django_db
EVERYTHING = (
    TankSnapshot,
    AccountSnapshot,
    GarageTank,
    RosterEvent,
    SyncRun,
    SyncStatus,
    Player,
    SyncedClan,
    Realm,
)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Callable[[Site], None]:
    """Return a function after which no new connection can be opened in this process."""

    def block(site: Site) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("rehydrate reached for the network")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket, "create_connection", refuse)

    return block


Offline = Callable[[Site], None]


def wipe(*models: Any) -> None:
    for model in models:
        model.objects.all().delete()


def rehydrate() -> str:
    out = StringIO()
    call_command("rehydrate", stdout=out)
    return out.getvalue()


def kept_files(path: str) -> list[Path]:
    return sorted(Path(django_settings.WOT_CACHE_DIR).glob(f"*/{path}/*"))


def test_wiped_vehicles_and_garages_come_back_as_they_were(synced: Site, offline: Offline) -> None:
    tanks, catalogue, expected = truth.stored_tanks(synced.clan), truth.stored_catalogue(), synced.truth()
    before = len(synced.watch.asked)
    offline(synced)
    wipe(TankSnapshot, GarageTank, Vehicle)
    said = rehydrate()
    assert truth.stored_tanks(synced.clan) == tanks
    assert truth.stored_catalogue() == catalogue
    truth.assert_all_stored(synced.clan, expected)
    truth.assert_snapshots_agree(synced.clan, expected)
    assert len(synced.watch.asked) == before
    assert str(len(expected.catalogue)) in said
    versions = truth.versions()
    rehydrate()
    assert truth.versions() == versions, "once more changes nothing"


def test_empty_database_is_filled_from_disk(synced: Site, offline: Offline) -> None:
    expected = synced.truth()
    offline(synced)
    wipe(*EVERYTHING, Vehicle)
    rehydrate()
    clan = SyncedClan.objects.get()
    assert (clan.wargaming_id, clan.name) == (expected.clan.clan_id, expected.clan.name)
    assert truth.stored_members(clan) == truth.expected_members(expected)
    accounts = {n: row for n, row in truth.stored_accounts(clan).items() if n not in expected.hidden}
    assert accounts == truth.expected_accounts(expected)
    assert truth.stored_tanks(clan) == truth.expected_tanks(expected)
    assert truth.stored_catalogue() == truth.expected_catalogue(expected)
    assert not RosterEvent.objects.exists()


def test_players_who_left_come_back_with_their_vehicles(synced: Site) -> None:
    (left,) = synced.simulator.leave([synced.visible()[3]])
    synced.sync()
    count = GarageTank.objects.filter(player__account_id=left).count()
    wipe(*EVERYTHING, Vehicle)
    rehydrate()
    player = Player.objects.get(account_id=left)
    assert (player.clan, player.tanks.count()) == (None, count)


def test_answers_that_are_older_change_nothing(settings: Settings, synced: Site, tmp_path: Path) -> None:
    """The folder stands still while syncs go on with another one."""
    old = settings.WOT_CACHE_DIR
    settings.WOT_CACHE_DIR = tmp_path / "newer"
    synced.simulator.play(share=0.5)
    synced.simulator.rename(synced.visible()[1])
    synced.simulator.leave([synced.visible()[4]])
    synced.simulator.drop_vehicles(count=2)
    synced.sync()
    expected, before = synced.truth(), truth.versions()
    settings.WOT_CACHE_DIR = old
    rehydrate()
    assert truth.versions() == before
    truth.assert_all_stored(synced.clan, expected)


def test_file_that_is_no_answer_is_skipped_with_a_warning(
    synced: Site, caplog: pytest.LogCaptureFixture
) -> None:
    expected = synced.truth()
    victims = kept_files("account/tanks")[:3]
    lost = {int(file.name.split(".")[0]) for file in victims}
    victims[0].write_bytes(b"no gzip")
    victims[1].write_bytes(victims[1].read_bytes()[:40])
    victims[2].write_bytes(b"")
    folder = victims[0].parent
    foreign = [{}, [], 5, {"read_at": 1e30, "data": {}}, {"read_at": "x", "data": {}}]
    foreign += [{"read_at": 1.0}, {"read_at": 1.0, "data": {"0": []}}, {"read_at": 1.0, "data": {"x": []}}]
    for number, content in enumerate(foreign):
        (folder / f"{number}.json.gz").write_bytes(gzip.compress(json.dumps(content).encode()))
    (folder / "deep.json.gz").write_bytes(gzip.compress(b"[" * 200_000))
    (folder / "folder.json.gz").mkdir()
    (folder / "tmpabc").write_text("half written")
    clans = kept_files("clans/info")[0].parent
    zero = {"read_at": 1.0, "data": {"0": {"clan_id": 0, "name": "?"}}}
    (clans / "0.json.gz").write_bytes(gzip.compress(json.dumps(zero).encode()))
    wipe(TankSnapshot, GarageTank, Vehicle)
    with caplog.at_level(logging.WARNING):
        rehydrate()
    kept = {key: row for key, row in truth.expected_tanks(expected).items() if key[0] not in lost}
    assert truth.stored_tanks(synced.clan) == kept
    warned = [record.getMessage() for record in caplog.records if "of no use" in record.getMessage()]
    assert len(warned) >= 3 + len(foreign)
    assert any(victims[0].name in line for line in warned)


def _broken_folders(root: Path) -> Iterator[Path]:
    file = root / "file"
    file.write_text("in the way")
    yield file / "below"
    if Path("/dev/full").exists():
        yield Path("/dev/full")
    yield Path("/proc/wotcs")  # where nobody can write, root neither


def test_folder_that_cannot_be_written_does_not_hurt_a_sync(
    settings: Settings, site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for folder in _broken_folders(tmp_path):
        settings.WOT_CACHE_DIR = folder
        assert site.sync(is_full=True).state == SyncRun.State.DONE
    truth.assert_all_stored(site.clan, site.truth())
    assert "could not be kept" in caplog.text


def test_full_disk_leaves_no_half_file(
    synced: Site, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    before = {file: file.read_bytes() for file in kept_files("account/tanks")}
    synced.simulator.play(share=0.5)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert synced.sync().state == SyncRun.State.DONE
    assert {file: file.read_bytes() for file in kept_files("account/tanks")} == before
    truth.assert_all_stored(synced.clan, synced.truth())


def test_nothing_that_a_token_told_is_kept(synced: Site) -> None:
    player = Player.objects.get(account_id=synced.visible()[1])
    give_token(player, f"sim-{player.account_id}-secret", expires_at=None)
    synced.sync()
    assert GarageTank.objects.filter(in_garage=True).exists()
    files = [file for file in Path(django_settings.WOT_CACHE_DIR).rglob("*") if file.is_file()]
    texts = [gzip.decompress(file.read_bytes()).decode() for file in files]
    assert len(texts) > 10
    assert not [
        text
        for text in texts
        if "secret" in text or '"private":' in text or django_settings.WOT_APP_ID in text
    ]
    wipe(TankSnapshot, GarageTank)
    rehydrate()
    assert not GarageTank.objects.exclude(in_garage=None).exists()


@pytest.mark.parametrize("name", ["../../outside", "..", "a\\b/c", "São Paulo"])
def test_names_of_realms_stay_inside_the_folder(
    settings: Settings, site: Site, tmp_path: Path, name: str
) -> None:
    settings.WOT_CACHE_DIR = tmp_path / "deep" / "kept"
    Realm.objects.update(name=name)
    site.clan.refresh_from_db()
    site.sync()
    inside = set((tmp_path / "deep" / "kept").rglob("*.json.gz"))
    assert len(inside) > 10
    assert inside == set(tmp_path.rglob("*.json.gz"))
    assert not (tmp_path / "deep" / "kept" / "clans").exists(), "each realm has a folder of its own"
    wipe(TankSnapshot, GarageTank, Vehicle)
    rehydrate()
    truth.assert_all_stored(site.clan, site.truth())
