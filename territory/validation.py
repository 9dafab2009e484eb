"""Errors of an event of the HTTP API, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_NOT_TIME = gettext_lazy("must be a time in ISO 8601 with an offset, such as 2026-02-07T19:45:00-03:00")
# By pydantic's error types; the error's context fills the braces.
_WORDS: dict[str, str | Promise] = {
    "missing": gettext_lazy("is missing"),
    "string_type": gettext_lazy("must be text"),
    "too_short": gettext_lazy("must not be empty"),
    "too_long": gettext_lazy("must have at most {max_length} characters"),
    "float_type": gettext_lazy("must be a number"),
    "float_parsing": gettext_lazy("must be a number"),
    "datetime_type": _NOT_TIME,
    "datetime_parsing": _NOT_TIME,
    "datetime_from_date_parsing": _NOT_TIME,
    "datetime_object_invalid": _NOT_TIME,
    "timezone_aware": _NOT_TIME,
}


def problem_in_words(error: Mapping[str, Any]) -> str:
    """Return an error of pydantic as a sentence that names the field."""
    if not error["loc"]:
        return _("An event must be an object with id, gamertag, player_id, item, x, z and occurred_at.")
    field = ".".join(str(part) for part in error["loc"])
    if error["type"] == "value_error":
        return f"{field}: {error['ctx']['error']}"
    words = _WORDS.get(error["type"], gettext_lazy("is not valid"))
    return f"{field}: {str(words).format(**error.get('ctx', {}))}"
