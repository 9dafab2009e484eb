#!/usr/bin/env python
"""Django's command line for WOTCS."""

import fcntl
import os
import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.core.management.base import CommandParser, handle_default_options

from common.causes import cause

BASE_DIR = Path(__file__).resolve().parent


def read_run_env() -> None:
    """Take what `make run` in another terminal hands over while it runs; what the environment or .env sets, stays."""
    environ.Env.read_env(BASE_DIR / ".env")
    data_dir = Path(os.environ.get("WOTCS_DATA_DIR") or BASE_DIR / "var")
    try:
        with (data_dir / "lock").open(encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:  # it runs: what one that was killed has left is not read
        for line in (data_dir / "run.env").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            os.environ[name] = os.environ.get(name) or value.strip("'")
    except OSError:
        return  # nothing was ever started on this directory


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wotcs.settings")
    try:
        if os.environ.get("DJANGO_TESTING") != "1":
            read_run_env()
        # The cause needs the settings, before Django itself looks which ones are asked for.
        options = CommandParser(add_help=False, allow_abbrev=False)
        options.add_argument("--settings")
        options.add_argument("--pythonpath")
        handle_default_options(options.parse_known_args(sys.argv[2:])[0])
        with cause(command=" ".join(sys.argv[1:2])):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"manage.py: {error}")
