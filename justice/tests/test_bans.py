from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clans.models import User
from justice.tests.pages import read, said
from territory.models import Ban, Case, GameServer, Offence
from territory.services.deciding import lift_case
from territory.services.offences import kinds_of
from territory.tests.factories import ban_by_hand, make_placement, make_player, player_id

NEW = reverse("case-new")


@pytest.fixture
def seen(server: GameServer) -> str:
    make_placement(server, gamertag="Farofa")
    return player_id("Farofa")


def ban(client: Client, player: str, **given: str) -> Any:
    """Send the form of the ban; without `sure` it says what happens."""
    values = {
        "kind": "cheating",
        "reason": "visto no vídeo",
        "days": "",
        "is_on_wall": "on",
        "sure": "1",
    } | given
    values = {name: value for name, value in values.items() if value or name == "days"}
    address = f"{NEW}?server=sul&player={player}"
    return client.post(address, values, headers={"accept-language": "en"})


@pytest.mark.parametrize("text", ["faro", "FAROFA", player_id("Farofa"), player_id("Farofa")[:8]])
def test_any_player_seen_is_found(desk: Client, seen: str, text: str) -> None:
    assert seen in read(desk, NEW, q=text, server="sul")


def test_a_linked_player_is_found_by_a_former_gamertag(desk: Client, server: GameServer) -> None:
    make_player("Lobo").player_identities.get().gamertags.create(
        gamertag="Guará", first_seen_at=timezone.now(), last_seen_at=timezone.now()
    )
    assert player_id("Lobo") in read(desk, NEW, q="guar", server="sul")


@pytest.mark.parametrize("player", ["", "nobody", player_id("never seen"), "x" * 200])
def test_nobody_is_banned_whom_no_log_has_seen(desk: Client, server: GameServer, player: str) -> None:
    assert ban(desk, player).status_code == 200
    assert not Ban.objects.exists()


def test_a_ban_says_first_what_happens_and_then_happens(desk: Client, ju: User, seen: str) -> None:
    page = said(ban(desk, seen, sure=""))
    assert "The player is banned at once: permanent." in page
    assert "gets the line" in page
    assert not Ban.objects.exists()
    answer = ban(desk, seen, evidence="https://example.org/v")
    case = Case.objects.get()
    assert answer["location"] == reverse("case", args=[case.pk])
    assert (case.kind, case.evidence, case.is_on_wall) == ("cheating", "https://example.org/v", True)
    assert case.ban is not None
    assert (case.ban.reason, case.ban.created_by, case.ban.player_id) == ("visto no vídeo", ju, seen)


@pytest.mark.parametrize(("days", "length"), [("", 7), ("30", 30), ("0", None)])
def test_the_length_is_the_servers_unless_staff_say_otherwise(
    desk: Client, server: GameServer, seen: str, days: str, length: int | None
) -> None:
    Offence.objects.create(server=server, key="xingou", name="Xingou", lengths_days=[1, 7, 0])
    first = ban_by_hand(server, "Farofa", kind=kinds_of(server)[0])
    lift_case(first.cases.get(), by=User.objects.get(username="ju"), kind=Ban.LiftKind.MERCY, reason="x")
    assert ban(desk, seen, kind="xingou", days=days).status_code == 302
    ends_at = Ban.objects.latest("pk").ends_at
    if length is None:
        assert ends_at is None
    else:
        assert ends_at is not None
        assert abs(ends_at - timezone.now() - timedelta(days=length)) < timedelta(minutes=5)


def test_a_running_ban_is_replaced_only_if_asked(desk: Client, server: GameServer, seen: str) -> None:
    ban_by_hand(server, "Farofa")
    assert "This player is banned already." in said(ban(desk, seen))
    assert Ban.objects.count() == 1
    assert ban(desk, seen, instead="on", running=str(Ban.objects.get().pk)).status_code == 302
    old, new = Ban.objects.order_by("pk")
    assert (old.lift_kind, new.lifted_at) == ("superseded", None)


@pytest.mark.parametrize("name", ["q", "server", "player"])
def test_nul_in_the_address_finds_nobody(desk: Client, server: GameServer, name: str) -> None:
    assert desk.get(NEW, {"server": "sul", "q": "x", name: "a\0b"}).status_code == 200


def test_form_sent_twice_replaces_one_ban_once(desk: Client, server: GameServer, seen: str) -> None:
    old = ban_by_hand(server, "Farofa")
    assert f'name="running" value="{old.pk}"' in ban(desk, seen, sure="").content.decode()
    assert ban(desk, seen, instead="on", running=str(old.pk)).status_code == 302
    assert "This player is banned already." in said(ban(desk, seen, instead="on", running=str(old.pk)))
    assert Ban.objects.count() == 2


def test_off_the_wall(desk: Client, seen: str) -> None:
    ban(desk, seen, is_on_wall="")
    assert not Case.objects.get().is_on_wall


@pytest.mark.parametrize(
    "given", [{"reason": ""}, {"kind": "nonsense"}, {"days": "-1"}, {"days": "99999999"}]
)
def test_odd_forms_ban_nobody(desk: Client, seen: str, given: dict[str, str]) -> None:
    assert ban(desk, seen, **given).status_code == 200
    assert not Ban.objects.exists()
