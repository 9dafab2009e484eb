"""Log sources and ban lists on the network: their addresses, and secrets that no page shows."""

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.test import Client

from territory.models import BanList, GameServer, LogSource
from territory.tests.admin.pages import ENGLISH, address, enter, page
from territory.tests.factories import make_ban_list, make_log_source, make_server

pytestmark = pytest.mark.django_db

SECRET = "s3nha&<muito>'secreta"
FTP = "ftp://ana@game.example/profiles"


@pytest.fixture(autouse=True)
def staff(client: Client) -> None:
    enter(client, "superuser")


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul")


def add(client: Client, model: str, server: GameServer, **given: object) -> str:
    """Add a row; return what the page says of it, nothing if it was taken."""
    data = {"server": server.pk, "is_active": "on"} | given
    answer = client.post(address(model, "add"), data, headers=ENGLISH)
    assert answer.status_code in {200, 302}
    return answer.content.decode() if answer.status_code == 200 else ""


def change(client: Client, source: LogSource, **given: object) -> None:
    data = {"kind": source.kind, "address": source.address, "is_active": "on"} | given
    assert client.post(address("logsource", "change", source.pk), data).status_code == 302
    source.refresh_from_db()


def test_secret_is_stored_sealed_and_shown_nowhere(client: Client, server: GameServer) -> None:
    assert add(client, "logsource", server, kind="ftp", address=FTP, new_secret=SECRET) == ""
    source = LogSource.objects.get()
    assert source.host_address.secret == SECRET
    shown = page(client, "logsource", "change", source.pk) + page(client, "logsource")
    shown += page(client, "gameserver", "change", server.pk)
    shown += page(client, "logsource", "history", source.pk)
    shown += "".join(LogEntry.objects.values_list("change_message", flat=True))
    shown += str(list(apps.get_model("wotcs", "AuditEntry").objects.values()))
    assert "s3nha" not in shown
    assert FTP in shown


def test_page_that_is_shown_again_does_not_repeat_the_secret(client: Client, server: GameServer) -> None:
    shown = add(client, "logsource", server, kind="ftp", address="ftp://game.example", new_secret=SECRET)
    assert "The user" in shown
    assert "s3nha" not in shown


def test_secret_stays_with_its_address_and_can_be_replaced(client: Client, server: GameServer) -> None:
    source = make_log_source(server, FTP, kind="ftp", secret=SECRET)
    change(client, source, is_active="")
    assert (source.secret, source.is_active) == (SECRET, False)
    change(client, source, new_secret="outra")
    assert source.secret == "outra"
    change(client, source, address="ftp://ana@evil.example/")
    assert source.secret == ""


@pytest.mark.parametrize(
    ("place", "typed", "words"),
    [
        (("logsource", "ftp"), "ftp://ana:s3nha@game.example/", "into its own field"),
        (("logsource", "ftp"), "/srv/logs", "Write an address like"),
        (("logsource", "nitrado"), "minha", "the number of the service"),
        (("banlist", "ftp"), "ftp://ana@usla12.gamedata.io/ban.txt", "sets an uploaded ban list back"),
        (("banlist", "ftp"), "ftps://ana@FTP.NITRADO.NET:21/ban.txt", "sets an uploaded ban list back"),
        (("banlist", "ftp"), "ftp://ana@game.example/profiles", "ends in .txt"),
        (("banlist", "ftp"), "ftp://ana@game.example/BattlEye/ban.txt", "list (GUID, minutes, reason)"),
        (("banlist", "nitrado"), "http://nitrado/1", "the number of the service"),
        (("banlist", "battleye"), "battleye://rcon:s3nha@game.example:2305", "into its own field"),
        (("banlist", "battleye"), "game.example:2305", "battleye://host:port"),
        (("banlist", "battleye"), "battleye://game.example", "battleye://host:port"),
    ],
)
def test_wrong_address_is_refused_in_words(
    client: Client, server: GameServer, place: tuple[str, str], typed: str, words: str
) -> None:
    model, kind = place
    assert words in add(client, model, server, kind=kind, address=typed)


@pytest.mark.parametrize(
    ("model", "kind", "typed"),
    [
        ("logsource", "ftp", "ftp://ana@usla12.gamedata.io/dayzxb/config"),
        ("logsource", "nitrado", "1234567/games/ni1_1/noftp/dayzxb/config"),
        ("banlist", "ftp", "ftps://ana@game.example:2121/ban.txt"),
        ("banlist", "ftp", "ftp://ana@notnitrado.net/ban.txt"),
        ("banlist", "nitrado", "1234567"),
    ],
)
def test_right_address_is_taken(
    client: Client, server: GameServer, model: str, kind: str, typed: str
) -> None:
    assert add(client, model, server, kind=kind, address=typed) == ""


@pytest.mark.parametrize(
    ("platform", "words"), [("pc", ""), ("xbox", "Only PC servers"), ("", "Only PC servers")]
)
def test_battleye_is_for_pc_servers_only(client: Client, platform: str, words: str) -> None:
    server, typed = make_server(platform=platform), "battleye://game.example:2305"
    given = {"kind": "battleye", "address": typed, "new_secret": SECRET}
    shown = add(client, "banlist", server, **given)
    assert (words in shown, BanList.objects.exists()) == (True, not words)
    assert "s3nha" not in shown


def test_battleyes_list_of_no_server_is_refused_in_words(client: Client) -> None:
    given = {"kind": "battleye", "address": "battleye://game.example:2305"}
    assert (
        "This field is required"
        in client.post(address("banlist", "add"), given, headers=ENGLISH).content.decode()
    )


def test_hint_says_what_is_missing_and_what_a_worker_met(client: Client, server: GameServer) -> None:
    source = make_log_source(server, FTP, kind="ftp")
    assert "The password or token is missing" in page(client, "logsource", "change", source.pk)
    LogSource.objects.update(secret=SECRET, last_error="FTP server: 530 no")
    assert "A worker met an error: FTP server: 530 no" in page(client, "logsource", "change", source.pk)
    row = make_ban_list(server, "1", kind="nitrado", secret=SECRET)
    assert "No worker has reached it yet" in page(client, "banlist", "change", row.pk)
