"""What `explain` finds that may be wrong: a base that does not protect, a member or an owner who is banned."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import translation

from clans.models import User
from territory import wording
from territory.models import (
    Base,
    BasePermission,
    BaseRevision,
    GameServer,
    ItemRule,
    StaffImmunity,
)
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.services.troubles import Trouble
from territory.tests.database import sql
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


def make_changed_base(
    server: GameServer, owner: User, *, changed_at: Any, before: dict[str, Any], **fields: Any
) -> Base:
    """A base that was like `before` from LONG_AGO until `changed_at`, and is as the other fields say since."""
    base = make_base(server, owner, changed_at=changed_at, **fields)
    former = {"owner": owner, "clan": base.clan, "x": base.x, "z": base.z, "radius_m": base.radius_m} | before
    BaseRevision.objects.create(base=base, server=server, valid_from=LONG_AGO, valid_to=changed_at, **former)
    return base


# My base does not protect.


def test_no_base_at_all_is_said() -> None:
    assert codes(ask()) == {"no_base_at_all"}
    assert "None within 500 m, at any time." in read()


def test_far_base_is_named_with_its_distance(base: Base) -> None:
    result = ask(x=9000)

    assert result["bases"] == []
    assert "begins 3900 m away" in words_of(result, "no_base_near")


def test_radius_that_would_reach_is_named(base: Base) -> None:
    result = ask(x=5130.5)

    assert (result["outcome"], result["rule"]) == ("allowed", "outside")
    assert result["bases"][0]["edge_m"] == 30.5
    assert "131 m would reach it" in words_of(result, "radius_too_small")


def test_centre_beyond_any_radius_is_told_from_a_small_radius(base: Base) -> None:
    assert codes(ask(x=5201)) == {"too_far_for_any_radius"}


def test_swapped_coordinates_are_found_out(base: Base) -> None:
    result = ask(x=3000, z=5045)

    assert result["outcome"] == "allowed"
    assert "“Fortaleza Norte”" in words_of(result, "swapped")


def test_removed_base_says_since_when(base: Base) -> None:
    Base.objects.update(removed_at=NOW - A_DAY)

    result = ask()

    assert [(one["standing"], one["holds_place"]) for one in result["bases"]] == [("ended", True)]
    assert "2026-02-06 16:45:00" in words_of(result, "removed")


def test_base_registered_after_the_act_says_so(base: Base) -> None:
    Base.objects.update(registered_at=NOW - A_DAY)

    result = ask(at="2026-02-06 16:44")

    assert result["bases"][0]["standing"] == "not_yet"
    assert "2026-02-06 16:45:00" in words_of(result, "not_yet_registered")


def test_base_that_was_moved_shows_both_of_its_places(server: GameServer, owner: User) -> None:
    make_changed_base(server, owner, changed_at=NOW - A_DAY, before={"x": 5000.0}, x=5300.0)

    result = ask()

    assert [(one["standing"], one["x"]) for one in result["bases"]] == [
        ("ended", 5000.0),
        ("in_force", 5300.0),
    ]
    assert codes(result) == {"changed", "too_far_for_any_radius"}


def test_base_moved_here_after_the_act_says_since_when(server: GameServer, owner: User) -> None:
    make_changed_base(server, owner, changed_at=NOW - A_DAY, before={"x": 5300.0})
    assert "2026-02-06 16:45:00" in words_of(ask(at="2026-02-01 12:00"), "not_yet_so")


def test_base_on_another_server_is_named(owner: User) -> None:
    make_base(make_server(slug="norte", name="Servidor Norte"), owner)

    result = ask()

    assert codes(result) == {"other_server", "no_base_at_all"}
    assert "“Servidor Norte”" in words_of(result, "other_server")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mode": "observe"}, ("record", "observing")),
        ({"mode": "review"}, ("review", "reviewing")),
        ({"is_active": False}, ("ban", "server_inactive")),
    ],
    ids=["observe", "review", "switched off"],
)
def test_server_that_bans_nobody_by_itself_is_told(
    server: GameServer, base: Base, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    GameServer.objects.update(**changes)

    result = ask()

    assert (result["outcome"], result["action"]) == ("invasion", expected[0])
    assert expected[1] in codes(result)


def test_ignored_item_protects_no_base(server: GameServer, base: Base) -> None:
    ItemRule.objects.create(server=server, pattern="Fence*", policy="ignored")

    result = ask()

    assert (result["rule"], result["line"], result["reasons"]["policy_source"]) == (
        "item_ignored",
        1,
        "server",
    )
    assert codes(result) == {"item_ignored"}


def test_builder_with_a_right_or_immunity_is_named(server: GameServer, base: Base) -> None:
    permit(base, make_player("Amiga"))
    StaffImmunity.objects.create(server=server, user=make_player("Fiscal"), granted_at=LONG_AGO)

    assert codes(ask("Amiga")) == {"has_right"}
    result = ask("Fiscal")
    assert (result["line"], codes(result)) == (7, {"is_immune"})
    assert len(result["immunities"]) == 1


# A member of the clan is banned.


def test_membership_that_ended_or_begins_later_is_told_with_its_time(server: GameServer, owner: User) -> None:
    clan = make_clan("TXS")
    make_base(server, owner, clan=clan)
    join(clan, make_player("Antiga"), left_at=NOW - A_DAY)
    join(clan, make_player("Futura"), joined_at=NOW + A_DAY)

    former, future = ask("Antiga"), ask("Futura")

    assert former["outcome"] == future["outcome"] == "invasion"
    assert "only until 2026-02-06 16:45:00" in words_of(former, "clan_ended")
    assert "only since 2026-02-08 16:45:00" in words_of(future, "clan_begins_later")
    assert former["bases"][0]["rights"][0] | {"user_id": 0} == {
        "right": "clan", "user_id": 0, "level": "member", "start": LONG_AGO.isoformat(),
        "end": (NOW - A_DAY).isoformat(), "standing": "ended", "at_judging": False,
    }  # fmt: skip


def test_base_without_the_members_clan_is_told(server: GameServer, base: Base) -> None:
    join(make_clan("TXS"), make_player("Membro"))
    assert "so the members of TXS had no right" in words_of(ask("Membro"), "no_clan_on_base")


def test_base_of_another_clan_is_told_with_the_members_own(server: GameServer, owner: User) -> None:
    make_base(server, owner, clan=make_clan("Rivais"))
    join(make_clan("TXS"), make_player("Membro"))
    words = words_of(ask("Membro"), "other_clan")
    assert (
        "Membro had no permission on “Fortaleza Norte” and was never in its clan Rivais, only in TXS" in words
    )


def test_player_in_no_clan_is_told(server: GameServer, owner: User) -> None:
    make_base(server, owner, clan=make_clan("TXS"))
    make_player("Sozinho")
    assert "in_no_clan" in codes(ask("Sozinho"))


def test_member_who_joined_after_the_act_is_pardoned_and_told_why_it_was_close(
    server: GameServer, owner: User
) -> None:
    clan = make_clan("TXS")
    make_base(server, owner, clan=clan)
    join(clan, make_player("Membro"), joined_at=NOW - timedelta(hours=1))

    result = ask("Membro", at="2026-02-07 15:00")

    assert (result["outcome"], result["line"], result["reasons"]["since"]) == ("allowed", 6, True)
    assert codes(result) == {"right_came_later"}


def test_permission_is_shown_with_level_and_dates(base: Base) -> None:
    permit(base, make_player("Amiga"), level=BasePermission.Level.ADMIN, revoked_at=NOW - A_DAY)

    told = read("Amiga")

    assert (
        "permission (build and manage permissions) of Amiga "
        "from 2026-01-08 16:45:00 until 2026-02-06 16:45:00: ended before the act" in told
    )
    assert "permission_ended" in codes(ask("Amiga"))


# The owner is banned.


def test_gamertag_nobody_is_linked_to_is_told(base: Base) -> None:
    assert "“Dona” is linked to nobody" in words_of(ask("Dona"), "not_linked")


def test_player_linked_to_another_person_is_told(base: Base) -> None:
    make_player("Dono 2")
    assert "belongs to Dono; the player is linked to Dono 2" in words_of(ask("Dono 2"), "other_owner")


def test_forbidden_item_bans_the_owner_too(base: Base) -> None:
    result = ask("Dono", item="HatchbackWheel")

    assert (result["outcome"], result["action"], result["line"]) == ("forbidden", "ban", 3)
    assert codes(result) == {"item_forbidden"}


def test_former_owner_is_told_until_when(server: GameServer, owner: User) -> None:
    make_changed_base(server, make_player("Nova"), changed_at=NOW - A_DAY, before={"owner": owner})

    result = ask("Dono")

    assert codes(result) == {"owner_ended", "no_right", "other_owner"}
    assert "only until 2026-02-06 16:45:00" in words_of(result, "owner_ended")


def test_former_owners_of_the_base_are_left_out(server: GameServer, owner: User) -> None:
    make_changed_base(server, make_player("Nova"), changed_at=NOW - A_DAY, before={"owner": owner})
    make_player("Terceiro")
    assert "belongs to Nova;" in words_of(ask("Terceiro"), "other_owner")


def test_ban_in_force_is_told_and_a_lifted_one_is_not(server: GameServer, base: Base) -> None:
    store(server, [incoming()])
    judge_due(server.pk, now=NOW)

    result = ask(player_id=player_id("Invasor"))

    assert len(result["bans"]) == 1
    assert "banned_already" in codes(result)
    assert len(ask()["bans"]) == 1  # without a player id it goes by the name
    for column in ("ends_at", "lifted_at"):
        sql(f"UPDATE territory_ban SET {column} = %s", NOW)
        assert ask()["bans"] == []
        sql(f"UPDATE territory_ban SET {column} = NULL")


def test_every_trouble_has_its_words() -> None:
    assert set(wording.TROUBLES) == {trouble.value for trouble in Trouble}
