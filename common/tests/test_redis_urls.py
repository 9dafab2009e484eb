import pytest

from common.redis_urls import broker_url, other_database


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://:se%2Fcret@host/3", "redis://:se%2Fcret@host/3"),
        (
            "rediss://user:pw@host:6380/1?ssl_cert_reqs=required",
            "rediss://user:pw@host:6380/1?ssl_cert_reqs=required",
        ),
        ("unix:///tmp/run/kv.sock?db=0", "redis+socket:///tmp/run/kv.sock?virtual_host=0"),
        ("unix:///tmp/run/kv.sock?db=2", "redis+socket:///tmp/run/kv.sock?virtual_host=2"),
        ("unix:///tmp/run/kv.sock", "redis+socket:///tmp/run/kv.sock?virtual_host=0"),
        ("unix://:pw@/tmp/run/kv.sock?db=1", "redis+socket://:pw@/tmp/run/kv.sock?virtual_host=1"),
    ],
)
def test_broker_address_of_a_redis_address(url: str, broker: str) -> None:
    assert broker_url(url) == broker


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("redis://host:6379/0", "redis://host:6379/1"),
        ("rediss://:secret@host:6379", "rediss://:secret@host:6379/1"),
        ("redis://host/0?protocol=3", "redis://host/1?protocol=3"),
        ("unix:///run/kv.sock?db=0", "unix:///run/kv.sock?db=1"),
        ("unix:///run/kv.sock", "unix:///run/kv.sock?db=1"),
    ],
)
def test_other_database_keeps_the_rest_of_the_address(url: str, other: str) -> None:
    assert other_database(url, 1) == other
