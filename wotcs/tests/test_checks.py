import pytest
from django.core.checks import run_checks
from django.db import connection

from wotcs import checks


@pytest.mark.django_db
def test_database_of_the_tests_folds_case() -> None:
    assert not [found for found in run_checks(databases=["default"]) if found.id == "wotcs.E001"]


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
    monkeypatch.setattr(checks, "connections", {"default": other})

    found = checks.check_database_folds_case(databases=["default"])

    other.close()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")
    assert [one.id for one in found] == ["wotcs.E001"]
