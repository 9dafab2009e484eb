"""What the admin must not lose, slow down or misunderstand."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from clans.models import User
from common.admin import parts
from territory.admin.bans import BanForm
from territory.models import Ban, BanList, GameServer, LogSource, PlayerIdentity
from territory.tests.factories import (
    make_ban,
    make_delivery,
    make_placement,
    make_player,
    make_server,
    make_visitor,
    player_id,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client: Client) -> Client:
    user = make_visitor("superuser")
    assert user is not None
    client.force_login(user)
    return client


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", ban_list="/srv/ban.txt")


class Fields(HTMLParser):
    """What a browser would post of a page's inputs and selects."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "select":
            self._select = given.get("name") or ""
        elif tag == "option" and self._select and "selected" in given:
            self.values[self._select] = given.get("value") or ""
        elif tag == "input" and (name := given.get("name")) and self._is_sent(given):
            self.values[name] = given.get("value") or ("on" if given.get("type") == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""

    @staticmethod
    def _is_sent(given: dict[str, str | None]) -> bool:
        if given.get("type") == "checkbox":
            return "checked" in given
        return given.get("type") != "submit"


def posted(page: str) -> dict[str, str]:
    return Fields(page).values


# -- Players ------------------------------------------------------------------------------------------------------


def identity_pages(person: User) -> list[tuple[str, str]]:
    identity = person.player_identities.get()
    return [
        (reverse("admin:territory_playeridentity_change", args=[identity.pk]), ""),
        (reverse("admin:clans_user_change", args=[person.pk]), "player_identities-0-"),
    ]


@pytest.mark.parametrize("which", [0, 1], ids=["identity", "person"])
def test_player_id_learned_while_the_page_was_open_stays(root: Client, which: int) -> None:
    address, prefix = identity_pages(make_player("Fulano", known=False))[which]
    given = posted(root.get(address).content.decode())
    assert given[f"{prefix}player_id"] == ""
    PlayerIdentity.objects.update(player_id=player_id("Fulano"), gamertag="Fulano Novo")
    assert root.post(address, given | {f"{prefix}platform": "xbox"}).status_code == 302
    identity = PlayerIdentity.objects.get()
    assert (identity.player_id, identity.gamertag) == (player_id("Fulano"), "Fulano Novo")
    assert identity.platform == "xbox"


@pytest.mark.parametrize("which", [0, 1], ids=["identity", "person"])
def test_player_id_is_set_and_taken_away_on_purpose(root: Client, which: int) -> None:
    person = make_player("Fulano", known=False)
    address, prefix = identity_pages(person)[which]
    for typed, kept in ((player_id("Fulano"), player_id("Fulano")), ("", None)):
        given = posted(root.get(address).content.decode())
        assert root.post(address, given | {f"{prefix}player_id": typed}).status_code == 302
        identity = PlayerIdentity.objects.get()
        assert (identity.player_id, identity.user) == (kept, person)


def test_identity_saves_no_column_that_the_page_did_not_change(root: Client) -> None:
    address, _ = identity_pages(make_player("Fulano", known=False))[0]
    given = posted(root.get(address).content.decode())
    with CaptureQueriesContext(connection) as queries:
        root.post(address, given | {"platform": "pc"})
        root.post(address, given)
    updates = [q["sql"] for q in queries if q["sql"].startswith('UPDATE "territory_playeridentity"')]
    assert len(updates) == 1
    assert '"player_id" =' not in updates[0]


# -- Bans ---------------------------------------------------------------------------------------------------------


def ban_form(server: GameServer, **fields: str) -> dict[str, str]:
    given = {"server": str(server.pk), "player_id": player_id("X"), "gamertag": "X", "xuid": ""}
    return given | {"reason": "Trapaça provada"} | fields


def add_ban(client: Client, given: dict[str, str]) -> str:
    headers = {"accept-language": "en"}
    page = client.post(reverse("admin:territory_ban_add"), given, headers=headers)
    assert page.status_code == 200
    text: str = page.content.decode()
    return text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"player_id": "", "gamertag": ""}, "Name the player"),
        ({"player_id": "ABC"}, "This is no player id of the log"),
        ({"player_id": ""}, "needs the player id of the log"),
        ({"player_id": player_id("Invasor")}, "This player is banned already."),
    ],
    ids=["nobody", "short id", "file without id", "twice"],
)
def test_ban_the_service_refuses_keeps_what_was_typed(
    root: Client, server: GameServer, fields: dict[str, str], words: str
) -> None:
    make_ban(server)
    page = add_ban(root, ban_form(server, **fields))
    assert words in page
    assert "Trapaça provada" in page
    assert Ban.objects.count() == 1


