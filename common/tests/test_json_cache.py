import pickle
from typing import Any

import pytest
from django.core.cache import cache

from common.json_cache import JSONSerializer


@pytest.mark.parametrize("value", [0, -1, 2**40, 1.5, True, None, "ção", [1, "a"], {"a": {"b": None}}])
def test_value_comes_back_as_it_was(value: Any) -> None:
    cache.set("x", value)
    assert cache.get("x", "nothing") == value
    assert type(cache.get("x")) is type(value)


def test_numbers_are_counted_by_redis_itself() -> None:
    cache.set("x", 1)
    assert (cache.incr("x"), cache.get("x")) == (2, 2)


def test_nothing_is_unpickled() -> None:
    with pytest.raises(UnicodeDecodeError):
        JSONSerializer().loads(pickle.dumps({"a": 1}))
    with pytest.raises(TypeError):
        cache.set("x", object())
