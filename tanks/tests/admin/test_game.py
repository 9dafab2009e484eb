"""Staff's pages about the game: what is synced, whose account a player is, and what may only be looked at."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.app.task import Task
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clans.models import Clan, User
from tanks.models import Player, SyncedClan, SyncRun, Vehicle
from tanks.tests import rows
from tanks.tests.admin.pages import (
    ENGLISH,
    MODELS,
    READ_ONLY,
    act,
    address,
    get_model,
    make_one_of_each,
    page,
    sign_in,
    told,
)

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert("x")</script>'
NO_MEMBERS = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """What was enqueued; these tests stop at the broker's door."""
    sent: list[tuple[str, tuple[Any, ...]]] = []
    monkeypatch.setattr(
        Task, "apply_async", lambda self, args=(), **_options: sent.append((self.name, tuple(args)))
    )
    return sent


# -- Every page ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_page_opens_and_names_are_escaped(root: Client, model: str) -> None:
    clan = rows.clan(HOSTILE, tag="<b>", disbanded_at=timezone.now())
    make_one_of_each(clan, HOSTILE)
    rows.status(clan, last_error=HOSTILE, trouble="unavailable")
    rows.member(rows.user(HOSTILE), clan)
    Player.objects.update(user=User.objects.get(username=HOSTILE), role=HOSTILE[:40])
    Vehicle.objects.update(nation=HOSTILE[:40], type=HOSTILE[:40], short_name="")
    found = get_model(model)._default_manager.latest("pk")

    listed = page(root, model)
    assert 'id="result_list"' in listed
    for shown in (listed, page(root, model, "change", found.pk)):
        assert "<script>alert" not in shown
        assert "<b></b>" not in shown


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_the_game_tells_is_looked_at_and_not_changed(root: Client, model: str) -> None:
    clan = rows.clan()
    make_one_of_each(clan)
    rows.status(clan)
    found = get_model(model)._default_manager.latest("pk")
    assert root.get(address(model, "add")).status_code == 403
    assert root.post(address(model, "change", found.pk), {"battles": "1"}).status_code == 403
    assert root.post(address(model, "delete", found.pk), {"post": "yes"}).status_code == 403
    assert 'value="delete_selected"' not in page(root, model)
    assert get_model(model)._default_manager.filter(pk=found.pk).exists()


@pytest.mark.parametrize(
    ("model", "term"),
    [
        ("player", "Lobo_1"),
        ("player", "2100000001"),
        ("player", "dona"),
        ("garagetank", "lobo_1"),
        ("garagetank", "2100000001"),
        ("accountsnapshot", "Lobo_1"),
        ("tanksnapshot", "2100000001"),
        ("rosterevent", "Lobo_1"),
        ("syncrun", "Clã Um"),
        ("syncstatus", "UM"),
        ("vehicle", "Tanque Um"),
        ("clan", "Clã Um"),
    ],
)
def test_search_finds_one_and_not_the_other(root: Client, model: str, term: str) -> None:
    for number, words in enumerate(("Um", "Dois"), 1):
        clan = rows.clan(f"Clã {words}", tag=words)
        player = make_one_of_each(clan)
        user = rows.user("dona") if number == 1 else rows.user("outra")
        values = {"nickname": f"Lobo_{number}", "account_id": 2_100_000_000 + number, "user": user}
        Player.objects.filter(pk=player.pk).update(**values)
        Vehicle.objects.filter(garage_tanks__player=player).update(name=f"Tanque {words}")
        rows.status(clan)
    answer = root.get(address(model, "changelist"), {"q": term})
    assert answer.context["cl"].result_count == 1
    assert root.get(address(model, "changelist"), {"q": "9" * 40}).context["cl"].result_count == 0


QUERIES = {
    # session and user, the rows and their capped count, then what the filters offer
    "clan": 5,
    "player": 7,
    "vehicle": 7,
    "vehiclelisting": 5,
    "garagetank": 8,
    "accountsnapshot": 5,
    "tanksnapshot": 6,
    "rosterevent": 8,
    "syncrun": 10,
    "syncstatus": 6,
}


@pytest.mark.parametrize("model", QUERIES)
def test_number_of_queries_of_a_list_does_not_grow(root: Client, model: str) -> None:
    counts = []
    for number in (1, 3, 6):
        while SyncedClan.objects.count() < number:
            clan = rows.clan()
            player = make_one_of_each(clan)
            Player.objects.filter(pk=player.pk).update(user=rows.user())
            rows.status(clan)
            SyncRun.objects.filter(clan=clan).update(requested_by=rows.user())
        root.get(address(model, "changelist"))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            root.get(address(model, "changelist"))
        counts.append(len(captured))
    assert counts == [QUERIES[model]] * 3


