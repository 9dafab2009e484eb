import codecs
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory.hosts.banlist import (
    MAX_GAMERTAG,
    MAX_REASON,
    BadIdentifierError,
    Entry,
    ban_line,
    fulfil,
    holds,
    identifier,
    identifiers,
    is_of_battleye,
)

MOMENT = datetime(2026, 2, 7, 19, 45, tzinfo=UTC)
XBOX_ID = "60438639ECB28AD9CB2B445BD77874FB15B4E206"
PC_ID = "V3JpdGUgbWUgYSBsZXR0ZXIgaW4gdGhlIGV2ZW5pbg=="
OURS = f"{XBOX_ID}  // IlRrcqNjj - invasion - 2026-02-07 19:45"
FOREIGN = f"{XBOX_ID}  // by hand, do not touch"


def line(identifier: str = XBOX_ID, gamertag: str = "IlRrcqNjj", reason: str = "invasion") -> str:
    return ban_line(identifier, gamertag=gamertag, reason=reason, moment=MOMENT)


def test_ban_line_holds_identifier_name_reason_and_minute() -> None:
    assert line() == OURS


def test_ban_line_without_a_gamertag_has_no_empty_part() -> None:
    assert line(gamertag=" \u200b ") == f"{XBOX_ID}  // invasion - 2026-02-07 19:45"


HOSTILE = {
    "lf": ("A\nDEADBEEF", "A DEADBEEF"),
    "crlf": ("A\r\nB", "A B"),
    "old separators": ("A\x0bB\x0cC\x1cD\x1dE\x1eF\x85G", "A B C D E F G"),
    "unicode separators": ("A\u2028B\u2029C", "A B C"),
    "bidi": ("A\u202egnp.exe\u2066B", "A gnp.exe B"),
    "control": ("A\x00B\x7fC", "A B C"),
    "surrogate": ("A\ud800B", "A B"),
    "space": ("  A \t\u3000 B  ", "A B"),
    "slashes": ("A // B", "A // B"),
    "other": ("Жук 甲虫", "Жук 甲虫"),
}


@pytest.mark.parametrize(("hostile", "shown"), HOSTILE.values(), ids=HOSTILE)
def test_ban_line_with_hostile_text_stays_one_line(hostile: str, shown: str) -> None:
    assert line(gamertag=hostile) == f"{XBOX_ID}  // {shown} - invasion - 2026-02-07 19:45"
    assert line(reason=hostile) == f"{XBOX_ID}  // IlRrcqNjj - {shown} - 2026-02-07 19:45"


def test_ban_line_with_endless_text_is_cut() -> None:
    long = line(gamertag="g" * 5000, reason="r" * 5000)

    assert long == f"{XBOX_ID}  // {'g' * MAX_GAMERTAG} - {'r' * MAX_REASON} - 2026-02-07 19:45"


NO_IDENTIFIERS = ["", " ", "two words", "tab\tbed", "//", "A//B", "A\n", "\nA", "A\x00", "A\u2028B", "A\u00a0B", "A\u202e",
                  "\ufeffA", "\ud800"]  # fmt: skip


@pytest.mark.parametrize("identifier", NO_IDENTIFIERS)
def test_ban_line_for_what_is_no_identifier_is_refused(identifier: str) -> None:
    with pytest.raises(BadIdentifierError):
        line(identifier)


ADDED = {
    "empty": (b"", b"%s\n"),
    "lf": (b"X\n", b"X\n%s\n"),
    "crlf": (b"X\r\nY\r\n", b"X\r\nY\r\n%s\r\n"),
    "no last end": (b"X", b"X\n%s\n"),
    "crlf, no last end": (b"X\r\nY", b"X\r\nY\r\n%s\r\n"),
    "mark": (codecs.BOM_UTF8 + b"X\n", codecs.BOM_UTF8 + b"X\n%s\n"),
    "mark only": (codecs.BOM_UTF8, codecs.BOM_UTF8 + b"%s\n"),
    "odd bytes": (b"// caf\xe9 \xff\n\n  \nX  \n", b"// caf\xe9 \xff\n\n  \nX  \n%s\n"),
    "mixed": (b"A\nB\nC\r\n", b"A\nB\nC\r\n%s\n"),
}


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=ADDED)
def test_new_line_leaves_what_is_there(before: bytes, after: bytes) -> None:
    assert fulfil(before, put=[Entry(OURS)], take=[]) == after % OURS.encode()


