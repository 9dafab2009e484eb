"""People of the old site move in with password, account and role; nobody who is here already is touched."""

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import Client, override_settings
from django.urls import reverse

from clans.access import clan_accesses
from clans.models import Clan, ClanMembership, Player, User
from clans.services.memberships import link_player
from clans.services.realms import realm_at
from clans.services.roster import store_roster
from moving.tests.old_wotcs import OldDatabase, import_wotcs, old_hash, refused, said
from clans.tests.sync.makers import JOINED, NOW, roster, told

pytestmark = pytest.mark.django_db
Role = ClanMembership.Role


def stays() -> list[tuple[str, str, bool]]:
    rows = ClanMembership.objects.order_by("user__username")
    return list(rows.values_list("user__username", "role", "follows_game"))


def account(number: int = 1001, **fields: Any) -> Player:
    realm = realm_at("https://api.worldoftanks.com")
    return Player.objects.create(realm=realm, account_id=number, **fields)


def test_person_moves_in_with_password_account_and_role(old: OldDatabase, wolves: Clan) -> None:
    old.player(1001, "Onça")
    old.user("onca", "segredo", role="commander", account_id=1001)
    old.user("lobo", "senha", role="member", account_id=None)
    report = import_wotcs(old.url)

    onca = User.objects.get(username="onca")
    assert stays() == [("lobo", "member", False), ("onca", "commander", False)]
    assert Player.objects.get(account_id=1001).user == onca
    assert not onca.is_staff
    assert not onca.is_superuser
    assert authenticate(username="onca", password="segredo") == onca
    assert authenticate(username="lobo", password="segredo") is None
    assert report["tables"]["user"] == {"found": 2, "taken": 2, "unchanged": 0, "refused": 0}
    assert (report["written"]["people"], report["written"]["links"]) == (2, 1)
    assert report["clan"] == wolves.wargaming_id


def test_old_password_opens_the_site_at_its_door(old: OldDatabase) -> None:
    old.user("onca", "segredo da onça")
    import_wotcs(old.url)
    answer = Client().post(reverse("login"), {"username": "onca", "password": "segredo da onça"})

    assert answer.status_code == 302
    assert User.objects.get().password.startswith("argon2")


def test_second_run_never_brings_an_old_password_back(old: OldDatabase, wolves: Clan) -> None:
    old.user("onca", "segredo", account_id=1001)
    old.user("lobo", "senha")
    import_wotcs(old.url)
    for name, password in {"onca": "segredo", "lobo": "senha"}.items():
        assert authenticate(username=name, password=password)
    User.objects.filter(username="lobo").update(username="lobo-guara")  # renamed here, and so nobody new
    before = list(User.objects.order_by("pk").values())
    report = import_wotcs(old.url)

    assert list(User.objects.order_by("pk").values()) == before
    assert report["tables"]["user"] == {"found": 2, "taken": 0, "unchanged": 2, "refused": 0}
    assert report["noted"] == []


def test_second_run_leaves_what_staff_changed(old: OldDatabase, wolves: Clan) -> None:
    old.user("onca", role="commander", account_id=1001)
    old.user("lobo", role="commander")
    import_wotcs(old.url)
    ClanMembership.objects.filter(user__username="lobo").update(left_at=NOW, joined_at=JOINED)
    ClanMembership.objects.filter(user__username="onca").update(role="member")
    link_player(Player.objects.get(), None, at=NOW)
    User.objects.filter(username="lobo").update(is_active=False)
    report = import_wotcs(old.url)

    assert ClanMembership.objects.filter(left_at__isnull=True).count() == 1
    assert ClanMembership.objects.get(user__username="onca").role == "member"
    assert Player.objects.get().user is None
    assert not User.objects.get(username="lobo").is_active
    assert refused(report, "noted") == [("user", "onca", "not_linked")]


def test_user_name_of_somebody_else_is_refused_and_nothing_merged(old: OldDatabase, wolves: Clan) -> None:
    here = User.objects.create_user("onca", password="outra senha")
    old.user("onca", "segredo", role="commander", account_id=1001)
    report = import_wotcs(old.url)

    assert refused(report) == [("user", "onca", "username_taken")]
    assert User.objects.get().password == here.password
    assert authenticate(username="onca", password="segredo") is None
    assert not ClanMembership.objects.exists()
    assert not Player.objects.exists()
    assert report["written"]["players"] == 0


