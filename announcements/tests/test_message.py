import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from announcements.message import Field, Message, escape
from announcements.tests.factories import make_message


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def total(message: Message) -> int:
    fields = sum(units(field.name) + units(field.value) for field in message.fields)
    return units(message.title) + units(message.description) + fields


def test_message_that_fits_is_left_as_it_is() -> None:
    message = Message(
        title="Player banned",
        description="first\nsecond\tthird",
        fields=(Field("Player", "Жук"), Field("XUID", "n/a", inline=True)),
        colour=0,
        url="https://example.org/wall/1",
    )

    assert message.description == "first\nsecond\tthird"
    assert Message.from_json(json.loads(json.dumps(message.to_json()))) == message


@pytest.mark.parametrize(
    ("text", "fitted"),
    [
        ("x" * 256, "x" * 256),
        ("x" * 257, "x" * 255 + "…"),
        ("😀" * 129, "😀" * 127 + "…"),
        ("x" * 250 + " " * 6 + "yyy", "x" * 250 + "…"),
    ],
    ids=["exact", "one over", "never half a sign", "no space before the end"],
)
def test_message_title_is_cut_at_its_limit(text: str, fitted: str) -> None:
    assert make_message(title=text).title == fitted


def test_message_with_too_many_fields_keeps_the_first() -> None:
    fields = tuple(Field(str(number), "value") for number in range(40))

    assert make_message(fields=fields).fields == fields[:25]


def test_message_that_is_too_long_in_all_cuts_the_last_field_and_drops_the_rest() -> None:
    fields = tuple(Field(f"field {number}", "v" * 1024) for number in range(20))

    message = make_message(title="t", description="d" * 1000, fields=fields)

    assert total(message) == 6000
    assert message.fields[:4] == fields[:4]
    assert message.fields[4].value == "v" * (6000 - 1001 - 4 * 1031 - 7 - 1) + "…"
    assert len(message.fields) == 5


@pytest.mark.parametrize("blank", ["", "  ", "\n", "\x00"])
def test_field_without_text_shows_a_dash(blank: str) -> None:
    assert Field(blank, blank) == Field("—", "—")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"title": blank, "description": blank, "fields": ()}, "needs a title")
        for blank in ("", " \n", "\x00\x07")
    ]
    + [({"colour": colour}, "Not a colour") for colour in (-1, 0x1000000)]
    + [({"url": url}, "Not a web address") for url in ("javascript:alert(1)", "/wall/1", "")],
)
def test_message_that_discord_would_refuse_is_none(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make_message(**values)


@given(
    st.text(max_size=600),
    st.text(max_size=5000),
    st.lists(st.tuples(st.text(), st.text(max_size=1500)), max_size=30),
)
def test_message_of_any_text_fits_and_survives_the_database(
    title: str, description: str, pairs: list[tuple[str, str]]
) -> None:
    message = make_message(
        title=title + "x", description=description, fields=tuple(Field(*pair) for pair in pairs)
    )

    assert units(message.title) <= 256
    assert units(message.description) <= 4096
    assert len(message.fields) <= 25
    assert all(0 < units(field.name) <= 256 and 0 < units(field.value) <= 1024 for field in message.fields)
    assert total(message) <= 6000
    # What PostgreSQL's jsonb refuses: NUL and halves of a surrogate pair.
    assert "\\u0000" not in json.dumps(message.to_json())
    json.dumps(message.to_json(), ensure_ascii=False).encode()
    assert Message.from_json(message.to_json()) == message


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("**bold** __under__ ~~gone~~", r"\*\*bold\*\* \_\_under\_\_ \~\~gone\~\~"),
        ("`code` ||hidden||", r"\`code\` \|\|hidden\|\|"),
        ("> quoted", r"\> quoted"),
        ("-# small", r"\-\# small"),
        ("[click](https://evil.example)", r"\[click\]\(https\:\/\/evil.example\)"),
        ("discord.gg/abc", r"discord.gg\/abc"),
        ("<@123> <#4> <:x:5> <t:6>", "\\<@\u200b123\\> \\<\\#4\\> \\<\\:x\\:5\\> \\<t\\:6\\>"),
        ("@everyone", "@\u200beveryone"),
        ("\\*", r"\\\*"),
        ("A\r\nB\u2028C\x00D", "A B C D"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("a\u200bb\u2060c\ufeffd", "a b c d"),
        ("\u3164\u2800\u115f", ""),
        ("\ud800x", "x"),
        ("  João  da   Silva ", "João da Silva"),
        ("", ""),
    ],
    ids=[
        "bold", "code", "quote", "small", "masked link", "invite", "mentions", "everyone", "backslash", "lines", "bidi",
        "zero width", "drawn as nothing", "surrogate", "space", "empty",
    ],
)  # fmt: skip
def test_escape_shows_hostile_text_as_it_is(hostile: str, shown: str) -> None:
    assert escape(hostile) == shown


@given(st.text() | st.text("\\*_~`|<>#-[]():/@x \n"))
def test_escape_of_any_text_leaves_no_sign_with_a_meaning(text: str) -> None:
    escaped = escape(text)
    bare = escaped
    for sign in "\\*_~`|<>#-[]():/":
        bare = bare.replace(f"\\{sign}", "")

    assert not set(bare) & set("\\*_~`|<>#-[]():/\n")
    assert escaped.count("@") == escaped.count("@\u200b")
    assert not {
        sign
        for sign in bare.replace("@\u200b", "")
        if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    }
