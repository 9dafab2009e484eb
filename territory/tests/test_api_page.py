import pytest
from django.test import Client

from territory.api import Event
from territory.api_page import FIELDS

pytestmark = pytest.mark.django_db


def test_every_field_of_an_event_is_described() -> None:
    assert set(FIELDS) == set(Event.model_fields)


@pytest.mark.parametrize(
    ("language", "words"), [("pt-br", "Entregar colocações"), ("en", "Hand over placements")]
)
def test_description_is_read_in_both_languages_and_leads_to_the_schema(
    client: Client, language: str, words: str
) -> None:
    page = client.get("/api/v1/docs", headers={"accept-language": language})

    content = page.content.decode()
    assert words in content
    assert "/api/v1/openapi.json" in content
    assert client.get("/api/v1/openapi.json").json()["paths"].keys() == {
        "/api/v1/servers/{slug}/placements",
        "/api/v1/servers/{slug}/placements/{event_id}",
    }
