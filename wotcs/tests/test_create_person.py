"""`create_person` as an operator's script calls it."""

import io
import os
import pty
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from pytest_django import Settings

from clans.models import ClanMembership, User
from tanks.access import clan_accesses
from tanks.models import Player, SyncedClan
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db
PASSWORD = "uma-senha-comprida"


def create(*given: str) -> str:
    out = io.StringIO()
    password = () if "--no-password" in given else ("--password-from-environment", "PERSON_PASSWORD")
    call_command("create_person", "ana", *given, *password, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSON_PASSWORD", PASSWORD)


@pytest.fixture
def clan(settings: Settings) -> SyncedClan:
    clan = rows.clan()
    settings.CLAN_ID, settings.WOT_REALM = str(clan.wargaming_id), clan.realm.url
    return clan


@pytest.fixture
def player(clan: SyncedClan) -> Player:
    return rows.player(clan, "Lobo", account_id=77, role="commander")


def test_person_signs_in_with_the_password_of_the_environment() -> None:
    assert "ana" in create()
    person = User.objects.get()
    assert authenticate(None, username="ana", password=PASSWORD) == person
    assert not person.is_staff


def test_person_without_a_password_cannot_sign_in() -> None:
    create("--no-password")
    assert not User.objects.get().has_usable_password()


@pytest.mark.parametrize(("second", "is_made"), [(PASSWORD, True), ("another-password", False)])
def test_password_is_typed_twice(second: str, *, is_made: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([PASSWORD, second])
    monkeypatch.setattr("wotcs.management.commands.create_person.getpass", lambda _prompt: next(typed))
    ours, terminal = pty.openpty()
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        if is_made:
            call_command("create_person", "ana", stdout=io.StringIO())
            assert User.objects.get().check_password(PASSWORD)
        else:
            with pytest.raises(CommandError):
                call_command("create_person", "ana")
    os.close(ours)
    assert User.objects.exists() is is_made


@pytest.mark.parametrize(
    ("given", "groups"), [(["--staff"], []), (["--group", "administrator"], ["administrator"])]
)
def test_staff_is_staff_and_in_the_group(given: list[str], groups: list[str]) -> None:
    create(*given)
    person = User.objects.get()
    assert person.is_staff
    assert not person.is_superuser
    assert list(person.groups.values_list("name", flat=True)) == groups


def test_account_on_the_roster_is_linked_with_the_role_of_the_game(player: Player, clan: SyncedClan) -> None:
    create("--account", "77", "--role", "commander")
    player.refresh_from_db()
    person = User.objects.get()
    assert player.user == person
    assert ClanMembership.objects.get(user=person).follows_game
    assert [(access.clan, access.is_commander) for access in clan_accesses(person)] == [(clan, True)]


@pytest.mark.parametrize("named", [[], ["--clan", "55"]])
def test_without_a_roster_the_role_is_given_by_hand(settings: Settings, named: list[str]) -> None:
    clan = rows.clan(wargaming_id=55)
    settings.CLAN_ID, settings.WOT_REALM = "" if named else "55", clan.realm.url
    create("--role", "commander", *named)
    person = User.objects.get()
    assert not ClanMembership.objects.get(user=person).follows_game
    assert [(access.clan, access.is_commander) for access in clan_accesses(person)] == [(clan, True)]


REFUSED = {
    "account unknown": ("--account 78", "78"),
    "no account": ("--account 0", "0"),
    "of somebody else": ("--account 79", "bruno"),
    "in two realms": ("--account 81", "81"),
    "no commander in the game": ("--account 80 --role commander", "Recruta"),
    "no such clan": ("--role commander --clan 12", "12"),
    "no number": ("--role commander --clan ONCA", "ONCA"),
}


@pytest.mark.parametrize(("given", "says"), REFUSED.values(), ids=REFUSED)
def test_error_says_why_and_stores_nothing(player: Player, given: str, says: str) -> None:
    assert player.clan
    rows.player(player.clan, account_id=79, user=rows.user("bruno"))
    rows.player(player.clan, "Recruta", account_id=80)
    for clan in (player.clan, rows.clan(realm=rows.realm("eu", "https://api.worldoftanks.eu"))):
        rows.player(clan, account_id=81)
    assert_refused(given.split(), 1, says)
    assert not User.objects.filter(username="ana").exists()


def test_taken_name_has_an_exit_code_of_its_own(player: Player) -> None:
    create()
    assert_refused(["--account", "77", "--group", "manager"], 3, "ana")
    player.refresh_from_db()
    assert player.user is None
    assert not User.objects.get().is_staff


@pytest.mark.parametrize("password", ["", "1234", "ana"])
def test_weak_password_is_refused(password: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSON_PASSWORD", password)
    assert_refused([], 1, "")


def test_name_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError):
        call_command("create_person", "a n a", "--no-password")
    assert not User.objects.exists()


def test_without_a_terminal_a_password_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(CommandError, match="--no-password"):
        call_command("create_person", "ana")


def assert_refused(given: list[str], code: int, says: str) -> None:
    with pytest.raises(CommandError) as refusal:
        create(*given)
    assert refusal.value.returncode == code
    assert says in str(refusal.value)
