"""The HTTP API for senders: it takes placements and answers with verdicts."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from operator import itemgetter
from typing import Annotated, Any

from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI, Router, Schema, Status
from ninja.errors import HttpError
from ninja.security import HttpBearer
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from common.attempts import MOST_BY_ADDRESS, client_address, count_attempt
from common.outbox import wake_on_commit
from territory.adm.grammar import split_item
from territory.models import GameServer, Placement
from territory.selectors import placement_of_event
from territory.services.clocks import minutes_of, sender_shift
from territory.services.intake import API, Incoming, Stored, event_key, is_plausible_time, store
from territory.services.room import note_seen
from territory.services.servers import server_of_token
from territory.tasks import judge_due
from territory.wording import reasons_in_words

logger = logging.getLogger(__name__)

MAX_EVENTS = 1_000
_MAX_DIGITS = 400
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


class ServerToken(HttpBearer):
    """The bearer token of one game server."""

    def authenticate(self, request: HttpRequest, token: str) -> GameServer | None:
        """Return the game server the token belongs to. Raises TooManyAttemptsError after too many wrong ones by an address.

        A right token always passes: a faulty sender at the same address must not cost a placement.
        """
        server = server_of_token(token)
        if server is None:
            address = client_address(request)
            count_attempt("token", address, MOST_BY_ADDRESS)
            logger.warning("Unknown API token, from %s", address)
        return server


def _text_of(value: object) -> object:
    """Return an id that is a number as text, and null as an empty text."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _printable(text: str) -> str:
    if any(ord(character) < 32 or 0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise ValueError(_("Control characters are not allowed."))
    return text


def _item(text: str) -> str:
    display, item_class = split_item(text)
    if any(bracket in (display if item_class else text) for bracket in "<>"):
        raise ValueError(
            _("Write the item's class, such as FenceKit, or as the log does: Fence Kit<FenceKit>.")
        )
    return text


def _plausible(moment: datetime) -> datetime:
    # The year first: at either end of the calendar there is no UTC to turn to.
    if not is_plausible_time(moment) or not is_plausible_time(moment.astimezone(UTC)):
        raise ValueError(_("The time lies outside the years 2000 to 2099."))
    return moment.astimezone(UTC)


Text = Annotated[str, BeforeValidator(_text_of), AfterValidator(_printable)]
Moment = Annotated[AwareDatetime, Field(strict=False), AfterValidator(_plausible)]


class Event(BaseModel):
    """One placement as its sender reports it; x to the east and z to the north in metres."""

    model_config = ConfigDict(strict=True, extra="ignore")

    id: Annotated[Text, Field(min_length=1, max_length=200)]
    gamertag: Annotated[Text, Field(min_length=1, max_length=100)]
    player_id: Annotated[Text, Field(max_length=64)] = ""
    xuid: Annotated[Text, Field(max_length=32)] = ""
    item: Annotated[Text, Field(min_length=1, max_length=200), AfterValidator(_item)]
    x: float
    z: float
    altitude: float | None = None
    occurred_at: Moment


class EventError(Schema):
    """An event that was not stored, and why; the other events were stored.

    `code` is `invalid`, or `id_reused` if another event was sent with this id before.
    """

    index: int
    id: str | None
    code: str
    errors: list[str]


class Receipt(Schema):
    """The number of events by what became of them. Unusable events are stored for staff and never judged."""

    received: int
    new: int
    duplicates: int
    unusable: int
    errors: list[EventError]


class VerdictOut(Schema):
    """A placement and, once judged, its verdict with the reasons in words."""

    id: str
    state: str
    unusable_because: str
    outcome: str
    rule: str
    action: str
    base: str | None
    distance_m: float | None
    occurred_at: datetime | None
    judged_at: datetime | None
    rule_version: int | None
    reasons: list[str]
    infraction: int | None


class Problem(Schema):
    """Why a request was refused."""

    detail: str


_BODY = {
    "type": "object",
    "required": ["events"],
    "properties": {
        "events": {"type": "array", "maxItems": MAX_EVENTS, "items": Event.model_json_schema()},
    },
}
_EVENTS_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}}}

api = NinjaAPI(
    title="WOTCS",
    version="1",
    description="For the programs that send a game server's placements.",
    docs_url=None,
    urls_namespace="api",
)
router = Router(auth=ServerToken(), tags=["placements"])


@router.post(
    "/servers/{slug}/placements",
    response={202: Receipt, 400: Problem, 401: Problem, 404: Problem, 413: Problem, 429: Problem},
    openapi_extra=_EVENTS_BODY,
    summary="Hand over placements",
)
def post_placements(request: HttpRequest, slug: str) -> Status[dict[str, Any]]:
    """Store up to 1,000 events, which are judged within seconds. A bad event is reported; the others are stored.

    Sending an event again does nothing. Another event with the same `id` is an error.
    """
    server = _own_server(request, slug)
    events, errors = _read_events(_events_of(request))
    stored = _store(server, [event for _index, event in events])
    seen = [(event.player_id, event.occurred_at) for _index, event in events]
    note_seen(server, seen, now=timezone.now())
    if stored.new:
        wake_on_commit(judge_due, server.pk)
    errors += [_reused(*events[position]) for position in stored.reused]
    receipt = {
        "received": stored.received + len(errors) - len(stored.reused),
        "new": stored.new,
        "duplicates": stored.duplicates,
        "unusable": stored.unusable,
        "errors": sorted(errors, key=itemgetter("index")),
    }
    return Status(HTTPStatus.ACCEPTED, receipt)


