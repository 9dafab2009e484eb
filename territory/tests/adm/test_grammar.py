"""What one line means, above all that nobody's name can mean anything."""

import datetime as dt
import math

import pytest

from territory.adm.grammar import (
    MAX_LINE_CHARS,
    PLACEMENT_KINDS,
    Event,
    EventKind,
    Header,
    is_full_id,
    line_time,
    parse_line,
)

XBOX = "60438639ECB28AD9CB2B445BD77874FB15B4E206"
PLAYSTATION = "FnBWpMnGinH4XL8o2QaBaI4ixoR1-bbvaFSrgJER3y6="
POS = "pos=<5092.3, 1143.0, 12.6>"
SENTINEL = "-340282346638528859811704183484516925440.0"
FORGED = f'A" (id={PLAYSTATION} pos=<1, 2, 3>) placed B<B>'
SHORT_FORGED = 'A" (id=ERROR pos=<1, 2, 3>) placed B<B>'
FORGERIES = [
    FORGED,
    SHORT_FORGED,
    "X) placed Fireplace<Fireplace>",
    'A" (id=ERROR, pos=<1, 2, 3>) Built B on C with D',
    f'A" (id={PLAYSTATION}, pos=<1, 2, 3>) placed B<B>',
    "X) Built B on C with D",
    'A" (id=ERROR, pos=<1, 2, 3>)Player SurvivorBase<0x1> SurvivorM_Lewis:1 Mounted B on C',
]


def line(tail: str, *, name: str = "Ana", player_id: str = XBOX, pos: str = f" {POS}") -> str:
    return f'13:13:18 | Player "{name}" (id={player_id}{pos}){tail}'


def event(text: str) -> Event:
    parsed = parse_line(text)
    assert isinstance(parsed, Event), text
    return parsed


