"""What staff find in the admin: groups of lists, filters in words, numbers as they write them, and no dead ends."""

import re
from datetime import date

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from clans.models import User
from face.models import Community
from tanks.tests.factories import rows
from territory.fields import MetresField
from territory.tests.admin.pages import enter
from territory.tests.factories import make_base, make_server
from wotcs.staff import DAILY, GROUPS

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def root(client: Client) -> Client:
    enter(client, "superuser")
    return client


def page(client: Client, name: str, *args: int, language: str = "en", **query: str) -> str:
    answer = client.get(reverse(f"admin:{name}", args=args), query, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def filters(html: str) -> dict[str, list[str]]:
    """The filters above a list with their choices, as they are read."""
    found = re.findall(
        r'<div class="filter-row" role="group" aria-label="([^"]*)">(.*?)</div>', html, re.DOTALL
    )
    return {title: re.findall(r"<bdi>(.*?)</bdi>", choices) for title, choices in found}


def test_every_list_stands_in_a_group_and_daily_ones_come_first(root: Client) -> None:
    named = [label for labels in GROUPS.values() for label in labels]
    assert sorted(named) == sorted(model._meta.label for model in admin.site._registry)
    groups = root.get(reverse("admin:index")).context["app_list"]
    assert [group["name"] for group in groups] == list(GROUPS)
    assert [row["model"]._meta.label for row in groups[0]["models"]] == list(GROUPS[DAILY])


def test_group_without_a_list_for_the_reader_is_left_out(client: Client) -> None:
    enter(client, "staff")
    assert client.get(reverse("admin:index")).context["app_list"] == []


def test_filters_are_in_words_and_those_without_a_choice_are_left_out(root: Client) -> None:
    clan = rows.clan()
    rows.player(clan, role="combat_officer")
    rows.player(clan, role="")
    for nation in ("uk", "germany", ""):
        rows.vehicle(nation=nation, type="AT-SPG")
    assert filters(page(root, "tanks_player_changelist"))["Role in the game"] == [
        "All",
        "Without",
        "Combat Officer",
    ]
    shown = page(root, "tanks_vehicle_changelist")
    assert filters(shown)["Nation"] == ["All", "Without", "Germany", "United Kingdom"]
    assert "Type" not in filters(shown)
    assert "Tank destroyer" in shown
    assert not re.search(r">(uk|AT-SPG)<", shown)
    chosen = page(root, "tanks_vehicle_changelist", type="AT-SPG")
    assert filters(chosen)["Type"] == ["All", "Tank destroyer"]  # what is chosen can be let go


def test_new_server_starts_in_observation(root: Client) -> None:
    shown = page(root, "territory_gameserver_add")
    assert re.search(r'<option value="observe" selected>', shown)


def test_nobody_reads_how_a_password_is_kept_and_the_way_to_a_new_one_is_for_those_who_may_set_it(
    client: Client,
) -> None:
    person = User.objects.create_user("ana", password="a-long-password")
    way = reverse("admin:auth_user_password_change", args=[person.pk])
    for group, may_set in (("moderator", False), ("manager", True), ("superuser", True)):
        enter(client, group)
        shown = page(client, "clans_user_change", person.pk)
        assert (way in shown) is may_set, group
        assert "argon2" not in shown
        assert "salt" not in shown
        assert client.get(way).status_code == (200 if may_set else 403)


@pytest.mark.parametrize(
    ("language", "stored", "typed"),
    [("pt-br", 310.0, "310"), ("pt-br", 310.5, "310,5"), ("en", 310.5, "310.5"), ("pt-br", 9.125, "9,1250")],
)
def test_metres_are_shown_as_the_reader_writes_them_and_taken_back(
    language: str, stored: float, typed: str
) -> None:
    with override(language):
        assert MetresField().prepare_value(stored) == typed
        assert MetresField().to_python(typed) == stored


def test_numbers_of_lists_are_written_as_the_reader_does(root: Client) -> None:
    base = make_base(make_server(), User.objects.create(username="ana"), x=5130.5, z=2400.0)
    assert ">5.130,5<" in page(root, "territory_base_changelist", language="pt-br")
    assert ">5,130.5<" in page(root, "territory_base_changelist")
    assert f'value="{base.x}"' not in page(root, "territory_base_change", base.pk, language="pt-br")


def test_boxes_of_a_moment_and_of_rows_have_labels(root: Client) -> None:
    base = make_base(make_server(), User.objects.create(username="ana"))
    shown = page(root, "territory_base_change", base.pk)
    labels = set(re.findall(r'<label[^>]* for="([^"]+)"', shown))
    boxes = re.findall(
        r'<(?:input|select|textarea)(?![^>]*type="(?:hidden|submit)")[^>]* id="([^"]+)"', shown
    )
    assert {"id_removed_at_0", "id_removed_at_1"} <= set(boxes)
    assert set(boxes) <= labels


def test_portuguese_messages_have_no_gender_and_months_no_capital() -> None:
    with override("pt-br"):
        assert date_format(date(2026, 11, 28)) == "28 de novembro de 2026"
        said = gettext("The {name} “{obj}” was added successfully.").format(name="base", obj="Norte")
    assert said == "Salvamos: base “Norte”."


def test_community_shows_the_logo_it_has(root: Client) -> None:
    community = Community.objects.get()
    way = f'<img src="{reverse("logo")}" alt="{community.name}" width="96"'
    assert way not in page(root, "face_community_change", community.pk)
    Community.objects.update(logo=b"x", logo_type="image/png")
    assert way in page(root, "face_community_change", community.pk)
