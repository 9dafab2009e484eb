"""What `explain` says is true, said once, and names what to do about it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError
from django.utils import translation

from clans.models import User
from territory.models import Base, BaseRevision, GameServer, IdentityConflict, PlayerIdentity
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.explained import ask, codes, read, words_of
from territory.tests.factories import (
    LONG_AGO,
    NOW,
    incoming,
    join,
    make_base,
    make_clan,
    make_player,
    make_server,
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


def make_base_with_past(server: GameServer, owner: User, pasts: list[dict[str, Any]], **fields: Any) -> Base:
    """A base that was like each of `pasts` for a day, the last until yesterday, and is as the fields say since."""
    base = make_base(
        server, owner, registered_at=NOW - (len(pasts) + 1) * A_DAY, changed_at=NOW - A_DAY, **fields
    )
    for number, past in enumerate(pasts):
        start = base.registered_at + number * A_DAY
        state = {
            "owner": owner,
            "clan": base.clan,
            "x": base.x,
            "z": base.z,
            "radius_m": base.radius_m,
        } | past
        BaseRevision.objects.create(
            base=base, server=server, valid_from=start, valid_to=start + A_DAY, **state
        )
    return base


# When protection began and ended.


def test_change_of_clan_or_owner_is_no_beginning(server: GameServer, owner: User) -> None:
    make_base_with_past(server, make_player("Nova"), [{"owner": owner}, {}], clan=make_clan())

    result = ask(at="2026-01-20 12:00")

    assert codes(result) == {"not_yet_registered", "no_base_at_all"}
    assert "2026-02-04 16:45:00" in words_of(result, "not_yet_registered")


def test_change_of_clan_or_owner_is_no_end(server: GameServer, owner: User) -> None:
    past: list[dict[str, Any]] = [{"owner": owner}, {}]
    make_base_with_past(server, make_player("Nova"), past, clan=make_clan(), removed_at=NOW)

    result = ask()

    assert codes(result) == {"removed", "no_base_at_all"}
    assert "2026-02-07 16:45:00" in words_of(result, "removed")


def test_end_is_the_move_away_and_not_a_change_before_it(server: GameServer, owner: User) -> None:
    past: list[dict[str, Any]] = [{"x": 5000.0, "clan": make_clan()}, {"x": 5000.0}]
    make_base_with_past(server, owner, past, x=9000.0)

    result = ask()

    assert codes(result) == {"changed", "no_base_near"}
    assert "moved or made smaller on 2026-02-06 16:45:00" in words_of(result, "changed")


def test_beginning_is_the_move_here_and_not_a_change_after_it(server: GameServer, owner: User) -> None:
    past: list[dict[str, Any]] = [{"x": 9000.0}, {"clan": make_clan()}]
    make_base_with_past(server, owner, past)

    result = ask(at="2026-02-05 12:00")

    assert codes(result) == {"not_yet_so", "no_base_near"}
    assert "only since 2026-02-05 16:45:00, when it was moved" in words_of(result, "not_yet_so")


def test_base_that_was_away_for_a_while_is_not_said_to_be_new(server: GameServer, owner: User) -> None:
    make_base_with_past(server, owner, [{}, {"x": 9000.0}])
    assert codes(ask(at="2026-02-06 12:00")) == {"changed", "no_base_near"}


# Who the player is.


@pytest.mark.parametrize("known", [True, False])
def test_identity_that_names_nobody_is_told_from_a_misspelt_gamertag(base: Base, *, known: bool) -> None:
    PlayerIdentity.objects.create(gamertag="Dona", player_id=player_id("Dona") if known else None)

    for options in ({}, {"player_id": player_id("Dona")}):
        result = ask("dona", **options)
        assert "is there but names nobody: link it to a person" in words_of(result, "identity_of_nobody")
        assert "not_linked" not in codes(result)
    assert codes(ask("Donna")) == {"not_linked"}


# What to do for somebody who should have a right.


def test_friend_without_permission_or_clan_is_told_before_whose_the_base_is(base: Base) -> None:
    make_player("Amiga")

    told = [trouble["code"] for trouble in ask("Amiga")["troubles"]]

    assert told == ["no_right", "other_owner"]
    assert "had no permission on “Fortaleza Norte”, and it has no clan: its owner can give" in words_of(
        ask("Amiga"), "no_right"
    )


@pytest.mark.parametrize("code", ["no_clan_on_base", "other_clan", "in_no_clan"])
def test_each_trouble_with_clans_names_the_missing_permission_and_the_remedy(
    server: GameServer, owner: User, code: str
) -> None:
    make_base(server, owner, clan=None if code == "no_clan_on_base" else make_clan("Rivais"))
    friend = make_player("Amiga")
    if code != "in_no_clan":
        join(make_clan("TXS"), friend)

    result = ask("Amiga")

    assert codes(result) == {code, "other_owner"}
    words = words_of(result, code)
    assert "Amiga had no permission on “Fortaleza Norte”" in words
    assert "owner can give a permission" in words


def test_right_that_ended_names_the_remedy(server: GameServer, owner: User) -> None:
    clan, friend = make_clan("TXS"), make_player("Amiga")
    permit(make_base(server, owner, clan=clan), friend, revoked_at=NOW - A_DAY)
    join(clan, friend, left_at=NOW - A_DAY)

    result = ask("Amiga")

    assert codes(result) == {"permission_ended", "clan_ended", "other_owner"}
    assert "its owner can give a new one" in words_of(result, "permission_ended")
    assert "the clan can take the person in again" in words_of(result, "clan_ended")


def test_ban_in_force_says_how_it_is_lifted(server: GameServer, base: Base) -> None:
    store(server, [incoming()])
    judge_due(server.pk, now=NOW)
    assert "under Bans, with “Lift the ban”" in words_of(ask(), "banned_already")


def test_base_within_the_margin_that_gives_a_right_is_not_called_strange(
    server: GameServer, base: Base
) -> None:
    GameServer.objects.update(border_margin_m=20)
    friend = make_player("Amiga")
    permit(make_base(server, make_player("Vizinha"), name="Vizinha", x=5161.0, radius_m=60), friend)

    told = [trouble["words"] for trouble in ask("Amiga", x=5095)["troubles"]]

    assert [words for words in told if "“Fortaleza Norte”" in words]
    assert not [words for words in told if "“Vizinha”" in words]


def test_people_of_one_name_are_told_apart(server: GameServer, base: Base, owner: User) -> None:
    friend = make_player("Amiga")
    User.objects.filter(pk=owner.pk).update(display_name="Zé", discord_id="111")
    User.objects.filter(pk=friend.pk).update(display_name="Zé")
    permit(base, friend, revoked_at=NOW - A_DAY)

    told = read("Amiga")

    assert "belongs to Zé (Discord 111); the player is linked to Zé (Amiga)" in told
    assert f"“Fortaleza Norte” (#{base.pk}) of Zé (Discord 111), clan" in told
    assert "permission (build) of Zé (Amiga) from" in told
    assert "The permission of Zé (Amiga) on “Fortaleza Norte” ended" in told
    assert "Zé (Amiga) had no permission on" in told
    assert "Linked to Zé (Amiga), found by the player id." in told
    assert ask("Amiga")["bases"][0]["owner"] == "Zé"
    assert "Zé (Discord 111) has a right in" in words_of(ask("Dono"), "has_right")


# Each once.


def test_right_that_ended_is_told_once_though_the_base_changed_since(server: GameServer, owner: User) -> None:
    friend = make_player("Amiga")
    past: list[dict[str, Any]] = [{"clan": make_clan("Antigos")}, {}]
    base = make_base_with_past(server, owner, past, clan=make_clan("TXS"))
    permit(base, friend, granted_at=LONG_AGO, revoked_at=NOW - 3 * A_DAY)
    permit(base, friend, granted_at=NOW - 2 * A_DAY, revoked_at=NOW - timedelta(hours=1))

    assert "ended on 2026-02-07 15:45:00" in words_of(ask("Amiga"), "permission_ended")


def test_former_owner_is_told_the_last_end_only(server: GameServer, owner: User) -> None:
    past: list[dict[str, Any]] = [{"owner": owner, "clan": make_clan()}, {"owner": owner}]
    make_base_with_past(server, make_player("Nova"), past)

    assert "only until 2026-02-06 16:45:00" in words_of(ask("Dono"), "owner_ended")


# Times that are not what they seem.


def test_act_dated_ahead_names_the_likeliest_cause(base: Base) -> None:
    assert "cause is the game server's time zone setting." in read(at="2026-02-07 17:45")


@pytest.mark.parametrize("at", ["2018-11-04 00:00", "2018-11-04 00:30", "2018-11-04 00:59:59.5"])
def test_time_the_clocks_skipped_is_refused(at: str) -> None:
    with pytest.raises(CommandError, match=r"America/Sao_Paulo skipped “2018-11-04 00.* giving a zone"):
        ask(at=at)


def test_times_beside_those_the_clocks_skipped_are_taken() -> None:
    for at, utc in (
        ("2018-11-03 23:59:59", "2018-11-04T02:59:59+00:00"),
        ("2018-11-04 01:00", "2018-11-04T03:00:00+00:00"),
        ("2018-11-04 00:30-03:00", "2018-11-04T03:30:00+00:00"),
    ):
        assert ask(at=at)["occurred_at"] == utc
        assert "put back" not in read(at=at)


def test_time_the_clocks_showed_twice_is_told_which_is_meant() -> None:
    for at, offset in (
        ("2018-02-17 23:30", "-02:00"),
        ("2018-02-18 01:30Z", "-02:00"),
        ("2018-02-18 02:30Z", "-03:00"),
    ):
        assert f"showed this time twice; the one at UTC{offset} is meant" in read(at=at)


# Who else may be meant.


@pytest.mark.parametrize("known", [True, False])
def test_verdict_by_a_gamertag_in_conflict_is_qualified_where_it_stands(
    server: GameServer, *, known: bool
) -> None:
    make_base(server, make_player("Dono", known=known))
    seen = {"first_seen_at": LONG_AGO, "last_seen_at": LONG_AGO}
    conflict = IdentityConflict.objects.create(
        identity=PlayerIdentity.objects.get(), player_id=player_id("Outra"), gamertag="Dono", **seen
    )

    def verdict(**options: Any) -> str:
        return read("dono", **options).partition("\nVerdict\n")[2].partition("\n")[0]

    assert "(owner of the base), but only for the player named below" in verdict()
    assert "but only" not in verdict(player_id=player_id("Dono"))
    assert "but only" not in verdict(player_id=player_id("Outra"))
    assert ask("dono")["identity"]["is_in_doubt"]
    conflict.resolved_at = NOW
    conflict.save()
    assert "but only" not in verdict()
    assert not ask("dono")["identity"]["is_in_doubt"]
