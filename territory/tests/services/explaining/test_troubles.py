"""What `explain` finds that may be wrong, one row a case: what is there, what is asked, which troubles it names."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
import time_machine
from django.utils import translation

from clans.models import ClanMembership, User
from territory.models import (
    Base,
    BaseRevision,
    IdentityConflict,
    PlayerIdentity,
)
from territory.tests.database import sql
from territory.tests.factories import (
    LONG_AGO,
    NOW,
    incoming,
    join,
    judge,
    make_base,
    make_clan,
    make_player,
    make_server,
    make_user,
    permit,
    player_id,
)
from territory.tests.services.explaining.explained import ask, read

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)
YESTERDAY = NOW - A_DAY
OTHER = player_id("Outra conta")


class Site:
    """The game server "sul" with an owner, and short words for what else may be there."""

    def __init__(self) -> None:
        self.server = make_server(slug="sul", name="Sul")
        self.owner = make_player("Dono")

    def base(self, *pasts: dict[str, Any], **fields: Any) -> Base:
        """The owner's base. It was like each of `pasts` for a day, the last until yesterday."""
        if pasts:
            fields = {"registered_at": NOW - (len(pasts) + 1) * A_DAY, "changed_at": NOW - A_DAY} | fields
        base = make_base(**{"server": self.server, "owner": self.owner} | fields)
        for number, past in enumerate(pasts):
            start = base.registered_at + number * A_DAY
            now = {name: getattr(base, name) for name in ("server", "owner", "clan", "x", "z", "radius_m")}
            times = {"valid_from": start, "valid_to": start + A_DAY}
            BaseRevision.objects.create(base=base, **now | times | past)
        return base

    def member(self, *, carried: str = "TXS", carried_before: str = "", **times: Any) -> ClanMembership:
        """Amiga is a member of TXS; the base carries the clan of that name, or carried another one until yesterday."""
        clans = {name: make_clan(name) for name in {"TXS", carried, carried_before} if name}
        self.base(*[{"clan": clans[name]} for name in [carried_before] if name], clan=clans.get(carried))
        return join(clans["TXS"], make_player("Amiga"), **times)

    def permitted(self, **times: Any) -> None:
        permit(self.base(), make_player("Amiga"), **times)

    def server_with(self, **fields: Any) -> None:
        self.base()
        type(self.server).objects.update(**fields)

    def seen_under_another_id(self, **fields: Any) -> IdentityConflict:
        times = {"first_seen_at": LONG_AGO, "last_seen_at": LONG_AGO}
        identity = PlayerIdentity.objects.get(gamertag="Dono")
        return IdentityConflict.objects.create(
            identity=identity, player_id=OTHER, gamertag="Dono", **times | fields
        )

    def on_pc(self) -> None:
        make_player("Novo", known=False)
        self.server_with(platform="pc")

    def banned(self, **columns: Any) -> None:
        self.base()
        judge(self.server, incoming())
        for column, value in columns.items():
            sql(f"UPDATE territory_ban SET {column} = %s", value)


class Row(NamedTuple):
    arrange: Callable[[Site], Any]
    codes: str
    words: str = ""
    asked: dict[str, Any] = {}


