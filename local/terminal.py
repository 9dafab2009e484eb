"""The language of the person at the terminal, who may be another than the community the site speaks to."""

import os


def language() -> str:
    """Return the language in which to speak to the terminal: Portuguese if its locale is, else English."""
    locale = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "pt-br" if locale.lower().startswith("pt") else "en"
