"""People with an account, and people of whom only a Discord id is known."""

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, connection, transaction

from clans.models import User

pytestmark = pytest.mark.django_db


def test_person_known_only_by_discord_id_is_one_row_without_a_password() -> None:
    first = User.objects.for_discord_id("100000000000000001")
    again = User.objects.for_discord_id("100000000000000001")

    assert first == again
    assert not first.has_usable_password()
    assert authenticate(username=first.username, password="!") is None


def test_row_of_a_discord_id_is_taken_over_with_what_hangs_on_it() -> None:
    person = User.objects.for_discord_id("100000000000000003")
    person.username = "bruno"
    person.set_password("uma senha longa")
    person.save()

    assert authenticate(username="bruno", password="uma senha longa") == person
    assert User.objects.for_discord_id("100000000000000003") == person


def test_discord_id_belongs_to_one_person_and_blank_is_none() -> None:
    User.objects.create(username="a", discord_id="1")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="b", discord_id="1")

    assert User.objects.create(username="c", discord_id="").discord_id is None
    assert User.objects.create(username="d", discord_id="").discord_id is None


def test_plain_sql_insert_makes_a_person_nobody_can_sign_in_as() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO clans_user (username, discord_id) VALUES ('sql', '2')")

    person = User.objects.get(username="sql")
    assert person.is_active
    assert not person.is_staff
    assert not person.has_usable_password()


def test_discord_id_whose_former_owner_kept_the_name_is_somebody_new() -> None:
    former = User.objects.for_discord_id("100000000000000004")
    User.objects.filter(pk=former.pk).update(discord_id=None)
    again = User.objects.for_discord_id("100000000000000004")
    assert again != former
    assert User.objects.for_discord_id("100000000000000004") == again
