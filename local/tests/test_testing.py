"""Several processes of tests on the same servers."""

import os

import pytest

from local import testing


@pytest.mark.parametrize("server", ["unix:///tmp/x/valkey.sock?db=0", "redis://:word@127.0.0.1:6379/0"])
def test_each_process_has_its_own_queues_cache_and_folder(
    server: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("data")
    found = []
    for worker in ("gw0", "gw1", "gw7"):
        monkeypatch.setenv("REDIS_URL", server)
        monkeypatch.setenv("CACHE_URL", "")
        monkeypatch.setenv("WOTCS_DATA_DIR", str(folder))
        testing._move_apart(worker)
        found += [os.environ["REDIS_URL"], os.environ["CACHE_URL"], os.environ["WOTCS_DATA_DIR"]]
    assert len(set(found)) == len(found)
    assert found[0] == server
    assert found[-3].endswith("14")
    assert found[-2].endswith("15")
