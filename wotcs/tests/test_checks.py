from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from pytest_django import Settings

from wotcs import checks


@pytest.mark.parametrize(
    ("https", "proxies", "warned"), [(True, 0, True), (True, 1, False), (False, 0, False)]
)
def test_proxy_that_is_not_counted_is_warned_of(
    settings: Settings, *, https: bool, proxies: int, warned: bool
) -> None:
    settings.HTTPS, settings.TRUSTED_PROXIES = https, proxies
    assert bool([found for found in run_checks() if found.id == "wotcs.W001"]) is warned


@pytest.mark.parametrize(("is_asked", "warned"), [(True, False), (False, True)])
def test_staff_without_a_second_factor_are_warned_of_at_a_deployment(
    settings: Settings, *, is_asked: bool, warned: bool
) -> None:
    settings.STAFF_SECOND_FACTOR = is_asked
    found = run_checks(include_deployment_checks=True)
    assert bool([one for one in found if one.id == "wotcs.W002"]) is warned
    assert not [one for one in run_checks() if one.id == "wotcs.W002"]


@pytest.mark.parametrize(
    ("host", "warned"), [("*", True), (".example.org", True), ("territory.example.org", False)]
)
def test_hosts_that_a_stranger_may_choose_are_warned_of(
    settings: Settings, host: str, *, warned: bool
) -> None:
    settings.ALLOWED_HOSTS = ["localhost", host]
    assert bool(checks.check_hosts()) is warned


@pytest.mark.django_db(transaction=True)
def test_database_that_folds_ascii_only_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{connection.settings_dict['NAME']}_ascii"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'"
        )
    other = connection.copy()
    other.settings_dict["NAME"] = name
    assert checks.check_database_folds_case(databases=["default"]) == []
    monkeypatch.setattr(checks, "connections", {"default": other})

    found = checks.check_database_folds_case(databases=["default"])

    other.close()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")
    assert [one.id for one in found] == ["wotcs.E001"]


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("WOT_REALM", "api.worldoftanks.com", "E002"),
        ("WOT_REALM", "https://api.worldoftanks.na", "E002"),
        ("WOT_REALM", "https://api.worldoftanks.ru", "E002"),
        ("WOT_REALM", "http://api.worldoftanks.com", "E002"),
        ("WOT_REALM", "https://elsewhere.example", "E002"),
        ("CLAN_ID", "ONCA", "E003"),
        ("CLAN_ID", "0", "E003"),
        ("WOT_SYNC_MINUTES", 0, "E004"),
        ("WOT_REQUESTS_PER_SECOND", 0.0, "E004"),
        ("WOT_TANKS_BATCH", 101, "E004"),
    ],
)
def test_setting_of_world_of_tanks_out_of_bounds_is_named(
    settings: Any, name: str, value: object, number: str
) -> None:
    setattr(settings, name, value)

    (found,) = checks.check_world_of_tanks()

    assert found.id == f"wotcs.{number}"
    assert name in found.msg
    assert found.hint


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://api.worldoftanks.eu", False),
        ("http://127.0.0.1:8950", False),
        ("http://simulator:8080", True),
    ],
)
def test_realm_of_wargaming_or_of_a_simulator_is_right(settings: Any, url: str, *, trusted: bool) -> None:
    settings.WOT_REALM, settings.WOT_REALM_TRUSTED, settings.CLAN_ID = url, trusted, "1000001"
    assert checks.check_world_of_tanks() == []


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"DISCORD_CLIENT_ID": "1"}, "W010"),
        ({"DISCORD_CLIENT_SECRET": "1"}, "W010"),
        ({"DISCORD_API_URL": "http://discord.com/api"}, "E010"),
        ({"DISCORD_API_URL": "discord.com"}, "E010"),
    ],
    ids=str,
)
def test_setting_of_discord_that_is_half_or_unsafe_is_named(
    settings: Any, values: dict[str, str], number: str
) -> None:
    assert checks.check_discord() == []
    for name, value in values.items():
        setattr(settings, name, value)
    (found,) = checks.check_discord()
    assert (found.id, bool(found.hint)) == (f"wotcs.{number}", True)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("https://api.nitrado.net", []),
        ("http://127.0.0.1:8000", []),
        ("http://api.nitrado.net", ["wotcs.E011"]),
        ("nitrado", ["wotcs.E011"]),
    ],
)
def test_tokens_of_game_servers_go_to_an_https_address_only(
    settings: Any, url: str, wrong: list[str]
) -> None:
    settings.NITRADO_API_URL = url
    assert [one.id for one in checks.check_nitrado()] == wrong
