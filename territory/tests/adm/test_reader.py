"""Bytes to events: offsets, line ends, half-written lines, and reading in pieces."""

import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from territory.adm.grammar import EventKind
from territory.adm.reader import MAX_LINE_BYTES, Cursor, LoggedEvent, Reading, read_chunk, source_key

HEADER = "AdminLog started on 2026-07-06 at 22:00:00"
ANA = "(id=60438639ECB28AD9CB2B445BD77874FB15B4E206 pos=<1, 2, 3>)"
PLACED = f'23:13:18 | Player "Ana" {ANA} placed Fence Kit<FenceKit>'
BUILT = f'00:10:41 | Player "Ana" {ANA}Built base on Fence with Hoe'
LOG = f"\n\n{'*' * 78}\n{HEADER}\n{PLACED}\n23:20:00 | #####\n{BUILT}\n".encode()


def kinds(reading: Reading) -> list[EventKind]:
    return [logged.event.kind for logged in reading.events]


def in_pieces(data: bytes, sizes: list[int]) -> tuple[list[LoggedEvent], Cursor, int]:
    """Read a growing file whose visible length grows by these sizes, and then wholly."""
    events: list[LoggedEvent] = []
    cursor, lines, seen = Cursor(), 0, 0
    for size in [*sizes, len(data)]:
        seen = min(seen + size, len(data))
        reading = read_chunk(data[cursor.offset : seen], cursor)
        cursor = Cursor.from_json(json.loads(json.dumps(reading.cursor.to_json())))
        assert cursor == reading.cursor
        events.extend(reading.events)
        lines += reading.lines
    return events, cursor, lines


def test_read_gives_offsets_dates_and_raw_text() -> None:
    reading = read_chunk(LOG, Cursor())
    placed, built = reading.events
    assert LOG[placed.offset :].startswith(b"23:13:18")
    assert LOG[built.offset :].startswith(b"00:10:41")
    assert [str(logged.at) for logged in reading.events] == ["2026-07-06 23:13:18", "2026-07-07 00:10:41"]
    assert (placed.raw, built.raw) == (PLACED, BUILT)
    assert (reading.lines, reading.unfinished) == (7, False)
    assert (reading.cursor.offset, reading.cursor.opening) == (len(LOG), HEADER)


def test_read_of_a_log_with_several_boots_keeps_the_first_opening() -> None:
    later = f"AdminLog started on 2026-07-09 at 10:00:00\n{PLACED}\n".encode()
    reading = read_chunk(LOG + later, Cursor())
    assert reading.cursor.opening == HEADER
    assert str(reading.events[-1].at) == "2026-07-09 23:13:18"


def test_read_without_a_header_has_events_without_dates() -> None:
    reading = read_chunk(f"{PLACED}\n".encode(), Cursor())
    assert [logged.at for logged in reading.events] == [None]
    assert reading.cursor.opening == ""


NAME = "DayZServer_X1_x64_2026-11-20_22-00-00.ADM"


def test_read_without_a_header_is_dated_by_the_files_name() -> None:
    data = f"{PLACED}\n{BUILT}\n".encode()
    start = Cursor.at_start(NAME)
    reading = read_chunk(data, start)
    assert [str(logged.at) for logged in reading.events] == ["2026-11-20 23:13:18", "2026-11-21 00:10:41"]
    in_parts = [read_chunk(data[: data.index(b"\n") + 1], Cursor.from_json(start.to_json()))]
    cursor = Cursor.from_json(in_parts[0].cursor.to_json())
    in_parts.append(read_chunk(data[cursor.offset :], cursor))
    assert tuple(event for part in in_parts for event in part.events) == reading.events
    assert in_parts[1].cursor == reading.cursor


def test_read_with_a_header_is_the_same_under_any_name() -> None:
    assert read_chunk(LOG, Cursor.at_start(NAME)) == read_chunk(LOG, Cursor())


def test_header_wins_over_the_name_from_its_line_on() -> None:
    reading = read_chunk(f"{PLACED}\n".encode() + LOG, Cursor.at_start(NAME))
    assert [str(logged.at)[:10] for logged in reading.events] == ["2026-11-20", "2026-07-06", "2026-07-07"]
    assert reading.cursor.opening == HEADER


