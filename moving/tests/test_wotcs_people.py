"""People of the old site move in with password, account and role; nobody who is here already is touched."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import Client, override_settings
from django.urls import reverse

from clans.models import ClanMembership, User
from clans.tests.old_passwords import old_hash
from moving.tests.old_wotcs import OldDatabase, counts, import_wotcs, reasons, said
from tanks.access import clan_accesses
from tanks.models import Player, SyncedClan
from tanks.services.links import link_player
from tanks.services.realms import realm_at
from tanks.services.roster import store_roster
from tanks.tests.factories.answers import JOINED, NOW, clan_member, roster

pytestmark = pytest.mark.django_db


def facts() -> set[str]:
    """Return who holds which role, and whose which account is."""
    stays = ClanMembership.objects.filter(left_at=None, follows_game=False).select_related("user")
    players = Player.objects.exclude(user=None).select_related("user")
    return {
        *(f"{stay.user} is {stay.role}" for stay in stays),
        *(
            f"{player.user} {'claims' if player.is_claim else 'owns'} {player.account_id}"
            for player in players
        ),
    }


def account(number: int = 1001, **fields: Any) -> Player:
    return Player.objects.create(realm=realm_at("https://api.worldoftanks.com"), account_id=number, **fields)


def test_person_moves_in_with_password_account_and_role(old: OldDatabase, wolves: SyncedClan) -> None:
    old.player(1001, "Onça")
    old.user("onca", "segredo", role="commander", account_id=1001)
    old.user("lobo", "senha", role="member", account_id=None)
    report = import_wotcs(old.url)

    onca = User.objects.get(username="onca")
    assert facts() == {"lobo is member", "onca is commander", "onca claims 1001"}
    assert (onca.is_staff, onca.is_superuser) == (False, False)
    assert authenticate(username="onca", password="segredo") == onca
    assert authenticate(username="lobo", password="segredo") is None
    assert (counts(report, "user"), report["clan"]) == ((2, 2, 0, 0), wolves.wargaming_id)
    assert [access.is_commander for access in clan_accesses(onca)] == [True], "before the first sync too"


def test_old_password_opens_the_site_at_its_door(old: OldDatabase) -> None:
    name = " \N{FULLWIDTH LATIN SMALL LETTER O}nca pintada "  # stored as the sign-in form reads it
    old.user(name, "segredo da onça")
    import_wotcs(old.url)
    answer = Client().post(reverse("login"), {"username": name, "password": "segredo da onça"})

    assert (answer.status_code, User.objects.get().username) == (302, "onca pintada")
    assert User.objects.get().password.startswith("argon2")


def test_password_kept_as_bytes_works(empty: OldDatabase) -> None:
    empty.make("user", "(id SERIAL PRIMARY KEY, username VARCHAR, password_hash BYTEA, role VARCHAR)")
    empty.add("user", username="onca", password_hash=old_hash("segredo").encode(), role="member")
    import_wotcs(empty.url)

    assert authenticate(username="onca", password="segredo") == User.objects.get()


def test_second_run_changes_nothing_and_brings_no_old_password_back(
    old: OldDatabase, wolves: SyncedClan
) -> None:
    old.user("onca", "segredo", account_id=1001)
    old.user("lobo", "senha")
    import_wotcs(old.url)
    for name, password in {"onca": "segredo", "lobo": "senha"}.items():
        assert authenticate(username=name, password=password)
    User.objects.filter(username="lobo").update(username="lobo-guara")  # renamed here, and so nobody new
    before = list(User.objects.order_by("pk").values())

    assert counts(import_wotcs(old.url), "user") == (2, 0, 2, 0)
    old.change("UPDATE user SET role = 'commander'")
    assert counts(import_wotcs(old.url), "user") == (2, 2, 0, 0)
    assert list(User.objects.order_by("pk").values()) == before
    assert {"onca is commander", "lobo-guara is commander"} <= facts()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"password_hash": "plain text"}, "bad_password"),
        ({"password_hash": None}, "bad_password"),
        ({"password_hash": "$2b$31$" + "a" * 53}, "bad_password"),
        ({"role": "owner"}, "no_role"),
        ({"role": None}, "no_role"),
        ({"account_id": -5}, "bad_own_account"),
    ],
    ids=str,
)  # fmt: skip
def test_person_is_taken_without_what_is_not_understood(
    old: OldDatabase, wolves: SyncedClan, values: dict[str, Any], reason: str
) -> None:
    old.user(**values)

    assert reasons(import_wotcs(old.url)) == [f"onca {reason}"]
    assert (User.objects.get().password == "!") == (reason == "bad_password")
    assert facts() == (set() if reason == "no_role" else {"onca is member"})


@pytest.mark.parametrize(
    ("username", "reason"),
    [
        (None, "no_username"),
        ("  ", "no_username"),
        ("x" * 151, "bad_username"),
        ("a\u202eb", "bad_username"),
        ("discord-424242", "reserved_username"),
        ("Discord-1", "reserved_username"),
        ("ana", "username_taken"),
        ("Ana", "username_case"),
    ],
)  # fmt: skip
def test_user_name_that_cannot_be_one_is_refused(
    old: OldDatabase, wolves: SyncedClan, username: Any, reason: str
) -> None:
    ana = User.objects.create_user("ana", password="outra senha")
    old.user(username, role="commander", account_id=1001)

    assert [one["reason"] for one in import_wotcs(old.url)["refused"]] == [reason]
    assert (User.objects.get(), Player.objects.exists(), facts()) == (ana, False, set())
    assert authenticate(username="ana", password="segredo") is None


def test_same_user_name_twice_is_taken_once(old: OldDatabase) -> None:
    for name in ("onca", "onca", "Lobo", "lobo"):
        old.user(name)

    for _run in range(2):
        assert reasons(import_wotcs(old.url)) == [
            "Lobo no_clan",
            "lobo username_case",
            "onca namesake",
            "onca no_clan",
        ]
    assert User.objects.count() == 2


def test_person_who_owns_the_same_account_gets_the_role_and_keeps_the_password(
    old: OldDatabase, wolves: SyncedClan
) -> None:
    here = User.objects.create_user("onca", password="nova senha")
    account(user=here)
    old.user("onca", "segredo", role="commander", account_id=1001)
    import_wotcs(old.url)

    assert (facts(), User.objects.get().password) == ({"onca is commander", "onca owns 1001"}, here.password)


def test_account_linked_to_somebody_else_gives_neither_link_nor_role(
    old: OldDatabase, wolves: SyncedClan
) -> None:
    account(user=User.objects.create(username="dona"))
    old.user("onca", role="commander", account_id=1001)

    for _run in range(2):
        assert reasons(import_wotcs(old.url)) == ["onca account_taken"]
    assert (facts(), User.objects.filter(username="onca").exists()) == ({"dona owns 1001"}, True)


def test_account_that_two_people_claim_is_left_to_staff(old: OldDatabase, wolves: SyncedClan) -> None:
    old.user("b-onca", role="member", account_id=1001)
    old.user("a-onca", role="commander", account_id=1001)
    for _run in range(2):
        assert reasons(import_wotcs(old.url)) == ["a-onca account_disputed", "b-onca account_disputed"]
    assert facts() == set()

    link_player(Player.objects.get(), User.objects.get(username="a-onca"), at=NOW)
    assert reasons(import_wotcs(old.url)) == ["b-onca account_taken"]
    assert facts() == {"a-onca owns 1001"}


def test_member_who_claims_the_leader_s_account_does_not_command(
    old: OldDatabase, wolves: SyncedClan
) -> None:
    members = (clan_member(1001, role="commander"), clan_member(1002))
    store_roster(wolves, roster(*members, clan_id=wolves.wargaming_id), at=NOW)
    old.user("onca", role="member", account_id=1001)
    old.user("lobo", role="commander", account_id=1002)
    import_wotcs(old.url)

    onca = User.objects.get(username="onca")
    assert facts() == {"onca is member", "onca claims 1001", "lobo is commander", "lobo claims 1002"}
    assert set(ClanMembership.objects.values_list("joined_at", flat=True)) == {JOINED}
    assert [access.is_commander for access in clan_accesses(onca)] == [False]
    link_player(Player.objects.get(account_id=1001), onca, at=NOW)
    assert [access.is_commander for access in clan_accesses(onca)] == [True]


def test_without_a_clan_the_role_comes_with_the_next_run(old: OldDatabase) -> None:
    old.user("onca", role="commander", account_id=1001)

    assert reasons(import_wotcs(old.url)) == ["onca no_clan"]
    with override_settings(CLAN_ID="1000000001"):
        assert reasons(import_wotcs(old.url, "--realm", "eu")) == ["onca no_clan"], "a clan of another realm"
        assert reasons(import_wotcs(old.url)) == []
    assert facts() == {"onca is commander", "onca claims 1001"}


def test_reports_tell_no_hash(old: OldDatabase, wolves: SyncedClan) -> None:
    User.objects.create(username="lobo")
    stored = old_hash("segredo")
    old.user("onca", password_hash=stored, role="owner")
    old.user("lobo", password_hash=stored)
    text = said(old.url, "--dry-run") + said(old.url, "--json")

    assert "lobo" in text
    assert not any(secret in text for secret in ("$2b$", stored[-20:], "password_hash"))


# -- Newer copies: onca commands and claims 1001, lobo is a member and claims 1002 -------------------------------------

FIRST = {"onca is commander", "onca claims 1001", "lobo is member", "lobo claims 1002"}


@dataclass
class Case:
    """What happens here, what changes in the old system, and what that leaves."""

    change: str
    facts: set[str]
    said: tuple[str, ...] = ()
    between: Callable[[], object] = lambda: None


def confirm() -> None:
    Player.objects.filter(account_id=1001).update(is_claim=False)


def end_stays() -> None:
    ClanMembership.objects.update(joined_at=JOINED, left_at=NOW)


CASES = {
    "accounts swapped": Case(
        "UPDATE user SET account_id = 2003 - account_id",
        FIRST ^ {"onca claims 1001", "lobo claims 1002", "onca claims 1002", "lobo claims 1001"},
    ),
    "account changed": Case(
        "UPDATE user SET account_id = 1003 WHERE username = 'onca'",
        FIRST ^ {"onca claims 1001", "onca claims 1003"},
    ),
    "account now claimed twice": Case(
        "UPDATE user SET account_id = 1001", set(), ("lobo account_disputed", "onca account_disputed")
    ),
    "account given up": Case("UPDATE user SET account_id = NULL", {"onca is commander", "lobo is member"}),
    "role taken": Case(
        "UPDATE user SET role = 'x' WHERE username = 'onca'", FIRST - {"onca is commander"}, ("onca no_role",)
    ),
    "confirmed by staff": Case(
        "UPDATE user SET account_id = 1003 WHERE username = 'onca'",
        FIRST ^ {"onca claims 1001", "onca owns 1001"},
        ("onca changed_here",),
        confirm,
    ),
    "ended by staff": Case(
        "UPDATE user SET role = 'commander' WHERE username = 'lobo'",
        {"onca claims 1001", "lobo claims 1002"},
        ("lobo changed_here",),
        end_stays,
    ),
    "unlinked by staff": Case(
        "",
        FIRST - {"onca claims 1001"},
        ("onca not_linked",),
        lambda: link_player(Player.objects.get(account_id=1001), None, at=NOW),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_newer_copy(old: OldDatabase, wolves: SyncedClan, case: Case) -> None:
    old.user("onca", role="commander", account_id=1001)
    old.user("lobo", role="member", account_id=1002)
    import_wotcs(old.url)
    assert facts() == FIRST
    case.between()
    if case.change:
        old.change(case.change)

    report = import_wotcs(old.url)

    assert (facts(), tuple(reasons(report))) == (case.facts, case.said)
    assert counts(import_wotcs(old.url), "user")[1] == 0
    assert facts() == case.facts


def test_password_comes_with_a_newer_copy_unless_it_is_somebody_s_own(old: OldDatabase) -> None:
    for name, stored in {"onca": "wrong", "lobo": old_hash("antiga"), "ana": "wrong"}.items():
        old.user(name, password_hash=stored)
    import_wotcs(old.url)
    ana = User.objects.get(username="ana")
    ana.set_unusable_password()
    ana.save()
    old.change(f"UPDATE user SET password_hash = '{old_hash('segredo')}'")
    import_wotcs(old.url)

    signed_in = {
        name: bool(authenticate(username=name, password="segredo")) for name in ("onca", "lobo", "ana")
    }
    assert signed_in == {"onca": True, "lobo": True, "ana": False}


def test_person_deleted_here_does_not_come_back(old: OldDatabase) -> None:
    old.user("onca", account_id=1001)
    import_wotcs(old.url)
    User.objects.all().delete()
    import_wotcs(old.url)
    old.change("UPDATE user SET role = 'commander'")

    assert reasons(import_wotcs(old.url)) == ["onca deleted_here"]
    assert not User.objects.exists()
