"""Places on a game server's host: adding, changing and switching log sources and ban lists, and the token of the HTTP API."""

from typing import Any, cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from common.members import members_act, members_form
from territory import access
from territory.hosts import CAPABILITIES
from territory.models import BanList, GameServer, LogSource
from territory.models.server import Platform
from territory.pages.setup.forms import place_form
from territory.pages.setup.views import run_and_show
from territory.pages.setup.words import LIST_KINDS, SOURCE_KINDS, KindWords, promises
from territory.services.connection_tests import Place
from territory.services.servers import create_token

_MODELS: dict[str, type[LogSource | BanList]] = {"sources": LogSource, "lists": BanList}
_KINDS = {"sources": SOURCE_KINDS, "lists": LIST_KINDS}


def _model(what: str) -> type[LogSource | BanList]:
    if what not in _MODELS:
        raise Http404
    return _MODELS[what]


def _server(request: HttpRequest, slug: str, model: type[LogSource | BanList], action: str) -> GameServer:
    return access.server_to_set_up_or_404(request.user, slug, f"{action}_{model._meta.model_name}")


@members_form
def place_new(request: HttpRequest, slug: str, what: str) -> HttpResponse:
    """Choose the kind of a log source or ban list, then say where it is; it is tested as soon as it is saved."""
    model = _model(what)
    server = _server(request, slug, model, "add")
    kind = request.GET.get("kind", "")
    choices = _choices(what, server)
    if kind not in choices or kind == LogSource.Kind.API:
        context = {"server": server, "what": what, "kinds": choices.items()}
        return render(request, "territory/place_kind.html", context)
    return _form_page(request, server, what, model(server=server, kind=kind))


@members_form
def place(request: HttpRequest, slug: str, what: str, pk: int) -> HttpResponse:
    """Change where a place is, or replace its secret."""
    server = _server(request, slug, _model(what), "change")
    row = _row(server, what, pk)
    if row.kind == LogSource.Kind.API:
        return redirect("server-token", slug)
    return _form_page(request, server, what, row)


def _row(server: GameServer, what: str, pk: int) -> Place:
    return cast("Place", get_object_or_404(_model(what), pk=pk, server=server))


def _form_page(request: HttpRequest, server: GameServer, what: str, row: Place) -> HttpResponse:
    title = str(row) if row.pk else ""
    form = place_form(row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return run_and_show(request, server, [form.save()])
    context: dict[str, Any] = {"server": server, "what": what, "form": form, "title": title}
    context["words"] = _KINDS[what][row.kind]
    if what == "lists":
        context["promises"] = promises(CAPABILITIES[row.kind])
    return render(request, "territory/place_form.html", context)


def _choices(what: str, server: GameServer) -> dict[str, KindWords]:
    """Return the kinds to choose from with their words, those that most need first. Consoles have no BattlEye."""
    left_out = set() if server.platform == Platform.PC else {BanList.Kind.BATTLEYE}
    return {kind: words for kind, words in _KINDS[what].items() if kind not in left_out}


@members_act
def place_switch(request: HttpRequest, slug: str, what: str, pk: int) -> HttpResponse:
    """Switch a place off or on."""
    server = _server(request, slug, _model(what), "change")
    row = _row(server, what, pk)
    row.is_active = request.POST.get("on") == "1"
    row.save(update_fields=["is_active"])
    return redirect(reverse("server-setup", args=[slug]) + f"#{row.anchor}")


def _note_token(request: HttpRequest, server: GameServer) -> None:
    """Note in the server's history who made a token; the audit does not hold its hash."""
    kind = ContentType.objects.get_for_model(server)
    LogEntry.objects.create(
        user=access.signed_in(request),
        content_type=kind,
        object_id=str(server.pk),
        object_repr=str(server)[:200],
        action_flag=CHANGE,
        change_message=_("A new token was created."),
    )


@members_form
def token_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Create the token of the HTTP API, which is shown once."""
    server = access.server_to_set_up_or_404(request.user, slug, "add_logsource")
    if request.method == "POST":
        with transaction.atomic():
            token = create_token(server)
            _note_token(request, server)
        address = request.build_absolute_uri(reverse("api:post_placements", args=[slug]))
        context: dict[str, Any] = {"server": server, "token": token, "address": address}
        return render(request, "territory/server_token.html", context)
    context = {
        "question": _("Create a token for the HTTP API?"),
        "consequences": [
            _("Whoever has the token can send placements of this server."),
            _("A token that it has already stops working at once."),
            _("The new one is shown a single time."),
        ],
        "act": _("Create a token"),
        "back_url": reverse("server-setup", args=[slug]),
    }
    return render(request, "face/confirm.html", context)
