"""Who or what changed a row: pages, tasks, commands, plain SQL; and that saying so breaks no statement."""

import runpy
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from itertools import product
from typing import Any

import pytest
from celery import shared_task
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve, reverse
from django.utils.translation import override

from clans.models import User
from common import bulk
from common.audit import kinds
from common.causes import cause
from justice.tests.pages import decide, waiting
from territory.models import Ban, ItemRule
from territory.services.intake import store
from territory.services.judging import judge_due
from territory.tests.admin.pages import address, enter
from territory.tests.factories import NOW, incoming, make_base, make_server, make_user, player_id
from wotcs.audit import causes
from wotcs.causes import CauseMiddleware
from wotcs.tests.audit.rows import entries

pytestmark = pytest.mark.django_db
WORDS = {"task": "a"}


def of_rules() -> list[Any]:
    return [entry.cause for entry in entries(ItemRule)]


def test_person_and_page_are_said_with_the_reason_of_a_decision(client: Client) -> None:
    server = make_server()
    case = waiting(server, make_base(server, make_user("Dona")))
    user = enter(client, "moderator")
    assert decide(client, case, "dismiss", reason="Visto no vídeo.").status_code == 302
    newest = entries(case.infractions.get())[-1]
    assert newest.user == user
    assert newest.cause == {"user": user.pk, "request": "case-decide", "reason": "Visto no vídeo."}


def test_address_itself_is_never_kept(client: Client) -> None:
    rule = ItemRule.objects.create(pattern="A*", policy="ignored")
    enter(client, "administrator")
    form = {"pattern": "B*", "policy": "ignored", "server": "", "note": ""}
    client.post(address("itemrule", "change", rule.pk) + "?token=very-secret", form)
    newest = entries(rule)[-1]
    assert newest.act == "update"
    assert newest.cause is not None
    assert newest.cause["request"] == "admin:territory_itemrule_change"
    assert "secret" not in str(newest.cause)


def answered(path: str, view: Callable[[HttpRequest], Any]) -> None:
    """Do a view as the middleware of causes calls it, for a visitor."""
    request = RequestFactory().post(path)
    request.user, request.resolver_match = AnonymousUser(), resolve(path)
    middleware = CauseMiddleware(lambda _request: HttpResponse())

    def answer(request: HttpRequest) -> HttpResponse:
        middleware.process_view(request)
        view(request)
        return HttpResponse()

    middleware.get_response = answer
    middleware(request)


def test_visitor_has_no_name_before_signing_in() -> None:
    def sign_in(request: HttpRequest) -> None:
        ItemRule.objects.create(pattern="A*", policy="ignored")
        request.user = make_user("ana")
        ItemRule.objects.update(note="signed in")

    answered(reverse("account_login"), sign_in)
    page = {"request": "account_login"}
    assert of_rules() == [page, {"user": User.objects.get().pk} | page]


def test_program_that_sends_events_is_no_person() -> None:
    answered(
        "/api/v1/servers/sul/placements",
        lambda _request: ItemRule.objects.create(pattern="A*", policy="ignored"),
    )
    assert [list(words) for words in of_rules()] == [["sender"]]


@shared_task(name="wotcs.tests.change_rules")
def change_rules() -> None:
    ItemRule.objects.update(note="task")


def test_task_says_its_name() -> None:
    ItemRule.objects.create(pattern="A*", policy="ignored")
    change_rules.apply(throw=True)
    assert of_rules() == [None, {"task": "wotcs.tests.change_rules"}]
    with override("en"):
        assert list(causes(entries(ItemRule)[-1])) == ["task wotcs.tests.change_rules"]


def test_command_says_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD_OF_ANA", "uma-senha-longa-9")
    command = ["create_person", "ana", "--password-from-environment", "PASSWORD_OF_ANA"]
    monkeypatch.setattr(sys, "argv", ["manage.py", *command])
    monkeypatch.setattr(connections, "close_all", lambda: None)  # as a command does at its end
    runpy.run_path(str(settings.BASE_DIR / "manage.py"), run_name="__main__")
    assert [entry.cause for entry in entries(User.objects.get())] == [{"command": "create_person"}]


def test_plain_sql_has_no_cause() -> None:
    ItemRule.objects.create(pattern="A*", policy="ignored")
    with override("en"):
        assert list(causes(entries(ItemRule)[0])) == ["plain SQL"]


# -- What a statement must bear -----------------------------------------------------------------------------------

