"""The community whose site it is: name, logo, accent and invitation, set by staff, seen on every page."""

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from face.logos import LARGEST_LOGO, type_of_logo
from face.models import Community

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser("ana", password="x"))
    return client


def values(**changes: object) -> dict[str, object]:
    return {"name": "Sertão", "motto": "", "accent": "wine", "discord_invitation": "", **changes}


def test_every_page_bears_the_communitys_name_accent_and_invitation(client: Client) -> None:
    Community.objects.update(
        name="Garimpo <b>",
        accent="teal",
        discord_invitation="https://discord.gg/abc",
        motto="Aqui se constrói.",
    )
    for address in ("/", "/wall", "/rules/", "/accounts/login/", "/nowhere"):
        page = client.get(address).content.decode()
        assert "Garimpo &lt;b&gt;" in page
        assert 'data-accent="teal"' in page
        assert 'href="https://discord.gg/abc"' in page
    assert "Aqui se constrói." in client.get("/").content.decode()


def test_a_new_site_has_a_name_and_no_invitation(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "· WOTCS</title>" in page
    assert "discord.gg" not in page


def test_staff_set_a_logo_and_take_it_away(staff: Client) -> None:
    change = reverse("admin:face_community_change", args=[1])
    staff.post(change, values(picture=SimpleUploadedFile("logo.png", PNG)))
    answer = staff.get(reverse("logo"))
    assert (answer.content, answer["Content-Type"]) == (PNG, "image/png")
    assert f'src="{reverse("logo")}"' in staff.get("/").content.decode()
    with CaptureQueriesContext(connection) as queries:
        staff.get("/rules/")
    assert [query for query in queries if '"logo"' in query["sql"]] == []  # no page reads the picture
    staff.post(change, values(name="Outro"))
    assert staff.get(reverse("logo")).content == PNG
    staff.post(change, values(without_logo="on"))
    assert staff.get(reverse("logo")).status_code == 404
    assert staff.get(reverse("admin:face_community_add")).status_code == 403


@pytest.mark.parametrize(
    "picture",
    [b"<svg onload=alert(1)>", b"RIFF0000WAVE", b"", PNG + b"0" * LARGEST_LOGO],
    ids=["svg", "another riff", "empty", "too large"],
)
def test_a_logo_must_be_a_small_picture(picture: bytes) -> None:
    with pytest.raises(ValidationError):
        type_of_logo(picture)


@pytest.mark.parametrize(
    "address", ["https://discord.gg.evil.example/x", "http://discord.gg/x", "javascript:alert(1)"]
)
def test_an_invitation_leads_to_discord_only(address: str) -> None:
    with pytest.raises(ValidationError):
        Community(discord_invitation=address).full_clean()


def test_there_is_one_community() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Community(id=2, name="Duas").save(force_insert=True)
