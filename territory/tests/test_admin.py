import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clans.models import User
from territory import models
from territory.models import Ban, Base, BasePermission, GameServer, IdentityConflict, Infraction
from territory.services.servers import hash_token
from territory.tests.factories import (
    make_ban,
    make_base,
    make_clan,
    make_delivery,
    make_infraction,
    make_log_file,
    make_placement,
    make_player,
    make_server,
    make_user,
    make_visitor,
    permit,
    player_id,
)

pytestmark = pytest.mark.django_db
RECORDS = ["placement", "baserevision", "bandelivery", "logfile", "gamertaguse"]
DECIDED = ["infraction", "ban"]
REASON = {"confirmed": "yes", "reason": "Engano da equipe"}


def enter(client: Client, role: str) -> User:
    user = make_visitor(role)
    assert user is not None
    client.force_login(user)
    return user


@pytest.fixture
def moderator(client: Client) -> User:
    return enter(client, "moderator")


@pytest.fixture
def server() -> GameServer:
    return make_server(slug="chernarus-1", name="Chernarus 1", ban_list="/srv/ban.txt")


@pytest.fixture
def base(server: GameServer) -> Base:
    return make_base(server, make_user("dona"))


def address(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:territory_{model}_{page}", args=args)


def act(client: Client, model: str, name: str, *pks: Any, **given: str) -> Any:
    """Do an action of the list, as the buttons do."""
    data = {"action": name, "_selected_action": [str(pk) for pk in pks]} | given
    headers = {"accept-language": "en"}
    return client.post(address(model, "changelist"), data, follow=True, headers=headers)


def newest(model: str) -> Any:
    return apps.get_model("territory", model)._default_manager.latest("pk")


def make_one_of_each(server: GameServer, base: Base) -> None:
    make_infraction(server, base, ban=make_ban(server))
    make_delivery(Ban.objects.get())
    identity = make_player("Fulano").player_identities.get()
    moment = timezone.now()
    seen = {"first_seen_at": moment, "last_seen_at": moment, "gamertag": "Fulano"}
    models.GamertagUse.objects.create(identity=identity, **seen)
    IdentityConflict.objects.create(identity=identity, player_id=player_id("outro"), **seen)
    make_log_file(server)
    models.SenderClock.objects.create(server=server)
    models.BanExtension.objects.create(ban=Ban.objects.get(), ended_at=moment, reason="x")
    models.ItemRule.objects.create(pattern="Barrel_*", policy="ignored")
    models.StaffImmunity.objects.create(server=server, user=base.owner)
    permit(base, identity.user or base.owner)
    base.x += 1
    base.save()


# -- Every page ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", models.__all__)
def test_every_model_has_its_pages(client: Client, server: GameServer, base: Base, name: str) -> None:
    enter(client, "superuser")
    make_one_of_each(server, base)
    model = getattr(models, name)
    row = model.objects.latest("pk")
    listed = client.get(address(name.lower(), "changelist"), {"q": "a"})
    assert listed.status_code == 200
    assert client.get(address(name.lower(), "changelist")).context["cl"].result_count > 0
    assert client.get(address(name.lower(), "change", row.pk)).status_code == 200
    may_add = admin.site._registry[model].has_add_permission(listed.wsgi_request)
    assert client.get(address(name.lower(), "add")).status_code == (200 if may_add else 403)


@pytest.mark.parametrize(
    ("role", "status"), [("anonymous", 302), ("member", 302), ("staff", 403), ("moderator", 200)]
)
@pytest.mark.parametrize("model", ["base", "ban", "infraction", "gameserver"])
def test_admin_is_for_staff_with_permissions(client: Client, role: str, status: int, model: str) -> None:
    if user := make_visitor(role):
        client.force_login(user)
    assert client.get(address(model, "changelist")).status_code == status


@pytest.mark.parametrize(
    "model", [*RECORDS, *DECIDED, "base", "basepermission", "staffimmunity", "gameserver"]
)
def test_history_is_not_deleted_even_by_superusers(
    client: Client, server: GameServer, base: Base, model: str
) -> None:
    enter(client, "superuser")
    make_one_of_each(server, base)
    row = newest(model)
    assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert b'value="delete_selected"' not in client.get(address(model, "changelist")).content


@pytest.mark.parametrize("model", RECORDS)
def test_records_are_neither_added_nor_changed(
    client: Client, server: GameServer, base: Base, model: str
) -> None:
    enter(client, "superuser")
    make_one_of_each(server, base)
    row = newest(model)
    assert client.post(address(model, "add"), {}).status_code == 403
    assert client.post(address(model, "change", row.pk), {}).status_code == 403


def test_fields_of_an_infraction_are_not_changed_by_its_form(
    client: Client, moderator: User, server: GameServer, base: Base
) -> None:
    infraction = make_infraction(server, base)
    given = {"gamertag": "Outro", "status": "dismissed", "user": str(moderator.pk)}
    client.post(address("infraction", "change", infraction.pk), given)
    infraction.refresh_from_db()
    assert (infraction.gamertag, infraction.status) == ("Invasor", "confirmed")


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("model", ["placement", "infraction", "ban", "base"])
def test_lists_take_a_bounded_number_of_queries(  # noqa: PLR0917 - pytest passes by name
    client: Client,
    moderator: User,
    server: GameServer,
    rows: int,
    model: str,
    django_assert_max_num_queries: Any,
) -> None:
    for n in range(rows):
        base = make_base(server, make_user(), x=1000.0 + 500 * n, clan=make_clan(f"C{n}"))
        make_infraction(server, base, gamertag=f"P{n}", ban=make_ban(server, gamertag=f"P{n}"))
    with django_assert_max_num_queries(10):
        client.get(address(model, "changelist"))


def test_list_is_not_broken_by_long_and_hostile_names(
    client: Client, moderator: User, server: GameServer
) -> None:
    make_placement(server, gamertag="W" * 4000, item="<script>alert(1)</script>")
    page = client.get(address("placement", "changelist")).content.decode()
    assert "W" * 25 not in page
    assert "<script>alert" not in page


# -- Tokens -------------------------------------------------------------------------------------------------------


def test_token_is_shown_once_and_only_its_hash_is_kept(
    client: Client, moderator: User, server: GameServer
) -> None:
    asked = act(client, "gameserver", "create_token", server.pk)
    assert "stops working at once" in asked.content.decode()
    server.refresh_from_db()
    assert server.token_hash == ""
    shown = act(client, "gameserver", "create_token", server.pk, confirmed="yes").content.decode()
    token = re.search(r"<code>(wotcs_[\w-]+)</code>", shown)
    assert token is not None
    server.refresh_from_db()
    assert server.token_hash == hash_token(token[1])
    for page in (address("gameserver", "changelist"), address("gameserver", "change", server.pk)):
        text = client.get(page).content.decode()
        assert token[1] not in text
        assert server.token_hash not in text
    assert not LogEntry.objects.filter(change_message__contains=token[1]).exists()


def test_token_is_made_for_one_server_at_a_time(client: Client, moderator: User, server: GameServer) -> None:
    page = act(client, "gameserver", "create_token", server.pk, make_server().pk, confirmed="yes")
    assert "Choose one game server." in page.content.decode()
    assert not GameServer.objects.exclude(token_hash="").exists()


# -- Bans ---------------------------------------------------------------------------------------------------------


def test_ban_is_lifted_with_a_reason(client: Client, moderator: User, server: GameServer, base: Base) -> None:
    ban = make_ban(server)
    infraction = make_infraction(server, base, ban=ban)
    asked = act(client, "ban", "lift", ban.pk).content.decode()
    assert 'name="reason"' in asked
    assert "Invasor" in asked
    refused = act(client, "ban", "lift", ban.pk, confirmed="yes", reason=" ").content.decode()
    assert "This field is required" in refused
    ban.refresh_from_db()
    assert ban.lifted_at is None
    act(client, "ban", "lift", ban.pk, **REASON)
    ban.refresh_from_db()
    infraction.refresh_from_db()
    assert (ban.lifted_by, ban.lift_reason) == (moderator, "Engano da equipe")
    assert infraction.status == Infraction.Status.LIFTED
    assert LogEntry.objects.filter(object_id=str(ban.pk), user=moderator).exists()


def test_ban_that_is_lifted_already_is_refused_with_words(
    client: Client, moderator: User, server: GameServer
) -> None:
    ban = make_ban(server, lifted_at=timezone.now())
    assert "lifted already" in act(client, "ban", "lift", ban.pk, **REASON).content.decode()


def test_failed_deliveries_are_tried_again(client: Client, moderator: User, server: GameServer) -> None:
    ban = make_ban(server)
    delivery = make_delivery(ban, state="failed", attempts=9)
    act(client, "ban", "retry", ban.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("pending", 0)


@pytest.mark.parametrize(
    ("model", "action"),
    [
        ("ban", "lift"),
        ("ban", "retry"),
        ("infraction", "confirm"),
        ("infraction", "dismiss"),
        ("gameserver", "create_token"),
    ],
)
def test_actions_need_the_right_to_change(  # noqa: PLR0917 - pytest passes by name
    client: Client, moderator: User, server: GameServer, base: Base, model: str, action: str
) -> None:
    ban = make_ban(server)
    infraction = make_infraction(server, base, status="review")
    moderator.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    pk = {"ban": ban.pk, "infraction": infraction.pk, "gameserver": server.pk}[model]
    act(client, model, action, pk, **REASON)
    ban.refresh_from_db()
    infraction.refresh_from_db()
    server.refresh_from_db()
    assert (ban.lifted_at, infraction.status, server.token_hash) == (None, "review", "")
    page = client.get(address(model, "change", pk))
    assert page.status_code == 200
    assert b'name="action"' not in page.content


def test_buttons_of_an_object_are_the_actions_of_the_list(
    client: Client, moderator: User, server: GameServer
) -> None:
    page = client.get(address("ban", "change", make_ban(server).pk)).content.decode()
    assert re.findall(r'name="action" value="(\w+)"', page) == ["lift", "set_end", "retry"]


def ban_form(server: GameServer, **fields: str) -> dict[str, str]:
    return {
        "server": str(server.pk),
        "player_id": player_id("X"),
        "gamertag": "X",
        "xuid": "",
        "reason": "Trapaça",
    } | fields


def test_ban_by_hand_goes_through_the_service(client: Client, moderator: User, server: GameServer) -> None:
    assert client.post(address("ban", "add"), ban_form(server)).status_code == 302
    ban = Ban.objects.get()
    assert (ban.gamertag, ban.reason, ban.created_by, ban.ends_at) == ("X", "Trapaça", moderator, None)
    assert ban.deliveries.get().ban_list == server.ban_lists.get()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"player_id": "", "gamertag": ""}, "Name the player"),
        ({"ends_at_0": "2020-01-01", "ends_at_1": "00:00:00"}, "A ban ends in the future."),
        ({"player_id": player_id("Invasor")}, "This player is banned already."),
    ],
    ids=["nobody", "in the past", "twice"],
)
def test_ban_by_hand_is_refused_on_its_form(
    client: Client, moderator: User, server: GameServer, fields: dict[str, str], words: str
) -> None:
    make_ban(server)
    given = ban_form(server, **fields)
    page = client.post(address("ban", "add"), given, headers={"accept-language": "en"})
    assert words in page.content.decode()
    assert Ban.objects.count() == 1


