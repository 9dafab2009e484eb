"""What commands that run at a terminal share: the language of the person there, and waiting for a signal."""

import os
import signal
import threading
from typing import Any


def language() -> str:
    """Return the language in which to speak to the terminal: Portuguese if its locale is, else English."""
    locale = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "pt-br" if locale.lower().startswith("pt") else "en"


def serve_until_stopped(out: Any, words: str) -> None:
    """Say what is served, and return when a signal asks to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    out.write(words)
    out.flush()
    stop.wait()
