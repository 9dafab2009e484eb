"""Settings that are refused, and the field that tries out what an item means."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from territory.models import BanList, GameServer, ItemRule, LogSource
from territory.rules.items import DEFAULT_RULES
from territory.services.facts import load_policies
from territory.services.policies import try_item
from territory.tests.admin.pages import ENGLISH, enter, page
from territory.tests.factories import make_ban, make_delivery, make_server

TRY = "admin:territory_itemrule_try"


@pytest.fixture(autouse=True)
def english() -> object:
    with translation.override("en"):
        yield


# -- Settings of a server -----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "fields", "words"),
    [
        (GameServer, {"slug": "x", "maximum_age": timedelta(seconds=24)}, '"24:00:00"'),
        (GameServer, {"slug": "x", "maximum_age": timedelta(minutes=10, microseconds=-1)}, "ten minutes"),
        (LogSource, {"address": "logs/sul"}, "whole path of the folder"),
        (LogSource, {"kind": "ftp", "address": "ftp://game.example"}, "Write an address like"),
        (BanList, {"address": "srv/ban.txt"}, "whole path of the file"),
        (BanList, {"kind": "ftp", "address": "ftp://ana:s3nha@x/ban.txt"}, "Write an address like"),
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


@pytest.mark.django_db
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
    assert "Switch it off and add another list" in str(refused.value)


# -- What an item means -------------------------------------------------------------------------------------------


def tried(server: GameServer, item: str, *, is_part: bool = False) -> tuple[str, str, str]:
    found = {one.server: one for one in try_item(item, is_part=is_part)}[server]
    return found.decision.policy.value, found.decision.source.value, found.pattern


@pytest.mark.django_db
def test_deciding_rule_is_named_by_source_then_exactness_then_length() -> None:
    one, other = make_server(slug="a"), make_server(slug="b")
    for server, pattern, policy in [
        (one, "Barrel*", "ignored"),
        (one, "Barrel_B*", "forbidden"),
        (None, "Barrel_Blue", "protected_review"),
        (None, "wall*", "ignored"),
    ]:
        ItemRule.objects.create(server=server, pattern=pattern, policy=policy)
    assert tried(one, "barrel_blue") == ("forbidden", "server", "Barrel_B*")
    assert tried(one, "Barrel_Red") == ("ignored", "server", "Barrel*")
    assert tried(other, "Barrel_Blue") == ("protected_review", "all_servers", "Barrel_Blue")
    assert tried(other, "Barrel_Red") == ("protected", "default", "Barrel_Red")
    assert tried(other, "CivSedanWheel") == ("forbidden", "default", "*Wheel")
    assert tried(other, "Unheard") == ("protected", "unknown", "")
    assert tried(other, "wall_base_up", is_part=True) == ("ignored", "all_servers", "wall*")
    assert tried(other, "wheel", is_part=True) == ("protected", "part", "")


@pytest.mark.django_db
def test_every_default_item_is_tried_as_it_is_judged() -> None:
    server = make_server(slug="a")
    ItemRule.objects.create(pattern="*Kit", policy="ignored")
    judging = load_policies(server)
    for rule in DEFAULT_RULES:
        name = rule.pattern.replace("*", "Some")
        found = try_item(name, is_part=False)[0]
        assert found.decision == judging.decide(name)
        assert found.pattern == ("*Kit" if name.endswith("Kit") else rule.pattern)


@pytest.mark.django_db
@pytest.mark.parametrize("servers", [1, 4])
def test_trying_takes_two_queries(servers: int) -> None:
    for number in range(servers):
        ItemRule.objects.create(server=make_server(), pattern=f"A{number}*", policy="ignored")
    with CaptureQueriesContext(connection) as queries:
        assert len(try_item("FenceKit", is_part=False)) == servers
    assert len(queries) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("item", "words"),
    [
        (" fencekit ", ["Servidor Sul", "item rule of this server", "itemrule/{rule}/change"]),
        ("", ["This field is required."]),
        ("W" * 101, ["at most 100"]),
        ("<script>x", ["&lt;script&gt;x"]),
    ],
)
def test_field_on_the_list_shows_policy_and_rule_of_each_server(
    client: Client, item: str, words: list[str]
) -> None:
    enter(client, "moderator")
    server = make_server(slug="sul", name="Servidor Sul")
    rule = ItemRule.objects.create(server=server, pattern="Fence*", policy="ignored")
    assert f'action="{reverse(TRY)}"' in page(client, "itemrule")
    text = client.get(reverse(TRY), {"item": item}, headers=ENGLISH).content.decode()
    assert [one for one in words if one.format(rule=rule.pk) not in text] == []
    assert "<script>x" not in text
