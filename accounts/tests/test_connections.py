"""What counts of an answer about connections, and what their ids prove."""

from typing import Any

import pytest

from accounts.connections import (
    MOST,
    Connection,
    is_steam_id,
    read_connections,
    shown_name,
    xuid_is_proven,
)
from local.simulator.discord import opaque_id

STEAM_ID = "76561198000000201"


def entry(**fields: Any) -> dict[str, Any]:
    return {"type": "steam", "id": STEAM_ID, "name": "tai", "verified": True} | fields


def xbox(**fields: Any) -> dict[str, Any]:
    return entry(type="xbox", id="Ab9_opaque", name="Onça") | fields


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("76561197960265729", True),
        ("76561202255233023", True),
        ("76561197960265728", False),
        ("76561202255233024", False),
        ("103582791429521408", False),  # a group
        ("7656119800000020", False),
        ("076561198000000201", False),
        (" 76561198000000201", False),
        ("76561198000000201\n", False),
        ("\uff176561198000000201", False),
        ("", False),
    ],
)
def test_steam_id_is_that_of_one_persons_account(text: str, *, is_one: bool) -> None:
    assert is_steam_id(text) is is_one


@pytest.mark.parametrize(
    "odd",
    [
        None, 7, "steam", [], {}, {"type": "steam"}, entry(id=int(STEAM_ID)), entry(id=None), entry(id="1"),
        entry(id=f"{STEAM_ID}0"), entry(type=["steam"]), entry(type="Steam"), entry(type="spotify"), entry(name=None),
        entry(name={"a": 1}), entry(name="a\0b"), entry(name="\ud800"), entry(name="x" * 101), entry(verified=False),
        entry(verified=1), entry(verified="true"), entry(verified=None), entry(revoked=True), entry(revoked="no"),
        entry(revoked=None), xbox(id=""), xbox(id="a b"), xbox(id="ç"), xbox(id="a\0"), xbox(id="x" * 201), xbox(id=9),
        xbox(name=""), {"type": "xbox", "id": "a", "name": "Onça"},
    ],
    ids=repr,
)  # fmt: skip
def test_odd_entry_is_left_out_and_the_others_stay(odd: object) -> None:
    assert read_connections([odd, xbox()]) == (Connection("xbox", "Ab9_opaque", "Onça"),)


@pytest.mark.parametrize("answer", [None, {}, "x", 7, {"connections": [entry()]}])
def test_answer_that_is_no_list_holds_nothing(answer: object) -> None:
    assert read_connections(answer) == ()


def test_several_accounts_count_each_once_and_not_without_end() -> None:
    second = entry(id="76561198000000202")
    assert [one.key for one in read_connections([entry(), second, entry(), xbox()])] == [
        STEAM_ID, second["id"], "Ab9_opaque",
    ]  # fmt: skip
    assert len(read_connections([xbox(id=f"x{number}") for number in range(100_000)])) == MOST


@pytest.mark.parametrize(
    ("xuid", "is_proven"),
    [
        ("2535400000000109", True),
        ("2535400000000108", False),
        ("02535400000000109", False),
        (" 2535400000000109", False),
        ("\uff12535400000000109", False),
        ("", False),
        (None, False),
    ],
)
def test_xuid_is_proven_by_the_id_that_was_made_of_it(xuid: str | None, *, is_proven: bool) -> None:
    assert xuid_is_proven(xuid, opaque_id("2535400000000109")) is is_proven


def test_id_of_an_xbox_connection_is_the_hash_of_the_xuid_in_letters() -> None:
    by_hand = "ZWI0N2IyNjY3MjNlZDI1NDNjOWM3YTA1OWQ5NTE3NTBlODFjZDkyMjZmY2MxNWNmYjk1ODkxNTllZGU2NzFjMA"
    assert xuid_is_proven("2535400000000109", by_hand)
    assert not xuid_is_proven("2535400000000109", f"{by_hand}==")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Onça", "Onça"),
        ("a\u202eb\u200bc", "abc"),
        ("  a \n b ", "a b"),
        ("אבג", "אבג"),
        ("x" * 500, "x" * 100),
    ],
)
def test_name_is_shown_without_what_changes_others(name: str, shown: str) -> None:
    assert shown_name(name) == shown
