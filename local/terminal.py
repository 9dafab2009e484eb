"""What commands that run at a terminal share: the language of the person there, and waiting for a signal."""

import os
import signal
from contextlib import suppress
from typing import Any


def language() -> str:
    """Return the language in which to speak to the terminal: Portuguese if its locale is, else English."""
    locale = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "pt-br" if locale.lower().startswith("pt") else "en"


def serve_until_stopped(out: Any, words: str) -> None:
    """Say what is served by other threads, and return at Ctrl-C; other signals end the process."""
    out.write(words)
    out.flush()
    with suppress(KeyboardInterrupt):
        signal.pause()
