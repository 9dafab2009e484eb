"""Moving in from the old territory system: what is taken over, with its times, and what is refused for which reason."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clans.models import Clan, ClanMembership, User
from moving.models import MovedRow
from moving.tests.old_system import (
    COMMUNITY,
    FRIEND,
    INVASION,
    OWNER,
    THEN,
    add,
    base,
    change,
    counts,
    facts,
    move_in,
    reasons,
)
from territory.models import (
    Ban,
    Base,
    BasePermission,
    BaseRevision,
    Case,
    GameServer,
    Infraction,
    PlayerIdentity,
)
from territory.services.deciding import lift_case
from territory.tests.factories import make_base, make_user, player_id

pytestmark = pytest.mark.django_db


def everything() -> list[Any]:
    """Every row that moving in may write."""
    people = (User, Clan, ClanMembership, PlayerIdentity)
    models = (*people, Base, BaseRevision, BasePermission, Infraction, MovedRow)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_community_is_taken_over_with_its_times(server: GameServer, file: Path) -> None:
    add(file, "infractions", INVASION)

    result = move_in(file, server)

    assert (result["refused"], result["noted"], facts()) == ([], [], COMMUNITY)
    assert (Base.objects.get().place, Base.objects.get().registered_at) == ("Colina", THEN)
    assert (ClanMembership.objects.get().joined_at, BasePermission.objects.get().granted_at) == (THEN, THEN)
    assert counts(result, "player_identities") == (4, 4, 0, 0)
    assert [counts(result, table) for table in ("bases_v2", "clans", "infractions")] == [(1, 1, 0, 0)] * 3


def test_second_run_changes_nothing_and_a_dry_run_neither(server: GameServer, file: Path) -> None:
    add(file, "infractions", INVASION, INVASION | {"detected_at": "2026-01-09 00:00:00"})
    add(file, "bases_v2", base(name="Sem data", x=6000, created_at=None), base(name="Fora", x=-1))
    empty = everything()
    dry = move_in(file, server, dry_run=True)
    assert everything() == empty
    first = move_in(file, server)
    assert dry | {"dry_run": False} == first
    before = everything()

    second = move_in(file, server)

    assert everything() == before
    assert (second["refused"], second["noted"]) == (first["refused"], [])
    for table in second["tables"]:
        found, taken, unchanged, refused = counts(second, table)
        assert (found, taken, unchanged) == (found, 0, found - refused)


def test_infraction_is_history_on_the_wall_that_bans_nobody_and_can_be_lifted(
    server: GameServer, file: Path, client: Client, admin_client: Client
) -> None:
    add(file, "infractions", INVASION, INVASION | {"gamertag": "Trapaceiro", "infraction_type": "speed_hack"})

    move_in(file, server)

    old, other = Infraction.objects.order_by("pk")
    fort = Base.objects.get()
    assert (old.gamertag, old.occurred_at, old.detected_at, old.placement) == ("Jogador B", THEN, THEN, None)
    assert (old.item, old.base_name, old.base) == ("FenceKit", "Fortaleza Norte", fort)
    assert (old.description, old.evidence) == (INVASION["description"], INVASION["evidence"])
    assert (old.status, old.from_old_system) == ("confirmed", True)
    assert (other.infraction_type, other.description[:12]) == ("other", "[speed_hack]")
    page = client.get(reverse("wall")).content.decode()
    assert [name in page for name in ("Jogador B", "Trapaceiro", "5000")] == [True, False, False]
    assert "Jogador B" in admin_client.get(f"/admin/territory/infraction/{old.pk}/change/").content.decode()
    assert not Ban.objects.exists()

    case = (old.case.state, old.case.gamertag, old.case.base, old.case.last_act_at)
    assert case == ("confirmed", "Jogador B", fort, THEN)
    lift_case(old.case, by=make_user(), kind=Ban.LiftKind.MISTAKE, reason="engano")
    for _again in range(2):
        assert not Infraction.objects.on_the_wall().exists()
        move_in(file, server)
    assert Case.objects.count() == 2


def test_what_staff_had_entered_is_found(server: GameServer, file: Path) -> None:
    owner = make_user("ana", discord_id=OWNER)
    clan = Clan.objects.create(name=" txs")
    here = make_base(server, owner, clan=clan, name="À mão")
    PlayerIdentity.objects.create(user=owner, gamertag="DONO", player_id=player_id("Dono"))

    result = move_in(file, server)

    assert result["refused"] == []
    assert (Base.objects.get(), Clan.objects.get()) == (here, clan)
    assert here.permissions.get().user.discord_id == FRIEND
    assert PlayerIdentity.objects.get(user=owner).gamertag == "DONO"
    said = {"bases_v2 3 already_here", "clans 7 already_here", "player_identities already_here"}
    assert {text.replace(f"{OWNER} ", "") for text in reasons(result["noted"])} == said
    change(file, "UPDATE bases_v2 SET radius = 150")
    assert reasons(move_in(file, server)["refused"]) == ["bases_v2 3 changed_here"]