# -- Infractions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "status"), [("confirm", "confirmed"), ("dismiss", "dismissed")])
def test_infraction_that_waits_is_decided_with_a_reason(  # noqa: PLR0917 - pytest passes by name
    client: Client, moderator: User, server: GameServer, base: Base, action: str, status: str
) -> None:
    infraction = make_infraction(server, base, status="review")
    assert 'name="reason"' in act(client, "infraction", action, infraction.pk).content.decode()
    act(client, "infraction", action, infraction.pk, **REASON)
    infraction.refresh_from_db()
    assert (infraction.status, infraction.decided_by) == (status, moderator)
    assert infraction.decision_reason == "Engano da equipe"
    assert Ban.objects.filter(player_id=infraction.player_id).exists() is (action == "confirm")


@pytest.mark.parametrize("status", ["confirmed", "dismissed", "lifted"])
def test_infraction_that_was_decided_stays_so(
    client: Client, moderator: User, server: GameServer, base: Base, status: str
) -> None:
    infraction = make_infraction(server, base, status=status)
    page = act(client, "infraction", "confirm", infraction.pk, **REASON)
    assert "Only infractions that wait for staff can be decided." in page.content.decode()
    infraction.refresh_from_db()
    assert (infraction.status, infraction.decided_by) == (status, None)


