"""From a stored placement to verdict, infraction and ban, on real transactions."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clans.models import ClanMembership, User
from territory.models import (
    Ban,
    BanDelivery,
    Base,
    GameServer,
    Infraction,
    ItemRule,
    Placement,
    StaffImmunity,
)
from territory.services.intake import store
from territory.services.judging import judge_due
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
    placed,
    player_id,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="sul", ban_list="/tmp/unused/ban.txt")


@pytest.fixture
def owner() -> User:
    return make_player("Dono")


@pytest.fixture
def base(server: GameServer, owner: User) -> Base:
    return make_base(server, owner)


def judge(server: GameServer, *placements: object) -> None:
    store(server, list(placements))  # type: ignore[arg-type]
    judge_due(server.pk, now=NOW)


def test_stranger_in_a_base_is_banned_with_the_evidence_of_the_original(
    server: GameServer, base: Base
) -> None:
    judge(server, incoming("Jogador B"))

    verdict = placed("Jogador B")
    assert (verdict.outcome, verdict.action, verdict.base, verdict.distance_m) == (
        "invasion",
        "ban",
        base,
        45.0,
    )
    infraction = Infraction.objects.get()
    assert infraction.infraction_type == "territory_invasion"
    assert infraction.status == "confirmed"
    assert (
        infraction.description
        == "Invasão de território - Tentou construir 'FenceKit' na base 'Fortaleza Norte'"
    )
    assert infraction.evidence == "Coordenadas X=5045, Z=3000, Distância: 45m"
    ban = Ban.objects.get()
    assert infraction.ban == ban
    assert (ban.player_id, ban.gamertag, ban.reason) == (
        player_id("Jogador B"),
        "Jogador B",
        infraction.description,
    )
    delivery = BanDelivery.objects.get()
    assert delivery.ban == ban
    assert delivery.state == "pending"
    assert delivery.line == (
        f"{player_id('Jogador B')}  // Jogador B - {infraction.description} - 2026-02-07 16:45"
    )


def test_clan_mate_with_a_watchtower_is_allowed(server: GameServer, owner: User) -> None:
    clan = make_clan("TXS")
    make_base(server, owner, clan=clan)
    join(clan, make_player("Jogador C"))

    judge(server, incoming("Jogador C", item="WatchtowerKit"))

    assert (placed("Jogador C").outcome, placed("Jogador C").rule) == ("allowed", "clan")
    assert not Infraction.objects.exists()


def test_permitted_friend_with_a_barrel_is_allowed(server: GameServer, base: Base) -> None:
    permit(base, make_player("Jogador D"))

    judge(server, incoming("Jogador D", item="Barrel_Green"))

    assert (placed("Jogador D").outcome, placed("Jogador D").rule) == ("allowed", "permission")


def test_owner_is_banned_for_a_forbidden_item_anywhere(server: GameServer, base: Base) -> None:
    judge(server, incoming("Dono", item="ShelterKit"), incoming("Longe", item="HatchbackWheel", x=1.0, z=1.0))

    assert placed("Dono").outcome == placed("Longe").outcome == "forbidden"
    assert Ban.objects.count() == 2
    assert set(Infraction.objects.values_list("infraction_type", flat=True)) == {"forbidden_item"}


def test_two_placements_of_one_intruder_make_two_infractions_and_one_ban(
    server: GameServer, base: Base
) -> None:
    judge(server, incoming("X"), incoming("X"))
    judge(server, incoming("X"))

    assert Infraction.objects.count() == 3
    assert Ban.objects.count() == 1
    assert BanDelivery.objects.count() == 1


def test_right_that_ended_before_the_act_does_not_count(server: GameServer, base: Base) -> None:
    friend = make_player("Ex")
    permit(base, friend, revoked_at=NOW - timedelta(hours=2))

    judge(server, incoming("Ex"))

    assert placed("Ex").outcome == "invasion"


def test_right_gained_between_act_and_judging_pardons(server: GameServer, base: Base) -> None:
    permit(base, make_player("Novo"), granted_at=NOW - timedelta(seconds=1))

    judge(server, incoming("Novo"))

    verdict = placed("Novo")
    assert verdict.outcome == "allowed"
    assert verdict.reasons is not None
    assert verdict.reasons["since"] is True


def test_base_registered_after_the_act_does_not_convict(server: GameServer, owner: User) -> None:
    make_base(server, owner, registered_at=NOW - timedelta(seconds=30))

    judge(server, incoming("Antes"))

    assert (placed("Antes").outcome, placed("Antes").rule) == ("allowed", "outside")


def test_base_removed_after_the_act_still_convicts(server: GameServer, base: Base) -> None:
    Base.objects.update(removed_at=NOW - timedelta(seconds=30))

    judge(server, incoming("Depois"))

    assert placed("Depois").outcome == "invasion"


def test_base_that_grew_after_the_act_does_not_convict(server: GameServer, base: Base) -> None:
    Base.objects.update(radius_m=200)  # the trigger keeps the radius of 100 m until this moment

    judge(server, incoming("Fora", x=5150.0))

    assert placed("Fora").rule == "outside"


def test_base_given_to_another_clan_after_the_act_still_protects_the_former_members(
    server: GameServer, owner: User
) -> None:
    former, later = make_clan("A"), make_clan("B")
    base = make_base(server, owner, clan=former)
    membership = join(former, make_player("Membro"))
    base.clan = later
    base.save()
    ClanMembership.objects.filter(pk=membership.pk).update(left_at=NOW - timedelta(seconds=5))

    judge(server, incoming("Membro"))

    assert (placed("Membro").outcome, placed("Membro").rule) == ("allowed", "clan")


@pytest.mark.parametrize(
    ("fields", "action", "hold"),
    [
        pytest.param({"mode": "review"}, "review", "reviewing", id="review-mode"),
        pytest.param({"maximum_age": timedelta(seconds=30)}, "review", "too_old", id="too-old"),
        pytest.param({"border_margin_m": 50.0, "mode": "enforce"}, "ban", None, id="well-inside-the-margin"),
    ],
)
def test_server_settings_decide_what_follows(
    server: GameServer, base: Base, fields: dict[str, object], action: str, hold: str | None
) -> None:
    GameServer.objects.update(**fields)

    judge(server, incoming("X"))

    verdict = placed("X")
    assert verdict.action == action
    assert verdict.reasons is not None
    assert verdict.reasons["holds"] == ([hold] if hold else [])
    assert Ban.objects.count() == (1 if action == "ban" else 0)
    assert Infraction.objects.get().status == ("confirmed" if action == "ban" else "review")


def test_observing_server_has_verdicts_only(server: GameServer, base: Base) -> None:
    GameServer.objects.update(mode="observe")

    judge(server, incoming("X"))

    assert (placed("X").outcome, placed("X").action) == ("invasion", "record")
    assert not Infraction.objects.exists()
    assert not Ban.objects.exists()


def test_border_margin_sends_the_ring_to_review(server: GameServer, base: Base) -> None:
    GameServer.objects.update(border_margin_m=6)

    judge(server, incoming("Dentro", x=5093.0), incoming("Anel", x=5095.0), incoming("Fora", x=5105.0))

    assert [placed(name).action for name in ("Dentro", "Anel", "Fora")] == ["ban", "review", "review"]


def test_item_rules_of_the_server_come_before_those_of_all_and_the_default(
    server: GameServer, base: Base
) -> None:
    ItemRule.objects.create(server=None, pattern="fence*", policy="ignored")
    ItemRule.objects.create(server=server, pattern="FenceKit", policy="forbidden")
    ItemRule.objects.create(server=None, pattern="Barrel_*", policy="ignored")

    judge(server, incoming("A"), incoming("B", item="Barrel_Blue"), incoming("C", item="LandMineTrap"))

    assert [placed(name).outcome for name in "ABC"] == ["forbidden", "ignored", "invasion"]
    assert placed("C").action == "review"


def test_immune_staff_may_place_anything(server: GameServer, base: Base) -> None:
    StaffImmunity.objects.create(server=server, user=make_player("Staff"), granted_at=LONG_AGO)

    judge(server, incoming("Staff"), incoming("Staff", item="ShelterKit"))

    assert set(Placement.objects.values_list("outcome", "rule")) == {("allowed", "immune")}


def test_unusable_placements_are_kept_and_never_judged(server: GameServer, base: Base) -> None:
    judge(
        server,
        incoming("A", player_id="Unknown"),
        incoming("B", x=-3.4028234663852886e38),
        incoming("C", altitude=-3.4028234663852886e38),
        incoming("D", z=20_000.0),
        incoming("E", x=None),
        incoming("F", occurred_at=None),
        incoming("G", x=float("nan")),
    )

    assert [placed(name).unusable_because for name in "ABCDEFG"] == [
        "no_player_id", "off_map", "off_map", "off_map", "no_position", "no_date", "off_map",
    ]  # fmt: skip
    assert set(Placement.objects.values_list("state", "outcome")) == {("unusable", "")}


def test_other_servers_bases_do_not_matter(base: Base) -> None:
    other = make_server(slug="norte")

    judge(other, incoming("X"))

    assert placed("X").rule == "outside"


def test_number_of_queries_does_not_grow_with_the_batch(server: GameServer, base: Base) -> None:
    def judged_with(count: int) -> int:
        store(server, [incoming(f"S{count}-{number}") for number in range(count)])
        with CaptureQueriesContext(connection) as captured:
            judge_due(server.pk, now=NOW)
        return len(captured)

    judged_with(1)
    assert judged_with(3) == judged_with(40)


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work_and_ban_an_intruder_once() -> None:
    server = make_server(slug="sul", ban_list="/tmp/unused/ban.txt")
    make_base(server, make_player("Dono"))
    store(server, [incoming(f"X{number % 7}") for number in range(400)])
    done: Counter[int] = Counter()

    def work(worker: int) -> None:
        while count := judge_due(server.pk, now=NOW, limit=10).judged:
            done[worker] += count
        connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(done.values()) == 400
    assert Infraction.objects.count() == 400
    assert Ban.objects.count() == 7
    assert BanDelivery.objects.count() == 7


@pytest.mark.django_db(transaction=True)
def test_batch_that_fails_leaves_its_rows_waiting() -> None:
    server = make_server(slug="sul")
    make_base(server, make_player("Dono"))
    store(server, [incoming("X")])

    def die() -> None:
        with transaction.atomic():
            judge_due(server.pk, now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die()
    assert placed("X").state == "pending"
    assert not Ban.objects.exists()
    assert judge_due(server.pk, now=NOW).judged == 1
