"""The language of the person at the terminal, which may differ from the site's."""

import os


def language() -> str:
    """Return the language in which to speak to the terminal: Portuguese if its locale is, else English."""
    locale = next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "pt-br" if locale.lower().startswith("pt") else "en"
