"""Rows written by plain SQL: judged like any other, or refused, but never in the way of their neighbours."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from clans.models import User
from territory.models import (
    Ban,
    Base,
    GameServer,
    Placement,
)
from territory.services.judging import judge_due
from territory.tests.database import sql
from territory.tests.factories import (
    make_base,
    make_player,
    make_server,
    player_id,
)

pytestmark = pytest.mark.django_db


def test_rows_written_by_plain_sql_with_only_what_matters_are_judged() -> None:
    ((server,),) = sql("INSERT INTO territory_gameserver (slug) VALUES ('sul') RETURNING id")
    ((owner,),) = sql("INSERT INTO clans_user (username, discord_id) VALUES ('dono', '1') RETURNING id")
    ((member,),) = sql("INSERT INTO clans_user (username) VALUES ('membro') RETURNING id")
    ((friend,),) = sql("INSERT INTO clans_user (username) VALUES ('amiga') RETURNING id")
    ((clan,),) = sql("INSERT INTO clans_clan (name) VALUES ('TXS') RETURNING id")
    sql("INSERT INTO clans_clanmembership (clan_id, user_id) VALUES (%s, %s)", clan, member)
    ((base,),) = sql(
        "INSERT INTO territory_base (server_id, owner_id, clan_id, name, x, z)"
        " VALUES (%s, %s, %s, 'Fortaleza Norte', 5000, 3000) RETURNING id",
        server, owner, clan,
    )  # fmt: skip
    sql("INSERT INTO territory_basepermission (base_id, user_id) VALUES (%s, %s)", base, friend)
    for user, name in ((owner, "Dono"), (member, "Membro"), (friend, "Amiga")):
        sql(
            "INSERT INTO territory_playeridentity (user_id, gamertag, player_id) VALUES (%s, %s, %s)",
            user, name, player_id(name),
        )  # fmt: skip
    for name in ("Dono", "Membro", "Amiga", "Invasor"):
        sql(
            "INSERT INTO territory_placement (server_id, gamertag, player_id, item, x, z, occurred_at)"
            " VALUES (%s, %s, %s, 'FenceKit', 5045, 3000, clock_timestamp())",
            server, name, player_id(name),
        )  # fmt: skip

    assert judge_due(server, now=timezone.now() + timedelta(seconds=1)).judged == 4

    verdicts = dict(Placement.objects.values_list("gamertag", "rule"))
    assert verdicts == {"Dono": "owner", "Membro": "clan", "Amiga": "permission", "Invasor": "intruder"}
    assert Ban.objects.get().gamertag == "Invasor"
    stored = GameServer.objects.get()
    assert (stored.map, stored.time_zone, stored.mode, stored.is_active) == (
        "chernarusplus", "America/Sao_Paulo", "enforce", True,
    )  # fmt: skip
    assert Base.objects.get().radius_m == 100.0
    assert not User.objects.get(username="dono").has_usable_password()
    assert Placement.objects.values("source_key").distinct().count() == 4


STRANGE = [
    ("x", "'NaN'"),
    ("x", "'Infinity'"),
    ("x", "1e300"),
    ("x", "-1"),
    ("occurred_at", "'infinity'"),
    ("occurred_at", "'0044-03-15 BC'"),
    ("occurred_at", "'0001-01-01 00:00:00+00'"),
    ("player_id", "'two words'"),
    ("player_id", "'a//b'"),
    ("player_id", "E'line\\nbreak'"),
    ("gamertag", "''"),
    ("gamertag", "repeat('x', 100000)"),
    ("item", "''"),
    ("item", "repeat('[', 5000)"),
    ("kind", "'eaten'"),
]


def test_strange_placements_by_plain_sql_are_refused_or_judged_but_never_in_the_way() -> None:
    server = make_server(ban_list="/tmp/unused/ban.txt")
    make_base(server, make_player("Dono"))
    plain = {
        "server_id": str(server.pk), "gamertag": "'Invasor'", "player_id": f"'{player_id('E')}'", "item": "'FenceKit'",
        "x": "5045", "z": "3000", "occurred_at": "clock_timestamp()",
    }  # fmt: skip
    for strange in ({column: value} for column, value in STRANGE):
        row = plain | strange
        with suppress(IntegrityError, DataError), transaction.atomic():
            sql(f"INSERT INTO territory_placement ({', '.join(row)}) VALUES ({', '.join(row.values())})")
    sql(f"INSERT INTO territory_placement ({', '.join(plain)}) VALUES ({', '.join(plain.values())})")

    judge_due(server.pk, now=timezone.now())

    assert Placement.objects.latest("pk").outcome == "invasion"
    assert not Placement.objects.filter(state="pending").exists()