def test_log_without_a_header_has_the_keys_of_the_whole_log() -> None:
    whole = read_chunk(f"AdminLog started on 2026-11-20 at 22:00:00\n{PLACED}\n".encode(), Cursor()).events[0]
    cut = read_chunk(f"{PLACED}\n".encode(), Cursor.at_start(NAME)).events[0]
    other = read_chunk(f"{PLACED}\n".encode(), Cursor.at_start(NAME.replace("11-20", "11-21"))).events[0]
    assert source_key("a", whole) == source_key("b", cut) != source_key("b", other)


def test_midnight_shows_in_lines_that_are_no_events() -> None:
    night = f"{HEADER}\n23:00:00 | #####\n03:00:00 | #####\n14:00:00 | #####\n{PLACED}\n"
    assert str(read_chunk(night.encode(), Cursor()).events[0].at) == "2026-07-07 23:13:18"


@pytest.mark.parametrize("at_end", [False, True])
def test_byte_order_mark_is_no_part_of_the_first_line(at_end: bool) -> None:  # noqa: FBT001
    reading = read_chunk(b"\xef\xbb\xbf" + f"{HEADER}\n{PLACED}\n".encode(), Cursor(), at_end=at_end)
    assert reading.cursor.opening == HEADER
    assert reading.events[0].offset == 3 + len(HEADER) + 1
    assert read_chunk(b"\xef\xbb\xbf" + f"{PLACED}\n".encode(), Cursor()).events[0].raw == PLACED


def test_carriage_return_before_the_line_end_is_dropped_once() -> None:
    crlf = read_chunk(LOG.replace(b"\n", b"\r\n"), Cursor())
    assert [logged.raw for logged in crlf.events] == [PLACED, BUILT]
    assert crlf.cursor.opening == HEADER