# -- Bases and people ---------------------------------------------------------------------------------------------


def base_form(server: GameServer, owner: User, **fields: str) -> dict[str, str]:
    return {
        "server": str(server.pk),
        "owner": str(owner.pk),
        "name": "Toca",
        "x": "5150",
        "z": "3000",
        "radius_m": "100",
        "permissions-TOTAL_FORMS": "0",
        "permissions-INITIAL_FORMS": "0",
        "revisions-TOTAL_FORMS": "0",
        "revisions-INITIAL_FORMS": "0",
    } | fields


def test_base_over_somebody_elses_base_is_refused_on_the_form(
    client: Client, moderator: User, server: GameServer, base: Base
) -> None:
    given = base_form(server, make_user())
    page = client.post(address("base", "add"), given, headers={"accept-language": "en"})
    assert "overlaps a base of another owner" in page.content.decode()
    assert Base.objects.count() == 1


def test_base_moved_over_somebody_elses_base_is_refused_on_the_form(
    client: Client, moderator: User, server: GameServer, base: Base
) -> None:
    other = make_base(server, make_user(), x=9000.0)
    given = base_form(server, other.owner)
    page = client.post(address("base", "change", other.pk), given, headers={"accept-language": "en"})
    assert "overlaps a base of another owner" in page.content.decode()
    other.refresh_from_db()
    assert other.x == 9000.0