REMOVED = {
    "lf": (f"A\n{OURS}\nB\n", "A\nB\n"),
    "crlf": (f"A\r\n{OURS}\r\nB\r\n", "A\r\nB\r\n"),
    "no last end": (f"A\n{OURS}", "A\n"),
    "space behind": (f"{OURS}  \t\nB", "B"),
    "mark": (f"\ufeff{OURS}\nB\n", "\ufeffB\n"),
    "twice": (f"{OURS}\n\nA\n{OURS}\n", "\nA\n"),
    "same id": (f"{FOREIGN}\n{OURS}\n", f"{FOREIGN}\n"),
    "other space": (f" {OURS}\n{XBOX_ID}\n", f" {OURS}\n{XBOX_ID}\n"),
    "longer": (f"{OURS} and more\n", f"{OURS} and more\n"),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_only_equal_lines_are_removed(before: str, after: str) -> None:
    assert fulfil(before.encode(), put=[], take=[Entry(OURS)]) == after.encode()


def test_nothing_to_do_gives_the_same_bytes() -> None:
    content = f"A\r\n{OURS}\nB".encode()

    assert fulfil(content, put=[Entry(OURS), Entry(OURS)], take=[Entry("C"), Entry(OURS)]) is content


def test_new_lines_stand_in_their_order() -> None:
    assert fulfil(b"", put=[Entry(word) for word in "caba"], take=[]) == b"c\na\nb\n"


@pytest.mark.parametrize("text", ["A\nB", "A\n", "A\rB", "A\u2028B", "A\x0cB"])
def test_new_line_that_is_not_one_line_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Not one line"):
        fulfil(b"", put=[Entry(text)], take=[])


def test_identifiers_are_the_words_before_the_comments() -> None:
    content = f"\ufeff{OURS}\r\n// nobody\n\n  {PC_ID}\t\nName//x\nTwo Words // y\n//\n".encode()

    assert identifiers(content) == {XBOX_ID, PC_ID, "Name", "Two"}


def test_identifiers_of_any_bytes_are_text() -> None:
    assert identifiers(b"\xff\xfe // x\n\x00\n") == {"\ufffd\ufffd", "\x00"}


EDITED = f"{XBOX_ID} // IlRrcqNjj, seen on video"
LONGER = f"{XBOX_ID}  // IlRrcqNjj - invasion, for good - 2026-02-07 19:45"
WRITTEN = Entry(OURS, OURS)


BANNED = {
    "new": ("A\n", Entry(OURS), f"A\n{OURS}\n"),
    "there": (f"{OURS}\nA\n", Entry(OURS), f"{OURS}\nA\n"),
    "by a foreign line": (f"{FOREIGN}\nA\n", Entry(OURS), f"{FOREIGN}\nA\n"),
    "by a bare identifier": (f"{XBOX_ID}//x\n", Entry(OURS), f"{XBOX_ID}//x\n"),
    "in a comment only": (f"// {XBOX_ID}\n", Entry(OURS), f"// {XBOX_ID}\n{OURS}\n"),
    "edited by hand": (f"{EDITED}\n", WRITTEN, f"{EDITED}\n"),
    "new text": (f"{OURS}\nA\n", Entry(LONGER, OURS), f"A\n{LONGER}\n"),
    "new text beside a foreign line": (f"{OURS}\n{FOREIGN}\n", Entry(LONGER, OURS), f"{FOREIGN}\n{LONGER}\n"),
    "new text of an edited line": (f"{EDITED}\nA\n", Entry(LONGER, OURS), f"{EDITED}\nA\n"),
    "new text is there": (f"{LONGER}\nA\n", Entry(LONGER, OURS), f"{LONGER}\nA\n"),
    "new text after a reset": ("A\n", Entry(LONGER, OURS), f"A\n{LONGER}\n"),
}


@pytest.mark.parametrize(("before", "entry", "after"), BANNED.values(), ids=BANNED)
def test_ban_stands_in_the_list_once_by_its_identifier(before: str, entry: Entry, after: str) -> None:
    assert fulfil(before.encode(), put=[entry], take=[]) == after.encode()
    assert fulfil(after.encode(), put=[entry], take=[]) == after.encode()


LIFTED = {
    "ours": (f"A\n{OURS}\n", WRITTEN, "A\n"),
    "beside a foreign line": (f"A\n{OURS}\n{FOREIGN}\n", WRITTEN, f"A\n{FOREIGN}\n"),
    "earlier text": (f"{OURS}\n", Entry(LONGER, OURS), ""),
    "later text": (f"{LONGER}\n", Entry(LONGER, OURS), ""),
    "two of unknown hands": (f"{EDITED}\n{FOREIGN}\n", WRITTEN, f"{EDITED}\n{FOREIGN}\n"),
    "gone": ("A\n", WRITTEN, "A\n"),
}


@pytest.mark.parametrize("may_be_edited", [True, False])
@pytest.mark.parametrize(("before", "entry", "after"), LIFTED.values(), ids=LIFTED)
def test_lifting_takes_what_we_wrote(before: str, entry: Entry, after: str, may_be_edited: bool) -> None:  # noqa: FBT001
    entry = Entry(entry.line, entry.written, may_be_edited)
    assert fulfil(before.encode(), put=[], take=[entry]) == after.encode()


def test_lifting_takes_our_line_that_somebody_edited_and_only_where_it_can_be_no_other() -> None:
    before = b"A\n" + EDITED.encode() + b" caf\xe9\n"
    assert fulfil(before, put=[], take=[Entry(OURS, OURS, may_be_edited=True)]) == b"A\n"
    assert fulfil(before, put=[], take=[WRITTEN]) == before


def test_lifting_one_ban_leaves_another_of_the_same_player_a_line_of_its_own() -> None:
    content = f"{OURS}\n".encode()
    assert fulfil(content, put=[Entry(LONGER)], take=[WRITTEN]) == f"{LONGER}\n".encode()
    assert fulfil(content, put=[Entry(OURS)], take=[WRITTEN]) == content


@pytest.mark.parametrize(
    ("line", "is_battleye"),
    [
        ("0123456789abcdef0123456789abcdef -1 Cheating", True),
        ("0123456789ABCDEF0123456789ABCDEF 1440", True),
        ("203.0.113.7\t0\tevading\r", True),
        (OURS, False),
        (FOREIGN, False),
        (f"{PC_ID} 1440 hours", False),
        ("76561198000000000 // 60", False),
        ("0123456789abcdef0123456789abcdef // 60", False),
        ("// 0123456789abcdef0123456789abcdef -1 x", False),
        ("", False),
    ],
)
def test_list_of_battleye_shows_by_its_lines(line: str, is_battleye: bool) -> None:  # noqa: FBT001
    assert is_of_battleye(f"{OURS}\n{line}\n".encode()) is is_battleye


@pytest.mark.parametrize("text", ["", "  ", "// A", "A\nB", "A\r\n", "//"])
def test_text_that_is_no_line_has_no_identifier(text: str) -> None:
    assert identifier(text) == ""


def test_whole_lines_that_a_list_holds() -> None:
    assert holds(f"\ufeff{OURS}  \r\n{EDITED}\n".encode(), [OURS, FOREIGN]) == {OURS}


# Bytes that have a meaning to the format, among any others; a byte order mark is one at the beginning only.
_bodies = st.lists(
    st.one_of(
        st.sampled_from([b"\n", b"\r\n", b"\r", b"//", b" ", OURS.encode(), FOREIGN.encode()]),
        st.binary(max_size=12),
    ),
    max_size=30,
).map(lambda parts: b"".join(parts).replace(codecs.BOM_UTF8, b""))
_lists = st.builds(bytes.__add__, st.sampled_from([b"", codecs.BOM_UTF8]), _bodies)
_texts = st.text(max_size=80) | st.lists(
    st.sampled_from(["\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u202e", "//", XBOX_ID]),
    max_size=9,
).map("".join)


def _foreign(content: bytes, ours: bytes) -> list[bytes]:
    body = content.removeprefix(codecs.BOM_UTF8)
    return [line for line in body.split(b"\n") if line.strip() and line.rstrip() != ours]


@given(content=_lists)
def test_removing_leaves_every_foreign_line_in_its_order(content: bytes) -> None:
    after = fulfil(content, put=[], take=[Entry(OURS)])

    assert _foreign(after, OURS.encode()) == _foreign(content, OURS.encode())
    assert OURS.encode() not in [line.rstrip() for line in after.removeprefix(codecs.BOM_UTF8).split(b"\n")]


@given(content=_lists)
def test_banning_and_lifting_gives_any_list_back(content: bytes) -> None:
    ours = f"{PC_ID}  // somebody new - invasion - 2026-02-07 19:45"
    banned = fulfil(content, put=[Entry(ours)], take=[])
    back = fulfil(banned, put=[], take=[Entry(ours, ours, may_be_edited=True)])

    assert identifiers(banned) == identifiers(content) | {PC_ID}
    assert identifiers(back) == identifiers(content)
    # Only the end of a last line that had none may have been added.
    assert back.startswith(content)
    assert back[len(content) :] in {b"", b"\n", b"\r\n"}
    assert fulfil(banned, put=[Entry(ours)], take=[]) is banned


@given(gamertag=_texts, reason=_texts)
def test_ban_line_of_any_text_bans_its_identifier_alone(gamertag: str, reason: str) -> None:
    text = line(gamertag=gamertag, reason=reason)

    assert len(text.splitlines()) == 1
    assert text.isprintable()
    assert identifiers(fulfil(b"", put=[Entry(text)], take=[])) == {XBOX_ID}


@given(identifier=_texts)
def test_ban_line_for_any_identifier_bans_exactly_it_or_is_refused(identifier: str) -> None:
    try:
        text = line(identifier)
    except BadIdentifierError:
        return
    assert identifiers(fulfil(b"", put=[Entry(text)], take=[])) == {identifier}