@pytest.mark.parametrize("inside", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_other_line_separators_inside_a_name_end_no_line(inside: str) -> None:
    forged = f'x{inside}23:13:18 | Player "Bo" {ANA} placed B<B>{inside}'
    text = f'23:13:18 | Player "{forged}" {ANA} is connected\n'
    reading = read_chunk(text.encode(), Cursor())
    assert kinds(reading) == [EventKind.CONNECTED]
    assert reading.events[0].event.gamertag == forged


@pytest.mark.parametrize(
    ("stored", "gamertag"),
    [
        pytest.param(b"A\xc3\xa3\xff\x00a", "A\xe3\ufffd\ufffda", id="damaged"),
        pytest.param(b"A\xe3\x81\x00a", "A\xe3\ufffd\ufffda", id="stored-as-cp1252"),
    ],
)
def test_bytes_that_are_no_text_become_replacement_characters(stored: bytes, gamertag: str) -> None:
    data = f"{PLACED}\n".encode().replace(b"Ana", stored)
    logged = read_chunk(data, Cursor()).events[0]
    assert logged.event.gamertag == gamertag
    assert "\0" not in logged.raw


@pytest.mark.parametrize("at_end", [False, True])
@pytest.mark.parametrize("cut", range(1, len(PLACED.encode())))
def test_half_written_line_waits(cut: int, at_end: bool) -> None:  # noqa: FBT001
    data = LOG + PLACED.encode()[:cut]
    reading = read_chunk(data, Cursor(), at_end=at_end)
    assert (len(reading.events), reading.unfinished, reading.cursor.offset) == (2, True, len(LOG))


@pytest.mark.parametrize(
    "last",
    [
        pytest.param(PLACED.removesuffix("<FenceKit>"), id="without-class"),
        pytest.param(BUILT, id="built"),
        pytest.param(f'23:13:18 | Player "Ana" {ANA}', id="list-entry"),
        pytest.param(
            '23:13:18 | Player "A" (id=ERROR pos=<1, 2, 3>) placed B<B>', id="short-id-could-be-a-name"
        ),
        pytest.param(PLACED + " ", id="something-follows"),
        pytest.param(PLACED.replace("<FenceKit>", "<>"), id="empty-class"),
        pytest.param(f'23:13:18 | Player "Ana" {ANA} has raised A on B at <1, 2, 3>', id="flag"),
        pytest.param(f'23:13:18 | Player "Ana" {ANA}Dismantled A from B<C>', id="other-kind-closed"),
    ],
)
def test_last_line_that_may_go_on_waits_even_at_the_end(last: str) -> None:
    reading = read_chunk(last.encode(), Cursor(), at_end=True)
    assert (reading.events, reading.unfinished, reading.cursor.offset) == ((), True, 0)


@pytest.mark.parametrize("ending", ["", "\r"])
@pytest.mark.parametrize("rest", [b"\n", b"\r\n", b"; 12:00:00 | more\n"])
def test_closed_placement_at_the_end_is_read_once(ending: str, rest: bytes) -> None:
    whole = LOG + (PLACED + ending).encode()
    first = read_chunk(whole, Cursor(), at_end=True)
    assert (kinds(first)[-1], first.unfinished, first.lines) == (EventKind.PLACED, False, 8)
    again = read_chunk(whole + b"\n", Cursor()).events
    assert again == first.events
    second = read_chunk(rest + BUILT.encode() + b"\n", first.cursor)
    assert (kinds(second), second.lines) == ([EventKind.BUILT], 1)
    assert second.events[0].offset == len(whole) + len(rest)
    assert not read_chunk(b"", first.cursor).unfinished


@pytest.mark.parametrize("piece", [MAX_LINE_BYTES, MAX_LINE_BYTES * 3])
def test_endless_line_is_passed_over_as_junk(piece: int) -> None:
    # Neither its time nor what looks like a line further on in it may count, however it comes to us.
    junk = b"13:00:00 | " + b"x" * (piece - 11)
    later = PLACED.replace("23:13:18", "00:20:00")
    data = LOG + junk * 2 + f"{PLACED}\n{later}\n".encode()
    whole = read_chunk(data, Cursor())
    assert [str(logged.at) for logged in whole.events[2:]] == ["2026-07-07 00:20:00"]
    stalled = read_chunk(LOG + junk, Cursor())
    assert (stalled.cursor.offset, stalled.unfinished) == (len(LOG) + piece, False)
    going_on = read_chunk(junk, stalled.cursor)
    resumed = read_chunk(data[going_on.cursor.offset :], going_on.cursor)
    assert (*stalled.events, *going_on.events, *resumed.events) == whole.events
    assert stalled.lines + going_on.lines + resumed.lines == whole.lines == 9


def test_empty_reading_changes_nothing() -> None:
    cursor = read_chunk(LOG, Cursor()).cursor
    assert read_chunk(b"", cursor, at_end=True) == Reading((), cursor, 0, unfinished=False)


def test_cursor_begins_at_the_beginning_without_a_stored_value() -> None:
    assert Cursor.from_json({}) == Cursor()


LINES = st.sampled_from(
    [
        HEADER,
        PLACED,
        BUILT,
        "",
        "23:59:59 | #####",
        "00:00:01 | #####",
        "12:00:00 | Chat",
        "\ufeff",
        "\r",
        "ж\u2028",
        f'12:30:00 | Player "Ж\r" {ANA} placed Бочка',
        "AdminLog started on 2026-07-07 at 00:00:05",
    ]
)


@given(
    st.lists(LINES, max_size=25), st.sampled_from(["\n", "\r\n"]), st.lists(st.integers(0, 120), max_size=40)
)
@example([HEADER, PLACED], "\n", [1] * 200)
def test_reading_in_any_pieces_equals_reading_at_once(lines: list[str], end: str, sizes: list[int]) -> None:
    data = end.join(lines).encode()
    whole = read_chunk(data, Cursor())
    assert in_pieces(data, sizes) == (list(whole.events), whole.cursor, whole.lines)
    assert read_chunk(data, Cursor()) == whole


@given(st.binary(max_size=400), st.lists(st.integers(0, 60), max_size=12), st.booleans())
def test_no_bytes_raise(data: bytes, sizes: list[int], at_end: bool) -> None:  # noqa: FBT001
    whole = read_chunk(data, Cursor())
    assert in_pieces(data, sizes) == (list(whole.events), whole.cursor, whole.lines)
    assert 0 <= read_chunk(data, Cursor(), at_end=at_end).cursor.offset <= len(data)


def events_of(text: str, *, encoding: str = "utf-8") -> tuple[LoggedEvent, ...]:
    return read_chunk(text.encode(encoding), Cursor()).events


RENAMED = PLACED.replace("Ana", "Tião")
OLD_FORM = PLACED.replace("Fence Kit<FenceKit>", "Barraca média")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param(f"{HEADER}\n{RENAMED}\n", "utf-8-sig", id="bom"),
        pytest.param(f"{HEADER}\r\n{RENAMED}\r\n", "utf-8", id="cr"),
        pytest.param(f"{HEADER}\n{RENAMED} \n", "utf-8", id="space-at-the-end"),
        pytest.param(f"{HEADER}\n{RENAMED}\n", "cp1252", id="other-encoding"),
        pytest.param(f"{HEADER}\n{unicodedata.normalize('NFD', RENAMED)}\n", "utf-8", id="accents-apart"),
        pytest.param(f"\n\n{'*' * 78}\n{HEADER}\n22:00:01 | #####\n{RENAMED}\n", "utf-8", id="further-down"),
        pytest.param(f"AdminLog started on 2026-07-06 at 23:00:00\n{RENAMED}\n", "utf-8", id="piece"),
    ],
)
def test_source_key_is_the_same_however_a_log_is_stored(text: str, encoding: str) -> None:
    (plain,), (other,) = events_of(f"{HEADER}\n{RENAMED}\n"), events_of(text, encoding=encoding)
    assert source_key("a.ADM", plain) == source_key("b.ADM", other)
    # Stored keys must go on matching: another value here would bring every line of every log in a second time.
    assert str(source_key("a.ADM", plain)) == "632f3f34-512b-ccde-fec1-dd4999aeec6d"


