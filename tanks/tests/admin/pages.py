"""What the tests of the admin about the game share: addresses, acts, and a row of everything."""

from datetime import date
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clans.models import User
from tanks.models import AccountSnapshot, Player, RosterEvent, SyncedClan, TankSnapshot, VehicleListing
from tanks.tests.factories import rows

READ_ONLY = ["vehicle", "rosterevent", "syncrun"]
MODELS = [*READ_ONLY, "realm", "clan", "player", "clanmembership"]
ENGLISH = {"accept-language": "en"}


def get_model(name: str) -> Any:
    return apps.get_model(_app_of(name), name)


def _app_of(model: str) -> str:
    return "clans" if model in {"clan", "clanmembership"} else "tanks"


def sign_in(client: Client, *permissions: str) -> User:
    """Staff with these permissions only."""
    user = User.objects.create(username="staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    assert user.user_permissions.count() == len(permissions)
    client.force_login(user)
    return user


def address(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:{_app_of(model)}_{model}_{page}", args=args)


def page(client: Client, model: str, name: str = "changelist", *args: Any, **query: Any) -> str:
    answer = client.get(address(model, name, *args), query, headers=ENGLISH)
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, model: str, name: str, *pks: int, **given: str) -> Any:
    """Do an action of the list, as the buttons do."""
    data = {"action": name, "_selected_action": [str(pk) for pk in pks]} | given
    return client.post(address(model, "changelist"), data, follow=True, headers=ENGLISH)


def messages_of(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def make_one_of_each(of: SyncedClan, name: str = "") -> Player:
    player, now = rows.player(of, name), timezone.now()
    tank = rows.vehicle(name)
    rows.garage_tank(player, tank)
    VehicleListing.objects.create(realm=of.realm, vehicle=tank, name=name)
    AccountSnapshot.objects.create(player=player, day=date(2026, 7, 1), taken_at=now, battles=10, wins=5)
    TankSnapshot.objects.create(
        player=player, tank=tank, day=date(2026, 7, 1), taken_at=now, battles=10, wins=5
    )
    values = {"before": "private", "after": name or "recruit", "kind": "role_changed"}
    RosterEvent.objects.create(clan=of, player=player, occurred_at=now, **values)
    rows.run(of, error=name, changes={"members": 3}, trouble="unavailable")
    return player
