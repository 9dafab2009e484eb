"""The set-up page of a game server: a new server, how it fares, and the test of its connections."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from common.members import members_act, members_form, members_page
from territory import access
from territory.models import GameServer, LogSource
from territory.pages.setup.forms import ServerForm
from territory.pages.setup.page import setup_page
from territory.services.connection_tests import Place, run_tests
from territory.services.versions import note_versions


@members_form
def server_new(request: HttpRequest) -> HttpResponse:
    """Add a game server, which observes at first."""
    if not access.adds_servers(request.user):
        raise Http404
    form = ServerForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "territory/server_new.html", {"form": form})
    server = form.save()
    note_versions()
    messages.success(request, _("The server is there and observes. Now say where its log comes from."))
    return redirect("server-setup", server.slug)


@members_page
def server_setup(request: HttpRequest, slug: str) -> HttpResponse:
    """How the log of a game server arrives and its bans leave, and what each place says."""
    server = access.server_to_set_up_or_404(request.user, slug)
    page = setup_page(server, timezone.now())
    return render(request, "territory/setup.html", {"server": server, "setup": page})


@members_act
def server_test(request: HttpRequest, slug: str) -> HttpResponse:
    """Test the place that the button names, or all active ones."""
    server = access.server_to_set_up_or_404(request.user, slug)
    chosen = request.POST.get("place", "")
    # Nobody asks the HTTP API.
    places: list[Place] = [*server.log_sources.exclude(kind=LogSource.Kind.API), *server.ban_lists.all()]
    tested = [one for one in places if (one.anchor == chosen if chosen else one.is_active)]
    return run_and_show(request, server, tested)


def run_and_show(request: HttpRequest, server: GameServer, places: list[Place]) -> HttpResponseRedirect:
    """Test places, and go to the results on the set-up page."""
    if not places:
        messages.warning(request, _("There is nothing to test yet."))
    elif not run_tests(server, places, by=str(request.user.pk)):
        messages.warning(request, _("Somebody is testing this server just now. Try again in half a minute."))
    anchor = f"#{places[0].anchor}" if len(places) == 1 else ""
    return HttpResponseRedirect(reverse("server-setup", args=[server.slug]) + anchor)