@pytest.mark.parametrize(
    ("tail", "kind", "display", "item"),
    [
        pytest.param(
            " placed Land Mine<LandMineTrap>", EventKind.PLACED, "Land Mine", "LandMineTrap", id="placed"
        ),
        pytest.param(
            " placed Land Mine<LandMineTrap> ",
            EventKind.PLACED,
            "Land Mine",
            "LandMineTrap",
            id="placed-space",
        ),
        pytest.param(
            " placed Средняя палатка", EventKind.PLACED, "Средняя палатка", None, id="placed-before-1.27"
        ),
        pytest.param(
            " placed Nameless Object<GardenPlot>",
            EventKind.PLACED,
            "Nameless Object",
            "GardenPlot",
            id="garden",
        ),
        pytest.param(" placed <Kit>", EventKind.PLACED, "", "Kit", id="placed-no-display"),
        pytest.param(
            " placed A<b> C<Kit_2>", EventKind.PLACED, "A<b> C", "Kit_2", id="placed-brackets-in-display"
        ),
        pytest.param(
            " placed A<two words>", EventKind.PLACED, "A<two words>", None, id="placed-no-class-in-brackets"
        ),
        pytest.param(
            " placed Land Mine<LandMi", EventKind.PLACED, "Land Mine<LandMi", None, id="placed-cut-by-crash"
        ),
        pytest.param(
            ' placed Палатка "Лето"', EventKind.PLACED, 'Палатка "Лето"', None, id="placed-quoted-display"
        ),
        pytest.param(
            "Built base on Fence with Farming Hoe", EventKind.BUILT, "Fence", "base", id="built-part"
        ),
        pytest.param(
            "Built wall_gate on Ворота with Плоскогубцы",
            EventKind.BUILT,
            "Ворота",
            "wall_gate",
            id="built-ru",
        ),
        pytest.param(
            "Built a on B with C with D", EventKind.BUILT, "B with C", "a", id="built-with-in-display"
        ),
        pytest.param("Built wall_base_up", EventKind.BUILT, None, "wall_base_up", id="built-cut-by-crash"),
        pytest.param(
            " built ShelterStick with Hands ", EventKind.BUILT, None, "ShelterStick", id="built-shelter"
        ),
        pytest.param(
            "Dismantled Upper Frame from Fence with Hatchet",
            EventKind.DISMANTLED,
            "Fence",
            "Upper Frame",
            id="dis",
        ),
        pytest.param(" folded Fence", EventKind.FOLDED, "Fence", None, id="folded"),
        pytest.param(" packed Car Tent with Hands ", EventKind.PACKED, "Car Tent", None, id="packed"),
        pytest.param(" re-packed Car Tent with Hands ", EventKind.PACKED, "Car Tent", None, id="re-packed"),
        pytest.param(" repaired Fence with Hatchet", EventKind.REPAIRED, "Fence", None, id="repaired"),
        pytest.param(" destroyed Gate with $UNT$Chainsaw", EventKind.DESTROYED, "Gate", None, id="destroyed"),
        pytest.param(
            "Player SurvivorBase<fd90f9a0> Mounted BarbedWire on Fence",
            EventKind.MOUNTED,
            "Fence",
            "BarbedWire",
            id="mounted",
        ),
        pytest.param(
            "Player SurvivorBase<752eafd0> Unmounted BarbedWire from Fence",
            EventKind.UNMOUNTED,
            "Fence",
            "BarbedWire",
            id="unmounted",
        ),
        pytest.param(
            "Player SurvivorBase<752eafd0> Dug in SeaChest<0a1b> at position {<1.0, 2.0, 3.0>}",
            EventKind.DUG_IN,
            None,
            "SeaChest",
            id="dug-in",
        ),
        pytest.param(
            "Player SurvivorBase<752eafd0> Dug out UndergroundStash<0a1b> at position {<1.0, 2.0, 3.0>}",
            EventKind.DUG_OUT,
            None,
            "UndergroundStash",
            id="dug-out",
        ),
        pytest.param(
            " Built wall_base_up on Fence with Hatchet",
            EventKind.BUILT,
            "Fence",
            "wall_base_up",
            id="built-spaced",
        ),
        pytest.param(
            " Dismantled Upper Frame from Fence with Hatchet",
            EventKind.DISMANTLED,
            "Fence",
            "Upper Frame",
            id="dismantled-spaced",
        ),
        pytest.param(
            " has raised Flag_Livonia on TerritoryFlag at <2991.5, 447.9, 1138.5>",
            EventKind.FLAG_RAISED,
            "TerritoryFlag",
            "Flag_Livonia",
            id="flag-raised",
        ),
        pytest.param(
            " has lowered Flag_Livonia on TerritoryFlag at <2991.5, 447.9, 1138.5>",
            EventKind.FLAG_LOWERED,
            "TerritoryFlag",
            "Flag_Livonia",
            id="flag-lowered",
        ),
        pytest.param(" is connecting", EventKind.CONNECTING, None, None, id="connecting"),
        pytest.param(" is connected", EventKind.CONNECTED, None, None, id="connected"),
        pytest.param(" has been disconnected", EventKind.DISCONNECTED, None, None, id="disconnected"),
        pytest.param("", EventKind.POSITION, None, None, id="player-list"),
    ],
)
def test_tail_says_kind_and_objects(
    tail: str, kind: EventKind, display: str | None, item: str | None
) -> None:
    assert event(line(tail)) == Event(
        kind, dt.time(13, 13, 18), "Ana", XBOX, 5092.3, 1143.0, 12.6, display=display, item=item
    )


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param(" placed ", id="placed-nothing"),
        pytest.param("placed Land Mine<LandMineTrap>", id="placed-without-space"),
        pytest.param("  placed Land Mine<LandMineTrap>", id="placed-two-spaces"),
        pytest.param(" Placed Land Mine<LandMineTrap>", id="placed-capital"),
        pytest.param(" is placed Land Mine<LandMineTrap>", id="verb-not-at-once"),
        pytest.param("Built ", id="built-nothing"),
        pytest.param(" performed EmoteSitA with R12", id="emote"),
        pytest.param("[HP: 98.5] hit by Infected into LeftLeg(8) for 5.85 damage (MeleeInfected)", id="hit"),
        pytest.param(
            f' killed by Player "Bo" (id={PLAYSTATION} pos=<1, 2, 3>) with KA-74 from 4 meters ', id="kill"
        ),
        pytest.param(" is disconnecting while being restrained", id="restrained"),
        pytest.param(" was teleported from: <1, 2, 3> to: <4, 5, 6>. Reason: Spawning", id="teleport"),
        pytest.param(" Mounted BarbedWire on Fence", id="mounted-without-handle"),
    ],
)
def test_tail_of_other_sorts_is_no_event(tail: str) -> None:
    assert parse_line(line(tail)) is None


