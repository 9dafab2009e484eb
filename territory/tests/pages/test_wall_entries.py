"""Which entries the wall has: typed lifts, bans by staff, servers that keep their wall to themselves, ids of bans, the feed."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from announcements.models import Announcement
from announcements.tests.factories import make_channel
from face.models import Community
from territory.ban_codes import code_of
from territory.models import Ban, Base, GameServer, Infraction
from territory.services.ban_links import ban_of_token, ban_token
from territory.services.deciding import lift_case
from territory.services.offences import Kind
from territory.tests.factories import (
    SECRETS,
    ban_by_hand,
    make_ban,
    make_base,
    make_infraction,
    make_server,
    make_user,
    make_visitor,
)
from territory.tests.pages import members
from territory.tests.pages.members import words_of

pytestmark = pytest.mark.django_db
HOSTILE = "]]></title><script>alert(1)</script>\u202e\x01\x0b\ufffe\"'& é"


def page_of(client: Client, route: str = "wall", **query: Any) -> str:
    return members.page_of(client, route, **query)


def feed(client: Client, **query: Any) -> ET.Element:
    answer = client.get(reverse("wall-feed"), query, headers={"accept-language": "en"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/rss+xml")
    return ET.fromstring(answer.content)


def titles(client: Client, **query: Any) -> list[str]:
    return [one.text or "" for one in feed(client, **query).iterfind("channel/item/title")]


# -- Lifts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("mercy", "Lifted staff showed mercy"),
        ("expired", "Over over since"),
        ("superseded", "Replaced by another ban"),
    ],
)
def test_lifted_entry_stays_with_a_pill_and_its_act_struck(
    client: Client, server: GameServer, base: Base, kind: str, words: str
) -> None:
    ban = make_ban(server, lifted_at=timezone.now(), lift_kind=kind, lift_reason="PROVA-SECRETA")
    make_infraction(server, base, ban=ban)
    make_infraction(server, base, gamertag="Vizinho", ban=make_ban(server, "Vizinho"))
    page = page_of(client)
    assert words in words_of(page)
    assert "2 infractions in 7 days" in page
    assert page.count('class="struck"') == 1
    assert page.count("<del") == 1
    assert "PROVA-SECRETA" not in page
    assert "Ban over 1" in words_of(page)
    lifted = page_of(client, kind="lifted")
    assert "Invasor" in lifted
    assert "Vizinho" not in lifted


def test_mistake_is_gone_everywhere(client: Client, server: GameServer, base: Base) -> None:
    infraction = make_infraction(server, base, ban=make_ban(server))
    assert infraction.case is not None
    lift_case(infraction.case, by=make_user(is_staff=True), kind=Ban.LiftKind.MISTAKE, reason="engano")
    cache.clear()
    for page in (
        page_of(client),
        page_of(client, q="Invasor"),
        page_of(client, "home"),
        page_of(client, "territory-statistics"),
    ):
        assert "Invasor</bdi>" not in page
    assert titles(client) == []
    assert "Infractions in 7 days 0" in words_of(page_of(client, "home"))
    assert "No invasion in 30 days." in page_of(client, "territory-statistics")


# -- Bans by staff --------------------------------------------------------------------------------------------------


def test_ban_by_staff_stands_with_its_kind_in_staffs_words(client: Client, server: GameServer) -> None:
    ban_by_hand(
        server, "Trapaceiro", kind=Kind("aim", "Aimbot <b>", own_name="Aimbot <b>"), evidence="PROVA-SECRETA"
    )
    page = page_of(client)
    assert "Aimbot &lt;b&gt;" in page
    assert "PROVA-SECRETA" not in page
    assert "Everything 1 Invasion 0 Forbidden item 0 Banned by staff 1" in words_of(page)
    assert "1 infraction in 7 days" in words_of(page)
    assert "By staff 1" in words_of(page)
    assert "Trapaceiro" in page_of(client, kind="staff")
    assert "Trapaceiro" not in page_of(client, kind="invasion")
    assert "Aimbot &lt;b&gt;" in page_of(client, "home")


def test_ban_off_the_wall_is_nowhere(client: Client, server: GameServer) -> None:
    ban = ban_by_hand(server, "Trapaceiro", is_on_wall=False)
    for query in ({}, {"q": "Trapaceiro"}, {"q": code_of(ban.pk)}, {"kind": "staff"}):
        assert "Trapaceiro</bdi>" not in page_of(client, **query)
    assert "Trapaceiro" not in page_of(client, "home")
    assert titles(client) == []


# -- The ban's id ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelt", ["{code}", "{bare}", "{small}", " {code} "], ids=["as is", "no dash", "small", "spaces"]
)
def test_ban_is_found_by_its_id(client: Client, server: GameServer, base: Base, spelt: str) -> None:
    ban = make_ban(server)
    make_infraction(server, base, ban=ban)
    make_infraction(server, base, gamertag="Vizinho", ban=make_ban(server, "Vizinho"))
    code = code_of(ban.pk)
    page = page_of(client, q=spelt.format(code=code, bare=code.replace("-", ""), small=code.lower()))
    assert code in page
    assert "Invasor" in page
    assert "Vizinho" not in page


# -- Servers that do not publish their wall -------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["anonymous", "member", "moderator", "superuser"])
def test_switched_off_server_is_unreachable_for_everybody(
    client: Client, server: GameServer, base: Base, role: str
) -> None:
    hidden = make_server(slug="oculto", name="Servidor Oculto", is_wall_public=False)
    ban = make_ban(hidden, "Escondido")
    one = make_infraction(
        hidden, make_base(hidden, make_user(), name="Base oculta"), gamertag="Escondido", ban=ban
    )
    make_infraction(server, base, gamertag="Vizinho", ban=make_ban(server, "Vizinho"))
    if person := make_visitor(role):
        client.force_login(person)
    cache.clear()
    for query in (
        {},
        {"q": "Escondido"},
        {"q": code_of(ban.pk)},
        {"q": str(one.pk)},
        {"q": "Base oculta"},
        {"server": "oculto"},
    ):
        page = page_of(client, **query)
        for secret in ("Escondido</bdi>", "Base oculta</bdi>", "Servidor Oculto"):
            assert secret not in page, (query, secret)
    assert "1 infraction in 7 days" in page_of(client)
    assert "Everything 1 Invasion 1" in words_of(page_of(client))
    statistics = page_of(client, "territory-statistics")
    assert "Servidor Oculto" not in statistics
    assert "of 1" in words_of(statistics)
    assert "In 30 days 1" in words_of(page_of(client, "territory-statistics", server="oculto"))
    assert [title.partition(":")[0] for title in titles(client)] == ["Vizinho"]
    assert client.get(reverse("wall-feed"), {"server": "oculto"}).status_code == 404


def test_switched_off_server_is_in_no_figure_of_the_home_page(client: Client) -> None:
    hidden = make_server(is_wall_public=False)
    make_infraction(hidden, make_base(hidden, make_user()), ban=make_ban(hidden))
    cache.clear()
    words = words_of(page_of(client, "home"))
    assert "Infractions in 7 days 0" in words
    assert "of 0" in words
    assert "Invasor" not in words


def test_only_server_that_is_switched_off_says_so(client: Client, server: GameServer, base: Base) -> None:
    make_infraction(server, base)
    GameServer.objects.update(is_wall_public=False)
    words = "This server does not publish its wall."
    page = page_of(client)
    assert words in page
    assert "Invasor" not in page
    assert reverse("wall-feed") not in page
    assert words in page_of(client, "home")
    assert "No game server publishes its wall." in page_of(client, "territory-statistics")
    assert titles(client) == []


# -- Search engines -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_allowed", [False, True])
def test_search_engines_list_names_only_if_allowed(
    client: Client, server: GameServer, base: Base, *, is_allowed: bool
) -> None:
    make_infraction(server, base)
    Community.objects.update_or_create(pk=1, defaults={"is_wall_indexed": is_allowed})
    meta = '<meta name="robots" content="noindex">'
    for route in ("wall", "home"):
        assert (meta in page_of(client, route)) is not is_allowed
    assert ("X-Robots-Tag" in client.get(reverse("wall-feed"))) is not is_allowed


# -- The feed -------------------------------------------------------------------------------------------------------


def test_feed_has_what_the_wall_has_and_nothing_else(client: Client, server: GameServer, base: Base) -> None:
    ban = make_ban(server)
    one = make_infraction(server, base, ban=ban)
    item = feed(client).find("channel/item")
    assert item is not None
    assert item.findtext("title") == "Invasor: Invasion"
    assert item.findtext("link") == f"http://testserver/wall?q=%23{one.pk}"
    text = item.findtext("description") or ""
    assert text == f"fence kit · Fortaleza Norte · Chernarus 1 · {code_of(ban.pk)}"
    answer = client.get(reverse("wall-feed")).content.decode()
    for secret in (*SECRETS, one.player_id, "dona-da-base"):
        assert secret not in answer
    assert reverse("wall-feed") in page_of(client)


def test_feed_of_hostile_names_is_xml_and_shows_text(client: Client, server: GameServer) -> None:
    base = make_base(server, make_user(), name="<b>&base")
    names = [HOSTILE.replace("\x00", ""), "&lt;i&gt;", "א" * 400, "<![CDATA[x]]>", "W" * 4000]
    for name in names:
        make_infraction(server, base, gamertag=name, item=name)
    shown = titles(client)
    assert len(shown) == len(names)
    assert not any("<" in title for title in shown)
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in title for title in shown)
    assert all(len(title) < 2000 for title in shown)


def test_feed_of_one_server(client: Client, server: GameServer, base: Base) -> None:
    make_infraction(server, base)
    other = make_server(slug="livonia")
    make_infraction(other, make_base(other, make_user()), gamertag="Vizinho")
    assert titles(client, server="livonia") == ["Vizinho: Invasion"]
    assert len(titles(client)) == 2
    assert f"{reverse('wall-feed')}?server=livonia" in page_of(client, server="livonia")
    assert client.get(reverse("wall-feed"), {"server": "nowhere"}).status_code == 404


def test_feed_costs_the_same_whatever_there_is(
    client: Client, server: GameServer, base: Base, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for rows in range(3):
        with django_assert_num_queries(3):  # the entries, and twice the community
            feed(client)
        make_infraction(server, base, gamertag=f"R{rows}", ban=make_ban(server, f"R{rows}"))


# -- Announcements --------------------------------------------------------------------------------------------------


def fields_of(audience: str) -> dict[str, str]:
    message = Announcement.objects.get(channel__audience=audience).message
    return {field["name"]: field["value"] for field in message["fields"]}


@pytest.mark.parametrize("site", ["", "https://territory.example.org"])
def test_announcement_of_a_ban_has_its_id_and_says_where_to_appeal(
    server: GameServer, settings: Any, site: str
) -> None:
    settings.SITE_URL, settings.LANGUAGE_CODE = site, "en"
    for audience in ("public", "staff"):
        make_channel(audience, audience=audience)
    ban = ban_by_hand(server)
    where = (
        f"{site}/appeals/{ban_token(ban.pk)}/" if site else "On the site: sign in, or say this id to staff."
    )
    for audience in ("public", "staff"):
        assert fields_of(audience)["Ban"] == code_of(ban.pk)
        assert fields_of(audience)["Appeal"] == where


def test_token_of_a_ban_holds_its_number_and_no_other_reads_as_one() -> None:
    right = ban_token(17)
    wrong = ("17", "17:", ":", "", right[:-1], right.replace("17", "18"), f" {right}")
    assert [ban_of_token(token) for token in (right, *wrong)] == [17, *[None] * len(wrong)]


def test_own_invasions_are_told_to_owners_of_servers_that_hide_the_wall(client: Client) -> None:
    hidden, owner = make_server(is_wall_public=False), make_user()
    make_infraction(hidden, make_base(hidden, owner))
    assert Infraction.objects.on_the_wall().count() == 0
    client.force_login(owner)
    assert "Invasor" in page_of(client, "home")
