"""BattlEye's ban list over a real UDP socket, by the commands of its RCON."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from territory.checklist import CheckSubject
from territory.hosts.banlist import BadIdentifierError, identifiers, is_of_battleye
from territory.hosts.battleye import MAX_BYTES, BattleyeBanList, OnlinePlayer, ban_line
from territory.reach import HostAwayError, HostError
from territory.reach.battleye import RconSession, RefusedError, rcon_session
from territory.steam import battleye_guid_of, player_id_of
from territory.tests.hosts.servers.battleye import PASSWORD, BattleyeHost, Row, player

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
AT = datetime(2026, 2, 7, 19, 45, tzinfo=UTC)
OURS = ban_line(A, gamertag="Onça", reason="Invasão de território", moment=AT)
OURS_THERE = Row(A, 0, b"Onca - Invasao de territorio - 2026-02-07 19:45")
FOREIGN = [
    Row(B, 0, b"Hack 100%"),
    Row(C, 1440, b"Cooldown // 2x"),
    Row(D),
    Row("0" * 32, 0, "à mão".encode("latin-1")),
    Row("203.0.113.9", 0, b"VPN"),
]


@pytest.fixture
def host(battleye: BattleyeHost) -> BattleyeHost:
    battleye.bans, battleye.saved = list(FOREIGN), list(FOREIGN)
    return battleye


def add(*lines: str) -> Callable[[bytes], bytes]:
    def edit(content: bytes) -> bytes:
        new = [line.encode() for line in lines if line.encode() not in content.splitlines()]
        return content + b"".join(line + b"\n" for line in new)

    return edit


def take(*who: str) -> Callable[[bytes], bytes]:
    return lambda content: b"".join(
        line
        for line in content.splitlines(keepends=True)
        if not line.startswith(tuple(one.encode() for one in who))
    )


# -- The list -----------------------------------------------------------------------------------------------------


def test_ban_is_added_saved_and_read_back_beside_foreign_ones(host: BattleyeHost) -> None:
    BattleyeBanList(host.address).edit(add(OURS))
    guids, addresses = FOREIGN[:4], FOREIGN[4:]
    assert host.bans == host.saved == [*guids, OURS_THERE, *addresses]
    assert host.written == [b"addBan %s 0 %s" % (A.encode(), OURS_THERE.reason), b"writeBans"]
    assert OURS in BattleyeBanList(host.address).read().decode("latin-1").splitlines()


def test_list_is_read_as_lines_whoever_wrote_them_and_in_many_parts(host: BattleyeHost) -> None:
    host.part_bytes = 7
    content = BattleyeBanList(host.address).read()
    assert content.splitlines() == [
        f"{B}  // Hack 100%".encode(),
        f"// until it ends: {C} Cooldown // 2x".encode(),
        D.encode(),
        f"{'0' * 32}  // à mão".encode("latin-1"),
        b"203.0.113.9  // VPN",
    ]
    assert identifiers(content) == {B, D, "0" * 32, "203.0.113.9"}
    assert not is_of_battleye(content)
    host.a_minute_passes()
    assert BattleyeBanList(host.address).read() == content


@pytest.mark.parametrize("minutes", [b"perm", b"Perm", b"-1", b"0"])
def test_permanent_ban_is_one_however_it_is_written(host: BattleyeHost, minutes: bytes) -> None:
    host.answers[b"bans"] = b"GUID Bans:\n0  %s %s  x" % (A.upper().encode(), minutes)
    assert BattleyeBanList(host.address).read() == f"{A}  // x\n".encode()


def test_ban_of_a_worker_that_died_before_saving_is_saved_by_another(host: BattleyeHost) -> None:
    host.bans = [OURS_THERE, *FOREIGN]
    BattleyeBanList(host.address).edit(add(OURS))
    assert host.saved == host.bans == [OURS_THERE, *FOREIGN]
    assert host.written == [b"writeBans"]


def test_bans_are_removed_one_by_one_although_the_indexes_move(host: BattleyeHost) -> None:
    ours = [Row(one * 32, 0, b"x") for one in "3456"]
    host.bans = [ours[0], FOREIGN[0], ours[1], ours[2], FOREIGN[1], ours[3], *FOREIGN[2:]]
    BattleyeBanList(host.address).edit(take(*(row.who for row in ours)))
    assert host.bans == host.saved == FOREIGN
    assert [one for one in host.written if one != b"writeBans"] == [
        b"removeBan %d" % at for at in (0, 1, 1, 2)
    ]


def test_only_the_row_with_our_text_is_removed(host: BattleyeHost) -> None:
    host.bans = [Row(A, 0, b"por outro"), OURS_THERE, *FOREIGN]
    BattleyeBanList(host.address).edit(lambda content: content.replace(f"{OURS}\n".encode(), b""))
    assert host.bans == [Row(A, 0, b"por outro"), *FOREIGN]


def test_list_that_would_be_too_large_is_not_written(host: BattleyeHost) -> None:
    with pytest.raises(HostError, match="would have"):
        BattleyeBanList(host.address).edit(lambda content: content + b"x" * MAX_BYTES)
    with pytest.raises(HostError, match="not a line"):
        BattleyeBanList(host.address).edit(add("203.0.113.1  // an address"))
    assert host.bans == FOREIGN


# -- Somebody else, and lost packets --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "left"),
    [
        pytest.param(lambda host: host.remove(B), FOREIGN[1:], id="an earlier row goes"),
        pytest.param(
            lambda host: host.bans.insert(0, Row("9" * 32, 0, b"novo")),
            [Row("9" * 32, 0, b"novo"), *FOREIGN],
            id="an earlier row comes",
        ),
        pytest.param(lambda host: host.remove(D), [*FOREIGN[:2], *FOREIGN[3:]], id="a later row goes"),
    ],
)
def test_list_that_somebody_edits_between_reading_and_removing_loses_no_foreign_ban(
    host: BattleyeHost, change: Callable[[BattleyeHost], None], left: list[Row]
) -> None:
    host.bans.insert(1, OURS_THERE)
    # The list is read for the edit, and again for the index.
    host.after_read = [lambda: None, lambda: change(host)]
    BattleyeBanList(host.address).edit(take(A))
    assert sorted(host.bans, key=str) == sorted(left, key=str)
    assert host.saved == host.bans


@pytest.mark.parametrize("lost", [b"addBan", b"removeBan", b"writeBans", b"bans"])
@pytest.mark.parametrize("is_done", [True, False], ids=["done", "not done"])
def test_lost_answer_is_looked_for_in_the_list_and_nothing_happens_twice(
    host: BattleyeHost, lost: bytes, *, is_done: bool
) -> None:
    other = Row("5" * 32, 0, b"x")
    host.bans.insert(0, other)
    (host.loses_answer_to if is_done else host.loses).append(lost)
    BattleyeBanList(host.address).edit(lambda content: add(OURS)(take(other.who)(content)))
    assert host.bans == host.saved == [*FOREIGN[:4], OURS_THERE, *FOREIGN[4:]]
    assert sum(one.startswith((b"addBan", b"removeBan")) for one in host.asked) == 2


def test_list_that_could_not_be_saved_is_saved_by_the_next_edit(host: BattleyeHost) -> None:
    host.loses = [b"writeBans"] * 3
    with pytest.raises(HostAwayError, match="no answer to writeBans"):
        BattleyeBanList(host.address).edit(add(OURS))
    assert OURS_THERE not in host.saved
    BattleyeBanList(host.address).edit(add(OURS))
    assert OURS_THERE in host.saved
    assert host.bans.count(OURS_THERE) == 1


def test_server_that_does_not_do_as_it_is_told_is_an_error(host: BattleyeHost) -> None:
    host.answers[b"addBan"] = b""
    host._carried_out = lambda command: host._list() if command == b"bans" else b""  # type: ignore[method-assign]
    with pytest.raises(HostAwayError, match="not as it was changed"):
        BattleyeBanList(host.address).edit(add(OURS))


@pytest.mark.parametrize("answer", [b"", b"Unknown command", b"0  " + A.encode() + b" perm x"])
def test_answer_that_is_no_list_is_not_an_empty_one(host: BattleyeHost, answer: bytes) -> None:
    host.answers[b"bans"] = answer
    with pytest.raises(HostAwayError, match="no ban list"):
        BattleyeBanList(host.address).edit(add(OURS))
    assert host.written == []


# -- The session --------------------------------------------------------------------------------------------------


def test_wrong_password_is_said_without_it_and_passes(host: BattleyeHost) -> None:
    host.password = "outra"
    with pytest.raises(RefusedError, match="the password was refused") as caught:
        BattleyeBanList(host.address).read()
    assert PASSWORD not in repr(caught.value)
    assert (caught.value.permanent, caught.value.is_refused) == (False, True)
    assert caught.value.wait.total_seconds() == 300
    host.password = PASSWORD
    assert BattleyeBanList(host.address).read()


def test_silent_server_is_away_and_not_refusing(host: BattleyeHost) -> None:
    host.is_silent = True
    with pytest.raises(HostAwayError, match="a minute or two after its start") as caught:
        BattleyeBanList(host.address).read()
    assert not caught.value.is_refused


def test_server_that_is_off_and_name_that_is_none_are_away() -> None:
    for text in ("battleye://127.0.0.1:9", "battleye://nowhere.invalid:2305"):
        with pytest.raises(HostAwayError, match="BattlEye server"):
            BattleyeBanList(replace(BattleyeHost(1).address, text=text)).read()


def test_messages_of_the_server_are_acknowledged(host: BattleyeHost) -> None:
    BattleyeBanList(host.address).read()
    until = time.monotonic() + 2
    while not host.acknowledged and time.monotonic() < until:  # the server hears of it a little later
        time.sleep(0.01)
    assert set(host.acknowledged) == {7}


def test_noise_on_the_port_is_passed_over(host: BattleyeHost) -> None:
    with rcon_session(host.address) as rcon:
        for noise in (b"", b"BE", b"BE1234\xff\x01\x00", b"\xff" * 40, b"BE\x00\x00\x00\x00\xff\x09\x00"):
            assert rcon._received(noise) == []


def test_session_that_lasts_too_long_ends(host: BattleyeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("territory.reach.battleye.SESSION_SECONDS", -1.0)
    with pytest.raises(HostAwayError, match="too slowly"), rcon_session(host.address) as rcon:
        assert isinstance(rcon, RconSession)


def test_connection_is_tested_line_by_line_and_nothing_is_written(host: BattleyeHost) -> None:
    lines = list(BattleyeBanList(host.address).check())
    assert [one.subject for one in lines] == [
        CheckSubject.REACH,
        CheckSubject.SIGN_IN,
        CheckSubject.LIST_READ,
        CheckSubject.LIST_SIZE,
    ]
    assert lines[2].values == {"lines": 5}
    assert host.written == []
    host.password = "outra"
    test = BattleyeBanList(host.address).check()
    assert next(test).subject == CheckSubject.REACH
    with pytest.raises(RefusedError):
        next(test)


# -- Lines, players, identifiers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gamertag", "reason", "comment"),
    [
        ("Onça", "Invasão", "Onca - Invasao - 2026-02-07 19:45"),
        ("A\n0 b//c", "x // y\t///z", "A 0 b/c - x / y /z - 2026-02-07 19:45"),
        ("Ночь", "", "2026-02-07 19:45"),
        ("x" * 90, "y" * 900, f"{'x' * 32} - {'y' * 46} - 2026-02-07 19:45"),
    ],
)
def test_line_is_short_and_in_plain_letters(gamertag: str, reason: str, comment: str) -> None:
    assert ban_line(A, gamertag=gamertag, reason=reason, moment=AT) == f"{A}  // {comment}"
    assert len(comment) <= 100


@pytest.mark.parametrize("guid", ["", A.upper(), "a" * 31, "1.2.3.4", f"{A}\n"])
def test_line_names_a_guid_and_nothing_else(guid: str) -> None:
    with pytest.raises(BadIdentifierError):
        ban_line(guid, gamertag="x", reason="x", moment=AT)


def test_players_are_read_with_the_guids_that_are_verified(battleye: BattleyeHost) -> None:
    battleye.players = [
        player("Onça (2)", A),
        player("Novo", B, "?"),
        player("Espera (Lobby)", C),
        b"10.0.0.9:2304    -1   -   Chega",
    ]
    assert BattleyeBanList(battleye.address).players() == [
        OnlinePlayer("Onça (2)", A),
        OnlinePlayer("Novo", ""),
        OnlinePlayer("Espera", ""),
        OnlinePlayer("Chega", ""),
    ]


def test_name_that_forges_a_row_spoils_the_list(battleye: BattleyeHost) -> None:
    battleye.players = [player(f"X\n9   10.0.0.1:2304 1 {B}(OK) Onça", A)]
    with pytest.raises(HostAwayError, match="does not add up"):
        BattleyeBanList(battleye.address).players()


def test_identifiers_follow_from_a_steam_account() -> None:
    assert player_id_of("76561198000000201") == "VaG1V-m1hqbFkpkiytIhFFxxdI_iA-kxxqt5ons_dBI="
    assert battleye_guid_of("76561197996545192") == "cd97cc68c1038b485b081ba2aa3ea6fa"