@pytest.mark.parametrize(
    ("text", "kind", "gamertag", "player_id"),
    [
        pytest.param(
            f'17:01:09 | Player "A" is connected (id={XBOX})', EventKind.CONNECTED, "A", XBOX, id="pc-to-1.25"
        ),
        pytest.param(
            f'17:01:09 | Player "A"(id={XBOX}) is connected', EventKind.CONNECTED, "A", XBOX, id="ps-1.26"
        ),
        pytest.param(
            '17:01:09 | Player "A"(id=Unknown) has been disconnected',
            EventKind.DISCONNECTED,
            "A",
            "Unknown",
            id="unknown",
        ),
        pytest.param(
            '17:01:09 | Player "" (id=) is connecting', EventKind.CONNECTING, "", "", id="empty-name-and-id"
        ),
        pytest.param(
            f'17:01:09 | Player "A" (DEAD) (id={XBOX} {POS})', EventKind.POSITION, "A", XBOX, id="dead"
        ),
        pytest.param(
            f'17:01:09 | Player "A" is connected" (id={XBOX}) is connecting',
            EventKind.CONNECTING,
            'A" is connected',
            XBOX,
            id="name-ends-as-the-old-form",
        ),
        pytest.param(
            f'17:01:09 | Player "A" (DEAD)" (id={XBOX}) is connecting',
            EventKind.CONNECTING,
            'A" (DEAD)',
            XBOX,
            id="name-dead",
        ),
    ],
)
def test_old_and_odd_shapes_keep_name_and_id(
    text: str, kind: EventKind, gamertag: str, player_id: str
) -> None:
    parsed = event(text)
    assert (parsed.kind, parsed.gamertag, parsed.player_id) == (kind, gamertag, player_id)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("17:28:25 |  built ShelterStick with Hands ", id="nobody"),
        pytest.param(f"17:28:25 | Player 'A' (id={XBOX} {POS}) placed B<B>", id="single-quotes"),
        pytest.param(f"17:28:25 | Player A (id={XBOX} {POS}) placed B<B>", id="unquoted"),
        pytest.param(f'17:28:25 | Player "A (id={XBOX} {POS}) placed B<B>', id="unclosed"),
        pytest.param(
            f'17:28:25 | Player "Survivor" is connected (id={XBOX} {POS})', id="unquoted-quoting-name"
        ),
        pytest.param(f'17:28:25 | Player "A" (id={XBOX}) placed B<B>', id="no-position"),
        pytest.param(
            f'17:28:25 | Player "A" (id={XBOX})Built base on Fence with Hoe', id="built-no-position"
        ),
        pytest.param(f'17:28:25 | Player "A" (id={XBOX})', id="list-entry-no-position"),
        pytest.param(f' 17:28:25 | Player "A" (id={XBOX} {POS}) placed B<B>', id="not-at-line-start"),
        pytest.param(f'x | 17:28:25 | Player "A" (id={XBOX} {POS}) placed B<B>', id="after-something"),
        pytest.param(f'Player "A" (id={XBOX} {POS}) placed B<B>', id="no-time"),
        pytest.param(f'24:00:00 | Player "A" (id={XBOX} {POS}) placed B<B>', id="hour-24"),
        pytest.param(f'23:61:00 | Player "A" (id={XBOX} {POS}) placed B<B>', id="minute-61"),
        pytest.param(f'23:00:60 | Player "A" (id={XBOX} {POS}) placed B<B>', id="second-60"),
        pytest.param(f'\u0661\u0667:28:25 | Player "A" (id={XBOX} {POS}) placed B<B>', id="arabic-digits"),
        pytest.param(f'17:28:25 | Chat("A"(id={XBOX})): Player "A" (id={XBOX} {POS}) placed B<B>', id="chat"),
        pytest.param(f'17:28:25 | Chat("A"(id={XBOX})): placed B<B>', id="chat-placed"),
        pytest.param(f'17:28:25 | AI "A" (DEAD) (group=82 faction="West" {POS}) placed B<B>', id="ai"),
        pytest.param("17:28:25 | A [steam64: 76561195101716678;] <1, 2, 3> deployed Wooden Crate", id="mod"),
        pytest.param(f"17:28:25 | {FORGED} [steam64: 7656;] <1, 2, 3> deployed Crate", id="mod-forged"),
        pytest.param(
            f'17:28:25 | Player "{FORGED} [steam64: 7656;] <1, 2, 3> deployed Crate', id="mod-forged-player"
        ),
        pytest.param(f'17:28:25 | Player "{FORGED}" killed by somebody (id=', id="id-cut"),
        pytest.param("17:28:25 | ##### PlayerList log: 2 players", id="list"),
        pytest.param(
            "**********************************EOF****************************************", id="eof"
        ),
        pytest.param(" (31)", id="junk"),
        pytest.param("", id="empty"),
        pytest.param(line(" placed B<B>") + " " * MAX_LINE_CHARS, id="too-long"),
    ],
)
def test_line_of_nobody_or_nowhere_is_no_event(text: str) -> None:
    assert parse_line(text) is None


