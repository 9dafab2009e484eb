"""Bans by staff of any player seen."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clans.models import User
from common.causes import cause
from common.members import members_form
from common.outbox import wake_on_commit
from justice.access import bans_players, require
from justice.forms import BanForm
from justice.players import Seen, find_players, seen_player
from territory.access import signed_in
from territory.ban_codes import code_of
from territory.models import Ban, Case, GameServer
from territory.selectors import server_names
from territory.services.bans import BannedPlayer
from territory.services.deciding import ban_by_staff
from territory.services.errors import NotPossibleError
from territory.services.offences import ban_end, kinds_of
from territory.services.previews import Effect, preview
from territory.tasks import deliver_bans


@members_form
def ban(request: HttpRequest) -> HttpResponse:
    """Find a player, say what a ban will do, and ban."""
    require(bans_players(request.user))
    server = GameServer.objects.filter(slug=_asked(request, "server")).first()
    player = seen_player(_asked(request, "player")) if server else None
    if server is None or player is None:
        return _search(request, server)
    return _form(request, server, player)


def _asked(request: HttpRequest, name: str) -> str:
    """Return a value of the address; without NUL, which PostgreSQL refuses."""
    return request.GET.get(name, "").replace("\0", "")


def _search(request: HttpRequest, server: GameServer | None) -> HttpResponse:
    text = _asked(request, "q").strip()[:100]
    context = {
        "q": text,
        "found": find_players(text) if text else [],
        "servers": server_names(),
        "server": server,
    }
    return render(request, "justice/ban_search.html", context)


def _form(request: HttpRequest, server: GameServer, player: Seen) -> HttpResponse:
    now = timezone.now()
    kinds = {kind.key: kind for kind in kinds_of(server)}
    form, effects = BanForm(request.POST or None, kinds=list(kinds.values())), list[Effect]()
    running = Ban.objects.filter(server=server, player_id=player.player_id, lifted_at=None).first()
    if form.is_valid():
        given = form.cleaned_data | {"kind": kinds[form.cleaned_data["kind"]]}
        act = partial(_ban, server, player, given, by=signed_in(request))
        try:
            if "sure" in request.POST:
                return redirect("case", _carry_out(act, given["reason"]).pk)
            effects = preview(act, server=server, player_ids=[player.player_id])
        except NotPossibleError as refusal:
            form.add_error(None, str(refusal))
    context = {
        "server": server,
        "player": player,
        "form": form,
        "lengths": [(kind, ban_end(server, kind, player.player_id, now=now)) for kind in kinds.values()],
        "running": running,
        "running_code": code_of(running.pk) if running else "",
        "effects": effects,
        "is_ready": bool(effects),
    }
    return render(request, "justice/ban.html", context)


def _carry_out(act: Callable[[], Case], reason: str) -> Case:
    with cause(reason=reason):
        made = act()
    wake_on_commit(deliver_bans)
    return made


def _ban(server: GameServer, player: Seen, given: dict[str, Any], *, by: User) -> Case:
    days, kind, now = given["days"], given["kind"], timezone.now()
    ends_at = ban_end(server, kind, player.player_id, now=now) if days is None else None
    return ban_by_staff(
        server,
        BannedPlayer(player.player_id, player.gamertag, player.xuid),
        kind=kind,
        by=by,
        reason=given["reason"],
        evidence=given["evidence"],
        ends_at=now + timedelta(days=days) if days else ends_at,
        is_on_wall=given["is_on_wall"],
        # Who sends the form twice does not replace the ban that the first one made.
        replaces=given["running"] if given["instead"] else None,
    )
