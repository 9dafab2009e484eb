"""The cache's values as JSON: whoever can write into the cache must not be able to run code here, as pickle would."""

import json
from typing import Any


class JSONSerializer:
    """What Django's Redis cache stores. Whole numbers stay as Redis counts them."""

    def dumps(self, value: Any) -> Any:
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)
