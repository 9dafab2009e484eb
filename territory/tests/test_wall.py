from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from territory.models import Base, GameServer
from territory.tests.factories import (
    SECRETS,
    make_ban,
    make_base,
    make_infraction,
    make_server,
    make_user,
    make_visitor,
)

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\u202e\"'&"


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="chernarus-1", name="Chernarus 1")


@pytest.fixture
def base(server: GameServer) -> Base:
    owner = make_user("dona-da-base", discord_id=SECRETS[4])
    return make_base(server, owner, name="Fortaleza Norte")


def wall(client: Client, language: str = "en", **query: Any) -> str:
    answer = client.get(reverse("wall"), query, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("role", ["anonymous", "member", "staff", "moderator", "superuser"])
def test_wall_shows_the_public_facts_and_nothing_else_to_everybody(
    client: Client, server: GameServer, base: Base, role: str
) -> None:
    infraction = make_infraction(server, base, ban=make_ban(server))
    if user := make_visitor(role):
        client.force_login(user)
    page = wall(client)
    for shown in (
        f"#{infraction.pk}",
        "Invasor",
        "Territory invasion",
        "FenceKit",
        "Fortaleza Norte",
        "Chernarus 1",
    ):
        assert shown in page
    for secret in (*SECRETS, infraction.player_id, "dona-da-base", "45.0", "5045"):
        assert secret not in page


def test_wall_speaks_the_language_of_the_facts_not_of_the_stored_text(
    client: Client, server: GameServer, base: Base
) -> None:
    make_infraction(server, base, description="Invasão de território gravada")
    assert "gravada" not in wall(client, "pt-br")
    assert "gravada" not in wall(client, "en")


@pytest.mark.parametrize("status", ["review", "dismissed", "lifted"])
def test_wall_leaves_out_what_is_not_confirmed(
    client: Client, server: GameServer, base: Base, status: str
) -> None:
    make_infraction(server, base, status=status)
    assert "Invasor" not in wall(client)


def test_wall_is_in_order_of_the_acts(client: Client, server: GameServer, base: Base) -> None:
    """An old system's infractions, or a log read late, do not stand before what happened since."""
    now = timezone.now()
    make_infraction(server, base, gamertag="De hoje", occurred_at=now)
    make_infraction(server, base, gamertag="De antes", occurred_at=now - timedelta(days=300))
    make_infraction(server, base, gamertag="De ontem", occurred_at=now - timedelta(days=1))
    page = wall(client)
    assert page.index("De hoje") < page.index("De ontem") < page.index("De antes")


def test_wall_answers_with_and_without_the_slash(client: Client) -> None:
    assert client.get("/wall").status_code == 200
    moved = client.get("/wall/", {"gamertag": "a", "page": "2"})
    assert (moved.status_code, moved["Location"]) == (301, "/wall?gamertag=a&page=2")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "permanent"),
        ({"ends_at": datetime(2126, 2, 7, 22, 45, tzinfo=UTC)}, "until Feb. 7, 2126, 19:45"),
        ({"ends_at": datetime(2025, 2, 7, 22, 45, tzinfo=UTC)}, "since Feb. 7, 2025"),
        ({"lifted_at": datetime(2025, 3, 1, 1, 0, tzinfo=UTC)}, "since Feb. 28, 2025"),
    ],
    ids=["permanent", "ends later", "has ended", "was lifted"],
)
def test_wall_tells_whether_the_ban_is_in_force(
    client: Client, server: GameServer, base: Base, fields: dict[str, Any], words: str
) -> None:
    make_infraction(server, base, ban=make_ban(server, **fields))
    assert words in wall(client)


def test_wall_tells_when_there_is_no_ban(client: Client, server: GameServer, base: Base) -> None:
    make_infraction(server, base)
    assert "no ban" in wall(client)


def test_wall_shows_the_time_of_the_act_in_the_sites_zone(
    client: Client, server: GameServer, base: Base
) -> None:
    make_infraction(server, base, occurred_at=datetime(2026, 2, 7, 22, 45, tzinfo=UTC))
    assert "7 de Fevereiro de 2026, 19:45" in wall(client, "pt-br")


def test_wall_search_finds_part_of_a_gamertag_whatever_its_case(
    client: Client, server: GameServer, base: Base
) -> None:
    make_infraction(server, base, gamertag="TurboRaider")
    make_infraction(server, base, gamertag="Vizinho")
    page = wall(client, gamertag="turbo")
    assert "TurboRaider" in page
    assert "Vizinho" not in page
    assert 'value="turbo"' in page


@pytest.mark.parametrize("sought", ["\x00", "a" * 101, "%", "_", "'"])
def test_wall_survives_any_search(client: Client, server: GameServer, base: Base, sought: str) -> None:
    make_infraction(server, base, gamertag="Vizinho")
    assert ("Vizinho" in wall(client, gamertag=sought)) is (sought in ("\x00", "a" * 101))


def test_wall_filter_shows_one_server(client: Client, server: GameServer, base: Base) -> None:
    other = make_server(slug="livonia-1", name="Livonia 1")
    make_infraction(server, base, gamertag="Aqui")
    make_infraction(other, base, gamertag="Alhures")
    page = wall(client, server="livonia-1")
    assert "Alhures" in page
    assert "Aqui" not in page


def test_wall_ignores_a_server_that_is_not_there(client: Client, server: GameServer, base: Base) -> None:
    make_infraction(server, base)
    assert "Invasor" in wall(client, server="nowhere")


def test_wall_has_25_a_page_and_keeps_the_search_between_pages(
    client: Client, server: GameServer, base: Base
) -> None:
    numbers = [make_infraction(server, base, gamertag=f"Raider{n}").pk for n in range(26)]
    first, second = wall(client, gamertag="raider"), wall(client, gamertag="raider", page="2")
    assert first.count('class="number"') == 25
    assert f"#{numbers[-1]}<" in first
    assert "?gamertag=raider&amp;page=2" in first
    assert second.count('class="number"') == 1
    assert f"#{numbers[0]}<" in second
    assert wall(client, page="nonsense").count('class="number"') == 25


def test_wall_escapes_and_isolates_hostile_names(client: Client, server: GameServer) -> None:
    base = make_base(server, make_user(), name=HOSTILE)
    make_infraction(server, base, gamertag=HOSTILE, item=HOSTILE)
    page = wall(client)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;\u202e&quot;&#x27;&amp;</bdi>") == 3


def test_wall_shows_a_name_of_4000_characters_in_an_element_that_is_cut_off(
    client: Client, server: GameServer, base: Base
) -> None:
    make_infraction(server, base, gamertag="W" * 4000)
    page = wall(client)
    assert f'">{"W" * 4000}</bdi>' in page
    assert "W" * 4001 not in page
    assert '<bdi class="clip strong" title="' + "W" * 199 + "…" in page


def test_wall_says_so_when_it_is_empty(client: Client) -> None:
    assert "Nobody is on the wall." in wall(client)
    assert "Nobody on the wall fits this search." in wall(client, gamertag="x")


def test_wall_refuses_to_be_written_to(client: Client) -> None:
    assert client.post(reverse("wall")).status_code == 405