def test_player_page_leads_to_its_vehicles_events_and_snapshots(root: Client) -> None:
    clan = rows.clan()
    wanted, other = make_one_of_each(clan, "Aquele"), make_one_of_each(clan, "Aqueloutro_9")
    shown = page(root, "player", "change", wanted.pk)
    for model in ("garagetank", "rosterevent", "accountsnapshot", "tanksnapshot"):
        target = f"{address(model, 'changelist')}?player__id__exact={wanted.pk}"
        assert target in shown
        listed = root.get(target)
        assert listed.context["cl"].result_count == 1
        text = listed.content.decode()
        assert str(other) not in text
        assert "&#10006;" in text  # what the link chose can be let go


@pytest.mark.parametrize("wrong", ["x", "", "9" * 30, "1'--"])
def test_wrong_choice_of_a_player_shows_no_error_page(root: Client, wrong: str) -> None:
    answer = root.get(address("garagetank", "changelist"), {"player__id__exact": wrong}, follow=True)
    assert answer.status_code == 200


def test_player_filters_offer_what_occurs_and_choose(root: Client) -> None:
    first, second = rows.clan("Um"), rows.clan("Dois")
    rows.clan("Sem Jogadores")
    linked = rows.player(first, user=rows.user(), role="commander")
    rows.player(second, hidden_since=timezone.now())
    shown = page(root, "player")
    assert "Sem Jogadores" not in shown
    assert "recruit" not in shown
    for query in ({"user__isempty": "0"}, {"clan__id__exact": first.pk}, {"role": "commander"}):
        answer = root.get(address("player", "changelist"), query)
        assert [row.pk for row in answer.context["cl"].result_list] == [linked.pk]
    hidden = root.get(address("player", "changelist"), {"hidden_since__isempty": "0"})
    assert hidden.context["cl"].result_count == 1


