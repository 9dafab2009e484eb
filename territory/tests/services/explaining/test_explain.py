"""`explain`: the verdict of a placement that nobody stored, and why."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import InternalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from clans.models import User
from territory.models import Base, GamertagUse, GameServer, IdentityConflict, PlayerIdentity
from territory.services.explaining import explanation
from territory.tests.factories import (
    LONG_AGO,
    NOW,
    join,
    make_base,
    make_clan,
    make_player,
    make_server,
    permit,
    player_id,
)
from territory.tests.services.explaining.explained import ask, read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english_at_a_fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def server() -> GameServer:
    return make_server(slug="sul", name="Sul")


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_player("Dono"))


# The verdict.


def test_stranger_in_a_base_would_be_banned(base: Base) -> None:
    result = ask()

    assert (result["outcome"], result["rule"], result["action"]) == ("invasion", "intruder", "ban")
    assert (result["base_id"], result["distance_m"], result["user_id"]) == (base.pk, 45.0, None)
    assert (result["server"], result["item"], result["x"], result["z"]) == ("sul", "FenceKit", 5045, 3000)
    assert result["reasons"]["policy_source"] == "default"
    assert result["found_by"] == "nobody"
    assert result["judged_at"] == NOW.isoformat()


def test_text_is_the_sections_of_the_json(base: Base) -> None:
    sections = ask("Dono")["sections"]

    lines = [line for one in sections for line in (one["title"], *(f"  {line}" for line in one["lines"]), "")]
    assert read("Dono") == "\n".join(lines)
    assert [one["key"] for one in sections] == [
        "placement", "verdict", "rule", "player", "bases", "server", "troubles",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "gamertag", "answers"),
    [("ShelterKit", "Dono", ["No", "No", "Ban"]), ("FenceKit", "Dono", ["No"] * 4 + ["Yes"])],
)
def test_rule_is_said_line_by_line_up_to_the_one_that_decided(
    base: Base, item: str, gamertag: str, answers: list[str]
) -> None:
    rule = {one["key"]: one["lines"] for one in ask(gamertag, item=item)["sections"]}["rule"]

    assert [one.rpartition("? ")[2] for one in rule] == answers + ["-"] * (8 - len(answers))


def test_no_name_steers_the_terminal(base: Base) -> None:
    Base.objects.update(name="\x1b[2JCasa\nVerdict\x9b")

    answer = read("\x1b]0;x\x07")

    assert "\x1b" not in answer
    assert "\ufffd[2JCasa\ufffdVerdict\ufffd" in answer
    assert read("\x1b]0;x\x07\x9b", json=True).strip().isprintable()


@pytest.mark.parametrize(
    ("at", "utc"),
    [
        ("2026-02-07 16:44:00", "2026-02-07T19:44:00"),
        ("2026-02-07T19:44:00Z", "2026-02-07T19:44:00"),
        ("2026-02-07 16:44-03:00", "2026-02-07T19:44:00"),
        ("2018-11-03 23:59:59", "2018-11-04T02:59:59"),
        ("2018-11-04 01:00", "2018-11-04T03:00:00"),
        ("2018-11-04 00:30-03:00", "2018-11-04T03:30:00"),
        ("2018-02-17 23:30", "2018-02-18T01:30:00"),
    ],
)
def test_time_is_on_the_servers_clock_unless_it_has_a_zone(at: str, utc: str) -> None:
    assert ask(at=at)["occurred_at"] == f"{utc}+00:00"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2018-02-17 22:30", ""),
        ("2018-02-17 23:30", "showed this time twice. This is the time at UTC-02:00"),
        ("2018-02-18 02:30Z", "showed this time twice. This is the time at UTC-03:00"),
    ],
)
def test_time_that_the_clock_showed_twice_is_said(at: str, words: str) -> None:
    answer = read(at=at)

    assert words in answer
    assert ("went back" in answer) is bool(words)


@pytest.mark.parametrize(
    ("item", "built", "source"),
    [("wall_base_down", True, "part"), ("wall_base_down", False, "unknown"), ("Kit<FenceKit>", False, "default")],
)  # fmt: skip
def test_item_is_judged_as_the_log_has_it(base: Base, item: str, source: str, *, built: bool) -> None:
    assert ask(item=item, built=built)["reasons"]["policy_source"] == source


# Who the player is.


@pytest.mark.parametrize(
    ("gamertag", "own_id", "found", "words"),
    [
        (" dONO ", "", "Dono owner player_id", "(the one the gamertag is known under)"),
        ("Sem nome", "Dono", "Dono owner player_id", "Linked to Dono, found by the player id."),
        ("Dono", "Outra", "- intruder disputed", "In conflict: the gamertag is linked to Dono"),
        ("Novo", "", "Novo permission gamertag", "the player id is still to be learned"),
        ("Novo", "Novo", "Novo permission gamertag", "Known: “Novo”, player id not learned yet"),
        ("Novo (2)", "Novo", "- intruder disputed", "Not proven: the gamertag"),
        ("Velho", "", "- intruder nobody", "Had this gamertag before: “Dono”"),
        ("Invasor", "", "- intruder nobody", "Nobody is linked: a stranger in every base."),
    ],
)
def test_player_is_who_judging_would_find(
    base: Base, gamertag: str, own_id: str, found: str, words: str
) -> None:
    permit(base, make_player("Novo", known=False))
    make_player("Antigo", gamertag="Novo")
    former = {"gamertag": "Velho", "first_seen_at": LONG_AGO, "last_seen_at": LONG_AGO}
    GamertagUse.objects.create(identity=PlayerIdentity.objects.get(gamertag="Dono"), **former)

    asked = {"player_id": player_id(own_id) if own_id else ""}
    result = ask(gamertag, **asked)

    person = User.objects.filter(pk=result["user_id"]).first() or "-"
    assert f"{person} {result['rule']} {result['found_by']}" == found
    assert words in read(gamertag, **asked)
    assert not IdentityConflict.objects.exists()
    assert PlayerIdentity.objects.get(user__username="Novo").player_id is None


# What cannot be asked.


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"server": "leste"}, "There is no game server “leste”. Known: sul."),
        ({"z": "5045,5"}, "--z is not a number: “5045,5”"),
        ({"z": "nan"}, "not on the map"),
        ({"x": "-1"}, "not on the map Chernarus: X and Z lie between 0 and 15360 m"),
        ({"at": "yesterday"}, "Write 2026-02-07 19:45"),
        ({"at": "1999-01-01"}, "is not a time"),
        ({"at": "0001-01-01 00:00"}, "is not a time"),
        ({"at": "9999-12-31 23:59:59-10:00"}, "is not a time"),
        ({"at": ""}, "is not a time"),
        ({"at": "2018-11-04 00:59:59.5"}, "or the clocks of America/Sao_Paulo skipped it"),
        ({"player_id": "Unknown"}, "not a player id"),
    ],
    ids=repr,
)
def test_question_that_makes_no_sense_is_refused_in_words(options: dict[str, Any], refusal: str) -> None:
    with pytest.raises(CommandError, match=re.escape(refusal)):
        ask(**options)


@pytest.mark.parametrize("option", ["server", "x", "z", "at", "player_id"])
def test_refusal_neither_steers_the_terminal_nor_floods_it(option: str) -> None:
    hostile = "\u202ea\x1b[31mb" + "a" * 100_000
    options = {"server": "sul", "gamertag": "Dono", "x": "1", "z": "1"} | {option: hostile}
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    with pytest.raises(CommandError) as refused:
        call_command("explain", *arguments)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


def test_answer_is_not_flooded_by_what_was_asked() -> None:
    make_base(make_server(slug="norte"), make_player("Dono"))
    assert len(read("a" * 100_000, server="norte", item="b" * 100_000)) < 5_000


# Reading only.


def test_nothing_can_be_written_while_explaining(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explanation, "find_circumstances", lambda *_, **__: User.objects.create())
    with pytest.raises(InternalError, match="read-only"):
        ask()


def test_number_of_queries_does_not_grow_with_the_bases_nor_the_answer_without_end(
    server: GameServer,
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            ask("Amiga")
        return len(queries)

    friend, clan = make_player("Amiga"), make_clan()
    join(clan, friend)
    permit(make_base(server, make_player("Dono"), clan=clan), friend)
    few = cost()
    for number in range(15):
        other = make_base(
            server, make_player(f"Dona {number}"), x=5000.0, z=3250.0 + 110 * number, radius_m=50, clan=clan
        )
        permit(other, friend)
        make_base(make_server(), friend, x=9000.0)
    assert cost() == few
    assert read("Amiga", x=5040, z=3205).count(" m from the centre X=") == 10
    assert [one["code"] for one in ask("Amiga", x=9000)["troubles"]].count("other_server") == 10
