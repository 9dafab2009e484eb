"""The settings for what reads the code and reaches no server: mypy, `makemigrations --check`."""

import os

for _name, _value in {
    "SECRET_KEY": "none",
    "DATABASE_URL": "postgres://none@127.0.0.1:9/none",
    "REDIS_URL": "redis://127.0.0.1:9/0",
}.items():
    os.environ.setdefault(_name, _value)

from wotcs.settings import *  # noqa: E402, F403 - they read what stands above