def test_ban_that_somebody_else_was_quicker_with_keeps_what_was_typed(
    root: Client, server: GameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = BanForm.clean

    def clean_and_be_overtaken(form: BanForm) -> dict[str, Any]:
        given = check(form)
        make_ban(server, gamertag="X")
        return given

    monkeypatch.setattr(BanForm, "clean", clean_and_be_overtaken)
    page = add_ban(root, ban_form(server))
    assert "This player is banned already." in page
    assert "Trapaça provada" in page
    monkeypatch.undo()
    assert root.post(reverse("admin:territory_ban_add"), ban_form(server)).status_code == 302


# -- Settings of a server -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "fields", "words"),
    [
        (GameServer, {"slug": "x", "maximum_age": timedelta(seconds=24)}, '"24:00:00"'),
        (GameServer, {"slug": "x", "maximum_age": timedelta(minutes=10, microseconds=-1)}, "ten minutes"),
        (LogSource, {"address": "logs/sul"}, "whole path of the folder"),
        (BanList, {"address": "srv/ban.txt"}, "whole path of the file"),
        (BanList, {"address": "/etc/passwd"}, "ends in .txt"),
        (BanList, {"address": "/srv/ban.txt/"}, "ends in .txt"),
    ],
)
def test_setting_that_means_something_else_is_refused(
    server: GameServer, model: type[Model], fields: dict[str, Any], words: str
) -> None:
    row = model(**fields if model is GameServer else fields | {"server": server})
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        row.full_clean()
    with translation.override("en"):
        assert words in str(refused.value)


def test_settings_with_whole_paths_are_accepted(server: GameServer) -> None:
    server.maximum_age = timedelta(minutes=10)
    server.full_clean()
    LogSource(server=server, address="/srv/logs").full_clean()
    server.ban_lists.get().full_clean()


def test_ban_list_that_got_a_ban_keeps_its_address(server: GameServer) -> None:
    ban_list = server.ban_lists.get()
    ban_list.address = "/srv/corrected.txt"
    ban_list.full_clean()
    ban_list.save()
    make_delivery(make_ban(server), ban_list.address)

    ban_list.is_active = False
    ban_list.full_clean()
    ban_list.address = "/srv/other.txt"
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        ban_list.full_clean()
    assert "Switch it off and add the other one" in str(refused.value)


def test_age_typed_as_seconds_is_refused_on_the_form(root: Client, server: GameServer) -> None:
    address = reverse("admin:territory_gameserver_change", args=[server.pk])
    given = posted(root.get(address).content.decode()) | {"maximum_age": "24"}
    page = root.post(address, given, headers={"accept-language": "en"})
    assert "At least ten minutes" in page.content.decode()
    assert root.post(address, given | {"maximum_age": "1 00:00:00"}).status_code == 302


# -- Placements ---------------------------------------------------------------------------------------------------


def listed(client: Client, **given: str) -> Any:
    page = client.get(reverse("admin:territory_placement_changelist"), given)
    assert page.status_code == 200
    return page.context["cl"]


def test_digits_are_the_number_of_one_placement(root: Client, server: GameServer) -> None:
    first = make_placement(server)
    make_placement(server, gamertag=f"P{first.pk}")
    with CaptureQueriesContext(connection) as queries:
        assert list(listed(root, q=f" {first.pk} ").result_list) == [first]
    assert not [q["sql"] for q in queries if "territory_placement" in q["sql"] and "UPPER" in q["sql"]]


@pytest.mark.parametrize("term", ["9" * 18, "9" * 19, "9" * 5000, "²"])
def test_number_of_no_placement_finds_nothing(root: Client, server: GameServer, term: str) -> None:
    make_placement(server)
    assert list(listed(root, q=term).result_list) == []


def test_words_find_gamertags(root: Client, server: GameServer) -> None:
    make_placement(server, gamertag="Outro")
    named = make_placement(server, gamertag="Fulano 7")
    assert list(listed(root, q="fulano").result_list) == [named]


@pytest.mark.parametrize("given", [{}, {"state__exact": "judged"}])
def test_placements_are_not_counted_to_the_end(
    root: Client, server: GameServer, monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    for name in ("A", "B", "C"):
        make_placement(server, gamertag=name)
    monkeypatch.setattr(parts, "MOST_COUNTED", 2)
    with CaptureQueriesContext(connection) as queries:
        assert listed(root, **given).result_count == 2
    counts = [q["sql"] for q in queries if "COUNT(" in q["sql"] and "territory_placement" in q["sql"]]
    assert counts
    assert all("LIMIT 2" in sql for sql in counts)
