import pytest
from django.core import serializers
from django.db import connection
from django.forms.models import model_to_dict

from tanks.models import Player
from tanks.tests.factories import rows

pytestmark = pytest.mark.django_db
TOKEN = "0123456789abcdef-token-of-ana"


@pytest.fixture
def ana() -> Player:
    return rows.player(rows.clan(), "Ana", access_token=TOKEN)


def token_of(player: Player) -> str:
    return str(Player.objects.get(pk=player.pk).access_token)


def raw(player: Player) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text FROM tanks_player p WHERE id = %s", [player.pk])
        return str(cursor.fetchone()[0])


def test_token_is_read_back_and_never_stands_in_the_database(ana: Player) -> None:
    assert (token_of(ana), TOKEN in raw(ana)) == (TOKEN, False)
    Player.objects.filter(pk=ana.pk).update(access_token="another-token")
    assert (token_of(ana), "another-token" in raw(ana)) == ("another-token", False)


@pytest.mark.parametrize("garbage", ["plain text", "gAAAAA", "ção", " ", "gAAAAABk" + "A" * 200])
def test_text_that_was_never_sealed_reads_as_none(ana: Player, garbage: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tanks_player SET access_token = %s WHERE id = %s", [garbage, ana.pk])
    assert token_of(ana) == ""


def test_no_token_is_an_empty_text_that_can_be_filtered_by(ana: Player) -> None:
    assert ana.clan is not None
    bia = rows.player(ana.clan, "Bia")
    assert token_of(bia) == ""
    assert list(Player.objects.exclude(access_token="")) == [ana]
    assert list(Player.objects.filter(access_token="")) == [bia]


def test_token_shows_in_no_text_and_no_dump_of_the_player(ana: Player) -> None:
    texts = (str(ana), repr(ana), f"{model_to_dict(ana)}", f"{Player.objects.all()}")
    assert TOKEN not in "".join(texts) + serializers.serialize("json", [ana])
