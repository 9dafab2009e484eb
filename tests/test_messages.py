"""The texts people read: all of them in Portuguese, and found again by the pages."""

import re
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy, ngettext

from face.charts import bar_chart
from territory.filters import WallFilter
from territory.models import GameServer, Placement

CATALOGUE = Path(settings.BASE_DIR) / "locale" / "pt_BR" / "LC_MESSAGES"
WHEN = datetime(2026, 7, 6, 19, 45, 10, tzinfo=ZoneInfo("America/Sao_Paulo"))
ENTRY: dict[str, Any] = {
    "number": 12345,
    "gamertag": "Invader",
    "kind": "invasion",
    "words": gettext_lazy("Invasion"),
    "server": "Norte",
    "item": "FenceKit",
    "base_name": "Fortaleza Norte",
    "occurred_at": WHEN,
    "code": "B-7K3Q",
    "ban_is_active": True,
    "ban_ends_at": WHEN,
}


SPOILED = [
    (r'(msgid "Wall of shame"\nmsgstr) ".*"', r'\1 ""'),
    (r'(msgstr\[1\]) "%\(count\)s atos em um minuto"', r'\1 ""'),
    (r"Página %\(number\)s de %\(pages\)s", "Página %(number)s"),
]
FAULTS = [
    "not translated: 'Wall of shame' (analytics/shell.py)",
    "not translated: ('%(count)s act within a minute', '%(count)s acts within a minute')",
    "other placeholders: 'Page %(number)s of %(pages)s' → 'Página %(number)s'",
    "no longer used: 'Nobody says this.'",
    "the compiled catalogue is not of this text",
]


def messages(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "tools/messages.py", *options]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """Return a copy of the catalogue that a test may spoil."""
    return Path(shutil.copytree(CATALOGUE, tmp_path / "catalogue"))


def words(template: str, context: dict[str, Any], language: str) -> str:
    """Return what a page says, without its markup."""
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with translation.override(language):
        page = render_to_string(template, context, request)
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def wall(*entries: dict[str, Any]) -> dict[str, Any]:
    form = WallFilter(QueryDict(), servers={})
    shown = {"page": Paginator(entries, 10).page(1), "in_week": len(entries), "in_chart": {}}
    chart = bar_chart("", [], days=[], ticks=[])
    return {"wall": shown | {"chart": chart}, "form": form, "columns": [], "kinds": []}


def test_catalogue_has_every_text() -> None:
    checked = messages("--check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    counted = re.search(r"^(\d+) texts, 0 faults$", checked.stdout, re.MULTILINE)
    assert counted is not None
    assert int(counted[1]) > 300


@pytest.mark.thorough
def test_check_names_every_fault_of_a_catalogue(catalogue: Path) -> None:
    path = catalogue / "django.po"
    text = path.read_text(encoding="utf-8")
    for pattern, replacement in SPOILED:
        text, count = re.subn(pattern, replacement, text)
        assert count == 1
    path.write_text(text, encoding="utf-8")
    assert messages("--catalogue", str(catalogue)).returncode == 0
    with path.open("a", encoding="utf-8") as file:
        file.write('\nmsgid "Nobody says this."\nmsgstr "Ninguém diz isto."\n')

    checked = messages("--check", "--catalogue", str(catalogue))

    assert checked.returncode == 1, checked.stdout + checked.stderr
    for fault in FAULTS:
        assert fault in checked.stdout


@pytest.mark.thorough
def test_collecting_again_changes_nothing(catalogue: Path) -> None:
    before = {path.name: path.read_bytes() for path in catalogue.iterdir()}
    assert messages("--catalogue", str(catalogue)).returncode == 0
    assert {path.name: path.read_bytes() for path in catalogue.iterdir()} == before


def test_compiled_catalogue_is_found_by_django() -> None:
    with translation.override("pt-br"):
        assert gettext("Wall of shame") == "Muro da Vergonha"
        one, many = "%(count)s act within a minute", "%(count)s acts within a minute"
        forms = [ngettext(one, many, count) for count in (0, 1, 2)]
    assert forms == ["%(count)s ato em um minuto"] * 2 + ["%(count)s atos em um minuto"]


@pytest.mark.parametrize(
    ("evidence", "translated"),
    [
        (
            "Territory invasion - tried to build '%(item)s' in the base '%(base)s'",
            "Invasão de território - Tentou construir '%(item)s' na base '%(base)s'",
        ),
        ("Forbidden item - placed '%(item)s'", "Item proibido - Colocou '%(item)s'"),
        ("Coordinates X=%(x)s, Z=%(z)s", "Coordenadas X=%(x)s, Z=%(z)s"),
        (
            "Coordinates X=%(x)s, Z=%(z)s, Distance: %(distance)sm",
            "Coordenadas X=%(x)s, Z=%(z)s, Distância: %(distance)sm",
        ),
    ],
)
def test_evidence_reads_as_the_community_writes_it(evidence: str, translated: str) -> None:
    with translation.override("pt-br"):
        assert gettext(evidence) == translated


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("template", "context", "portuguese", "english"),
    [
        ("_pager.html", {"page": Paginator(range(30), 10).page(2)}, "Página 2 de 3", "Page 2 of 3"),
        ("territory/wall.html", wall(ENTRY), "1 infração em 7 dias", "1 infraction in 7 days"),
        ("territory/wall.html", wall(ENTRY, ENTRY), "2 infrações em 7 dias", "2 infractions in 7 days"),
        ("territory/wall.html", wall(ENTRY), "Invasão kit de cerca", "Invasion fence kit"),
    ],
)
def test_block_of_a_page_is_translated(
    template: str, context: dict[str, Any], portuguese: str, english: str
) -> None:
    assert portuguese in words(template, context, "pt-br")
    assert english in words(template, context, "en")


@pytest.mark.django_db
def test_dates_and_numbers_of_a_page_are_the_readers() -> None:
    portuguese, english = (words("territory/wall.html", wall(ENTRY), code) for code in ("pt-br", "en"))
    assert "até 6 jul" in portuguese
    assert "until 6 Jul" in english
    assert "12345" in portuguese
    placement = Placement(pk=12345, distance_m=45.25, item="FenceKit", server=GameServer(name="Norte"))
    row = {"placement": placement, "base_name": "Fortaleza Norte", "clause": ""}
    assert "45,3 m" in words("territory/_verdict_rows.html", {"rows": [row]}, "pt-br")
    assert "45.3 m" in words("territory/_verdict_rows.html", {"rows": [row]}, "en")
