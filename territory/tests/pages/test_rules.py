"""The page of the rules: what is in force on each server, for everybody."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from territory.models import GameServer, ItemRule, StaffImmunity
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.services.versions import note_versions
from territory.tasks import sweep_placements
from territory.tests.admin.pages import enter
from territory.tests.factories import NOW, incoming, make_base, make_server, make_user, placed
from territory.tests.pages.members import page_of, words_of

pytestmark = pytest.mark.django_db


def said(client: Client) -> str:
    return words_of(page_of(client, "rules"))


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
    note_versions()
    # item rules, versions, servers, the community
    with django_assert_num_queries(4):
        said(client)


def test_history_says_what_changed_from_one_version_to_the_next(client: Client) -> None:
    server = make_server(slug="sul", mode="observe")
    ItemRule.objects.create(server=server, pattern="SeaChest", policy="ignored")
    note_versions()
    GameServer.objects.update(mode="enforce", border_margin_m=6, maximum_age=timedelta(hours=12))
    ItemRule.objects.update(policy="forbidden")
    ItemRule.objects.create(pattern="Barrel_*", policy="ignored")
    assert (note_versions(), note_versions()) == (1, 0)
    text = said(client)
    for words in (
        "Version 2",
        "What follows: observe: verdicts only → enforce: ban at once",
        "Border margin: 0 m → 6 m",
        "Maximum age: 24 hours → 12 hours",
        "any barrel: no rule of its own → ignored",
        "sea chest: ignored → forbidden",
        "The first version.",
    ):
        assert words in text
    second, first = (words_of(page_of(client, "rule-version", "sul", number)) for number in (2, 1))
    assert "Border margin: 0 m → 6 m" in second
    assert "It held from" in first
    assert "verdicts are stored and nobody is banned" in first
    assert "sea chest SeaChest" in first.partition("Allowed anywhere")[2]


@pytest.mark.parametrize(("slug", "number"), [("sul", 2), ("norte", 1), ("velho", 1)])
def test_version_that_is_none_or_of_an_old_server_is_not_there(
    client: Client, slug: str, number: int
) -> None:
    make_server(slug="sul")
    make_server(slug="velho")
    note_versions()
    GameServer.objects.filter(slug="velho").update(is_active=False)
    assert client.get(f"/rules/{slug}/{number}/").status_code == 404


def test_change_by_other_means_is_noted_by_the_minutes_sweep(client: Client) -> None:
    server = make_server()
    sweep_placements()
    GameServer.objects.update(border_margin_m=3)
    sweep_placements()
    assert list(server.rule_versions.values_list("border_margin_m", flat=True)) == [3, 0]


def test_staff_who_save_a_setting_begin_a_version_at_once(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    server = make_server()
    enter(client, "superuser")
    page = reverse("admin:territory_itemrule_add")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(page, {"pattern": "SeaChest", "policy": "forbidden", "server": server.pk, "note": ""})
    assert [one.policies for one in server.rule_versions.all()] == [[["SeaChest", "forbidden", "server"]]]
    rule = ItemRule.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("admin:territory_itemrule_delete", args=[rule.pk]), {"post": "yes"})
    assert server.rule_versions.count() == 2


def test_verdict_names_and_links_its_version(client: Client) -> None:
    server = make_server(slug="sul")
    make_base(server, make_user("dona"))
    store(server, [incoming()])
    judge_due(server.pk, now=NOW)
    placement = placed("Invasor")
    enter(client, "superuser")
    page = page_of(client, "verdict", placement.pk)
    assert placement.version == server.rule_versions.get()
    assert re.search(r'href="/rules/sul/1/">Rule of this server, version 1<', page)
