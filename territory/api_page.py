"""The page that describes the HTTP API to people; openapi.json describes it to programs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from face.parts import columns
from territory.api import MAX_EVENTS, Event

# In the order of the example; a test checks that no field is missing.
FIELDS: dict[str, Promise] = {
    "id": _("The sender's own id of the event. The same id again is a repeat and does nothing."),
    "gamertag": _("The player's name in the game."),
    "player_id": _(
        "The player id of the game's log: 40 or 44 characters. An event without it is never judged."
    ),
    "xuid": _("The Xbox user id, if it is known."),
    "item": _("The item's class, such as FenceKit."),
    "x": _("Metres to the east."),
    "z": _("Metres to the north."),
    "altitude": _("Metres of height. It plays no part in the verdict."),
    "occurred_at": _("When it was placed: ISO 8601 with an offset."),
}

_COLUMNS = columns(_("Field"), _("Meaning"), _("Required"))


@require_safe
def describe(request: HttpRequest) -> HttpResponse:
    """Show how to send placements and ask for verdicts."""
    fields = [(name, words, Event.model_fields[name].is_required()) for name, words in FIELDS.items()]
    return render(request, "territory/api.html", {"fields": fields, "limit": MAX_EVENTS, "columns": _COLUMNS})
