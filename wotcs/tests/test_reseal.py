"""A key is rotated: everything that was sealed opens with the new key alone, and what is lost is counted."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from pytest_django import Settings

from announcements.tests.factories import make_channel
from common.sealed import unseal
from tanks.models import Player, Realm
from tanks.tests.factories import rows
from territory.models import BanList
from territory.tests.factories import make_server, make_user

pytestmark = pytest.mark.django_db
NEW_KEY = "another key, which is long enough to please every check of its length"
SECRET = "a-secret-of-ana"


@pytest.fixture
def secrets() -> Callable[[], dict[str, Any]]:
    """A secret in each of the columns; returns them as they are read now."""
    player = rows.player(rows.clan(), "Ana", access_token=SECRET)
    Realm.objects.update(application_id=SECRET)
    channel = make_channel("c", webhook_url=SECRET)
    ban_list = BanList.objects.create(server=make_server(), address="/srv/ban.txt", secret=SECRET)
    user = make_user()
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    seed = unseal(Authenticator.objects.get(type="recovery_codes").data["seed"])

    def read() -> dict[str, Any]:
        for row in (player, channel, ban_list):
            row.refresh_from_db()
        factors = {factor.type: factor.data for factor in Authenticator.objects.all()}
        return {
            "token": player.access_token,
            "realm": set(Realm.objects.values_list("application_id", flat=True)),
            "webhook": channel.webhook_url,
            "ban list": ban_list.secret,
            "totp": unseal(factors["totp"]["secret"]),
            "recovery codes": unseal(factors["recovery_codes"]["seed"]) == seed,
        }

    return read


def reseal() -> list[str]:
    out = StringIO()
    call_command("reseal", stdout=out)
    return out.getvalue().splitlines()


def rotate(settings: Settings) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = NEW_KEY


def test_everything_opens_without_the_former_key(
    secrets: Callable[[], dict[str, Any]], settings: Settings
) -> None:
    before = secrets()
    assert before["token"] == before["totp"] == SECRET
    rotate(settings)
    reseal()
    settings.SECRET_KEY_FALLBACKS = []
    assert secrets() == before


def test_second_run_changes_nothing_and_says_so(
    secrets: Callable[[], dict[str, Any]], settings: Settings
) -> None:
    rotate(settings)
    assert "tanks.Player.access_token: 1 " in next(line for line in reseal() if "Player" in line)
    stored = list(Authenticator.objects.values_list("data", flat=True))
    again = reseal()
    assert all(": 0 " in line for line in again)
    assert list(Authenticator.objects.values_list("data", flat=True)) == stored


def test_what_no_key_opens_is_counted_and_left(
    secrets: Callable[[], dict[str, Any]], settings: Settings
) -> None:
    settings.SECRET_KEY = NEW_KEY
    lost = {line.split(":")[0]: line.split(", ")[-1] for line in reseal()}
    assert lost["tanks.Player.access_token"].startswith("1 ")
    assert lost["mfa.Authenticator.data"].startswith("2 ")
    settings.SECRET_KEY_FALLBACKS = []
    assert secrets()["token"] == ""


def test_many_rows_are_done_in_batches(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wotcs.management.commands.reseal.BATCH", 2)
    clan = rows.clan()
    for number in range(5):
        rows.player(clan, f"P{number}", access_token=f"token {number}")
    rows.player(clan, "Without")
    rotate(settings)
    reseal()
    settings.SECRET_KEY_FALLBACKS = []
    tokens = Player.objects.exclude(access_token="").order_by("pk")
    assert [player.access_token for player in tokens] == [f"token {number}" for number in range(5)]
