"""The whole sync against saved answers of the real API, served in full: unasked fields, nulls, ids without a catalogue."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Response

from tanks.models import Player, SyncedClan, SyncRun, Vehicle
from tanks.services import realms, sync
from tanks.tests.services.sync import truth
from tanks.tests.wargaming.fake import APPLICATION_ID, FakeWargaming, load, ok

pytestmark = pytest.mark.django_db


class RealWargaming(FakeWargaming):
    """It has the saved clan, of whose members it tells the saved figures of one, a second one who never fought, and null."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        (self.clan,) = load("clans_info")["data"].values()
        (fighter,) = load("account_info")["data"].values()
        (idler,) = load("account_info_no_battles")["data"].values()
        others = [m["account_id"] for m in self.clan["members"] if m["account_id"] != fighter["account_id"]]
        self.fighter, self.idler = fighter["account_id"], others[0]
        idler = deepcopy(idler) | {"account_id": self.idler}
        self.accounts = {self.fighter: fighter, self.idler: idler}
        self.tanks = {self.fighter: load("account_tanks")["data"][str(self.fighter)], self.idler: []}

    def _by_path(self, path: str, form: dict[str, str]) -> Response:
        if path == "clans/info":
            return ok({form["clan_id"]: self.clan if int(form["clan_id"]) == self.clan["clan_id"] else None})
        if path == "encyclopedia/vehicles":
            answer = load("encyclopedia_vehicles")
            return ok(answer["data"], **answer["meta"])
        return super()._by_path(path, form)

    def _players(self, path: str, ids: str) -> Response:
        known: dict[int, Any] = self.accounts if path == "account/info" else self.tanks
        return ok({key: known.get(int(key)) for key in ids.split(",")})


@pytest.fixture
def wargaming(httpserver: HTTPServer) -> RealWargaming:
    served = RealWargaming(httpserver.url_for("").rstrip("/"))
    served.serve(httpserver)
    return served


@pytest.fixture
def clan(db: None, settings: Settings, wargaming: RealWargaming) -> SyncedClan:
    settings.WOT_APP_ID, settings.WOT_REALM = APPLICATION_ID, wargaming.url
    settings.CLAN_ID = str(wargaming.clan["clan_id"])
    clan = realms.default_clan()
    assert clan is not None
    return clan


def run_sync(clan: SyncedClan) -> SyncRun:
    return sync.sync_now(clan, trigger=SyncRun.Trigger.COMMAND, is_full=False, on_step=lambda *_: None)


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def test_rows_equal_the_real_answers(clan: SyncedClan, wargaming: RealWargaming) -> None:
    run = run_sync(clan)
    assert (run.state, run.calls) == (SyncRun.State.DONE, 5)
    clan.refresh_from_db()
    assert (clan.name, clan.tag) == (wargaming.clan["name"], wargaming.clan["tag"])
    assert truth.stored_members(clan) == {
        m["account_id"]: (m["account_name"], m["role"], moment(m["joined_at"]))
        for m in wargaming.clan["members"]
    }

    answer = wargaming.accounts[wargaming.fighter]
    figures = answer["statistics"]["all"]
    assert truth.stored_accounts(clan)[wargaming.fighter] == (
        moment(answer["created_at"]),
        moment(answer["last_battle_time"]),
        answer["global_rating"],
        *(figures[name] for name in truth.FIGURES),
    )
    created = moment(wargaming.accounts[wargaming.idler]["created_at"])
    assert truth.stored_accounts(clan)[wargaming.idler] == (created, None, 0, *(0 for _ in truth.FIGURES))
    assert Player.objects.filter(hidden_since__isnull=False).count() == len(wargaming.clan["members"]) - 2

    tanks = wargaming.tanks[wargaming.fighter]
    assert truth.stored_tanks(clan) == {
        (wargaming.fighter, tank["tank_id"]): (
            tank["statistics"]["battles"],
            tank["statistics"]["wins"],
            tank["mark_of_mastery"],
        )
        for tank in tanks
    }
    catalogue = load("encyclopedia_vehicles")["data"]
    for number, row in truth.stored_catalogue().items():
        vehicle = catalogue.pop(str(number))
        names = ("name", "short_name", "tag", "nation", "type", "tier", "is_premium", "is_gift")
        assert row[:8] == tuple(vehicle.get(name, False) for name in names)
        assert row[8] == vehicle["images"]["big_icon"]
    assert catalogue == {}
    unlisted = {tank["tank_id"] for tank in tanks} - truth.stored_catalogue().keys()
    assert set(Vehicle.objects.filter(name="").values_list("pk", flat=True)) == unlisted
