"""What a person's export holds, and what it must never hold."""

import json
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import ManyToManyField
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services.exporting import SECTIONS, export_of
from clans.models import ClanInvitation, User
from clans.services.own_clans import found_clan, invite_by_link
from tanks.models import AccountSnapshot, TankSnapshot
from tanks.tests.factories import rows
from territory.models import Activity, AlarmMute, Base, GamertagUse, Placement, PlayerIdentity
from territory.services.permissions import invite
from territory.services.questions import note_question
from territory.tests import factories

pytestmark = pytest.mark.django_db
# Relations to people that say nothing about them but what they decided, as staff, about others.
NOT_EXPORTED = {
    ("admin.LogEntry", "user"): "what staff did in the admin is about the rows they changed",
    ("clans.AccountLink", "decided_by"): "a decision about somebody else's link",
    ("justice.Appeal", "decided_by"): "a decision about somebody else",
    ("justice.AppealMessage", "by"): "what a person wrote is exported with the appeal; the rest staff wrote",
    ("justice.CaseNote", "by"): "a note of staff about somebody else",
    ("justice.QueueMark", "looked_at_by"): "what staff look at for a few minutes",
    ("justice.UndoRun", "by"): "decisions about others, undone",
    ("tanks.SyncedClan", "founded_by"): "a clan of the game is founded by nobody here",
    ("territory.Ban", "created_by"): "a decision about somebody else",
    ("territory.Ban", "lifted_by"): "a decision about somebody else",
    ("territory.BanExtension", "changed_by"): "a decision about somebody else",
    ("territory.CaseAct", "by"): "a decision about somebody else",
    ("territory.IdentityConflict", "resolved_by"): "a decision about somebody else's player",
    ("territory.Infraction", "decided_by"): "a decision about somebody else",
}


def relations_to_people() -> set[tuple[str, str]]:
    """Return every column and table that leads to a person, by model and name; not the audit's copies of rows, and no view of them."""
    found = set()
    for model in apps.get_models():
        is_a_view = model._meta.proxy or not model._meta.managed
        if is_a_view or hasattr(model, "pgh_tracked_model"):
            continue
        for field in model._meta.get_fields():
            if field.concrete and field.is_relation and field.related_model is User:
                found.add((model._meta.label, field.name))
    for many in User._meta.many_to_many:
        assert isinstance(many, ManyToManyField)
        found.add((many.related_model._meta.label, "user"))
    return found


def test_every_relation_to_people_is_exported_or_has_a_reason() -> None:
    exported = {(section.model._meta.label, section.by) for section in SECTIONS}
    assert relations_to_people() - exported - NOT_EXPORTED.keys() == set()
    assert NOT_EXPORTED.keys() <= relations_to_people()


def everything_about(person: User, tag: str) -> None:
    """Add a row to every section about a person; `tag` stands in each text."""
    server, now = factories.make_server(name=f"Servidor {tag}"), timezone.now()
    person.set_password(f"senha-{tag}")
    person.save()
    EmailAddress.objects.create(user=person, email=f"{tag}@example.org")
    secret = {"data": {"secret": f"totp-{tag}"}}
    Authenticator.objects.get_or_create(user=person, type="totp", defaults=secret)
    SocialAccount.objects.create(user=person, provider="discord", uid=f"uid-{tag}", extra_data={"name": tag})
    browser = {"session_key": f"key-{tag}", "user_agent": f"Agente {tag}"}
    UserSession.objects.create(user=person, ip="203.0.113.9", **browser)
    clan = rows.clan(f"Clã {tag}")
    rows.member(person, clan)
    identity = PlayerIdentity.objects.create(
        user=person, gamertag=tag, player_id=factories.player_id(tag), xuid=f"2535{len(tag)}{ord(tag[0])}"
    )
    seen = {"first_seen_at": now, "last_seen_at": now}
    GamertagUse.objects.create(identity=identity, gamertag=f"Antes {tag}", **seen)
    base = factories.make_base(server, person, name=f"Base {tag}")
    Base.objects.filter(pk=base.pk).update(radius_m=120)  # leaves a former state
    factories.permit(base, factories.make_user(), granted_by=person)
    invite(base, "build", by=person, at=now)
    note_question(person, server, "base", x=1, z=2, answer=True)
    own_clan = found_clan(person, f"Bando {tag}", at=now)
    invitation, _token = invite_by_link(own_clan, by=person, at=now)
    ClanInvitation.objects.filter(pk=invitation.pk).update(accepted_by=person)
    ClanInvitation.objects.create(clan=clan, person=person, expires_at=now)
    act = {"kind": "packed", "gamertag": tag, "user": person, "occurred_at": now}
    Activity.objects.create(server=server, source_key=uuid4(), x=1, z=2, **act)
    AlarmMute.objects.create(base=base, muted_by=person, ends_at=now)
    ban = factories.make_ban(server, tag)
    infraction = factories.make_infraction(server, base, gamertag=tag, user=person, ban=ban)
    Placement.objects.filter(infraction=infraction).update(user=person)
    appeal = apps.get_model("justice", "Appeal")._default_manager.create(ban=ban, person=person)
    appeal.messages.create(by=person, text=f"Sou {tag}")
    staff = factories.make_user(display_name="Da equipe")
    appeal.messages.create(by=staff, is_staff=True, text=f"Sim, {tag}")
    player = rows.player(clan, f"Nick_{tag}", user=person, access_token=f"token-{tag}")
    tank = rows.garage_tank(player, rows.vehicle(f"Tanque {tag}")).tank
    taken = {"player": player, "day": timezone.localdate(), "taken_at": now}
    AccountSnapshot.objects.create(**taken)
    TankSnapshot.objects.create(**taken, tank=tank, battles=1, wins=1)
    rows.run(clan, requested_by=person)


