"""The cache's values as JSON: writing into the cache must not run code, as it would with pickle."""

import json
from typing import Any


class JSONSerializer:
    """The serializer of Django's Redis cache. Whole numbers stay numbers, so that Redis can count."""

    def dumps(self, value: Any) -> Any:
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)