AMIGA, DONO, DONA = {"gamertag": "Amiga"}, {"gamertag": "Dono"}, {"gamertag": "Dona"}
ON_PC = {"gamertag": "Novo", "player_id": "A" * 43 + "="}
ROWS = {
    # My base does not protect.
    "nothing there": Row(lambda s: None, "no_base_at_all", "No base was in force on this server"),
    "far away": Row(Site.base, "no_base_near", "“Fortaleza Norte”, begins 3900 m away", {"x": 9000}),
    "a larger radius would do": Row(Site.base, "radius_too_small", "131 m would reach it", {"x": 5130.5}),
    "no radius would do": Row(Site.base, "no_base_near", "begins 101 m away", {"x": 5201}),
    "swapped": Row(Site.base, "swapped no_base_near", "lie inside “Fortaleza Norte”", {"x": 3000, "z": 5045}),
    "removed": Row(lambda s: s.base(removed_at=YESTERDAY), "removed no_base_at_all", "removed on 2026-02-06 16:45:00"),
    "removed, a former owner is no end": Row(
        lambda s: s.base({"owner": make_user()}, {}, removed_at=NOW), "removed no_base_at_all", "on 2026-02-07 16:45:00"
    ),
    "moved away, a former clan is no end": Row(
        lambda s: s.base({"x": 5000.0, "clan": make_clan()}, {"x": 5000.0}, x=9000.0),
        "changed no_base_near", "moved or made smaller on 2026-02-06 16:45:00"
    ),
    "away for a while": Row(
        lambda s: s.base({}, {"x": 9000.0}), "changed no_base_near", "2026-02-05", {"at": "2026-02-06 12:00"}
    ),
    "registered later, a former clan is no beginning": Row(
        lambda s: s.base({"clan": make_clan()}, {}),
        "not_yet_registered no_base_at_all", "only since 2026-02-04 16:45:00", {"at": "2026-01-20 12:00"}
    ),
    "moved to the place later": Row(
        lambda s: s.base({"x": 9000.0}, {"clan": make_clan()}),
        "not_yet_registered no_base_near", "only since 2026-02-05 16:45:00", {"at": "2026-02-05 12:00"}
    ),
    "on another server": Row(
        lambda s: s.base(server=make_server(name="Norte")), "other_server no_base_at_all", "another server: “Norte”"
    ),
    "switched off": Row(lambda s: s.server_with(is_active=False), "not_linked server_inactive", "is switched off"),
    # The item.
    "forbidden, to its owner too": Row(Site.base, "item_forbidden", "owners too", DONO | {"item": "HatchbackWheel"}),
    "unknown": Row(Site.base, "not_linked item_unknown", "No item rule names", {"item": "Ovni"}),
    # A friend or a member is banned.
    "friend": Row(lambda s: (s.base(), make_player("Amiga")), "no_right", "belongs to Dono. Amiga, to whom", AMIGA),
    "clan not set": Row(lambda s: s.member(carried=""), "no_right", "not in its clan (none)", AMIGA),
    "other clan": Row(lambda s: s.member(carried="Rivais"), "no_right", "not in its clan (Rivais)", AMIGA),
    "left the clan": Row(lambda s: s.member(left_at=YESTERDAY), "right_ended", "(clan) only until 2026-02-06 16:45", AMIGA),
    "joins later": Row(lambda s: s.member(joined_at=NOW + A_DAY), "right_begins_later", "only since 2026-02-08", AMIGA),
    "base carries the clan no more": Row(
        lambda s: s.member(carried="", carried_before="TXS"), "right_ended", "(clan) only until 2026-02-06 16:45:00", AMIGA
    ),
    "permission ended": Row(
        lambda s: s.permitted(revoked_at=YESTERDAY), "right_ended", "(permission) only until 2026-02-06", AMIGA
    ),
    "former owner, the last end only": Row(
        lambda s: s.base({"clan": make_clan(), "owner": s.owner}, {"owner": s.owner}, owner=make_user()),
        "right_ended", "Dono had a right in “Fortaleza Norte” (owner) only until 2026-02-06 16:45:00", DONO
    ),
    "banned already": Row(Site.banned, "not_linked banned_already", "with “Lift the ban”"),
    "banned by name": Row(lambda s: s.banned(player_id=""), "not_linked banned_already", asked={"player_id": OTHER}),
    "ban ran out": Row(lambda s: s.banned(ends_at=NOW), "not_linked"),
    "ban lifted": Row(lambda s: s.banned(lifted_at=NOW), "not_linked"),
    # Who the player is.
    "misspelt": Row(Site.base, "not_linked", "“Dona” is linked to nobody", DONA),
    "identity of nobody": Row(lambda s: (s.base(), PlayerIdentity.objects.create(gamertag="dona")), "not_linked", asked=DONA),
    "other player id": Row(Site.base, "other_player_id", f"player here is “{OTHER}”", DONO | {"player_id": OTHER}),
    "two players, as staff decided": Row(
        lambda s: (s.base(), s.seen_under_another_id(resolved_at=NOW)), "other_player_id", asked=DONO | {"player_id": OTHER}
    ),
    "name alone on PC": Row(Site.on_pc, "name_not_proven", "may be Novo", ON_PC),
    "name but for a suffix": Row(Site.base, "name_not_proven", "may be Dono", {"gamertag": "Dono (2)"}),
    "two bear the gamertag": Row(
        lambda s: (s.base(), PlayerIdentity.objects.create(user=make_user(), gamertag="DONO", player_id=OTHER)),
        "several_bearers no_right", f"under the player ids {player_id('Dono')}", DONO
    ),
    "seen under another id": Row(
        lambda s: (s.base(), s.seen_under_another_id()), "several_bearers", f"ids {OTHER}", DONO
    ),
    "seen under another id, its own still to be learned": Row(
        lambda s: (s.base(), PlayerIdentity.objects.update(player_id=None), s.seen_under_another_id()),
        "several_bearers", f"ids {OTHER}", DONO
    ),
    "under its own id": Row(
        lambda s: (s.base(), s.seen_under_another_id()), "", "", DONO | {"player_id": player_id("Dono")}
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _english_at_a_fixed_time() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False), translation.override("en"):
        yield


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_each_trouble_is_named_once_with_its_words(site: Site, row: Row) -> None:
    row.arrange(site)

    troubles = ask(**row.asked)["troubles"]

    assert sorted(one["code"] for one in troubles) == sorted(row.codes.split())
    assert row.words in " ".join(one["words"] for one in troubles)


def test_base_within_the_margin_that_gives_a_right_is_not_called_strange(site: Site) -> None:
    site.server_with(border_margin_m=20)
    friend, beside = make_player("Amiga"), site.base(owner=make_user(), name="Vizinha", x=5161.0, radius_m=60)
    permit(beside, friend, revoked_at=YESTERDAY - A_DAY)
    permit(beside, friend, granted_at=YESTERDAY)

    [trouble] = ask("Amiga", x=5095)["troubles"]

    assert trouble["code"] == "no_right"
    assert trouble["words"].startswith("“Fortaleza Norte”")


def test_people_of_one_name_show_what_distinguishes_them(site: Site) -> None:
    site.permitted(revoked_at=YESTERDAY)
    User.objects.filter(username="Dono").update(display_name="Zé", discord_id="111")
    User.objects.filter(username="Amiga").update(display_name="Zé")

    answer = read("Amiga")

    assert "of Zé (Discord 111), clan: none" in answer
    assert (
        "permission of Zé (Amiga) from 2026-01-08 16:45:00 until 2026-02-06 16:45:00: ended before the act"
        in answer
    )
    assert "Zé (Amiga) had a right in" in answer
    assert "Linked to Zé (Amiga), found by the player id." in answer


def test_moved_base_shows_both_of_its_places_with_what_was_held_in_each(site: Site) -> None:
    moved = site.base({"x": 5000.0}, x=5300.0)

    bases = next(one["lines"] for one in ask("Dono")["sections"] if one["key"] == "bases")

    assert [one.strip() for one in bases] == [
        f"“Fortaleza Norte” (#{moved.pk}) of Dono, clan: none",
        "inside: 45 m from the centre X=5000, Z=3000, radius 100 m",
        "from 2026-02-05 16:45:00 until 2026-02-06 16:45:00: ended before the act",
        "owner of Dono from 2026-02-05 16:45:00 until 2026-02-06 16:45:00: ended before the act",
        f"“Fortaleza Norte” (#{moved.pk}) of Dono, clan: none",
        "155 m beyond the edge: 255 m from the centre X=5300, Z=3000, radius 100 m",
        "since 2026-02-06 16:45:00: in force at the act",
        "owner of Dono since 2026-02-06 16:45:00: in force at the act",
    ]


@pytest.mark.parametrize("resolved_at", [None, NOW])
def test_verdict_by_a_gamertag_in_conflict_is_qualified_where_it_stands(
    site: Site, resolved_at: datetime | None
) -> None:
    site.base()
    site.seen_under_another_id(resolved_at=resolved_at)

    answer = read("dono")

    assert ("(owner of the base), but only for the player named below" in answer) is (resolved_at is None)