def in_text(values: dict[str, Any]) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder, ensure_ascii=False)


def test_export_holds_everything_of_the_person_and_nothing_of_others() -> None:
    other = factories.make_user("outra", display_name="Outra Pessoa", email="outra@example.org")
    everything_about(other, "Zulmira")
    person = factories.make_user("rafa", display_name="Rafa Mota", email="rafa@example.org")
    everything_about(person, "Rafinha")
    values = export_of(person)
    text = in_text(values)
    for own in (
        *("Rafa Mota", "rafa@example.org", "Rafinha@example.org", "uid-Rafinha", "203.0.113.9"),
        *("Clã Rafinha", "Base Rafinha", "Antes Rafinha", "Nick_Rafinha", "Tanque Rafinha", "FenceKit"),
        *("Sou Rafinha", "Sim, Rafinha"),
    ):
        assert own in text, own
    for secret in (person.password, "totp-Rafinha", "token-Rafinha", "key-Rafinha", "PROVA-SECRETA"):
        assert secret not in text, secret
    for others in ("Zulmira", "Da equipe", "Outra Pessoa", "outra@example.org"):
        assert others not in text, others
    empty = {section.name for section in SECTIONS if not values[section.name]}
    not_made = {"groups", "rights", "permissions_received", "invitations_accepted", "immunities"}
    assert empty == not_made | {"clan_history"}


def test_placement_from_before_the_link_is_exported_too() -> None:
    person, server = factories.make_player("Rafinha"), factories.make_server()
    factories.make_placement(server, gamertag="Rafinha", item="LandMineTrap")
    factories.make_placement(server, gamertag="Outro", item="BearTrap")
    values = export_of(person)
    assert [placement["item"] for placement in values["placements"]] == ["LandMineTrap"]


def test_permission_received_names_no_place_and_no_owner() -> None:
    owner = factories.make_user("dono", display_name="Dono Oculto")
    person = factories.make_user("rafa")
    base = factories.make_base(factories.make_server(), owner)
    factories.permit(base, person, revoked_at=timezone.now(), revoke_reason="saiu do grupo")
    values = export_of(person)
    received = [(one["base"], one["revoke_reason"]) for one in values["permissions_received"]]
    assert received == [("Fortaleza Norte", "saiu do grupo")]
    assert "5000.0" not in in_text(values)
    assert "Oculto" not in in_text(values)


def test_former_state_of_a_base_under_another_owner_is_the_others() -> None:
    before, person = factories.make_user("antes"), factories.make_user("rafa")
    base = factories.make_base(factories.make_server(), before, x=1111.25)
    Base.objects.filter(pk=base.pk).update(owner=person, x=2222.0)
    values = export_of(person)
    assert [one["x"] for one in values["bases"]] == [2222.0]
    assert "1111.25" not in in_text(values)


def test_export_asks_the_same_number_of_queries_for_few_rows_and_for_many() -> None:
    person = factories.make_user("rafa")
    counts = []
    for tag in ("Um", "Dois"):
        everything_about(person, tag)
        with CaptureQueriesContext(connection) as queries:
            export_of(person)
        counts.append(len(queries))
    assert len(set(counts)) == 1
