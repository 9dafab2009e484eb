"""What a wrong configuration is refused by, or warned of, and that it says what to write instead."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from pytest_django import Settings

from wotcs import checks

RIGHT: dict[str, Any] = {
    "STAFF_SECOND_FACTOR": True,
    "ALLOWED_HOSTS": ["localhost", "territory.example.org"],
    "CLAN_ID": "1000001",
    "EMAIL_URL": "smtp+tls://",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "mail.example",
    "EMAIL_PORT": 587,
}


def found(settings: Settings, values: dict[str, Any]) -> list[str]:
    for name, value in (RIGHT | values).items():
        setattr(settings, name, value)
    faults = [*checks.check_settings(), *checks.check_safety()]
    assert all(fault.hint for fault in faults)
    return [str(fault.id).removeprefix("wotcs.") for fault in faults]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"HTTPS": True, "TRUSTED_PROXIES": 1},
        {"SITE_URL": "https://territory.example.org"},
        {"EMAIL_URL": "", "EMAIL_HOST": ""},
        {"WOT_REALM": "https://api.worldoftanks.eu"},
        {"WOT_REALM": "http://127.0.0.1:8950"},
        {"WOT_REALM": "http://simulator:8080", "WOT_REALM_TRUSTED": True},
        {"NITRADO_API_URL": "http://127.0.0.1:8000"},
    ],
    ids=str,
)
def test_setting_that_is_right_is_not_complained_of(settings: Settings, values: dict[str, Any]) -> None:
    assert found(settings, values) == []


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"HTTPS": True, "TRUSTED_PROXIES": 0}, "W001"),
        ({"STAFF_SECOND_FACTOR": False}, "W002"),
        ({"ALLOWED_HOSTS": ["localhost", "*"]}, "W003"),
        ({"ALLOWED_HOSTS": ["localhost", ".example.org"]}, "W003"),
        ({"SITE_URL": "territory.example.org"}, "E006"),
        ({"SITE_URL": "https://example.org/territory"}, "E006"),
        ({"WOT_REALM": "api.worldoftanks.com"}, "E002"),
        ({"WOT_REALM": "https://api.worldoftanks.na"}, "E002"),
        ({"WOT_REALM": "https://api.worldoftanks.ru"}, "E002"),
        ({"WOT_REALM": "http://api.worldoftanks.com"}, "E002"),
        ({"WOT_REALM": "https://elsewhere.example"}, "E002"),
        ({"CLAN_ID": "ONCA"}, "E003"),
        ({"CLAN_ID": "0"}, "E003"),
        ({"WOT_SYNC_MINUTES": 0}, "E004"),
        ({"WOT_REQUESTS_PER_SECOND": 0.0}, "E004"),
        ({"WOT_TANKS_BATCH": 101}, "E004"),
        ({"EMAIL_HOST": ""}, "E005"),
        ({"EMAIL_PORT": None}, "E005"),
        ({"DISCORD_CLIENT_ID": "1"}, "W010"),
        ({"DISCORD_CLIENT_SECRET": "1"}, "W010"),
        ({"DISCORD_API_URL": "http://discord.com/api"}, "E010"),
        ({"DISCORD_API_URL": "discord.com"}, "E010"),
        ({"NITRADO_API_URL": "http://api.nitrado.net"}, "E011"),
        ({"NITRADO_API_URL": "nitrado"}, "E011"),
    ],
    ids=str,
)
def test_setting_that_is_wrong_is_named(settings: Settings, values: dict[str, Any], number: str) -> None:
    assert found(settings, values) == [number]


@pytest.mark.parametrize(("is_deployment", "expected"), [(False, {"E003"}), (True, {"E003", "W002", "W003"})])
def test_developers_are_not_warned_of_what_is_safe_on_their_machine(
    settings: Settings, expected: set[str], *, is_deployment: bool
) -> None:
    settings.STAFF_SECOND_FACTOR, settings.ALLOWED_HOSTS, settings.CLAN_ID = False, ["*"], "ONCA"
    faults = run_checks(include_deployment_checks=is_deployment)
    assert expected == {str(one.id)[6:] for one in faults if str(one.id).startswith("wotcs.")}


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

    faults = checks.check_database_folds_case(databases=["default"])

    other.close()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")
    assert [one.id for one in faults] == ["wotcs.E001"]
