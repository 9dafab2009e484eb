"""People of the old site move in with password, account and role; nobody who is here already is touched."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import Client, override_settings
from django.urls import reverse

from clans.models import AccountLink, ClanMembership, User
from clans.tests.old_passwords import old_hash
from moving.tests.old_system import counts
from moving.tests.old_wotcs import OldDatabase, import_wotcs, reasons, said
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
    links = AccountLink.objects.select_related("user")
    return {
        *(f"{stay.user} is {stay.role}" for stay in stays),
        *(f"{link.user} {'owns' if link.is_proven else 'claims'} {link.key.split(':')[1]}" for link in links),
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
    answer = Client().post(reverse("account_login"), {"login": name, "password": "segredo da onça"})

    assert (answer.status_code, User.objects.get().username) == (302, "onca pintada")
    assert User.objects.get().password.startswith("argon2")


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


@dataclass
class Arrival:
    """Rows of the old site, whom this site knows already, and what each run says and leaves."""

    said: set[str]
    facts: set[str]
    users: list[dict[str, Any]]
    known: Callable[[], object] = lambda: None


def know(name: str, **fields: Any) -> Callable[[], object]:
    """Return what lets this site know a person, with the account 1001 if `owns`."""
    return lambda: (
        account(user=User.objects.create(username=name)) if fields else User.objects.create(username=name)
    )


TWO: list[dict[str, Any]] = [{"username": name, "account_id": 1001} for name in ("a-onca", "b-onca")]
WITHOUT: dict[str, list[dict[str, Any]]] = {
    "bad_password": [{"password_hash": one} for one in ("plain text", None, "$2b$31$" + "a" * 53)],
    "no_role": [{"role": "owner"}, {"role": None}],
    "bad_own_account": [{"account_id": -5}],
}
NAMES: dict[str, list[str | None]] = {
    "no_username": [None, "  "],
    "bad_username": ["x" * 151, "a\u202eb"],
    "reserved_username": ["discord-424242", "Discord-1"],
    "username_taken": ["ana", "Ana"],
}
ARRIVALS = [
    *(Arrival({reason}, set() if reason == "no_role" else {"onca is member"}, [one]) for reason, given in WITHOUT.items() for one in given),
    *(Arrival({reason}, set(), [{"username": one, "account_id": 1001}], know("ana")) for reason, given in NAMES.items() for one in given),
    Arrival({"username_taken", "namesake"}, {"onca is member", "Lobo is member"}, [{"username": name} for name in ("onca", "onca", "Lobo", "lobo")]),
    Arrival(set(), {"onca is commander", "onca owns 1001"}, [{"role": "commander", "account_id": 1001}], know("onca", owns=1001)),
    Arrival({"account_taken"}, {"dona owns 1001"}, [{"role": "commander", "account_id": 1001}], know("dona", owns=1001)),
    Arrival({"account_disputed"}, set(), TWO),
]  # fmt: skip


@pytest.mark.parametrize("case", ARRIVALS, ids=lambda case: "+".join(sorted(case.said)) or "known")
def test_person_arrives_with_what_is_theirs_only(old: OldDatabase, wolves: SyncedClan, case: Arrival) -> None:
    case.known()
    before = dict(User.objects.values_list("username", "password"))
    for values in case.users:
        old.user(**values)

    for _run in range(2):
        said = {text.split()[-1] for text in reasons(import_wotcs(old.url))}
        assert (said, facts()) == (case.said, case.facts)
    assert before.items() <= dict(User.objects.values_list("username", "password")).items()
    assert case.said != {"bad_password"} or User.objects.get().password == "!"


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
    """What changes in the old system, what that leaves and says, and what staff do before."""

    change: str
    facts: set[str]
    said: tuple[str, ...] = ()
    between: Callable[[], object] = lambda: None


CASES = {
    "accounts swapped": Case("account_id = 2003 - account_id", FIRST ^ {"onca claims 1001", "lobo claims 1002", "onca claims 1002", "lobo claims 1001"}),
    "account changed": Case("account_id = 1003 WHERE username = 'onca'", FIRST ^ {"onca claims 1001", "onca claims 1003"}),
    "account now claimed twice": Case("account_id = 1001", set(), ("lobo account_disputed", "onca account_disputed")),
    "account given up": Case("account_id = NULL", {"onca is commander", "lobo is member"}),
    "role taken": Case("role = 'x' WHERE username = 'onca'", FIRST - {"onca is commander"}, ("onca no_role",)),
    "confirmed by staff": Case(
        "account_id = 1003 WHERE username = 'onca'", FIRST ^ {"onca claims 1001", "onca owns 1001"}, ("onca changed_here",),
        lambda: link_player(Player.objects.get(account_id=1001), User.objects.get(username="onca"), at=NOW),
    ),
    "ended by staff": Case(
        "role = 'commander' WHERE username = 'lobo'", {"onca claims 1001", "lobo claims 1002"}, ("lobo changed_here",),
        lambda: ClanMembership.objects.update(joined_at=JOINED, left_at=NOW),
    ),
    "unlinked by staff": Case(
        "id = id", FIRST - {"onca claims 1001"}, ("onca not_linked",),
        lambda: AccountLink.objects.filter(key__endswith=":1001").delete(),
    ),
    "deleted by staff": Case(
        "role = 'x'", set(), ("lobo deleted_here", "onca deleted_here"), lambda: (ClanMembership.objects.all().delete(), User.objects.all().delete())
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_newer_copy(old: OldDatabase, wolves: SyncedClan, case: Case) -> None:
    old.user("onca", role="commander", account_id=1001)
    old.user("lobo", role="member", account_id=1002)
    import_wotcs(old.url)
    assert facts() == FIRST
    case.between()
    old.change(f"UPDATE user SET {case.change}")

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
