"""The pages of the safety nets: who reads them, what they say, what they do, and what they refuse."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from announcements.tests.factories import make_channel
from clans.models import User
from justice.models import CaseNote, UndoRun
from justice.tests.pages import html, read, said
from territory.models import Ban, Case, CaseAct, GameServer, Infraction, ItemRule, Placement, RuleVersion
from territory.services.deciding import confirm_case, lift_case
from territory.services.first_weeks import bans_nobody_since
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.admin.pages import enter
from territory.tests.factories import (
    incoming,
    make_ban_list,
    make_base,
    make_log_source,
    make_player,
    make_server,
    make_user,
    placed,
)

pytestmark = pytest.mark.django_db
PLACES = ("5045", "3033", "3000.0")


@pytest.fixture
def server() -> GameServer:
    made = make_server(slug="sul", name="Sul", breaker_bans=2)
    make_base(made, make_player("Dono"))
    return made


def build(server: GameServer, *names: str) -> None:
    now = timezone.now()
    store(server, [incoming(name, occurred_at=now - timedelta(minutes=1)) for name in names])
    judge_due(server.pk, now=now)
    server.refresh_from_db()


def get(client: Client, name: str, *args: Any, **query: Any) -> str:
    return read(client, reverse(name, args=args), **query)


def post(client: Client, name: str, *args: Any, status: int = 302, **fields: Any) -> Any:
    answer = client.post(reverse(name, args=args), fields, headers={"accept-language": "en"})
    assert answer.status_code == status
    return answer


# -- The breaker ----------------------------------------------------------------------------------------------------


def test_breaker_says_why_what_waits_and_whom_the_rule_banned_before(
    client: Client, server: GameServer
) -> None:
    build(server, "Antes")
    build(server, "Um", "Dois")
    enter(client, "administrator")
    text = get(client, "server-breaker", "sul")
    assert "too many automatic bans in a short time" in text
    assert "2 cases" in text
    assert all(name in text for name in ("Antes", "Um", "Dois", "B-"))
    assert not any(place in text for place in PLACES)
    assert "1 circuit breaker has tripped." in get(client, "servers")


def test_one_act_sets_the_breaker_back(client: Client, server: GameServer) -> None:
    build(server, *"ABC")
    enter(client, "administrator")
    seen = server.tripped_at.isoformat() if server.tripped_at else ""
    post(client, "server-breaker", "sul", seen=seen, reason="visto")
    server.refresh_from_db()
    assert (server.tripped_at, Case.objects.filter(state="waiting").count()) == (None, 3)
    text = said(post(client, "server-breaker", "sul", seen=seen, reason="visto", status=409))
    assert "set the circuit breaker back already" in text
    assert "It has not tripped." in get(client, "server-breaker", "sul")


@pytest.mark.parametrize("seen", ["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00", "x", ""])
def test_breaker_that_tripped_anew_or_a_forged_moment_sets_nothing_back(
    client: Client, server: GameServer, seen: str
) -> None:
    build(server, *"ABC")
    enter(client, "administrator")
    post(client, "server-breaker", "sul", seen=seen, reason="x", status=409 if "T" in seen else 200)
    server.refresh_from_db()
    assert server.tripped_at is not None


# -- The switch -----------------------------------------------------------------------------------------------------


@pytest.fixture
def observed(server: GameServer) -> GameServer:
    GameServer.objects.update(mode="observe")
    build(server, "Invasor", "Invasor", "Outro", "Dono")
    return server


def test_mode_shows_what_would_have_been_banned_and_what_still_would(
    client: Client, observed: GameServer
) -> None:
    enter(client, "administrator")
    text = get(client, "server-mode", "sul")
    assert "3 placements would have banned their players." in text
    assert re.search(r"By player.*Invasor 2 Outro 1", text)
    assert re.search(r"By base.*Fortaleza Norte 3", text)
    assert re.search(r"Would still ban 3 ", text)
    assert f"/staff/verdicts/{placed('Outro').pk}/" in html(client, reverse("server-mode", args=["sul"]))
    ItemRule.objects.create(pattern="FenceKit", policy="ignored")
    text = get(client, "server-mode", "sul")
    assert re.search(r"Would still ban 0 .*Would be allowed today 3 ", text)


def test_weeks_without_bans_begin_after_the_last_version_that_enforced(server: GameServer) -> None:
    assert bans_nobody_since(server) == server.created_at
    RuleVersion.objects.filter(server=server).delete()
    at = timezone.now()
    for number, mode in enumerate(["observe", "enforce", "observe", "review"], 1):
        server.rule_versions.create(
            number=number,
            mode=mode,
            since=at + timedelta(days=number),
            engine=1,
            border_margin_m=0,
            maximum_age=timedelta(1),
            policies=[],
        )
    assert bans_nobody_since(server) == at + timedelta(days=3)


def test_mode_asks_for_a_yes_and_then_enforces(client: Client, observed: GameServer) -> None:
    enter(client, "administrator")
    post(client, "server-mode", "sul", seen="observe", reason="x", status=200)
    observed.refresh_from_db()
    assert observed.mode == "observe"
    post(client, "server-mode", "sul", seen="observe", reason="x", sure="on")
    observed.refresh_from_db()
    assert (observed.mode, Ban.objects.count()) == ("enforce", 0)
    post(client, "server-mode", "sul", seen="observe", reason="x", sure="on", status=409)


def test_mode_takes_as_many_queries_for_many_as_for_one(client: Client, server: GameServer) -> None:
    GameServer.objects.update(mode="observe")
    enter(client, "administrator")
    get(client, "server-mode", "sul")  # what every page reads and the cache keeps
    counts = []
    for names in (["A"], [f"J{number}" for number in range(60)]):
        build(server, *names)
        with CaptureQueriesContext(connection) as queries:
            get(client, "server-mode", "sul")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("before", "after", "is_refused"), [
    ("observe", "enforce", True), ("review", "enforce", True), ("observe", "review", False), ("enforce", "observe", False),
    ("enforce", "enforce", False),
])  # fmt: skip
def test_admin_form_leaves_enforcing_to_the_page(
    client: Client, server: GameServer, before: str, after: str, *, is_refused: bool
) -> None:
    GameServer.objects.update(mode=before)
    enter(client, "superuser")
    page = reverse("admin:territory_gameserver_change", args=[server.pk])
    form = client.get(page).context["adminform"].form
    fields = {name: form[name].value() for name in form.fields}
    fields = {name: value for name, value in fields.items() if value not in (None, False)} | {"mode": after}
    for inline in ("log_sources", "ban_lists"):
        fields |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
    answer = client.post(page, fields)
    server.refresh_from_db()
    assert server.mode == (before if is_refused else after)
    assert (reverse("server-mode", args=["sul"]) in answer.content.decode()) is is_refused


# -- Undo -----------------------------------------------------------------------------------------------------------

SINCE = "2020-01-01T00:00"


def digest_of(client: Client, what: str) -> str:
    page = html(client, reverse("undo-period"), what=what, since=SINCE)
    found = re.search(r'name="digest" value="(\w+)"', page)
    return found[1] if found else ""


def test_period_is_previewed_undone_and_undone_again(client: Client, server: GameServer) -> None:
    build(server, "Um")
    enter(client, "administrator")
    what = f"server-{server.pk}"
    text = get(client, "undo-period", what=what, since=SINCE)
    assert "1 act would be undone." in text
    assert "The rule's ban is lifted as a mistake" in text
    assert "Staff read it, and the players whose cases it changes." in text
    assert Ban.objects.get().lifted_at is None
    digest = digest_of(client, what)
    answer = post(client, "undo-period", what=what, since=SINCE, digest=digest, reason="mapa errado")
    run = UndoRun.objects.get()
    assert answer.url == reverse("undo-run", args=[run.run])
    assert Ban.objects.get().lift_kind == "mistake"
    text = get(client, "undo-run", run.run)
    assert "1 step was taken." in text
    assert "mapa errado" in text
    again: dict[str, Any] = {
        "what": f"run-{run.pk}",
        "digest": digest_of(client, f"run-{run.pk}"),
        "reason": "era certo",
    }
    post(client, "undo-period", **again)
    assert Ban.objects.get().lifted_at is None
    post(client, "undo-period", **again, status=409)
    enter(client, "moderator")
    assert client.get(reverse("undo-run", args=[run.run])).status_code == 404


def test_preview_that_changed_meanwhile_is_refused(client: Client, server: GameServer) -> None:
    build(server, "Um", "Dois")
    enter(client, "administrator")
    what = f"server-{server.pk}"
    digest, staff = digest_of(client, what), make_user(is_staff=True)
    lift_case(Case.objects.get(gamertag="Um"), by=staff, kind=Ban.LiftKind.MERCY, reason="x")
    text = said(post(client, "undo-period", what=what, since=SINCE, digest=digest, reason="x", status=409))
    assert "Read it again" in text
    assert "has decided since" in text
    assert (UndoRun.objects.count(), Ban.objects.get(gamertag="Dois").lifted_at) == (0, None)


@pytest.mark.parametrize("what", ["server-0", "server-x", "run-999", "case-1", "moderator-1", "x", ""])
def test_choice_that_is_none_undoes_nothing(client: Client, server: GameServer, what: str) -> None:
    build(server, "Um")
    enter(client, "administrator")
    assert client.get(reverse("undo-period"), {"what": what, "since": SINCE}).status_code == 200
    post(client, "undo-period", what=what, since=SINCE, digest="x", reason="x", status=200)
    assert not CaseAct.objects.exists()


def test_moderators_acts_are_offered_and_the_kept_ones_say_why(client: Client, server: GameServer) -> None:
    GameServer.objects.update(mode="review")
    build(server, "Um")
    ana, bia = (make_user(name, is_staff=True, display_name=name.title()) for name in ("ana", "bia"))
    case = Case.objects.get()
    confirm_case(case, by=ana, reason="x")
    lift_case(case, by=bia, kind=Ban.LiftKind.MERCY, reason="x")
    enter(client, "administrator")
    text = get(client, "undo-period", what=f"moderator-{ana.pk}", since=SINCE)
    assert "There is nothing to undo." in text
    assert "Bia has decided since." in text


# -- Rejudge --------------------------------------------------------------------------------------------------------


def test_rejudge_lists_differences_alone_and_links_what_can_be_done(
    client: Client, server: GameServer
) -> None:
    build(server, "Invasor", "Dono")
    enter(client, "moderator")
    assert "Today's rule says what was said then." in get(client, "rejudge", server="sul", since=SINCE)
    ItemRule.objects.create(pattern="FenceKit", policy="ignored")
    text = get(client, "rejudge", server="sul", since=SINCE)
    assert "1 verdict would be another today." in text
    assert "Placements heard again 2 Guilty then, allowed today 1" in text
    page = html(client, reverse("rejudge"), server="sul", since=SINCE)
    assert f"/cases/{Case.objects.get().pk}/" in page
    assert Ban.objects.get().lifted_at is None


def test_rejudge_opens_a_case_for_one_placement(client: Client, server: GameServer) -> None:
    build(server, "Dono")
    ItemRule.objects.create(pattern="FenceKit", policy="forbidden")
    enter(client, "moderator")
    assert "Open a case" in get(client, "rejudge", server="sul", since=SINCE)
    answer = post(client, "rejudge", placement=placed("Dono").pk)
    case = Case.objects.get()
    assert (answer.url, case.state, Ban.objects.count()) == (f"/cases/{case.pk}/", "waiting", 0)
    assert CaseNote.objects.get().by == User.objects.get(username__contains="moderator")
    post(client, "rejudge", placement=placed("Dono").pk, status=409)
    assert Infraction.objects.count() == 1


@pytest.mark.parametrize(("rights", "status"), [(["view_case"], 404), (["view_case", "view_placement"], 200)])
def test_rejudge_is_for_who_sees_placements_and_opens_cases_for_who_decides(
    client: Client, server: GameServer, rights: list[str], status: int
) -> None:
    build(server, "Dono")
    ItemRule.objects.create(pattern="FenceKit", policy="forbidden")
    reader = make_user("leitora", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(reader)
    assert client.get(reverse("rejudge")).status_code == status
    post(client, "rejudge", placement=placed("Dono").pk, status=404)
    assert not Case.objects.exists()


@pytest.mark.parametrize("placement", ["0", "x", "", "9" * 30, "999999"])
def test_rejudge_of_no_placement_finds_nothing(client: Client, server: GameServer, placement: str) -> None:
    enter(client, "moderator")
    post(client, "rejudge", placement=placement, status=404)


def test_rejudge_goes_on_where_it_stopped(
    client: Client, server: GameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("justice.views.rejudge.MOST", 2)
    build(server, *"AAAAA")
    enter(client, "moderator")
    address, heard = f"{reverse('rejudge')}?server=sul&since={SINCE}", []
    while address:
        answer = client.get(address, headers={"accept-language": "en"})
        found = re.search(r"Placements heard again (\d)", said(answer))
        heard.append(int(found[1]) if found else 0)
        following = re.search(r'rel="next" href="([^"]*)"', answer.content.decode())
        address = reverse("rejudge") + following[1].replace("&amp;", "&") if following else ""
    assert heard == [2, 2, 1]
    assert Placement.objects.count() == 5


# -- Alarms ---------------------------------------------------------------------------------------------------------


def test_alarms_stand_above_the_servers_with_what_to_do(client: Client, server: GameServer) -> None:
    enter(client, "administrator")
    assert "Alarms" not in html(client, reverse("servers"))
    make_ban_list(server, "1", kind="nitrado", size=60_000)
    long_ago = timezone.now() - timedelta(hours=2)
    row = make_log_source(server, "2", kind="nitrado", last_error="<b>s3cret", created_at=long_ago)
    text = get(client, "servers")
    assert text.index("never reached") < text.index("91 % full") < text.index("Game servers")
    assert "s3cret" not in text
    setup = f"{reverse('server-setup', args=[server.slug])}#logsource-{row.pk}"
    assert setup in html(client, reverse("servers"))
    assert "2 alarms, each with what to do." in text


def test_alarm_leads_nobody_to_a_page_that_is_closed(client: Client, server: GameServer) -> None:
    make_channel("equipe", gone_at=timezone.now())
    page = reverse("admin:announcements_channel_changelist")
    for group, is_open in (("manager", False), ("administrator", True)):
        enter(client, group)
        assert client.get(page).status_code == (200 if is_open else 403)
        answer = client.get(reverse("servers"), headers={"accept-language": "en"})
        assert (f'href="{page}"' in answer.content.decode().partition("<main")[2]) is is_open
        assert ("An administrator of this site does it." in said(answer)) is not is_open
