"""What `GET /sync/check` tells people without a clan, and staff where none is configured."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from clans.models import Clan
from tanks.models import SyncedClan, SyncRun
from tanks.tests import rows
from tanks.tests.rows import visit_as
from tanks.tests.test_sync_json import CHECK, check, with_tanks

pytestmark = pytest.mark.django_db


def test_check_tells_somebody_without_a_clan_nothing_and_starts_nothing(
    clan: SyncedClan, settings: Settings
) -> None:
    settings.WOT_REALM, settings.CLAN_ID = rows.OFFICIAL_URL, str(clan.wargaming_id)
    with_tanks(clan, timezone.now() - timedelta(days=1))
    client = visit_as("stranger", clan)
    body = check(client)
    assert body == {"status": "ok", "found": 0, "detail": "You belong to no clan that this site reads."}
    assert client.get(CHECK, {"clan": clan.pk}).status_code == 404
    assert not SyncRun.objects.exists()


def test_check_makes_no_clan_for_somebody_who_has_none(settings: Settings) -> None:
    settings.WOT_REALM, settings.CLAN_ID = rows.OFFICIAL_URL, "1000004711"
    client = Client(headers={"accept-language": "en"})
    client.force_login(rows.user())
    check(client)
    assert not Clan.objects.exists()


@pytest.mark.parametrize("clan_id", ["", "not-a-number"])
def test_check_without_a_configured_clan_says_what_to_configure(settings: Settings, clan_id: str) -> None:
    settings.CLAN_ID = clan_id
    client = Client(headers={"accept-language": "en"})
    client.force_login(rows.user("chefe", is_staff=True, is_superuser=True))
    body = check(client)
    assert (body["status"], body["found"]) == ("ok", 0)
    assert "CLAN_ID" in body["detail"]
    assert not SyncRun.objects.exists()
