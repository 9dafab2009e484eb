"""Whatever is typed into the admin's forms, the answer is the page with words, never an error of ours."""

from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from territory.models import GameServer
from territory.tests.admin.pages import ENGLISH, enter, posted

pytestmark = pytest.mark.django_db

ODD = [
    "\0",
    "x" * 5000,
    "/" + "a/" * 600,
    "/\ud800.txt",
    "~/x",
    "../..",
    "-1",
    "9" * 40,
    "nan",
    "\u202e",
    "2026-13-45",
    "[]",
]
FORMS = sorted(model._meta.label_lower for model in admin.site._registry)
BATTLEYE = "0123456789abcdef0123456789abcdef -1 Cheating\n"
LOGS, LIST = ("sources", "folder"), ("lists", "file")


def post(client: Client, address: str, given: dict[str, str]) -> tuple[int, str]:
    """Post a form as it is, lone surrogates and all."""
    body = urlencode({name: value.encode(errors="surrogatepass") for name, value in given.items()})
    answer = client.post(address, body, content_type="application/x-www-form-urlencoded", headers=ENGLISH)
    return answer.status_code, answer.content.decode()


@pytest.mark.thorough
@pytest.mark.parametrize("label", FORMS)
def test_odd_text_in_any_field_of_an_add_form_is_answered(client: Client, label: str) -> None:
    address = reverse(f"admin:{label.replace('.', '_')}_add")
    page = client.get(address)
    if page.status_code == 403:
        return  # nobody adds these by hand
    fields = posted(page.content.decode())
    blank = {name: value for name, value in fields.items() if "__prefix__" not in name}
    for name in blank:  # one field alone is wrong, and has no value when the others are looked at together
        assert post(client, address, blank | {name: "\0"})[0] in {200, 302, 400}, name
    counts = {name: value for name, value in blank.items() if name.endswith("_FORMS")}
    for odd in ODD:
        assert post(client, address, dict.fromkeys(blank, odd) | counts)[0] in {200, 302, 400}, odd
    assert post(client, address, {})[0] == 200


@pytest.fixture
def allowed(tmp_path: Path, settings: Settings) -> Path:
    settings.GAME_FILES_ROOTS = [tmp_path / "allowed", tmp_path / "more"]
    for name in ("allowed", "more", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "allowed" / "out").symlink_to(tmp_path / "other")
    (tmp_path / "allowed" / "in").symlink_to(tmp_path / "more")
    return tmp_path / "allowed"


@pytest.fixture(autouse=True)
def root(client: Client) -> None:
    enter(client, "superuser")


def added(client: Client, place: tuple[str, str], path: str) -> str:
    """Add a place to a server; return what the page says of it, nothing if it was taken."""
    GameServer.objects.get_or_create(slug="sul")
    what, kind = place
    address = f"{reverse('place-new', args=['sul', what])}?kind={kind}"
    status, page = post(client, address, {"address_text": path})
    assert status in {200, 302}
    return "" if status == 302 else page


@pytest.mark.parametrize("path", ["", "/in/logs"])
def test_paths_below_the_allowed_folders_are_taken(client: Client, allowed: Path, path: str) -> None:
    folder = f"{allowed}{path}"
    assert added(client, LOGS, folder) + added(client, LIST, f"{folder}/ban.txt") == ""
    server = GameServer.objects.get()
    addresses = [one.address for one in (*server.log_sources.all(), *server.ban_lists.all())]
    assert addresses == [folder, f"{folder}/ban.txt"]


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        (
            "the setting GAME_FILES_ROOTS",
            ["{allowed}/../other", "{allowed}2", "{allowed}/out", "//etc", "/" + "a/" * 400, "/\ud800"],
        ),
        ("at most 1000 characters", ["/" + "a/" * 600]),
        ("Null characters are not allowed", ["{allowed}/a\0b"]),
        ("whole path", ["~", "~/logs", "logs", "file:///etc", ".."]),
    ],
    ids=["outside", "long", "null", "no whole path"],
)  # fmt: skip
@pytest.mark.parametrize("place", [LOGS, LIST])
def test_other_paths_are_refused_in_words(
    client: Client, allowed: Path, words: str, paths: list[str], place: tuple[str, str]
) -> None:
    for path in paths:
        given = path.format(allowed=allowed) + ("/x.txt" if place == LIST else "")
        assert words in added(client, place, given), ascii(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bans.txt", BATTLEYE),
        ("ban.txt", "A\r\n" + BATTLEYE),
        ("BattlEye/bans.txt", ""),
        ("battleye/ban.txt", None),
    ],
)
def test_list_of_battleye_is_refused_in_words(
    client: Client, allowed: Path, name: str, content: str | None
) -> None:
    path = allowed / name
    path.parent.mkdir(exist_ok=True)
    if content is not None:
        path.write_text(content)
    # The page escapes the apostrophe.
    assert "list (GUID, minutes, reason)" in added(client, LIST, str(path))