def test_count_of_a_large_list_is_capped(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.admin.parts.MOST_COUNTED", 3)
    player = rows.player(rows.clan())
    for _ in range(5):
        rows.garage_tank(player)
    assert root.get(address("garagetank", "changelist")).context["cl"].result_count == 3


# -- Realms and clans ---------------------------------------------------------------------------------------------


# -- Clans of one name --------------------------------------------------------------------------------------------


def test_clans_of_one_name_are_told_apart_wherever_one_is_chosen(root: Client) -> None:
    eu = rows.realm("eu", "https://api.worldoftanks.eu")
    for realm, tag, number in ((rows.realm(), "LBO", 1), (eu, "LBO", 2), (eu, "", 3), (eu, "", 4)):
        made = rows.clan("Lobos", realm=realm, tag=tag, wargaming_id=number)
        make_one_of_each(made)
        rows.status(made)
        rows.member(rows.user(), made)
    Clan.objects.create(name="Lobos")
    labels = ["[LBO] Lobos · na", "[LBO] Lobos · eu", "Lobos · eu #3", "Lobos · eu #4"]
    for model in ("player", "clanmembership", "rosterevent", "syncrun", "syncstatus"):
        shown = page(root, model)
        assert [label for label in labels if f">{label}</a>" not in shown] == [], model
    shown = page(root, "clanmembership", "add")
    assert [label for label in (*labels, "Lobos") if f">{label}</option>" not in shown] == []


def save_clan(client: Client, clan: Clan | None = None, **given: Any) -> Any:
    target = address("clan", "change", clan.pk) if clan else address("clan", "add")
    values = {"name": "Lobos", "tag": "", "realm": "", "wargaming_id": ""} | NO_MEMBERS
    return client.post(target, values | given, headers=ENGLISH)


def test_clan_with_realm_and_number_is_added_and_due_at_once(root: Client) -> None:
    assert save_clan(root, realm=rows.realm().pk, wargaming_id="1000001").status_code == 302
    clan = SyncedClan.objects.get()
    assert (clan.realm, clan.wargaming_id) == (rows.realm(), 1_000_001)
    assert clan.sync_due_at <= timezone.now()


@pytest.mark.parametrize("half", ["realm", "wargaming_id", "zero", "negative"])
@pytest.mark.parametrize("name", ["", "Lobos"])
def test_half_of_realm_and_number_is_refused_in_the_constraints_words(
    root: Client, half: str, name: str
) -> None:
    clan = Clan.objects.create(name=name) if name else None
    realm = rows.realm().pk
    halves: dict[str, dict[str, Any]] = {
        "realm": {"realm": realm},
        "wargaming_id": {"wargaming_id": "5"},
        "zero": {"realm": realm, "wargaming_id": "0"},
        "negative": {"realm": realm, "wargaming_id": "-4"},
    }
    answer = save_clan(root, clan, **halves[half])
    assert answer.status_code == 200
    assert (
        answer.content.decode().count("A clan of the game needs both: its realm and its number there.") == 1
    )
    assert not SyncedClan.objects.exists()


def test_name_that_exists_counts_only_for_clans_without_a_number(root: Client) -> None:
    Clan.objects.create(name="Lobos")
    rows.clan("Lobos")
    refused = save_clan(root)
    assert "A clan with that name already exists." in refused.content.decode()
    assert save_clan(root, realm=rows.realm().pk, wargaming_id="77").status_code == 302
    again = save_clan(root, realm=rows.realm().pk, wargaming_id="77")
    assert "This clan of the game is there already." in again.content.decode()
    assert Clan.objects.filter(name="Lobos").count() == 3


def test_saving_a_clan_leaves_what_a_sync_writes_meanwhile(root: Client, monkeypatch: Any) -> None:
    clan, later = rows.clan("Lobos"), timezone.now() + timedelta(minutes=20)
    save = Clan.save

    def save_after_sync(self: Clan, **options: Any) -> None:
        SyncedClan.objects.filter(pk=clan.pk).update(sync_due_at=later, missing_account_ids=[7])
        save(self, **options)

    monkeypatch.setattr(Clan, "save", save_after_sync)
    given = {"realm": clan.realm_id, "wargaming_id": clan.wargaming_id, "tag": "NOVA"}
    assert save_clan(root, clan, **given).status_code == 302
    clan.refresh_from_db()
    assert (clan.tag, clan.sync_due_at, clan.missing_account_ids) == ("NOVA", later, [7])


@pytest.mark.parametrize(("action", "is_full"), [("sync_now", False), ("sync_all_vehicles", True)])
def test_sync_is_asked_for_by_action_and_a_worker_woken(
    client: Client,
    woken: list[Any],
    django_capture_on_commit_callbacks: Any,
    action: str,
    *,
    is_full: bool,
) -> None:
    user, clan = sign_in(client, "view_clan", "change_clan"), rows.clan()
    with django_capture_on_commit_callbacks(execute=True):
        answer = act(client, "clan", action, clan.pk)
    run = SyncRun.objects.get()
    assert (run.clan, run.is_full, run.requested_by, run.state) == (clan, is_full, user, "waiting")
    assert woken == [("tanks.sync_clan", (clan.pk,))]
    assert "was asked for" in told(answer)
    assert LogEntry.objects.get().object_id == str(clan.pk)


def test_sync_asked_for_twice_is_one_sync(root: Client, woken: list[Any]) -> None:
    clan = rows.clan()
    act(root, "clan", "sync_now", clan.pk)
    act(root, "clan", "sync_all_vehicles", clan.pk)
    assert SyncRun.objects.get().is_full


@pytest.mark.parametrize(
    ("action", "words"),
    [("sync_now", "is being synced already"), ("sync_all_vehicles", "without all vehicles")],
)
def test_sync_asked_for_during_one_says_so(root: Client, woken: list[Any], action: str, words: str) -> None:
    clan = rows.clan()
    rows.run(clan, "running", started_at=timezone.now())
    assert words in told(act(root, "clan", action, clan.pk))
    assert SyncRun.objects.count() == 1
    assert not LogEntry.objects.exists()


def test_clan_without_a_number_is_not_synced_and_staff_are_told(root: Client, woken: list[Any]) -> None:
    clan = Clan.objects.create(name="Texugos")
    assert "has no number in the game" in told(act(root, "clan", "sync_now", clan.pk))
    assert not SyncRun.objects.exists()
    assert woken == []


def test_sync_is_not_asked_for_by_who_may_only_look(client: Client, woken: list[Any]) -> None:
    sign_in(client, "view_clan")
    clan = rows.clan()
    assert 'value="sync_now"' not in page(client, "clan", "change", clan.pk)
    act(client, "clan", "sync_now", clan.pk)
    assert not SyncRun.objects.exists()
    assert woken == []


def test_clan_shows_when_it_was_synced_and_what_went_wrong(root: Client) -> None:
    clan = rows.clan(sync_due_at=datetime(2030, 4, 5, 12, tzinfo=UTC))
    rows.status(clan, "members", last_success_at=datetime(2030, 4, 3, 12, tzinfo=UTC))
    rows.run(clan, trouble="disbanded", ended_at=timezone.now())
    for shown in (page(root, "clan"), page(root, "clan", "change", clan.pk)):
        assert "April 3, 2030" in shown
        assert "April 5, 2030" in shown
        assert "clan disbanded" in shown


# -- Syncs --------------------------------------------------------------------------------------------------------


def test_sync_shows_its_trouble_in_words_with_all_its_figures(root: Client) -> None:
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    values: dict[str, Any] = {
        "calls": 7,
        "bytes": 2_500_000,
        "rows_changed": 12,
        "changes": {"members": 3, "tanks": 9},
    }
    values |= {"started_at": at, "ended_at": at + timedelta(seconds=83)}
    run = rows.run(rows.clan(), trouble="unavailable", error="NoAnswer: 502", **values)
    shown = page(root, "syncrun", "change", run.pk)
    for text in ("did not answer", "NoAnswer: 502", "2.4", "1 min 23 s", "Members: 3"):
        assert text in shown
    assert "1 min 23 s" in page(root, "syncrun")
