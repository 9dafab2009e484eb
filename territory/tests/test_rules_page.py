"""The page of the rules: what is in force on each server, for everybody."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from territory.models import ItemRule, StaffImmunity
from territory.tests.factories import make_base, make_server, make_user

pytestmark = pytest.mark.django_db


def said(client: Client) -> str:
    answer = client.get("/rules/", headers={"accept-language": "en"})
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode().partition("<main")[2]).split())


def test_rules_say_what_holds_on_each_server(client: Client) -> None:
    make_server(slug="a", name="Norte", map="enoch", border_margin_m=6)
    make_server(slug="b", name="Sul", mode="observe", maximum_age=timedelta(minutes=90))
    make_server(slug="c", name="Leste", mode="review")
    make_server(slug="d", name="Velho", is_active=False)
    _lede, north, south = re.split(r"(?=Norte Livonia|Sul Chernarus)", said(client))[:3]
    south, east = re.split(r"(?=Leste Chernarus)", south)
    assert "An invasion or a forbidden item bans at once." in north
    assert "Within 6 m of a circle's edge staff decide" in north
    assert "older than 24 hours" in north
    assert "verdicts are stored and nobody is banned" in south
    assert "on the line is inside" in south
    assert "older than 90 minutes" in south
    assert "staff look at each case" in east
    assert "Velho" not in said(client)


def test_rules_name_the_items_of_each_server(client: Client) -> None:
    north, south = make_server(slug="a", name="Norte"), make_server(slug="b", name="Sul")
    ItemRule.objects.create(pattern="Barrel_*", policy="ignored", note="SEGREDO")
    ItemRule.objects.create(server=north, pattern="shelterkit", policy="protected")
    ItemRule.objects.create(server=south, pattern="SeaChest", policy="forbidden")
    text = said(client)
    norths, souths = text[text.index("Norte Chernarus") :], text[text.index("Sul Chernarus") :]
    norths = norths[: norths.index("Sul Chernarus")]
    assert "Allowed anywhere any barrel Barrel_*" in norths
    assert "shelter kit" not in norths
    assert "any wheel *Wheel" in norths
    assert "sea chest SeaChest shelter kit ShelterKit" in souths.partition("Staff decide")[0]
    assert "SEGREDO" not in text


def test_rules_never_say_where_a_base_is_or_who_is_immune(client: Client) -> None:
    server, guard = make_server(), make_user("guarda")
    make_base(server, make_user("dona"), name="Refúgio", x=5045.5, z=3033.25)
    StaffImmunity.objects.create(server=server, user=guard)
    text = said(client)
    for secret in ("guarda", "dona", "Refúgio", "5045", "3033"):
        assert secret not in text
    assert "immune" in text


@pytest.mark.parametrize("servers", [0, 1, 3])
def test_rules_take_as_many_queries_for_three_servers_as_for_none(
    client: Client, servers: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(servers):
        ItemRule.objects.create(server=make_server(), pattern="SeaChest", policy="forbidden")
    # item rules, servers, the community
    with django_assert_num_queries(3):
        said(client)
