"""A member's bases: the list, registering, changing and removing, as people read and do it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clans.models import AccountLink, User
from territory.models import Activity, Base, BaseRevision, GameServer, PlaceQuestion
from territory.pages.bases.my_bases import letter_of
from territory.tests.factories import (
    join,
    make_base,
    make_clan,
    make_infraction,
    make_placement,
    make_player,
    make_server,
    make_user,
    permit,
)
from territory.tests.pages.members import Browser, base_fields

pytestmark = pytest.mark.django_db
LINE = '14:02:07 | Player "Ana" (id=X pos=<4730.5, 2840.2, 12.6>) placed Fence Kit<FenceKit>'


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", name="Sul")


@pytest.fixture
def ana() -> User:
    return make_player("Ana")


# -- The list -----------------------------------------------------------------------------------------------------


def test_list_says_what_is_mine_and_where_i_may_build(ana: User, server: GameServer) -> None:
    nando, clan = make_user("Nando"), make_clan("OURO")
    join(clan, ana)
    join(clan, nando)
    own = make_base(server, ana, name="Toca da Ana", place="perto do rio", clan=clan)
    permit(own, make_user())
    permit(own, make_user())
    permit(own, make_user(), revoked_at=timezone.now() - timedelta(minutes=1))
    lent = make_base(server, nando, name="Fazenda", x=7000)
    permit(lent, ana, granted_by=nando)
    make_base(server, nando, name="Mina", x=9000, clan=clan)
    make_base(server, nando, name="Alheia", x=11000)
    ended = make_base(server, nando, name="Acabou", x=13000)
    permit(ended, ana, revoked_at=timezone.now() - timedelta(minutes=1))
    make_base(server, ana, name="Antiga", x=2000, removed_at=timezone.now() - timedelta(days=1))
    page = Browser(ana).get("/bases/")
    assert "1 base, in force." in page
    said = (
        "Toca da Ana",
        "perto do rio",
        "radius 100 m",
        "Nando</bdi> let you build here",
        "member of <bdi>OURO",
        "May build: you, 1 of the clan, 2 by permission",
    )
    assert [words for words in said if words not in page] == []
    assert [words for words in ("Alheia", "11000", "Acabou", "Antiga") if words in page] == []
    assert f'href="/bases/{own.pk}/permissions/"' in page
    assert f'href="/bases/{lent.pk}/' not in page


def test_base_admin_finds_the_way_to_the_permissions(ana: User, server: GameServer) -> None:
    base = make_base(server, make_user("Nando"))
    permit(base, ana, level="admin", granted_by=base.owner)
    browser = Browser(ana)
    assert f'href="/bases/{base.pk}/permissions/"' in browser.get("/bases/")
    page = browser.get(f"/bases/{base.pk}/")
    assert "only the owner changes it" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    browser.post(f"/bases/{base.pk}/", fields=base_fields(), status=404)
    browser.get(f"/bases/{base.pk}/remove/", status=404)


@pytest.mark.parametrize(
    ("fields", "words"),
    [({}, "in force"), ({"mode": "observe"}, "only observed"), ({"is_active": False}, "server switched off")],
)
def test_base_says_its_state(ana: User, fields: dict[str, Any], words: str) -> None:
    make_base(make_server(**fields), ana)
    assert words in Browser(ana).get("/bases/")


def test_base_says_that_its_owner_is_unknown_to_the_game(server: GameServer) -> None:
    make_base(server, nobody := make_user())
    page = Browser(nobody).get("/bases/")
    assert "your gamertag is missing" in page
    assert "Without your gamertag the server cannot tell that you are you" in page
    AccountLink.objects.create(user=nobody, kind=AccountLink.Kind.GAMERTAG, key="nobody", name="Nobody")
    page = Browser(nobody).get("/bases/")
    assert "Staff still have to confirm your gamertag" in page
    assert "Without your gamertag" not in page


def test_list_counts_invasions_of_my_bases_alone(ana: User, server: GameServer) -> None:
    own, other = make_base(server, ana, name="Toca"), make_base(server, make_user(), name="Alheia", x=9000)
    make_infraction(server, own, occurred_at=timezone.now())
    make_infraction(server, other, occurred_at=timezone.now(), gamertag="Outro")
    page = Browser(ana).get("/bases/")
    assert "One invasion in 7 days, in" in page
    assert "1 invasion today" in page
    assert "Outro" not in page


def test_base_says_when_something_was_last_done_there(ana: User, server: GameServer) -> None:
    own = make_base(server, ana, name="Toca")
    make_base(server, ana, name="Celeiro", x=7000)
    now = timezone.now()
    make_placement(server, own, occurred_at=now - timedelta(days=8))
    assert Browser(ana).get("/bases/").count("no activity in 7 days") == 2
    make_placement(server, own, occurred_at=now - timedelta(hours=30))
    Activity.objects.create(
        server=server, base=own, kind="packed", gamertag="Bia", source_key=uuid4(), x=1, z=1,
        occurred_at=now - timedelta(minutes=20),
    )  # fmt: skip
    page = Browser(ana).get("/bases/")
    assert page.count("no activity in 7 days") == 1
    assert ">20 min ago</time>" in page.partition("last activity")[2].partition("</p>")[0]


def test_segments_choose_the_game_server(ana: User, server: GameServer) -> None:
    north = make_server(slug="norte", name="Norte")
    make_base(server, ana, name="Toca")
    make_base(server, ana, name="Celeiro", x=7000)
    make_base(north, ana, name="Ilha")
    browser = Browser(ana)
    assert "Ilha" not in browser.get("/bases/")
    assert "Toca" not in (page := browser.get("/bases/?server=norte"))
    assert "Ilha" in page
    assert "Toca" in browser.get("/bases/?server=nowhere")


def test_letters_go_on_after_z() -> None:
    assert [letter_of(number) for number in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


def test_list_takes_the_same_queries_for_one_base_and_for_thirty(
    ana: User, server: GameServer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clan, nando = make_clan(), make_user()
    join(clan, ana)

    def settle(number: int) -> None:
        make_base(server, ana, name=f"Base {number}", x=500.0 * (number + 1), clan=clan)
        permit(make_base(server, nando, x=500.0 * (number + 1), z=8000), ana, granted_by=nando)

    browser = Browser(ana)
    settle(0)
    browser.get("/bases/")
    with django_assert_num_queries(10):
        browser.get("/bases/")
    for number in range(1, 30):
        settle(number)
    with django_assert_num_queries(10):
        assert ">AD<" in browser.get("/bases/")


# -- Registering --------------------------------------------------------------------------------------------------


def test_newcomer_registers_a_base(ana: User, server: GameServer) -> None:
    browser = Browser(ana)
    page = browser.get("/bases/")
    assert "You have no base yet" in page
    assert 'href="/bases/new/"' in page
    assert "Where is your base?" in browser.get("/bases/new/")
    page = browser.post("/bases/new/", base_fields(server, place="perto do rio"))
    assert "Base registered. It counts from now on." in page
    base = Base.objects.get()
    assert (base.owner, base.name, base.x, base.z, base.radius_m) == (ana, "Toca", 5000, 3000, 100)
    assert timezone.now() - base.registered_at < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("typed", "centre"),
    [
        ("5.000,5 / 3.000", (5000.5, 3000)),
        (LINE, (4730.5, 2840.2)),
    ],
)
def test_centre_is_typed_or_pasted(
    ana: User, server: GameServer, typed: str, centre: tuple[float, float]
) -> None:
    Browser(ana).post("/bases/new/", base_fields(server, centre=typed))
    base = Base.objects.get()
    assert (base.x, base.z) == centre


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "\u200b\u2060"}, "Nobody can see this name"),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"centre": "1 2 3"}, "Write X and Z in metres, such as 5000 / 3000."),
        ({"centre": "15361 / 3000"}, "That is not on the map. X and Z go from 0 to 15360 metres."),
        ({"centre": "-1 / 3000"}, "That is not on the map."),
        ({"centre": f"{'9' * 180} / 1"}, "That is not on the map."),
        ({"radius_m": "49,9"}, "From 50 to 200 metres."),
        ({"radius_m": "200.1"}, "From 50 to 200 metres."),
        ({"radius_m": "NaN"}, "From 50 to 200 metres."),
        ({"clan": "999"}, "Select a valid choice"),
        ({"server": "999"}, "Select a valid choice"),
        ({"server": ""}, "This field is required"),
    ],
)
def test_form_says_what_is_wrong_and_asks_nothing(
    ana: User, server: GameServer, fields: dict[str, str], words: str
) -> None:
    assert words in Browser(ana).post("/bases/new/", base_fields(server, **fields))
    assert not Base.objects.exists()
    assert not PlaceQuestion.objects.exists()


def test_clan_is_one_of_mine_and_the_server_is_in_use(ana: User, server: GameServer) -> None:
    mine, foreign, off = make_clan("OURO"), make_clan("LOBO"), make_server(is_active=False)
    join(mine, ana)
    browser = Browser(ana)
    assert "Select a valid choice" in browser.post("/bases/new/", base_fields(server, clan=foreign.pk))
    assert "Select a valid choice" in browser.post("/bases/new/", base_fields(off))
    browser.post("/bases/new/", base_fields(server, clan=mine.pk))
    assert Base.objects.get().clan == mine


def test_own_bases_may_overlap_and_the_form_says_what_that_means(ana: User, server: GameServer) -> None:
    make_base(server, ana, name="Celeiro", x=5050)
    browser = Browser(ana)
    page = browser.post("/bases/new/", base_fields(server, act="try"))
    assert "It overlaps another base of yours" in page
    assert "Celeiro" in page
    assert "Base registered" in browser.post("/bases/new/", base_fields(server))


def test_without_a_game_server_nobody_registers(ana: User) -> None:
    assert "There is no game server yet" in Browser(ana).get("/bases/new/")
    assert "There is no game server yet" in Browser(ana).post("/bases/new/", base_fields())


# -- The dry run --------------------------------------------------------------------------------------------------


def test_dry_run_names_friends_and_counts_strangers(ana: User, server: GameServer) -> None:
    clan, bia = make_clan(), make_player("BiaDoNorte")
    join(clan, ana)
    join(clan, bia)
    now = timezone.now()
    for number, name in enumerate(["Ana", "BiaDoNorte", "Estranho_1", "Estranho_2", "Estranho_3"]):
        make_placement(
            server, gamertag=name, x=5001.25 + number, z=3002.75, occurred_at=now - timedelta(days=1)
        )
    make_placement(
        server, gamertag="Ana", item="ShelterKit", x=5009, z=3009, occurred_at=now - timedelta(days=2)
    )
    page = Browser(ana).post("/bases/new/", base_fields(server, act="try", clan=clan.pk))
    text = page.partition("Had it counted in the last 7 days")[2].partition("</section>")[0]
    assert "BiaDoNorte" in text
    assert "<dd>2</dd>" in text  # allowed
    assert "<dd>3</dd>" in text  # strangers
    assert "<dd>1</dd>" in text  # refused
    assert "take them away" in text
    assert "Estranho" not in page
    for number in (2, 3, 4):
        assert str(5001.25 + number) not in page
    assert not Base.objects.exists()


def test_dry_run_of_an_unchanged_base_counts_its_permissions(ana: User, server: GameServer) -> None:
    base, bia = make_base(server, ana), make_player("BiaDoNorte")
    permit(base, bia)
    make_placement(server, base, gamertag="BiaDoNorte", occurred_at=timezone.now() - timedelta(hours=1))
    page = Browser(ana).post(f"/bases/{base.pk}/", base_fields(act="try", radius_m="120"))
    assert "BiaDoNorte" in page
    assert "from \u2068100 m\u2069 to \u2068120 m\u2069" in page
    base.refresh_from_db()
    assert base.radius_m == 100


# -- Changing and removing ----------------------------------------------------------------------------------------


def test_owner_changes_a_base_and_its_past_stays(ana: User, server: GameServer) -> None:
    base = make_base(server, ana, x=5000.1234, radius_m=87.25)
    browser = Browser(ana)
    page = browser.get(f"/bases/{base.pk}/")
    assert 'value="5000.1 / 3000"' in page
    shown = base_fields(name="Toca", centre="5000.1 / 3000", radius_m="87.2")
    assert "Saved. It counts from now on." in browser.post(f"/bases/{base.pk}/", shown)
    base.refresh_from_db()
    # What nobody changed, stays exact.
    assert (base.name, base.x, base.radius_m) == ("Toca", 5000.1234, 87.25)
    assert not BaseRevision.objects.exists()
    assert not PlaceQuestion.objects.exists()
    browser.post(f"/bases/{base.pk}/", shown | {"radius_m": "150"})
    assert BaseRevision.objects.get().radius_m == 87.25
    assert PlaceQuestion.objects.get().answer == "yes"


def test_clan_that_the_owner_left_stays_until_it_is_changed(ana: User, server: GameServer) -> None:
    base = make_base(server, ana, clan=make_clan("OURO"))
    browser = Browser(ana)
    browser.post(f"/bases/{base.pk}/", base_fields(name="Nova", clan=base.clan_id))
    base.refresh_from_db()
    assert (base.name, str(base.clan)) == ("Nova", "OURO")
    browser.post(f"/bases/{base.pk}/", base_fields())
    base.refresh_from_db()
    assert base.clan is None


def test_base_stays_on_its_game_server(ana: User, server: GameServer) -> None:
    base, north = make_base(server, ana), make_server(slug="norte")
    Browser(ana).post(f"/bases/{base.pk}/", base_fields(north))
    base.refresh_from_db()
    assert base.server == server


def test_owner_removes_a_base_after_a_question(ana: User, server: GameServer) -> None:
    base = make_base(server, ana)
    permission = permit(base, make_user())
    browser = Browser(ana)
    assert "Remove Fortaleza Norte?" in browser.get(f"/bases/{base.pk}/remove/")
    assert Base.objects.get().removed_at is None
    assert "Base removed. From now on anybody may build there." in browser.post(f"/bases/{base.pk}/remove/")
    permission.refresh_from_db()
    assert permission.revoked_at is not None
    for address in ("", "remove/", "permissions/"):
        browser.get(f"/bases/{base.pk}/{address}", status=404)


@pytest.mark.parametrize("role", ["stranger", "clan mate", "friend"])
@pytest.mark.parametrize("address", ["", "remove/", "permissions/"])
def test_somebody_elses_base_is_not_there(server: GameServer, role: str, address: str) -> None:
    clan, person = make_clan(), make_player(role)
    base = make_base(server, make_user(), clan=clan)
    if role == "clan mate":
        join(clan, person)
    elif role == "friend":
        permit(base, person)
    browser = Browser(person)
    for pk in (base.pk, base.pk + 1000, 10**30):
        browser.get(f"/bases/{pk}/{address}", status=404)
        browser.post(f"/bases/{pk}/{address}", fields=base_fields(), status=404)
    base.refresh_from_db()
    assert base.removed_at is None
