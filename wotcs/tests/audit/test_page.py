"""The admin's page of the audit: who may read it, what it says, its filters, and its few queries."""

import csv
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.audit import kinds
from common.causes import cause
from territory.models import Ban, Base, GameServer, ItemRule
from territory.services.deciding import lift_case
from territory.tests.admin.pages import enter
from territory.tests.admin.rows import make_another_of_each
from territory.tests.factories import ban_by_hand, make_base, make_server, make_user
from wotcs import audit_export
from wotcs.models import AuditEntry
from wotcs.tests.audit.rows import entries

pytestmark = pytest.mark.django_db
LIST = reverse("admin:wotcs_auditentry_changelist")


def shown(client: Client, language: str = "en", **query: Any) -> str:
    answer = client.get(LIST, query, headers={"accept-language": language})
    assert answer.status_code == 200
    html: str = answer.content.decode()
    return html


def listed(client: Client, **query: Any) -> list[AuditEntry]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    found: list[AuditEntry] = answer.context["cl"].result_list
    return found


@pytest.fixture
def moved(client: Client) -> Base:
    """A base that an administrator, who looks at the audit now, renamed and gave to somebody else."""
    base = make_base(make_server(), make_user("dona", display_name="Dona"), name="Norte")
    reader, owner = enter(client, "administrator"), make_user("nova", display_name="Nova")
    with cause(user=reader.pk, request="admin:territory_base_change", reason="Vendida"):
        Base.objects.update(name="Sul", owner=owner)
    return base


def test_page_says_who_what_when_and_from_what_to_what(client: Client, moved: Base) -> None:
    html = shown(client)
    row = re.sub(r"\s+", " ", html.split("<tbody>")[1].split("</tr>")[0])
    text = re.sub("<[^>]+>", "", row)
    assert "visitor-administrator" in text
    assert "page admin:territory_base_change" in text
    assert "owner: Dona → Nova" in text
    assert "name: Norte → Sul" in text
    assert reverse("admin:territory_base_change", args=[moved.pk]) in row
    newest = entries(moved)[-1]
    answer = client.get(reverse("admin:wotcs_auditentry_change", args=[newest.pk]))
    assert "Vendida" in answer.content.decode()


@pytest.mark.parametrize("chosen", ["request", "task", "sender", "command", "sql"])
def test_filter_by_cause_finds_its_entries_alone(client: Client, chosen: str) -> None:
    enter(client, "superuser")
    for one in ({"request": "x"}, {"task": "x"}, {"sender": "x"}, {"command": "x"}):
        with cause(**one):
            ItemRule.objects.create(pattern=f"{next(iter(one))}_*", policy="ignored")
    ItemRule.objects.create(pattern="sql_*", policy="ignored")
    found: list[Any] = listed(client, by=chosen, kind="territory.ItemRule")
    assert [entry.story.row.pattern for entry in found] == [f"{chosen}_*"]


def test_filters_by_person_kind_time_and_number(client: Client, moved: Base) -> None:
    reader = entries(moved)[-1].user
    assert reader is not None
    assert [entry.object_id for entry in listed(client, user__id__exact=reader.pk)] == [moved.pk]
    assert {entry.kind for entry in listed(client, kind="territory.Base")} == {"territory.Base"}
    assert len(listed(client, at="1", kind="territory.Base")) == 2
    assert {entry.object_id for entry in listed(client, q=f"#{moved.pk}")} == {moved.pk}
    assert [entry.user for entry in listed(client, q="visitor-adm")] == [reader]


def test_page_takes_the_same_queries_however_many_rows(client: Client) -> None:
    enter(client, "superuser")
    server, counts = make_server(), []
    for number in range(3):
        make_another_of_each(server, number)
        ban_by_hand(server, f"B{number}")
        if number == 0:
            listed(client)  # learns the kinds of rows, which stay known
        if number != 1:
            counts.append({kind: queries_of(client, kind=kind) for kind in kinds()})
    assert counts[0] == counts[1]
    assert max(counts[0].values()) <= 12
    assert queries_of(client) <= 25


def queries_of(client: Client, **query: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        listed(client, **query)
    return len(queries)


def test_portuguese_reader_finds_no_english(client: Client) -> None:
    enter(client, "superuser")
    server = make_server(name="Sul")
    GameServer.objects.filter(pk=server.pk).update(mode="observe", is_active=False)
    html = shown(client, "pt-br")
    assert "modo:" in html
    assert "ativo: <bdi>Sim</bdi> → <bdi>Não</bdi>" in html


def exported(client: Client, **query: Any) -> list[dict[str, str]]:
    answer = client.get(reverse("admin:wotcs_auditentry_export"), query, headers={"accept-language": "en"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_export_is_what_the_filters_show_a_line_for_each_column(client: Client, moved: Base) -> None:
    rows = exported(client, kind="territory.Base")
    assert [(row["column"], row["from"], row["to"]) for row in rows[:2]] == [
        ("owner", "Dona", "Nova"),
        ("name", "Norte", "Sul"),
    ]
    assert {row["kind"] for row in rows} == {"Base"}
    assert (rows[0]["reason"], rows[0]["who"]) == ("Vendida", "visitor-administrator")
    reader = entries(moved)[-1].user
    assert reader is not None
    assert len(exported(client, user__id__exact=reader.pk)) == 2
    assert exported(client, at="nonsense", kind="nothing") == []


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "plain"])
def test_export_has_no_formulas(client: Client, name: str) -> None:
    enter(client, "administrator")
    ItemRule.objects.create(pattern=name, policy="ignored")
    rows = exported(client, kind="territory.ItemRule")
    [cell] = [row["to"] for row in rows if row["column"] == "class or pattern"]
    assert cell == (name if name == "plain" else f"'{name}")


def test_export_is_bounded_and_goes_on_batch_by_batch(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(client, "administrator")
    monkeypatch.setattr(audit_export, "BATCH", 2)
    monkeypatch.setattr(audit_export, "MOST", 5)
    for number in range(7):
        ItemRule.objects.create(pattern=f"P{number}", policy="ignored")
    rows = exported(client, kind="territory.ItemRule")
    names = [row["to"] for row in rows if row["column"] == "class or pattern"]
    assert names == [f"P{number}" for number in (6, 5, 4, 3, 2)]


def test_act_on_a_case_stands_in_the_audit_with_reason_and_cause(client: Client) -> None:
    server, staff = make_server(), enter(client, "administrator") and make_user("bia", is_staff=True)
    ban = ban_by_hand(server, "X")
    with cause(user=staff.pk, request="case-decide"):
        lift_case(ban.cases.get(), by=staff, kind=Ban.LiftKind.MERCY, reason="prometeu")
    for kind in ("territory.CaseAct", "territory.Ban"):
        newest = exported(client, kind=kind)
        [cell] = {(row["who"], row["reason"], row["cause"]) for row in newest if row["reason"] == "prometeu"}
        assert cell == ("bia", "prometeu", "page case-decide")
    assert ("act", "-", "lifted") in {
        (row["column"], row["from"], row["to"]) for row in exported(client, kind="territory.CaseAct")
    }
