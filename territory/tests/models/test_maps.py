"""Game servers of any map: a name and a size, and what becomes of bases when the map changes."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from clans.models import User
from territory.models import Base, GameServer
from territory.tests.admin.pages import ENGLISH, address, enter, page, posted
from territory.tests.database import refused, sql
from territory.tests.factories import make_base, make_server, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_user("dona")


@pytest.fixture
def server() -> GameServer:
    return make_server()


def test_map_that_is_not_known_is_its_name_and_its_size(owner: User) -> None:
    server = make_server(map="Ilha Grande", map_size_m=20_000.0)

    assert refused(lambda: make_base(server, owner, x=20_000.1), "territory_base_centre_on_map")
    assert make_base(server, owner, x=20_000.0).server.map_title == "Ilha Grande"
    sql("UPDATE territory_gameserver SET map = 'Outra', map_size_m = 65536")
    assert make_base(server, owner, x=65_536.0, z=65_536.0).pk


@pytest.mark.parametrize("size", [499.9, 65_536.1, 0.0, -1.0, float("nan"), float("inf")])
def test_map_of_an_impossible_size_is_refused(size: float) -> None:
    assert refused(
        lambda: make_server(map="Ilha", map_size_m=size), "territory_gameserver_map_size_in_bounds"
    )
    with pytest.raises(ValidationError):
        GameServer(slug="ilha", map="Ilha", map_size_m=size).full_clean()


def test_map_that_is_not_known_asks_for_its_size() -> None:
    with pytest.raises(ValidationError, match="map_size_m"):
        GameServer(slug="ilha", map="Ilha").full_clean()
    with pytest.raises(IntegrityError, match="map_size_m"), transaction.atomic():
        make_server(map="Ilha")


def test_known_map_keeps_its_own_size_whatever_is_saved(server: GameServer) -> None:
    server.map, server.map_size_m = "Deer Isle", 999.0
    server.save(update_fields=["map"])
    server.refresh_from_db()
    assert (server.map, server.map_size_m) == ("deerisle", 16_384.0)


def test_bases_of_a_former_map_stay_and_can_be_changed_but_not_moved(owner: User) -> None:
    server = make_server(map="deerisle")
    base = make_base(server, owner, x=15_900.0, z=8_000.0)
    server.map = "namalsk"
    server.full_clean()
    server.save()

    base.refresh_from_db()
    base.name, base.radius_m = "Cabana", 60.0
    base.full_clean()
    base.save()
    base.z = 8_001.0
    with pytest.raises(ValidationError, match="12800"):
        base.full_clean()
    assert refused(base.save, "territory_base_centre_on_map")
    base.refresh_from_db()
    base.removed_at = timezone.now()
    base.full_clean()
    base.save()
    assert refused(lambda: make_base(server, owner, x=15_900.0), "territory_base_centre_on_map")


# -- In the admin -------------------------------------------------------------------------------------------------


def save(client: Client, server: GameServer | None, **fields: str) -> str:
    """Send the form of a game server as it stands, with other values in some fields; return the page that follows."""
    where = ("change", server.pk) if server else ("add",)
    data = posted(client.get(address("gameserver", *where)).content.decode()) | fields
    answer = client.post(address("gameserver", *where), data, follow=True, headers=ENGLISH)
    return answer.content.decode()


def test_form_offers_the_known_maps_and_takes_any_other(client: Client) -> None:
    enter(client, "administrator")
    assert '<option value="deerisle">Deer Isle · 16384 m</option>' in page(client, "gameserver", "add")
    assert "is not in the list" in save(client, None, slug="sul", map="Ilha Grande")
    assert "less than or equal to 65536" in save(
        client, None, slug="sul", map="Ilha Grande", map_size_m="65537"
    )
    assert not GameServer.objects.exists()

    save(client, None, slug="sul", map="Ilha Grande", map_size_m="20000")
    save(client, None, slug="norte", map="DayZOffline.Sakhal")
    stored = GameServer.objects.order_by("slug").values_list("map", "map_size_m")
    assert list(stored) == [("sakhal", 15_360.0), ("Ilha Grande", 20_000.0)]
    listed = page(client, "gameserver")
    assert "Ilha Grande" in listed
    assert "Sakhal" in listed


def test_size_of_the_former_map_does_not_pass_to_another_map(client: Client) -> None:
    enter(client, "administrator")
    server = make_server(map="enoch")
    assert "is not in the list" in save(client, server, map="Ilha Grande")
    server.refresh_from_db()
    assert (server.map, server.map_size_m) == ("enoch", 12_800.0)


def test_changed_map_says_that_bases_stay_and_its_pages_still_work(client: Client, owner: User) -> None:
    enter(client, "administrator")
    server = make_server(map="deerisle")
    base = make_base(server, owner, x=15_900.0, z=8_000.0)
    assert "stays in force" not in save(client, server, name="Sul")
    assert "1 base stays in force where it was" in save(client, server, map="namalsk")
    assert "stays in force" not in save(client, server, name="Norte")
    assert "base-map" in page(client, "base", "change", base.pk)
    assert Base.objects.active_at(timezone.now()).count() == 1