@transaction.atomic
def _store(server: GameServer, events: list[Event]) -> Stored:
    if not events:
        return Stored()
    shift = sender_shift(server, [event.occurred_at for event in events], now=timezone.now())
    return store(server, [_incoming(event, minutes_of(shift)) for event in events])


def _reused(index: int, event: Event) -> dict[str, Any]:
    words = _("id: another event was sent with this id before. Give each event its own id.")
    return {"index": index, "id": event.id, "code": "id_reused", "errors": [words]}


@router.get(
    "/servers/{slug}/placements/{path:event_id}",
    response={200: VerdictOut, 401: Problem, 404: Problem, 429: Problem},
    summary="Ask for a verdict",
)
def get_placement(request: HttpRequest, slug: str, event_id: str) -> dict[str, Any]:
    """Return the placement and verdict of an event, by the `id` it was sent with."""
    server = _own_server(request, slug)
    placement_and_names = placement_of_event(server, event_key(event_id))
    if placement_and_names is None:
        raise Http404
    return _verdict(*placement_and_names)


api.add_router("", router)


def _own_server(request: HttpRequest, slug: str) -> GameServer:
    """Return the token's game server. Raises Http404 for the slug of any other server."""
    server: GameServer = request.auth  # type: ignore[attr-defined]
    if server.slug != slug:
        raise Http404
    return server


def _events_of(request: HttpRequest) -> list[Any]:
    """Return the raw events of the body: an object with `events`, or the bare list."""
    try:
        body = json.loads(request.body, parse_int=_whole_number)
    except (ValueError, RecursionError) as error:
        raise HttpError(HTTPStatus.BAD_REQUEST, _('The body is not JSON. Send {"events": [...]}.')) from error
    events = body.get("events") if isinstance(body, dict) else body
    if not isinstance(events, list):
        raise HttpError(HTTPStatus.BAD_REQUEST, _('There are no events. Send {"events": [...]}.'))
    if len(events) > MAX_EVENTS:
        raise HttpError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            _("At most %(limit)d events at a time: send them in several requests.") % {"limit": MAX_EVENTS},
        )
    return events


def _whole_number(digits: str) -> int | float:
    """Read a number that is too long as infinity, which is on no map. Python would refuse the whole body."""
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def _read_events(events: list[Any]) -> tuple[list[tuple[int, Event]], list[dict[str, Any]]]:
    """Return the valid events, each with its index in the body, and the errors of the others."""
    valid: list[tuple[int, Event]] = []
    errors: list[dict[str, Any]] = []
    for index, raw in enumerate(events):
        try:
            valid.append((index, Event.model_validate(raw)))
        except ValidationError as error:
            given = raw.get("id") if isinstance(raw, dict) else None
            messages = [
                _problem_in_words(one) for one in error.errors(include_url=False, include_input=False)
            ]
            errors.append({"index": index, "id": _shown_id(given), "code": "invalid", "errors": messages})
    return valid, errors


def _problem_in_words(error: Mapping[str, Any]) -> str:
    """Return an error of pydantic as a sentence that names the field."""
    if not error["loc"]:
        return _("An event must be an object with id, gamertag, player_id, item, x, z and occurred_at.")
    field = ".".join(str(part) for part in error["loc"])
    if error["type"] == "value_error":
        return f"{field}: {error['ctx']['error']}"
    words = _WORDS.get(error["type"], gettext_lazy("is not valid"))
    return f"{field}: {str(words).format(**error.get('ctx', {}))}"


def _shown_id(given: object) -> str | None:
    """Return the id of a bad event as text that can be sent back."""
    if given is None or isinstance(given, dict | list):
        return None
    return str(given)[:200].encode("utf-8", "replace").decode()


def _incoming(event: Event, shift_min: int) -> Incoming:
    display, item = split_item(event.item)
    return Incoming(
        source_key=event_key(event.id),
        gamertag=event.gamertag,
        player_id=event.player_id,
        xuid=event.xuid,
        item=item or event.item,
        display=display if item else "",
        x=event.x,
        z=event.z,
        altitude=event.altitude,
        occurred_at=event.occurred_at,
        origin=API,
        origin_id=event.id,
        clock_shift_min=shift_min,
    )


def _verdict(placement: Placement, base_names: dict[int, str]) -> dict[str, Any]:
    infraction = getattr(placement, "infraction", None)
    return {
        "id": placement.origin_id,
        "state": placement.state,
        "unusable_because": placement.unusable_because,
        "outcome": placement.outcome,
        "rule": placement.rule,
        "action": placement.action,
        "base": placement.base.name if placement.base else None,
        "distance_m": placement.distance_m,
        "occurred_at": placement.occurred_at,
        "judged_at": placement.judged_at,
        "rule_version": placement.version.engine if placement.version else None,
        "reasons": reasons_in_words(placement, base_names),
        "infraction": infraction.pk if infraction else None,
    }