def test_person_who_proved_the_same_account_gets_the_role_and_keeps_the_password(
    old: OldDatabase, wolves: Clan
) -> None:
    here = User.objects.create_user("onca", password="nova senha")
    account(user=here)
    old.user("onca", "segredo", role="commander", account_id=1001)
    import_wotcs(old.url)

    assert stays() == [("onca", "commander", False)]
    assert User.objects.get().password == here.password


def test_user_names_that_differ_in_case_only_are_refused(old: OldDatabase) -> None:
    User.objects.create(username="Onça")
    old.user("onça")
    old.user("Lobo")
    old.user("lobo")
    report = import_wotcs(old.url)

    assert User.objects.count() == 2
    assert sorted(entry["reason"] for entry in report["refused"]) == ["username_case"] * 2
    assert sorted(refused(import_wotcs(old.url))) == sorted(refused(report))


def test_same_user_name_twice_is_taken_once(old: OldDatabase) -> None:
    old.user("onca", "um")
    old.user("onca", "dois")
    report = import_wotcs(old.url)

    assert User.objects.count() == 1
    assert refused(report) == [("user", "onca", "namesake")]


def test_account_linked_to_somebody_else_gives_neither_link_nor_role(old: OldDatabase, wolves: Clan) -> None:
    owner = User.objects.create(username="dona")
    account(user=owner)
    old.user("onca", role="commander", account_id=1001)
    report = import_wotcs(old.url)

    assert Player.objects.get().user == owner
    assert not ClanMembership.objects.exists()
    assert User.objects.filter(username="onca").exists()
    assert refused(report, "noted") == [("user", "onca", "account_taken")]
    assert refused(import_wotcs(old.url), "noted") == [("user", "onca", "account_taken")]


def test_account_that_two_people_claim_is_left_to_staff(old: OldDatabase, wolves: Clan) -> None:
    old.user("b-onca", role="member", account_id=1001)
    old.user("a-onca", role="commander", account_id=1001)
    for _run in range(2):
        report = import_wotcs(old.url)
        assert sorted(refused(report, "noted")) == [
            ("user", "a-onca", "account_disputed"),
            ("user", "b-onca", "account_disputed"),
        ]
    assert Player.objects.get().user is None
    assert stays() == []

    link_player(Player.objects.get(), User.objects.get(username="a-onca"), at=NOW)
    assert refused(import_wotcs(old.url), "noted") == [("user", "b-onca", "account_taken")]
    assert stays() == [("a-onca", "commander", False)]


def test_member_who_claims_the_leader_s_account_does_not_command(old: OldDatabase, wolves: Clan) -> None:
    store_roster(wolves, roster(told(1001, role="commander"), clan_id=wolves.wargaming_id), at=NOW)
    old.user("onca", role="member", account_id=1001)
    import_wotcs(old.url)

    onca = User.objects.get()
    assert Player.objects.get().is_claim
    assert stays() == [("onca", "member", False)]
    assert [access.is_commander for access in clan_accesses(onca)] == [False]
    link_player(Player.objects.get(), onca, at=NOW)
    assert [access.is_commander for access in clan_accesses(onca)] == [True]


def test_kept_role_opens_the_clan_before_the_first_sync(old: OldDatabase, wolves: Clan) -> None:
    old.user("onca", role="commander", account_id=1001)
    import_wotcs(old.url)

    assert [access.is_commander for access in clan_accesses(User.objects.get())] == [True]


def test_who_has_neither_role_nor_account_joins_no_clan(old: OldDatabase, wolves: Clan) -> None:
    old.user("onca", role=None, account_id=None)
    report = import_wotcs(old.url)

    assert stays() == []
    assert refused(report, "noted") == [("user", "onca", "unknown_role")]


@pytest.mark.parametrize("name", ["discord-424242", "Discord-1"])
def test_name_of_a_person_known_by_discord_id_is_not_taken(old: OldDatabase, name: str) -> None:
    old.user(name)

    assert refused(import_wotcs(old.url)) == [("user", name, "reserved_username")]
    assert not User.objects.exists()


