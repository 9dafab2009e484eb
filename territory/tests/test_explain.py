"""`explain`: the verdict of a placement that nobody stored, and why."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import InternalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from clans.models import User
from territory.models import (
    Base,
    GamertagUse,
    GameServer,
    IdentityConflict,
    PlayerIdentity,
)
from territory.services import explaining
from territory.tests.database import sql
from territory.tests.explained import ask, codes, read
from territory.tests.factories import (
    LONG_AGO,
    NOW,
    join,
    make_base,
    make_clan,
    make_player,
    make_server,
    make_user,
    permit,
    player_id,
)

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _english_at_a_fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def server() -> GameServer:
    return make_server(slug="sul", name="Sul")


@pytest.fixture
def owner() -> User:
    return make_player("Dono")


@pytest.fixture
def base(server: GameServer, owner: User) -> Base:
    return make_base(server, owner)


# The verdict.


def test_stranger_in_a_base_would_be_banned(base: Base) -> None:
    result = ask()

    assert (result["outcome"], result["rule"], result["action"], result["line"]) == (
        "invasion", "intruder", "ban", 8,
    )  # fmt: skip
    assert (result["base_id"], result["distance_m"], result["user_id"]) == (base.pk, 45.0, None)
    assert result["item"] == "FenceKit"
    assert result["reasons"]["policy_source"] == "default"
    assert result["identity"]["found_by"] == "nobody"


def test_words_tell_the_rule_line_by_line_up_to_the_one_that_decided(base: Base) -> None:
    told = read("Dono")

    assert "5. Had the player a right there at the act? yes: this decides" in told
    assert "4. Does no base in force at the act reach the place? no" in told
    assert "6. Has the player a right there at judging? -" in told
    assert "Inside “Fortaleza Norte”: 45 m from its centre, the radius is 100 m." in told
    assert "Linked to Dono, found by the player id." in told


@pytest.mark.parametrize("language", ["pt-br", "en"])
def test_every_case_can_be_told_in_either_language(base: Base, language: str) -> None:
    permit(base, make_player("Amiga"), revoked_at=NOW - A_DAY)
    with translation.override(language):
        for gamertag, at in (("Invasor", None), ("Dono", None), ("Amiga", None), ("Dono", "2020-01-01")):
            told = read(gamertag, at=at)
            assert "Fortaleza Norte" in told
            assert "%(" not in told


def test_no_name_steers_the_terminal(base: Base) -> None:
    Base.objects.update(name="\x1b[2JCasa\nVerdict")

    told = read("\x1b]0;x\x07")

    assert "\x1b" not in told
    assert "\ufffd[2JCasa\ufffdVerdict" in told


def test_time_without_zone_is_on_the_servers_clock(base: Base) -> None:
    assert ask(at="2026-02-07 16:44:00")["occurred_at"] == "2026-02-07T19:44:00+00:00"
    assert ask(at="2026-02-07T19:44:00Z")["occurred_at"] == "2026-02-07T19:44:00+00:00"
    assert ask(at="2026-02-07 16:44-03:00")["occurred_at"] == "2026-02-07T19:44:00+00:00"
    assert ask()["occurred_at"] == NOW.isoformat()


def test_part_is_judged_as_a_part(base: Base) -> None:
    assert ask(item="wall_base_down", built=True)["reasons"]["policy_source"] == "part"
    assert ask(item="wall_base_down")["reasons"]["policy_source"] == "unknown"


# Who the player is.


def test_gamertag_alone_means_the_player_known_by_it(base: Base, owner: User) -> None:
    result = ask(" dONO ")

    assert (result["rule"], result["user_id"], result["player_id"]) == ("owner", owner.pk, player_id("Dono"))
    assert result["identity"]["player_id_is_assumed"]


def test_waiting_gamertag_matches_whoever_bears_it(server: GameServer) -> None:
    user = make_player("Novo", known=False)
    make_base(server, user)

    for options in ({}, {"player_id": player_id("Novo")}):
        result = ask("Novo", **options)
        assert (result["rule"], result["identity"]["found_by"]) == ("owner", "gamertag")
    assert PlayerIdentity.objects.get(user=user).player_id is None


def test_waiting_link_goes_before_a_player_who_bore_the_gamertag(server: GameServer) -> None:
    waiting = make_player("Novo dono", known=False, gamertag="Disputado")
    make_player("Antigo dono", gamertag="Disputado")
    assert ask("Disputado")["user_id"] == waiting.pk


def test_linked_gamertag_under_another_player_id_is_in_conflict(base: Base, owner: User) -> None:
    result = ask("Dono", player_id=player_id("Outra conta"))

    assert (result["outcome"], result["action"]) == ("invasion", "review")
    assert result["identity"]["found_by"] == "disputed"
    assert result["identity"]["disputed"]["id"] == owner.pk
    assert "other_player_id" in codes(result)
    assert not IdentityConflict.objects.exists()
    assert "In conflict" in read("Dono", player_id=player_id("Outra conta"))


def test_gamertag_of_two_linked_players_asks_which_is_meant(server: GameServer) -> None:
    make_base(server, make_player("Dono"))
    PlayerIdentity.objects.create(user=make_user(), gamertag="DONO", player_id=player_id("Outro"))

    assert "several_bearers" in codes(ask("Dono"))
    assert "several_bearers" not in codes(ask("Dono", player_id=player_id("Dono")))


def test_former_bearer_of_the_gamertag_is_named_and_no_match(base: Base) -> None:
    identity = PlayerIdentity.objects.get(gamertag="Dono")
    GamertagUse.objects.create(
        identity=identity, gamertag="Velho", first_seen_at=LONG_AGO, last_seen_at=LONG_AGO
    )

    assert ask("Velho")["outcome"] == "invasion"
    assert "Had this gamertag before: “Dono”" in read("Velho")


def test_gamertag_seen_with_another_id_is_told(base: Base) -> None:
    IdentityConflict.objects.create(
        identity=PlayerIdentity.objects.get(gamertag="Dono"),
        player_id=player_id("Outra conta"),
        gamertag="Dono",
        first_seen_at=LONG_AGO,
        last_seen_at=LONG_AGO,
    )
    assert "seen_with_other_id" in codes(ask("Dono"))


# What cannot be asked.


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"server": "leste"}, "There is no game server “leste”. Known: sul."),
        ({"x": "abc"}, "--x is no number: “abc”"),
        ({"z": "5045,5"}, "--z is no number: “5045,5”"),
        ({"z": "nan"}, "--z is no number"),
        ({"x": "inf"}, "not on the map Chernarus"),
        ({"x": "-1"}, "between 0 and 15360 m"),
        ({"z": "15360.5"}, "not on the map"),
        ({"at": "yesterday"}, "Write 2026-02-07 19:45"),
        ({"at": "2026-13-01 10:00"}, "America/Sao_Paulo"),
        ({"at": "1999-01-01"}, "is no time"),
        ({"at": "0001-01-01 00:00"}, "is no time"),
        ({"at": "9999-12-31 23:59:59-10:00"}, "is no time"),
        ({"at": ""}, "is no time"),
        ({"player_id": "Unknown"}, "no player id of the log"),
        ({"gamertag": " "}, "--gamertag is blank"),
        ({"item": ""}, "--item is blank"),
        ({"gamertag": "a\x00b"}, "--gamertag holds a character"),
        ({"item": "\udcff"}, "--item holds a character"),
        ({"server": "\x00"}, "--server holds a character"),
    ],
    ids=repr,
)
def test_question_that_makes_no_sense_is_refused_in_words(options: dict[str, Any], told: str) -> None:
    with pytest.raises(CommandError, match=re.escape(told)):
        ask(**options)


@pytest.mark.parametrize(
    "hostile", ["a\x1b[31mb", "\u202ea", "a" * 100_000], ids=["colour", "backwards", "long"]
)
@pytest.mark.parametrize("option", ["server", "x", "z", "at", "player_id", "unknown"])
def test_refusal_neither_steers_the_terminal_nor_floods_it(option: str, hostile: str) -> None:
    options = {"server": "sul", "gamertag": "Dono", "x": "1", "z": "1"} | {option: hostile}
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    with pytest.raises(CommandError) as refused:
        call_command("explain", *arguments)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


def test_answer_is_not_flooded_by_what_was_asked() -> None:
    make_base(make_server(slug="norte"), make_player("Dono"))
    assert len(read("a" * 100_000, server="norte", item="b" * 100_000)) < 5_000


@pytest.mark.parametrize("value", ["-1e1", "-abc"])
@pytest.mark.parametrize("option", ["--x", "--gamertag"])
def test_value_with_a_dash_is_told_how_to_be_written(option: str, value: str) -> None:
    with pytest.raises(
        CommandError, match=rf"argument {option}: expected one argument\. A value .* --x=-1e1"
    ):
        call_command("explain", "--server", "sul", option, value)
    with pytest.raises(CommandError, match="required: --server") as refused:
        call_command("explain", f"{option}={value}")
    assert "equals sign" not in str(refused.value)


def test_first_server_of_an_empty_site_is_missing_in_words(server: GameServer) -> None:
    GameServer.objects.all().delete()
    with pytest.raises(CommandError, match=r"Known: none yet\."):
        ask()


# Reading only.


def test_nothing_can_be_written_while_explaining() -> None:
    with pytest.raises(InternalError, match="read-only"), explaining._reading_only():
        User.objects.create(username="ninguém")


@pytest.mark.django_db(transaction=True)
def test_whole_command_runs_where_nothing_can_be_written(server: GameServer) -> None:
    clan = make_clan()
    base = make_base(server, make_player("Dono"), clan=clan)
    join(clan, make_player("Novo", known=False))
    permit(base, make_player("Amiga"))
    sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    try:
        assert ask("Novo", player_id=player_id("Novo"))["rule"] == "clan"
        assert ask("Dono", player_id=player_id("Outra"))["rule"] == "intruder"
        assert "Amiga" in read("Amiga")
    finally:
        sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")


def test_no_row_is_locked(base: Base) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        ask("Dono", player_id=player_id("Outra"))
    statements = [query["sql"] for query in queries.captured_queries]
    assert any("SET TRANSACTION READ ONLY" in one for one in statements)
    assert not [
        one for one in statements if "FOR UPDATE" in one or one.lstrip().startswith(("INSERT", "UPDATE"))
    ]


def test_number_of_queries_does_not_grow_with_the_bases(server: GameServer) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            ask("Amiga")
        return len(queries)

    friend, clan = make_player("Amiga"), make_clan()
    join(clan, friend)
    permit(make_base(server, make_player("Dono"), clan=clan), friend)
    few = cost()
    for number in range(12):
        other = make_base(
            server, make_player(f"Dona {number}"), x=5000.0, z=3250.0 + 110 * number, radius_m=50, clan=clan
        )
        permit(other, friend)
    assert cost() == few
