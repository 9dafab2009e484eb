from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from clans.models import User
from tanks.models import Section, SyncedClan, SyncRun, SyncStatus
from tanks.tasks import sync_clan
from tanks.tests.factories import rows
from tanks.tests.factories.answers import NOW
from tanks.tests.factories.rows import visit_as
from tanks.tests.proofs import Background, join_all

pytestmark = pytest.mark.django_db
CHECK, STATUS, PAGE = "/sync/check", "/sync/status", "/sync/"
EVERYBODY = (
    *("anonymous", "stranger", "member", "commander", "former", "outsider", "staff"),
    *("overseer", "superuser"),
)


@pytest.fixture(autouse=True)
def sync_settings(settings: Settings) -> None:
    settings.CLAN_ID = ""
    settings.WOT_SYNC_MINUTES = 20


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What would have been enqueued."""
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(sync_clan, "apply_async", lambda args, **_: calls.append(tuple(args)))
    return calls


def with_tanks(clan: SyncedClan, read_at: datetime | None, count: int = 2) -> None:
    owner = rows.player(clan)
    for _ in range(count):
        rows.garage_tank(owner)
    rows.status(clan, Section.TANKS.value, last_success_at=read_at)


def refusal(answer: Any) -> str:
    body = answer.json()
    assert body["status"] == "error"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Content-Type"] == "application/json"
    return str(body["detail"])


# -- Who may do what ----------------------------------------------------------------------------------------------


CALLS = {"check": CHECK, "start": CHECK, "status": STATUS, "page": PAGE, "partial page": f"{PAGE}?partial=1"}
SEEN = {"anonymous": 401, "member": 200, "commander": 200, "overseer": 200, "superuser": 200}
COMMANDED = SEEN | {"member": 403}
OF_PAGE = SEEN | {"anonymous": 302, "member": 404}
# By call, what each visitor gets; everybody else gets 404.
TABLE = {
    "check": SEEN,
    "start": COMMANDED | {"commander": 202, "overseer": 403, "superuser": 202},
    "status": COMMANDED,
    "page": OF_PAGE,
    "partial page": OF_PAGE,
}


@pytest.mark.parametrize("kind", EVERYBODY)
def test_each_visitor_gets_the_answer_of_the_table(clan: SyncedClan, kind: str) -> None:
    client = visit_as(kind, clan)
    for call, address in CALLS.items():
        SyncRun.objects.all().delete()
        target = f"{address}{'&' if '?' in address else '?'}clan={clan.pk}"
        answer = client.post(target) if call == "start" else client.get(target)
        expected = TABLE[call].get(kind, 404)
        assert answer.status_code == expected, call
        is_page = "page" in call
        assert is_page or "no-store" in answer["Cache-Control"]
        if expected >= 300:
            assert clan.name not in answer.content.decode()
            assert not SyncRun.objects.exists()
        if expected == 302:
            assert answer["Location"].startswith("/accounts/login/?next=/sync/")
        elif expected >= 400 and not is_page:
            assert refusal(answer)


def test_start_without_a_csrf_token_is_refused(clan: SyncedClan) -> None:
    strict = visit_as("commander", clan, enforce_csrf_checks=True)
    assert strict.post(CHECK, {"clan": clan.pk}).status_code == HTTPStatus.FORBIDDEN
    assert not SyncRun.objects.exists()


def test_nonsense_for_a_clan_is_404(clan: SyncedClan) -> None:
    client = visit_as("overseer", clan)
    for clan_id in ("x", "0", "-1", "9" * 40, "1 OR 1=1", "\u0661"):
        for address in (CHECK, STATUS, PAGE):
            assert client.get(address, {"clan": clan_id}).status_code == 404, (address, clan_id)
        assert client.post(CHECK, {"clan": clan_id}).status_code == 404


# -- GET /sync/check ----------------------------------------------------------------------------------------------


def check(client: Client, **query: Any) -> dict[str, Any]:
    answer = client.get(CHECK, query)
    assert answer.status_code == HTTPStatus.OK
    body: dict[str, Any] = answer.json()
    return body


def test_check_counts_vehicles_of_present_members_only_and_says_how_fresh_they_are(clan: SyncedClan) -> None:
    rows.garage_tank(rows.player(clan, clan=None))
    rows.garage_tank(rows.player(rows.clan("Outro")))
    with time_machine.travel(NOW, tick=False):
        with_tanks(clan, NOW - timedelta(minutes=5), count=3)
        SyncedClan.objects.update(sync_due_at=NOW + timedelta(minutes=15))
        body = check(visit_as("member", clan))
    assert datetime.fromisoformat(body.pop("last_success_at")) == NOW - timedelta(minutes=5)
    assert datetime.fromisoformat(body.pop("next_due_at")) == NOW + timedelta(minutes=15)
    assert body == {"status": "ok", "found": 3, "clan": clan.name}
    assert not SyncRun.objects.exists()


def test_check_without_data_starts_a_sync_and_says_where_to_look(
    clan: SyncedClan, woken: list[Any], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    rows.run(rows.clan("Outro"), "running", requested_at=timezone.now())  # which holds nobody else up
    client = visit_as("member", clan)
    with django_capture_on_commit_callbacks(execute=True):
        body = check(client)
    run = SyncRun.objects.get(clan=clan)
    assert (body["status"], body["found"], body["last_success_at"]) == ("started", 0, None)
    assert body["status_url"] == f"/sync/status?clan={clan.pk}&run={run.pk}"
    assert (run.state, run.trigger, run.is_full) == ("waiting", "schedule", False)
    assert str(run.requested_by) == "visitor-member"
    assert woken == [(clan.pk,)]


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(0), "ok"),
        (timedelta(minutes=20), "ok"),
        (timedelta(minutes=20, microseconds=1), "started"),
        (timedelta(days=400), "started"),
    ],
)
def test_check_starts_a_sync_when_the_data_is_old(clan: SyncedClan, age: timedelta, status: str) -> None:
    with time_machine.travel(NOW, tick=False):
        with_tanks(clan, NOW - age)
        assert check(visit_as("member", clan))["status"] == status
    assert SyncRun.objects.exists() is (status == "started")


@pytest.mark.parametrize("state", ["waiting", "running"])
def test_check_while_one_is_under_way_answers_that_one_and_of_fresh_data_ok(
    clan: SyncedClan,
    state: str,
    woken: list[Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    run = rows.run(clan, state)
    client = visit_as("member", clan)
    with django_capture_on_commit_callbacks(execute=True):
        body = check(client)
    assert body["status"] == "started"
    assert body["status_url"].endswith(f"&run={run.pk}")
    assert SyncRun.objects.count() == 1
    assert woken == []
    with_tanks(clan, timezone.now())
    assert check(client)["status"] == "ok"


@pytest.mark.parametrize("state", ["done", "partial", "failed", "abandoned"])
def test_check_waits_five_minutes_after_a_request(clan: SyncedClan, state: str) -> None:
    client = visit_as("member", clan)
    with time_machine.travel(NOW, tick=False):
        for seconds, status in ((0, "ok"), (299, "ok"), (300, "started"), (3600, "started")):
            SyncRun.objects.all().delete()
            rows.run(clan, state, requested_at=NOW - timedelta(seconds=seconds))
            assert check(client)["status"] == status, seconds
            assert SyncRun.objects.count() == (2 if status == "started" else 1)


def test_check_of_a_disbanded_clan_starts_nothing(clan: SyncedClan) -> None:
    SyncedClan.objects.filter(pk=clan.pk).update(disbanded_at=NOW)
    assert check(visit_as("member", clan))["status"] == "ok"
    assert not SyncRun.objects.exists()


def test_check_takes_the_first_clan_by_name_unless_named(clan: SyncedClan) -> None:
    first = rows.clan("Alfa")
    client = visit_as("overseer", clan)
    assert check(client)["clan"] == "Alfa"
    assert check(client, clan=clan.pk)["clan"] == clan.name
    assert {run.clan for run in SyncRun.objects.all()} == {first, clan}


def test_check_of_somebody_without_a_clan_starts_nothing(clan: SyncedClan, settings: Settings) -> None:
    settings.WOT_REALM, settings.CLAN_ID = rows.OFFICIAL_URL, str(clan.wargaming_id)
    with_tanks(clan, timezone.now() - timedelta(days=1))
    client = visit_as("stranger", clan)
    body = check(client)
    assert body == {"status": "ok", "found": 0, "detail": "You belong to no clan that this site reads."}
    assert client.get(CHECK, {"clan": clan.pk}).status_code == 404
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("clan_id", ["", "not-a-number"])
def test_check_without_a_configured_clan_says_what_to_configure(settings: Settings, clan_id: str) -> None:
    settings.CLAN_ID = clan_id
    client = Client(headers={"accept-language": "en"})
    client.force_login(rows.user("chefe", is_staff=True, is_superuser=True))
    body = check(client)
    assert (body["status"], body["found"]) == ("ok", 0)
    assert "CLAN_ID" in body["detail"]
    assert not SyncRun.objects.exists()


# -- POST /sync/check ---------------------------------------------------------------------------------------------


def start(client: Client, **form: Any) -> dict[str, Any]:
    answer = client.post(CHECK, form)
    assert answer.status_code == HTTPStatus.ACCEPTED
    assert "no-store" in answer["Cache-Control"]
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize("full", ["", "1", "0"])
def test_start_makes_one_at_once_however_fresh_the_data(
    clan: SyncedClan,
    full: str,
    woken: list[Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with_tanks(clan, timezone.now())
    rows.run(clan, "failed", requested_at=timezone.now())
    client = visit_as("commander", clan)
    with django_capture_on_commit_callbacks(execute=True):
        body = start(client, full=full)
    run = SyncRun.objects.get(state="waiting")
    status_url = f"/sync/status?clan={clan.pk}&run={run.pk}"
    assert body == {"status": "started", "run": run.pk, "status_url": status_url}
    assert (run.is_full, str(run.requested_by)) == (full == "1", "visitor-commander")
    assert woken == [(clan.pk,)]


def test_start_takes_the_clan_that_the_visitor_commands(clan: SyncedClan) -> None:
    client = visit_as("commander", clan)
    rows.member(User.objects.get(username="visitor-commander"), rows.clan("Alfa"))
    start(client)
    assert SyncRun.objects.get().clan == clan


def test_start_of_staff_makes_the_configured_clan(settings: Settings) -> None:
    settings.WOT_REALM, settings.CLAN_ID = rows.OFFICIAL_URL, "1000004711"
    client = Client()
    client.force_login(rows.user("chefe", is_staff=True, is_superuser=True))
    start(client)
    assert SyncRun.objects.get().clan.wargaming_id == 1000004711


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_sync(clan: SyncedClan, woken: list[Any]) -> None:
    clients = [visit_as("commander", clan), visit_as("superuser", clan)]
    answers: list[dict[str, Any]] = []
    join_all(
        [Background(lambda client=client: answers.append(start(client, clan=clan.pk))) for client in clients]  # type: ignore[misc]
    )
    run = SyncRun.objects.get()
    assert [answer["run"] for answer in answers] == [run.pk] * 2
    assert (run.state, woken[0]) == ("waiting", (clan.pk,))


# -- Queries ------------------------------------------------------------------------------------------------------


def fill(clan: SyncedClan, who: User, count: int) -> None:
    for number in range(count):
        rows.garage_tank(rows.player(clan))
        rows.run(clan, "done" if number else "failed", requested_by=rows.user())
        rows.member(who, rows.clan(f"Clã {clan.pk} {number}"), rows.COMMANDER)
    for section in Section.values:
        SyncStatus.objects.get_or_create(
            clan=clan, section=section, defaults={"last_success_at": timezone.now()}
        )


@pytest.mark.parametrize(
    ("address", "queries"), [(CHECK, 8), (STATUS, 10), (PAGE, 13), (f"{PAGE}?partial=1", 10)]
)
def test_number_of_queries_does_not_grow_with_the_rows(
    clan: SyncedClan, address: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = visit_as("commander", clan)
    for count in (1, 10):
        fill(clan, User.objects.get(username="visitor-commander"), count)
        with django_assert_num_queries(queries):
            assert client.get(address, {"clan": clan.pk} if "?" not in address else {}).status_code == 200