INSERT = "INSERT INTO territory_itemrule (pattern, policy, note) VALUES "
STATEMENTS: dict[str, tuple[str, Any]] = {
    "parameters": (INSERT + "(%s, 'ignored', '')", ["A*"]),
    "named parameters": (INSERT + "(%(pattern)s, 'ignored', '')", {"pattern": "A*"}),
    "a percent sign and no parameters": (INSERT + "('100%', 'ignored', '')", None),
    "two statements": (INSERT + "(%s, 'ignored', ''); " + INSERT + "(%s, 'ignored', '')", ["A*", "B*"]),
    "WITH": (f"WITH given AS ({INSERT} (%s, 'ignored', '') RETURNING id) SELECT * FROM given", ["A*"]),
    "small letters": ("\n\n  " + INSERT.replace("INSERT", "insert") + "(%s, 'ignored', '')", ["A*"]),
}


@pytest.mark.django_db(transaction=True)
def test_every_statement_is_done_as_without_a_cause() -> None:
    for (name, (sql, parameters)), place in product(STATEMENTS.items(), (transaction.atomic, nullcontext)):
        with cause(**WORDS), connection.cursor() as cursor, place():
            cursor.execute(sql, parameters)
            assert cursor.rowcount == 1, name
        ItemRule.objects.update(note="later")
        assert (WORDS in of_rules(), of_rules()[-1]) == (True, None), (name, place)
        ItemRule.objects.all().delete()
        kinds()["territory.ItemRule"].objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_executemany_and_server_side_parameters_bear_a_cause() -> None:
    with cause(**WORDS), connection.cursor() as cursor:
        cursor.executemany(INSERT + "(%s, 'ignored', '')", [["A*"], ["B*"]])
    connection.close()
    connection.settings_dict["OPTIONS"]["server_side_binding"] = True
    try:
        with cause(**WORDS):
            ItemRule.objects.create(pattern="C*", policy="ignored")
    finally:
        del connection.settings_dict["OPTIONS"]["server_side_binding"]
        connection.close()
    assert of_rules() == [WORDS] * 3


@pytest.mark.django_db(transaction=True)
def test_copy_has_the_cause_of_its_transaction() -> None:
    with cause(**WORDS), transaction.atomic():
        bulk.stage_rows("stage_rule", {"pattern": "text"}, [("A*",), ("B*",)])
        bulk.copy_rows("territory_itemrule", ["pattern", "policy", "note"], [("C*", "ignored", "")])
    assert of_rules() == [WORDS]


@pytest.mark.django_db(transaction=True)
def test_cause_ends_with_its_block_and_an_inner_one_with_its_own() -> None:
    with cause(**WORDS):
        with cause(reason="r"):
            ItemRule.objects.create(pattern="A*", policy="ignored")
        ItemRule.objects.update(note="x")
    ItemRule.objects.update(note="y")
    assert of_rules() == [WORDS | {"reason": "r"}, WORDS, None]
    with transaction.atomic():
        with suppress(ZeroDivisionError), cause(**WORDS):
            ItemRule.objects.update(note=f"{ItemRule.objects.update(note='z') // 0}")
        ItemRule.objects.update(note="transaction goes on")
    assert of_rules()[3:] == [WORDS, None]


def test_cause_survives_a_savepoint_that_was_taken_back() -> None:
    with cause(**WORDS):
        with pytest.raises(DatabaseError), transaction.atomic():
            ItemRule.objects.create(pattern="A*", policy="no policy")
        ItemRule.objects.create(pattern="A*", policy="ignored")
    assert of_rules() == [WORDS]


def test_statement_after_an_error_says_its_own_error() -> None:
    with cause(**WORDS), transaction.atomic(), connection.cursor() as cursor:
        for sql, words in (
            ("INSERT INTO nothing VALUES (1)", "does not exist"),
            (INSERT + "('A', '', '')", "aborted"),
        ):
            with pytest.raises(DatabaseError, match=words):
                cursor.execute(sql)
        transaction.set_rollback(True)


def test_judging_bans_with_a_cause_as_without() -> None:
    server = make_server(ban_list="/srv/ban.txt")
    base = make_base(server, make_user("dona"))
    store(server, [incoming("Ladra", x=base.x, z=base.z)])
    with cause(task="territory.judge_due"):
        judge_due(server.pk, now=NOW)
    ban = Ban.objects.get()
    assert ban.player_id == player_id("Ladra")
    assert [entry.cause for entry in entries(ban)] == [{"task": "territory.judge_due"}]
