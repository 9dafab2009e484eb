from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from pytest_django import Settings

from wotcs import checks


@pytest.mark.parametrize(
    ("values", "number", "warned", "is_deployment"),
    [
        ({"HTTPS": True, "TRUSTED_PROXIES": 0}, "W001", True, False),
        ({"HTTPS": True, "TRUSTED_PROXIES": 1}, "W001", False, False),
        ({"HTTPS": False, "TRUSTED_PROXIES": 0}, "W001", False, False),
        ({"STAFF_SECOND_FACTOR": True}, "W002", False, True),
        ({"STAFF_SECOND_FACTOR": False}, "W002", True, True),
        ({"STAFF_SECOND_FACTOR": False}, "W002", False, False),
        ({"ALLOWED_HOSTS": ["localhost", "*"]}, "W003", True, True),
        ({"ALLOWED_HOSTS": ["localhost", ".example.org"]}, "W003", True, True),
        ({"ALLOWED_HOSTS": ["localhost", "territory.example.org"]}, "W003", False, True),
    ],
    ids=str,
)
def test_what_makes_a_site_less_safe_is_warned_of(
    settings: Settings, values: dict[str, Any], number: str, *, warned: bool, is_deployment: bool
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    found = {one.id for one in run_checks(include_deployment_checks=is_deployment)}
    assert (f"wotcs.{number}" in found) is warned


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


@pytest.mark.parametrize(
    ("host", "port", "is_wrong"),
    [("", 587, True), ("mail.example", None, True), ("mail.example", 587, False)],
)
def test_address_for_e_mail_that_leads_nowhere_stops_the_start(
    settings: Any, host: str, port: int | None, *, is_wrong: bool
) -> None:
    settings.EMAIL_URL, settings.EMAIL_BACKEND = "smtp+tls://", "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
    assert [one.id for one in checks.check_email()] == ["wotcs.E005"] * is_wrong
