"""The pages of the face itself, and the language that an account keeps."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

pytestmark = pytest.mark.django_db


def test_the_page_of_parts_is_for_everybody_in_development(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    assert client.get(reverse("components")).status_code == 200


def test_the_language_is_kept_with_the_account(client: Client) -> None:
    person = get_user_model().objects.create(username="ana")
    client.force_login(person)
    client.post(reverse("set_language"), {"language": "en"})
    elsewhere = Client(headers={"accept-language": "pt-br"})
    assert '<html lang="pt-br">' in elsewhere.get("/").content.decode()
    elsewhere.force_login(person)
    assert '<html lang="en">' in elsewhere.get("/").content.decode()


# Django speaks German; this site does not.
@pytest.mark.parametrize("language", ["xx", "de", "de-xxxxxxxxxxxxxxxxxxxx", ""])
def test_a_language_that_the_site_does_not_speak_changes_nothing(client: Client, language: str) -> None:
    person = get_user_model().objects.create(username="ana", language="en")
    client.force_login(person)
    client.post(reverse("set_language"), {"language": language})
    person.refresh_from_db()
    assert person.language == "en"


def test_privacy_is_said_to_everybody(client: Client) -> None:
    page = client.get(reverse("privacy"), headers={"accept-language": "en"}).content.decode()
    assert "LGPD, article 20" in page
