"""A row of every model of this app, for whatever is tried with all of them."""

import uuid

from django.utils import timezone

from territory import models
from territory.models import GameServer
from territory.services.permissions import invite
from territory.services.versions import current_version
from territory.tests.factories import (
    make_act,
    make_ban,
    make_base,
    make_clan,
    make_delivery,
    make_infraction,
    make_log_file,
    make_player,
    make_user,
    permit,
    player_id,
)


def make_another_of_each(server: GameServer, number: int) -> None:
    """A row of every model, each with other people, clans and texts than those before."""
    moment, name = timezone.now(), f"P{number}"
    base = make_base(server, make_user(), x=1000.0 + 500 * number, clan=make_clan(f"C{number}"))
    ban = make_ban(server, gamertag=name, created_by=make_user())
    make_infraction(server, base, gamertag=name, ban=ban, user=make_user())
    make_act(ban.cases.get(), by=make_user())
    models.Offence.objects.create(server=server, key=f"k{number}", name=name, lengths_days=[1, 0])
    current_version(GameServer(pk=server.pk, border_margin_m=number), [], now=moment)
    make_delivery(ban, line=name, state="failed")
    identity = make_player(name).player_identities.get()
    seen = {"first_seen_at": moment, "last_seen_at": moment, "gamertag": name}
    models.GamertagUse.objects.create(identity=identity, **seen)
    models.IdentityConflict.objects.create(
        identity=identity, player_id=player_id(f"outro {name}"), resolved_by=make_user(), **seen
    )
    make_log_file(server, f"{name}.ADM")
    models.BanExtension.objects.create(ban=ban, ended_at=moment, reason="x")
    models.ItemRule.objects.create(pattern=f"{name}_*", policy="ignored", server=server)
    models.StaffImmunity.objects.create(server=server, user=base.owner)
    models.Activity.objects.create(
        server=server,
        base=base,
        source_key=uuid.uuid4(),
        kind="folded",
        gamertag=name,
        x=1,
        z=2,
        occurred_at=moment,
    )
    models.Alarm.objects.create(
        base=base, gamertag=name, player_id=player_id(name), began_at=moment, last_at=moment
    )
    models.AlarmMute.objects.create(base=base, gamertag=name, player_id=name, ends_at=moment)
    models.PlaceQuestion.objects.create(person=make_user(), server=server, kind="base", x=1, z=2, answer="no")
    permit(base, make_user(), granted_by=make_user())
    invitation, _token = invite(base, "build", by=base.owner, at=moment)
    models.BaseInvitation.objects.filter(pk=invitation.pk).update(accepted_by=make_user())
    base.x += 1
    base.save()
