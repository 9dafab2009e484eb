"""The texts people read: all of them in Portuguese, and found again by the pages."""

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from territory.models import Base, GameServer, Placement
from territory.tests.factories import make_ban, make_base, make_infraction, make_server, make_user

CATALOGUE = Path(settings.BASE_DIR) / "locale" / "pt_BR" / "LC_MESSAGES"
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


def words(page: str) -> str:
    """Return what a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


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
@pytest.mark.parametrize(("acts", "counted"), [(1, "1 infração em 7 dias"), (2, "2 infrações em 7 dias")])
def test_page_is_in_portuguese_with_its_plurals_and_dates(client: Client, acts: int, counted: str) -> None:
    server = make_server()
    base = make_base(server, make_user())
    ends_at = datetime(timezone.now().year + 1, 7, 6, 12, tzinfo=UTC)
    for name in ("A", "B")[:acts]:
        make_infraction(server, base, gamertag=name, ban=make_ban(server, name, ends_at=ends_at))
    page = words(client.get("/wall", headers={"accept-language": "pt-br"}).content.decode())
    for said in (counted, "Invasão kit de cerca", f"até 6 jul {ends_at.year}"):
        assert said in page


def test_numbers_of_a_page_are_the_readers() -> None:
    places = {"server": GameServer(name="Norte"), "base": Base(name="Fortaleza Norte")}
    context = {"placements": [Placement(pk=12345, distance_m=45.25, item="FenceKit", **places)]}
    for language, distance in (("pt-br", "45,3 m"), ("en", "45.3 m")):
        with translation.override(language):
            assert distance in words(render_to_string("territory/_verdict_rows.html", context))
