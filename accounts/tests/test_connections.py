"""What counts of an answer about connections, and what their ids prove."""

from typing import Any

import pytest

from accounts import connections
from accounts.connections import Connection, is_steam_id, read_connections, shown_name, xuid_is_proven

STEAM_ID = "76561198000000201"


def entry(**fields: Any) -> dict[str, Any]:
    return {"type": "steam", "id": STEAM_ID, "name": "tai", "verified": True} | fields


def xbox(**fields: Any) -> dict[str, Any]:
    return entry(type="xbox", id="Ab9_opaque", name="Onça") | fields


A_GROUP = "103582791429521408"
NO_STEAM_IDS = (
    *("76561197960265728", "76561202255233024", A_GROUP, "7656119800000020", "076561198000000201", ""),
    *(" 76561198000000201", "76561198000000201\n", "\uff176561198000000201"),
)


def test_steam_id_is_that_of_one_persons_account() -> None:
    assert [is_steam_id(text) for text in ("76561197960265729", "76561202255233023")] == [True, True]
    assert [text for text in NO_STEAM_IDS if is_steam_id(text)] == []


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
    assert len(read_connections([xbox(id=f"x{number}") for number in range(1000)])) == connections.MOST


OTHER_XUIDS = (
    *("2535400000000108", "02535400000000109", " 2535400000000109", "\uff12535400000000109"),
    *("", None),
)


def test_id_of_an_xbox_connection_is_the_hash_of_its_xuid_in_letters() -> None:
    by_hand = "ZWI0N2IyNjY3MjNlZDI1NDNjOWM3YTA1OWQ5NTE3NTBlODFjZDkyMjZmY2MxNWNmYjk1ODkxNTllZGU2NzFjMA"
    assert xuid_is_proven("2535400000000109", by_hand)
    assert not xuid_is_proven("2535400000000109", f"{by_hand}==")
    assert [xuid for xuid in OTHER_XUIDS if xuid_is_proven(xuid, by_hand)] == []


def test_name_is_shown_without_what_changes_others() -> None:
    shown = {"Onça": "Onça", "a\u202eb\u200bc": "abc", "  a \n b ": "a b", "אבג": "אבג", "x" * 500: "x" * 100}
    assert {name: shown_name(name) for name in shown} == shown
