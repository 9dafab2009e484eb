"""No sign of life is left of what ran before."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from wotcs.celery import PERIODS, QUEUES
from wotcs.operations.broker import SINCE_KEY
from wotcs.tasks import BEAT_KEY, success_key, worker_key


@pytest.fixture(autouse=True)
def no_signs_of_life() -> Iterator[None]:
    keys = [SINCE_KEY, BEAT_KEY, *map(success_key, PERIODS), *map(worker_key, QUEUES)]
    cache.delete_many(keys)
    yield
    cache.delete_many(keys)