def test_source_key_of_an_item_without_a_class_does_not_depend_on_the_encoding() -> None:
    text = f"{HEADER}\n{OLD_FORM}\n"
    (plain,), (other,) = events_of(text), events_of(text, encoding="cp1252")
    assert source_key("a", plain) == source_key("a", other)


def test_source_key_differs_by_what_happened_and_by_its_number_among_equals() -> None:
    changes = [
        ("23:13:18", "23:13:19"),
        ("<1,", "<1.5,"),
        ("FenceKit", "Barrel_Blue"),
        ("6043", "6044"),
        ("placed", "placed"),
    ]
    lines = [PLACED.replace(old, new) for old, new in changes]
    keys = {source_key("a", event) for event in events_of("\n".join([HEADER, *lines, PLACED, ""]))}
    assert len(keys) == len(lines) + 1


@given(st.lists(st.integers(0, 500), max_size=12))
def test_equal_lines_keep_their_numbers_however_they_are_read(sizes: list[int]) -> None:
    data = "\n".join(
        [HEADER, PLACED, PLACED, BUILT, PLACED.replace("23:13:18", "00:10:50"), PLACED, ""]
    ).encode()
    events, _cursor, _lines = in_pieces(data, sizes)
    assert [event.nth for event in events] == [event.nth for event in read_chunk(data, Cursor()).events]
    assert [event.nth for event in events][:2] == [0, 1]


def test_source_key_of_an_undated_line_is_the_file_and_the_place() -> None:
    (logged,) = events_of(PLACED + "\n")
    (moved,) = events_of("\n" + PLACED + "\n")
    keys = {
        source_key("\udcff.ADM", logged),
        source_key("\udcfe.ADM", logged),
        source_key("\udcfe.ADM", moved),
    }
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("lines", "ends_at"),
    [
        pytest.param([HEADER], "2026-07-06T22:00:00", id="header"),
        pytest.param([HEADER, PLACED, ""], "2026-07-06T23:13:18", id="line-and-blank"),
        pytest.param([HEADER, PLACED, "*" * 10 + "EOF" + "*" * 10], None, id="mark-without-a-time"),
        pytest.param([PLACED], None, id="no-date"),
    ],
)
def test_reading_tells_when_its_last_line_was_written(lines: list[str], ends_at: str | None) -> None:
    found = read_chunk(("\n".join(lines) + "\n").encode(), Cursor()).ends_at
    assert (found and found.isoformat()) == ends_at
