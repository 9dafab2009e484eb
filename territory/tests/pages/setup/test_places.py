"""Places on a host: their forms and addresses, and that no secret is ever on a page."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from territory.models import BanList, GameServer, LogSource
from territory.services.servers import hash_token
from territory.tests.admin.pages import notes
from territory.tests.factories import (
    make_ban,
    make_delivery,
    make_log_source,
)
from territory.tests.pages.setup.pages import LISTS, SECRET, SOURCES, add, ftp, post, read, said

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("what", "kind", "fields", "address"),
    [
        (SOURCES, "ftp", ftp(), "ftp://ana@127.0.0.1:9/"),
        (SOURCES, "ftp", ftp(user="a b@c", path="/meu log/config"), "ftp://a%20b%40c@127.0.0.1:9/meu%20log/config"),
        (SOURCES, "ftp", ftp(must_encrypt="on", host="localhost"), "ftps://ana@localhost:9/"),
        (LISTS, "ftp", ftp(path="dayz/ban.txt"), "ftp://ana@127.0.0.1:9/dayz/ban.txt"),
        (SOURCES, "nitrado", {"number": "12", "new_secret": SECRET}, "12"),
        (SOURCES, "nitrado", {"number": "12", "folder": "/games/x/", "new_secret": SECRET}, "12/games/x"),
        (LISTS, "nitrado", {"number": " 12 ", "new_secret": SECRET}, "12"),
        (LISTS, "battleye", {"host": "127.0.0.1", "port": "9", "new_secret": SECRET}, "battleye://127.0.0.1:9"),
    ],
)  # fmt: skip
def test_address_is_put_together_and_taken_apart(
    manager: Client,
    server: GameServer,
    *,
    settings: Settings,
    what: str,
    kind: str,
    fields: Any,
    address: str,
) -> None:
    settings.NITRADO_API_URL = "http://127.0.0.1:9"
    GameServer.objects.update(platform="pc")
    assert add(manager, what, kind, **fields) == ""
    row = (LogSource if what == SOURCES else BanList).objects.get()
    assert (row.address, row.secret) == (address, SECRET)
    form = reverse("place", args=["sul", what, row.pk])
    shown = manager.get(form).context["form"].initial
    assert manager.post(form, shown | {"new_secret": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.address, row.secret) == (address, SECRET)


@pytest.mark.parametrize(("what", "kind"), [(SOURCES, "ftp"), (LISTS, "battleye")])
def test_stored_address_that_nobody_can_read_is_typed_anew(
    manager: Client, server: GameServer, what: str, kind: str
) -> None:
    model = LogSource if what == SOURCES else BanList
    row = model.objects.create(server=server, kind=kind, address="written by hand")
    answer = manager.get(reverse("place", args=["sul", what, row.pk]))
    assert (answer.status_code, answer.context["form"].initial.get("host")) == (200, None)


@pytest.mark.parametrize(
    ("what", "kind", "fields", "words"),
    [
        (SOURCES, "ftp", ftp(host=""), "This field is required"),
        (SOURCES, "ftp", ftp(host="ftp://x"), "Write the name alone"),
        (SOURCES, "ftp", ftp(host="ana:senha@x"), "Write the name alone"),
        (SOURCES, "ftp", ftp(port="70000"), "less than or equal to 65535"),
        (SOURCES, "ftp", ftp(user=""), "This field is required"),
        (SOURCES, "ftp", ftp(new_secret=""), "Type it."),
        (LISTS, "ftp", ftp(path=""), "This field is required"),
        (LISTS, "ftp", ftp(path="/profiles"), "ends in .txt"),
        (LISTS, "ftp", ftp(path="/BattlEye/ban.txt"), "list (GUID, minutes, reason)"),
        (LISTS, "ftp", ftp(path="/ban.txt", host="usla12.gamedata.io"), "sets an uploaded ban list back"),
        (LISTS, "nitrado", {"number": "http://nitrado/1", "new_secret": "x"}, "the number of the service"),
        (LISTS, "nitrado", {"number": "1"}, "Type it."),
        (LISTS, "battleye", {"host": "game.example", "port": "", "new_secret": SECRET}, "This field is required"),
        (SOURCES, "folder", {"address_text": "logs"}, "Write the whole path"),
        (LISTS, "file", {"address_text": "/etc/passwd"}, "ends in .txt"),
    ],
)  # fmt: skip
def test_wrong_address_is_refused_in_words(
    manager: Client, server: GameServer, *, what: str, kind: str, fields: Any, words: str
) -> None:
    GameServer.objects.update(platform="pc")
    shown = add(manager, what, kind, **fields)
    assert words in shown
    assert "Write an address like" not in shown  # no field takes one
    assert SECRET not in shown
    assert not LogSource.objects.exists()
    assert not BanList.objects.exists()


@pytest.mark.parametrize(
    ("typed", "again"),
    [(f"ftp://ana:{SECRET}@x.example:21/logs", "x.example"), (f"ana:{SECRET}", "ana"), ("//@", "")],
)
def test_pasted_address_is_shown_again_without_its_password(
    manager: Client, server: GameServer, typed: str, again: str
) -> None:
    answer = post(manager, "place-new", "sul", SOURCES, query="?kind=ftp", **ftp(host=typed))
    assert "s3nha" not in answer.content.decode()
    assert answer.context["form"]["host"].value() == again


@pytest.mark.parametrize(
    ("platform", "is_offered"), [("pc", True), ("xbox", False), ("playstation", False), ("", False)]
)
def test_only_pc_servers_are_offered_battleye(
    manager: Client, server: GameServer, *, platform: str, is_offered: bool
) -> None:
    GameServer.objects.update(platform=platform)
    choices = read(manager, "place-new", "sul", LISTS)
    assert ("BattlEye by RCON" in choices) is is_offered
    assert ("once the server's platform is PC" in choices) is (not platform)
    fields = {"host": "127.0.0.1", "port": "9", "new_secret": SECRET}
    assert (add(manager, LISTS, "battleye", **fields) == "") is is_offered
    assert BanList.objects.exists() is is_offered
    if is_offered:
        assert "from the player's linked Steam account" in read(manager)


def test_everything_that_is_missing_is_said_at_once(manager: Client, server: GameServer) -> None:
    shown = add(manager, SOURCES, "ftp", host="", port="", user="")
    assert shown.count("This field is required") == 3
    assert "Type it." in shown


def test_place_stands_once(manager: Client, server: GameServer, tmp_path: Path) -> None:
    assert add(manager, SOURCES, "folder", address_text=str(tmp_path)) == ""
    assert "has this log source already" in add(manager, SOURCES, "folder", address_text=str(tmp_path))


def test_secret_stays_with_its_address_and_is_shown_nowhere(manager: Client, server: GameServer) -> None:
    add(manager, SOURCES, "ftp", **ftp())
    row = LogSource.objects.get()
    LogSource.objects.update(secret_ends_at=timezone.now())
    form = reverse("place", args=["sul", SOURCES, row.pk])
    refused = manager.post(form, ftp(user="eva", new_secret=""), headers={"accept-language": "en"})
    assert "a new address needs it anew" in said(refused)
    assert LogSource.objects.get().address == row.address
    assert manager.post(form, ftp(user="eva", new_secret="outra")).status_code == 302
    assert (LogSource.objects.get().secret, LogSource.objects.get().secret_ends_at) == ("outra", None)
    everything = read(manager) + manager.get(form).content.decode() + refused.content.decode()
    everything += str(list(apps.get_model("wotcs", "AuditEntry").objects.values()))
    assert "s3nha" not in everything
    assert "outra" not in everything


def test_list_that_got_bans_stays_where_it_is(manager: Client, server: GameServer, tmp_path: Path) -> None:
    make_delivery(make_ban(server), tmp_path / "ban.txt")
    row = BanList.objects.get()
    answer = post(manager, "place", "sul", LISTS, row.pk, address_text=str(tmp_path / "other.txt"))
    assert "Bans were delivered to this list" in said(answer)


def test_place_is_switched_off_and_on(manager: Client, server: GameServer) -> None:
    row = make_log_source(server)
    for on in ("0", "1"):
        answer = post(manager, "place-switch", "sul", SOURCES, row.pk, on=on)
        assert answer["Location"] == f"/servers/sul/setup/#logsource-{row.pk}"
        row.refresh_from_db()
        assert row.is_active is (on == "1")


def test_token_is_shown_once_and_only_its_hash_is_kept(manager: Client, server: GameServer) -> None:
    assert "stops working at once" in read(manager, "server-token", "sul")
    assert not server.log_sources.exists()
    shown = said(post(manager, "server-token", "sul"))
    token = re.search(r"wotcs_[\w-]+", shown)
    assert token is not None
    assert "http://testserver/api/v1/servers/sul/placements" in shown
    assert server.log_sources.get(kind="api").token_hash == hash_token(token[0])
    assert notes(server) == ["A new token was created."]
    page = read(manager)
    assert token[0] not in page
    assert "HTTP API" in page
    assert (
        manager.get(reverse("place", args=["sul", SOURCES, server.log_sources.get().pk])).status_code == 302
    )