def test_base_is_closed_by_its_date_and_says_who_granted_a_permission(
    client: Client, moderator: User, server: GameServer, base: Base
) -> None:
    friend = make_user("amiga")
    rows = {
        "permissions-TOTAL_FORMS": "1",
        "permissions-0-user": str(friend.pk),
        "permissions-0-base": str(base.pk),
        "permissions-0-level": "build",
        "permissions-0-granted_at_0": "2026-02-07",
        "permissions-0-granted_at_1": "19:45:00",
        "removed_at_0": "2100-03-01",
        "removed_at_1": "00:00:00",
    }
    registered = base.registered_at
    given = base_form(server, base.owner, **rows) | {
        "registered_at_0": "2020-01-01",
        "registered_at_1": "00:00:00",
    }
    assert client.post(address("base", "change", base.pk), given).status_code == 302
    base.refresh_from_db()
    assert base.removed_at is not None
    assert base.registered_at == registered
    permission = BasePermission.objects.get()
    assert (permission.user, permission.granted_by) == (friend, moderator)


def test_conflict_is_resolved_by_an_action(client: Client, moderator: User) -> None:
    identity = make_player("Fulano").player_identities.get()
    moment = timezone.now() - timedelta(days=1)
    conflict = IdentityConflict.objects.create(
        identity=identity, gamertag="Fulano", player_id="x", first_seen_at=moment, last_seen_at=moment
    )
    assert 'name="reason"' in act(client, "identityconflict", "resolve", conflict.pk).content.decode()
    act(client, "identityconflict", "resolve", conflict.pk, **REASON)
    conflict.refresh_from_db()
    assert conflict.resolved_at is not None
    assert conflict.resolved_by == moderator


def test_person_shows_who_they_are_in_the_game(client: Client) -> None:
    enter(client, "superuser")
    person = make_player("Fulano")
    page = client.get(reverse("admin:clans_user_change", args=[person.pk])).content.decode()
    assert player_id("Fulano") in page


def test_placement_leads_to_its_verdict(client: Client, moderator: User, server: GameServer) -> None:
    placement = make_placement(server)
    page = client.get(address("placement", "change", placement.pk)).content.decode()
    assert reverse("verdict", args=[placement.pk]) in page