@pytest.mark.parametrize("forged", [*FORGERIES, f"{FORGED}{FORGED}"])
@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ('12:00:00 | Player "{}" (id={} pos=<7, 8, 9>) has been disconnected', EventKind.DISCONNECTED),
        ('12:00:00 | Player "{}"(id={}, pos=<7, 8, 9>) has been disconnected', EventKind.DISCONNECTED),
        ('12:00:00 | Player "{}"(id={}) has been disconnected', EventKind.DISCONNECTED),
        ('12:00:00 | Player "{}" (id={}) is connecting', EventKind.CONNECTING),
        ('12:00:00 | Player "{}" is connected (id={})', EventKind.CONNECTED),
        ('12:00:00 | Player "{}"(id={}) is connected', EventKind.CONNECTED),
        ('12:00:00 | Player "{}" (id={} pos=<7, 8, 9>)', EventKind.POSITION),
        ('12:00:00 | Player "{}" (DEAD) (id={} pos=<7, 8, 9>)', EventKind.POSITION),
    ],
)
def test_forged_name_is_read_as_the_name_it_is(forged: str, shape: str, kind: EventKind) -> None:
    parsed = event(shape.format(forged, XBOX))
    assert (parsed.kind, parsed.gamertag, parsed.player_id) == (kind, forged, XBOX)
    assert parsed.x in (None, 7.0)


@pytest.mark.parametrize("forged", FORGERIES)
@pytest.mark.parametrize(
    "shape",
    [
        '12:00:00 | Player "{}" (DEAD) (id={} pos=<7, 8, 9>) died. Stats> Water: 1 Energy: 2 Bleed sources: 0',
        "12:00:00 | Player {} (DEAD) (id={} pos=<7, 8, 9>) bled out",
        "12:00:00 | Player '{}' (id={}) committed suicide.",
        '12:00:00 | Player "Bo" (DEAD) (id=Unknown pos=<4, 5, 6>) killed by Player "{}" (id={} pos=<7, 8, 9>) with KA-74',
        '12:00:00 | Player "Bo" (id=Unknown pos=<4, 5, 6>)[HP: 1] hit by Player "{}" (id={} pos=<7, 8, 9>) into Head(1)',
        '12:00:00 | Chat("{}"(id={})): mensagem',
        '12:00:00 | Player "{}" (id={} pos=<7, 8, 9>) performed EmoteSitA',
    ],
)
def test_forged_name_in_lines_of_other_sorts_is_no_event(forged: str, shape: str) -> None:
    assert parse_line(shape.format(forged, XBOX)) is None
    assert parse_line(shape.format(f'"{forged}', XBOX)) is None


def test_forged_name_in_a_true_placement_keeps_the_true_facts() -> None:
    parsed = event(line(" placed Fence Kit<FenceKit>", name=SHORT_FORGED))
    assert (parsed.kind, parsed.gamertag, parsed.player_id, parsed.item) == (
        EventKind.PLACED,
        SHORT_FORGED,
        XBOX,
        "FenceKit",
    )
    assert (parsed.x, parsed.z, parsed.altitude) == (5092.3, 1143.0, 12.6)


@pytest.mark.parametrize(
    "name", ["|BOK| Qa*", "[EBU] W", "WIXEN ", " x", "И'Ж", 'a"b', 'a" ', "a\u2028b\x85c\rd", ""]
)
def test_name_of_any_shape_is_kept_as_it_is(name: str) -> None:
    assert event(line(" placed Fence Kit<FenceKit>", name=name)).gamertag == name


@pytest.mark.parametrize("player_id", ["Unknown", "ERROR", "", "PLAYER_ID", XBOX.lower(), XBOX[1:]])
def test_placement_under_a_short_id_is_an_event_that_says_so(player_id: str) -> None:
    parsed = event(line(" placed Fence Kit<FenceKit>", player_id=player_id))
    assert parsed.kind in PLACEMENT_KINDS
    assert parsed.player_id == player_id
    assert not is_full_id(player_id)


@pytest.mark.parametrize("player_id", ["a b", 'a"b', "a)b", "a,b", "x" * 65])
def test_id_of_impossible_shape_is_no_event(player_id: str) -> None:
    assert parse_line(line(" placed Fence Kit<FenceKit>", player_id=player_id)) is None


