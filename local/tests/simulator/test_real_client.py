from datetime import UTC, datetime

import pytest

from local.simulator.simulator import Simulator
from local.simulator.world import CLAN_ID, World
from tanks.wargaming import Client
from tanks.wargaming.errors import ApiRefusedError, NotConfiguredError


@pytest.fixture
def world(untouched_world: World) -> World:
    """Here nothing changes it: one is enough for all."""
    return untouched_world


def moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds else None


def test_client_reads_the_clan(client: Client, simulator: Simulator) -> None:
    truth = simulator.expected()
    clan = client.clans_info([CLAN_ID]).by_id[CLAN_ID]
    assert clan
    assert clan.members is not None
    assert (clan.tag, clan.name) == (truth.clan.tag, truth.clan.name)
    assert [(m.account_id, m.name, m.role, m.joined_at) for m in clan.members] == [
        (m.account_id, m.nickname, m.role, moment(m.joined_at)) for m in truth.members.values()
    ]


def test_client_reads_accounts(client: Client, simulator: Simulator) -> None:
    truth = simulator.expected()
    told = client.account_info(truth.members).by_id
    assert {number for number, account in told.items() if account is None} == truth.hidden
    for number, account in told.items():
        if account is None:
            continue
        wanted = truth.accounts[number]
        assert account.statistics
        assert account.nickname == wanted.nickname
        assert account.last_battle_at == moment(wanted.last_battle_time)
        assert account.statistics.battles == wanted.figures["battles"]
        assert account.statistics.damage_dealt == wanted.figures["damage_dealt"]
        assert account.garage is None


def test_client_reads_vehicles_of_players(client: Client, simulator: Simulator) -> None:
    truth = simulator.expected()
    told = client.account_tanks(truth.members, 100).by_id
    found = {
        number: {tank.tank_id: (tank.battles, tank.wins, tank.mark_of_mastery) for tank in tanks}
        for number, tanks in told.items()
        if tanks is not None
    }
    assert found == {
        number: {tank_id: (tank.battles, tank.wins, tank.mastery) for tank_id, tank in tanks.items()}
        for number, tanks in truth.tanks.items()
        if number in truth.members and number not in truth.hidden
    }


def test_client_reads_the_catalogue(client: Client, simulator: Simulator) -> None:
    truth = simulator.expected()
    found = {vehicle.tank_id: vehicle for page in client.vehicles() for vehicle in page.vehicles}
    assert {
        number: (v.name, v.tag, v.nation, v.type, v.tier, v.is_premium) for number, v in found.items()
    } == {
        number: (v.name, v.tag, v.nation, v.type, v.tier, v.is_premium)
        for number, v in truth.catalogue.items()
    }
    told = client.encyclopedia_info()
    assert told.game_version == truth.game_version
    assert told.tanks_updated_at == moment(truth.tanks_updated_at)


def test_client_reads_its_owners_garage(client: Client, simulator: Simulator, world: World) -> None:
    number = next(iter(world.members))
    account = client.account_info([number], access_token=f"sim-{number}-x").by_id[number]
    assert account
    assert account.garage == frozenset(simulator.expected().garages[number])
    login = client.prolongate(f"sim-{number}-x")
    assert login.account_id == number
    assert client.prolongate(login.access_token).account_id == number
    with pytest.raises(ApiRefusedError):
        client.prolongate("no token of ours")


def test_client_finds_the_bad_id(client: Client, simulator: Simulator, world: World) -> None:
    bad = list(world.members)[4]
    simulator.bad([bad])
    told = client.account_info(world.members)
    assert told.bad_ids == {bad}
    assert set(told.by_id) == set(world.members) - {bad}


def test_client_stops_at_a_refused_application(client: Client, simulator: Simulator) -> None:
    simulator.fault("INVALID_APPLICATION_ID")
    with pytest.raises(NotConfiguredError):
        client.encyclopedia_info()