def test_password_kept_as_bytes_works(empty: OldDatabase) -> None:
    empty.make("user", "(id SERIAL PRIMARY KEY, username VARCHAR, password_hash BYTEA, role VARCHAR)")
    empty.add("user", username="onca", password_hash=old_hash("segredo").encode(), role="member")
    import_wotcs(empty.url)

    assert authenticate(username="onca", password="segredo") == User.objects.get()


def test_password_comes_with_a_newer_copy_where_there_was_none(old: OldDatabase) -> None:
    old.user("onca", password_hash="wrong")
    import_wotcs(old.url)
    old.change(f"""UPDATE "user" SET password_hash = '{old_hash("segredo")}'""")
    import_wotcs(old.url)

    assert authenticate(username="onca", password="segredo") == User.objects.get()


def test_role_is_kept_where_the_roster_was_read_already(old: OldDatabase, wolves: Clan) -> None:
    store_roster(
        wolves, roster(told(1001), told(1002, role="commander"), clan_id=wolves.wargaming_id), at=NOW
    )
    old.user("onca", role="commander", account_id=1001)
    old.user("lobo", role="member", account_id=1002)
    import_wotcs(old.url)

    assert stays() == [("lobo", "member", False), ("onca", "commander", False)]
    assert set(ClanMembership.objects.values_list("joined_at", flat=True)) == {JOINED}


def test_without_a_clan_the_role_is_reported_and_comes_with_the_next_run(old: OldDatabase) -> None:
    old.user("onca", role="commander", account_id=1001)
    first = import_wotcs(old.url)
    with override_settings(CLAN_ID="1000000001"):
        second = import_wotcs(old.url)

    assert refused(first, "noted") == [("user", "onca", "no_clan")]
    assert stays() == [("onca", "commander", False)]
    assert second["tables"]["user"]["taken"] == 1


def test_clan_of_another_realm_gives_no_role(old: OldDatabase, wolves: Clan) -> None:
    old.user("onca", role="commander", account_id=1001)
    report = import_wotcs(old.url, "--realm", "eu")

    assert report["reasons"] == {"no_clan": 1}
    assert not ClanMembership.objects.exists()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"password_hash": "plain text"}, "bad_password"),
        ({"password_hash": None}, "bad_password"),
        ({"password_hash": "$2b$31$" + "a" * 53}, "bad_password"),
        ({"role": "owner"}, "unknown_role"),
    ],
)
def test_person_is_taken_without_what_is_not_understood(
    old: OldDatabase, wolves: Clan, values: dict[str, Any], reason: str
) -> None:
    old.user(**values)
    report = import_wotcs(old.url)

    person = User.objects.get()
    assert refused(report, "noted") == [("user", "onca", reason)]
    assert person.has_usable_password() == (reason != "bad_password")
    assert ClanMembership.objects.exists() == (reason != "unknown_role")


@pytest.mark.parametrize(
    ("username", "reason"),
    [(None, "no_username"), ("  ", "no_username"), ("x" * 151, "bad_username"), ("a\u202eb", "bad_username")],
)
def test_user_name_that_cannot_be_one_is_refused(old: OldDatabase, username: Any, reason: str) -> None:
    old.user(username)

    assert [entry["reason"] for entry in import_wotcs(old.url)["refused"]] == [reason]
    assert not User.objects.exists()


def test_user_name_is_stored_as_the_sign_in_form_reads_it(old: OldDatabase) -> None:
    old.user(" \N{FULLWIDTH LATIN SMALL LETTER O}nca pintada ")
    import_wotcs(old.url)
    answer = Client().post(
        reverse("login"),
        {"username": " \N{FULLWIDTH LATIN SMALL LETTER O}nca pintada ", "password": "segredo"},
    )

    assert User.objects.get().username == "onca pintada"
    assert answer.status_code == 302


def test_reports_tell_no_hash(old: OldDatabase, wolves: Clan) -> None:
    User.objects.create(username="lobo")
    stored = old_hash("segredo")
    old.user("onca", password_hash=stored, role="owner")
    old.user("lobo", password_hash=stored)
    text = said(old.url, "--dry-run") + said(old.url, "--json")

    assert "lobo" in text
    assert "$2b$" not in text
    assert stored[-20:] not in text
    assert "password_hash" not in text