@pytest.mark.parametrize(
    ("text", "full"),
    [
        (XBOX, True),
        (PLAYSTATION, True),
        (f"{XBOX}\n", False),
        (PLAYSTATION[:-1], False),
        (XBOX.lower(), False),
        (f"{XBOX}0", False),
        ("٤" * 40, False),
        ("", False),
    ],
)
def test_full_id_is_forty_hex_or_forty_four_base64url(text: str, full: bool) -> None:  # noqa: FBT001
    assert is_full_id(text) is full


@pytest.mark.parametrize(
    ("pos", "expected"),
    [
        ("pos=<11268, 9415.9, 183.3>", (11268.0, 9415.9, 183.3)),
        ("pos=<-1.5, -0, 0.0>", (-1.5, 0.0, 0.0)),
        (f"pos=<{SENTINEL}, 10326.4, 339.3>", (float(SENTINEL), 10326.4, 339.3)),
        (f"pos=<{'9' * 39}, 1, 2>", (float("9" * 39), 1.0, 2.0)),
    ],
)
def test_position_is_east_north_altitude_and_finite(pos: str, expected: tuple[float, float, float]) -> None:
    parsed = event(line(" placed Fence Kit<FenceKit>", pos=f" {pos}"))
    assert (parsed.x, parsed.z, parsed.altitude) == expected
    assert all(math.isfinite(value) for value in expected)


@pytest.mark.parametrize(
    "pos",
    [
        "pos=<nan, 1, 2>",
        "pos=<inf, 1, 2>",
        f"pos=<{'9' * 400}, 1, 2>",
        "pos=<1e999, 1, 2>",
        "pos=<1, 2>",
        "pos=<1,2,3>",
        "pos=<1., 2, 3>",
        "pos=<+1, 2, 3>",
        "pos=<\u0661, 2, 3>",
        "pos=<1, 2, 3, 4>",
        "pos=<1_0, 2, 3>",
        "pos=<>",
    ],
)
def test_position_of_another_shape_is_no_event(pos: str) -> None:
    assert parse_line(line(" placed Fence Kit<FenceKit>", pos=f" {pos}")) is None


def test_header_gives_the_boots_local_time() -> None:
    assert parse_line("AdminLog started on 2026-07-06 at 12:51:59") == Header(
        dt.datetime.fromisoformat("2026-07-06T12:51:59")
    )


@pytest.mark.parametrize(
    "text",
    [
        "AdminLog started on 2026-02-30 at 12:51:59",
        "AdminLog started on 2026-13-01 at 12:51:59",
        "AdminLog started on 2026-07-06 at 24:00:00",
        "AdminLog started on 2026-07-06 at 23:61:00",
        "AdminLog started on 0000-01-01 at 00:00:00",
        "AdminLog started on 9999-12-31 at 23:59:59",
        "AdminLog started on 2026-07-06 at 12:51:59 x",
        "AdminLog started on 2026-07-06",
        " AdminLog started on 2026-07-06 at 12:51:59",
        "12:00:00 | AdminLog started on 2026-07-06 at 12:51:59",
    ],
)
def test_header_that_is_impossible_or_elsewhere_is_none(text: str) -> None:
    assert parse_line(text) is None


def test_line_time_reads_lines_of_any_sort() -> None:
    assert line_time("23:59:51 | #####") == dt.time(23, 59, 51)
    assert line_time("23:59:51|#####") is None


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            f'01:00:01 | Player "Ana" (id={"A1" * 20} pos=<1, 2, 3>) plac01:30:00 | Player "Bob" (id={"B1" * 20} '
            "pos=<5000, 3000, 3>) placed Fence Kit<FenceKit>",
            id="a-cut-line-and-the-next",
        ),
        pytest.param(
            f'01:00:01 | Player "Ana" (id={"A1" * 20} pos=<1, 2, 3>)[HP: 10] hit by Player "Z" (id={"B1" * 20} '
            "pos=<5000, 3000, 3>) placed X<X>",
            id="a-hit-and-a-placement",
        ),
        pytest.param(
            f'01:00:01 | Player "Ana" (id={"A1" * 20}, pos=<1, 2, 3>) plac01:30:00 | Player "Bob" (id={"B1" * 20}, '
            "pos=<5000, 3000, 3>) Built base on Fence with Hoe",
            id="with-commas",
        ),
    ],
)
def test_lines_that_ran_together_are_nobodys_placement(line: str) -> None:
    assert parse_line(line) is None
