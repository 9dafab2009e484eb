"""What the site holds while it is visited: nothing, one row of each kind, or many rows with hostile names.

The rows need not be plausible. They are as long, as many and as odd as the database accepts, so that pages show at their worst.
"""

import hashlib
import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from accounts.tests.keys import SoftKey
from accounts.tests.people import add_app, make_person
from analytics.tests.tank_rows import many_tanks
from announcements.tests.factories import make_announcement, make_channel
from clans.models import AccountLink, Clan, ClanInvitation, ClanMembership, User
from clans.services.account_links import dispute
from justice.services.appeals import add_words, open_appeal
from tanks.models import (
    AccountSnapshot,
    Player,
    RosterEvent,
    Section,
    SyncedClan,
    SyncRun,
    SyncStatus,
    TankSnapshot,
    VehicleListing,
)
from tanks.models.sync import SyncTrouble
from tanks.tests.factories import rows
from territory.models import (
    Ban,
    BanDelivery,
    BanExtension,
    Base,
    BaseInvitation,
    GamertagUse,
    GameServer,
    IdentityConflict,
    Infraction,
    ItemRule,
    Placement,
    PlayerIdentity,
    StaffImmunity,
)
from territory.tests import factories
from wotcs.groups import MODERATOR

VISITOR, MEMBER, COMMANDER, STAFF, SUPERUSER = "visitor", "member", "commander", "moderator", "superuser"
ROLES = (VISITOR, MEMBER, COMMANDER, STAFF, SUPERUSER)
Visitors = dict[str, User]  # by role; a visitor is nobody

WIDE = "W" * 40
NAMES = (
    WIDE,
    "mmmmmmmmmm_WWWWWWWWWW_0000000000_MMMMMMMM",
    "سارق القواعد الليلي",
    "\u202eesreveR eht fo rovivruS",  # turns round all that follows it, unless the page isolates it
    "לוחם_הצללים_2026",
    "名前のとても長いプレイヤー名前のとても長いプレイヤー",
    "<b>Zé</b> & \"Tião\" 'Jr'",
    "Ç̷̛̖̅ã̴̧͑o̵͙͐ ̶̹̈d̷̰́o̶̗͒ ̶͖̆M̵̳̊a̷͖͊t̶̯̔o̵̜̒",
    "Ana",
)
LONG_TEXT = (
    "Uma explicação comprida, escrita por alguém com pressa e sem vírgulas " * 6 + "Supercalifragilistico" * 6
)


def name_of(number: int) -> str:
    """Return one of the names, in turn."""
    return NAMES[number % len(NAMES)]


OPEN = "open"  # the token of invitations
ITEMS = ("FenceKit", "LandMineTrap", "Expansion_Very_Long_Class_Name_Of_A_Modded_Item_With_No_Spaces", "<i>")


def make_visitors() -> Visitors:
    """Make one person of each role but `visitor`, who has not signed in."""
    commander = factories.make_user("commander", display_name=WIDE)
    member = factories.make_user("member", display_name=NAMES[3])
    moderator = factories.make_user("moderator", display_name=NAMES[2], is_staff=True)
    moderator.groups.add(Group.objects.get(name=MODERATOR))
    superuser = make_person(SUPERUSER, is_staff=True, is_superuser=True)
    add_app(superuser)
    registration = SoftKey().registration({"publicKey": {"challenge": "AA"}})
    key = {"name": WIDE, "credential": json.loads(registration)}
    Authenticator.objects.create(user=superuser, type=Authenticator.Type.WEBAUTHN, data=key)
    return {MEMBER: member, COMMANDER: commander, STAFF: moderator, SUPERUSER: superuser}


def make_none(visitors: Visitors) -> None:
    """Add nothing: the site on its first day."""


def make_one(visitors: Visitors) -> None:
    """Add one row of each kind that the pages count or list."""
    server = factories.make_server(name="Chernarus", platform="pc")
    base = factories.make_base(server, visitors[MEMBER])
    factories.permit(base, visitors[COMMANDER], granted_by=base.owner)
    ban = factories.make_ban(server)
    factories.make_infraction(server, base, ban=ban)
    _appeals(server, base, visitors)
    clan = _clan(visitors)
    player = rows.player(clan, "Lobo", user=visitors[MEMBER])
    rows.garage_tank(player, rows.vehicle("Leopard 1"))
    rows.status(clan, last_success_at=timezone.now())
    _waiting_links(clan, [factories.make_user("newcomer")])
    _of_members(visitors, server, [])


def make_many(visitors: Visitors) -> None:
    """Add some hundreds of rows, at least one of each kind that the admin shows."""
    server = factories.make_server(
        slug="s" * 50,
        name=f"{WIDE} {WIDE}"[:100],
        platform="pc",
        log_folder="/srv/" + "logs/" * 90,
        ban_list="/srv/ban.txt",
    )
    factories.make_server(slug="sul", name=NAMES[2], mode="observe", is_active=False)
    people = [
        *visitors.values(),
        *(factories.make_user(f"{n}-{name}"[:150], display_name=name) for n, name in enumerate(NAMES)),
    ]
    clan = _clan(visitors, name="Confraria " + WIDE, tag="W" * 5)
    bases = _bases(server, people, clan)
    _acts(server, bases, people)
    _rest_of_territory(server, bases, people)
    _of_members(visitors, server, people)
    _appeals(server, bases[1], visitors)
    _announcements(server)
    _tanks(clan, visitors)
    _waiting_links(clan, people)
    for kind in ContentType.objects.exclude(app_label__in=["admin", "contenttypes", "sessions", "auth"]):
        _history(kind, visitors[SUPERUSER])


def _waiting_links(clan: SyncedClan, people: list[User]) -> None:
    """Let people ask for accounts of the games: free ones, some of somebody else, some refused before."""
    players = list(Player.objects.filter(clan=clan).order_by("pk")[:3])
    for n, person in enumerate(people):
        claim_player = rows.claim(person, players[n % len(players)])
        AccountLink.objects.filter(pk=claim_player.pk).update(note=LONG_TEXT if n % 3 == 1 else "")
        key = f"gamertag {n % 4}"
        AccountLink.objects.create(user=person, kind="gamertag", key=key, name=name_of(n))
    for identity in PlayerIdentity.objects.filter(user__isnull=False, player_id__isnull=False)[:2]:
        asked: dict[str, Any] = {"name": WIDE, "proof": AccountLink.Proof.HASH, "at": timezone.now()}
        dispute(people[-1], AccountLink.Kind.PLAYER_ID, identity.player_id or "", **asked)


WORLDS: dict[str, Callable[[Visitors], None]] = {"none": make_none, "one": make_one, "many": make_many}


def _clan(visitors: Visitors, **fields: Any) -> SyncedClan:
    clan = rows.clan(**fields)
    rows.member(visitors[MEMBER], clan)
    rows.member(visitors[COMMANDER], clan, ClanMembership.Role.COMMANDER.value)
    return clan


# -- Territory ----------------------------------------------------------------------------------------------------


def _bases(server: GameServer, people: list[User], clan: SyncedClan) -> list[Base]:
    bases = [
        factories.make_base(
            server,
            people[n % len(people)],
            name=f"{name_of(n)} {WIDE}"[:100] if n % 3 else name_of(n),
            place=WIDE * 5 if n == 1 else "",
            clan=clan if n % 4 == 0 else None,
            x=500.0 + (n % 8) * 1500,
            z=500.0 + (n // 8) * 1500,
        )
        for n in range(60)
    ]
    bases[0].radius_m = 150  # a trigger stores the former state
    bases[0].save()
    return bases


def _acts(server: GameServer, bases: list[Base], people: list[User]) -> None:
    """Make invasions in every state, on thirty days, and placements with every verdict."""
    chance = random.Random(1)
    statuses = [*Infraction.Status.values, *["confirmed"] * 4]
    for n in range(130):
        name = name_of(n) if n < len(NAMES) else f"{name_of(n)}{n}"
        when = timezone.now() - timedelta(hours=chance.randrange(30 * 24), minutes=n)
        ban = factories.make_ban(
            server,
            name,
            reason=LONG_TEXT,
            lifted_at=timezone.now() if n % 5 == 4 else None,
            lift_reason=LONG_TEXT if n % 5 == 4 else "",
            ends_at=timezone.now() + timedelta(days=3) if n % 3 == 0 else None,
        )
        infraction = factories.make_infraction(
            server,
            bases[n % len(bases)],
            ban=ban,
            gamertag=name,
            status=statuses[n % len(statuses)],
            infraction_type=Infraction.Type.values[n % 3],
            item=ITEMS[n % len(ITEMS)],
            occurred_at=when,
            description=LONG_TEXT,
            user=people[n % len(people)] if n % 7 == 0 else None,
        )
        Placement.objects.filter(infraction=infraction).update(
            raw_line=f'19:40:00 | Player "{name}" placed {WIDE * 8}<{ITEMS[2]}>', display=WIDE
        )
    for outcome, rule in (("allowed", "owner"), ("forbidden", "item_forbidden"), ("ignored", "item_ignored")):
        for action in Placement.Action.values:
            factories.make_placement(server, outcome=outcome, rule=rule, action=action, gamertag=WIDE)
    for reason in Placement.Unusable.values[1:]:
        factories.make_placement(
            server, gamertag=NAMES[3], state="unusable", unusable_because=reason, outcome="", rule=""
        )


def _rest_of_territory(server: GameServer, bases: list[Base], people: list[User]) -> None:
    now = timezone.now()
    for n, state in enumerate(BanDelivery.State.values):
        ban = Ban.objects.order_by("pk")[n]
        factories.make_delivery(ban, line=f"{WIDE * 3} // {WIDE}", state=state, last_error=LONG_TEXT)
        BanExtension.objects.create(ban=ban, ended_at=now, ends_at=None, reason=LONG_TEXT)
    for n, person in enumerate(people):
        factories.permit(bases[-1 - n], person)
        name = f"{n}{name_of(n)}"
        identity = PlayerIdentity.objects.create(
            user=person, gamertag=name, player_id=factories.player_id(name)
        )
        GamertagUse.objects.create(identity=identity, gamertag=WIDE, first_seen_at=now, last_seen_at=now)
        IdentityConflict.objects.create(
            identity=identity,
            player_id=factories.player_id(f"other {name}"),
            gamertag=name,
            first_seen_at=now,
            last_seen_at=now,
        )
    _hosts(server, now)
    ItemRule.objects.create(server=server, pattern="*" + "M" * 90, policy="ignored", note=WIDE * 5)
    StaffImmunity.objects.create(server=server, user=people[0], note=WIDE * 5)


def _hosts(server: GameServer, now: datetime) -> None:
    """Add places on hosts that are in every kind of trouble: each is an alarm on the servers' page."""
    late = {"lag": timedelta(hours=2), "last_event_at": now - timedelta(hours=2)}
    make = factories.make_log_source
    make(server, f"/srv/{WIDE * 3}", last_error=LONG_TEXT, last_read_at=now - timedelta(hours=5), **late)
    seen = {"players_since": now - timedelta(hours=20), "players_until": now}
    values = {"last_error": LONG_TEXT, "cursor": {"offset": 1}, "clock_shift_min": 60}
    factories.make_log_file(server, name=WIDE * 12, **values, **seen)
    make(server, "", kind="api", clock_shift_min=-180)
    ends = {"secret_ends_at": now + timedelta(days=3), "refused_at": now - timedelta(hours=1)}
    address = f"ftp://{WIDE}@127.0.0.1:9/ban.txt"
    factories.make_ban_list(server, address, kind="ftp", secret="x", size=4_000_000, **ends)


def _of_members(visitors: Visitors, server: GameServer, people: list[User]) -> None:
    """Add what members make of their bases: a clan that the member alone leads, open invitations, a base that they manage."""
    now, member = timezone.now(), visitors[MEMBER]
    owner = factories.make_user("owner", display_name=NAMES[3])
    clan = Clan.objects.create(name=f"{WIDE} {NAMES[2]}"[:60], tag="W" * 6, founded_by=member)
    factories.join(clan, member, role=ClanMembership.Role.COMMANDER)
    for person in {owner, *people} - {member}:
        factories.join(clan, person)
    ClanInvitation.objects.create(
        clan=clan, invited_by=member, expires_at=now + timedelta(days=7), token_hash=hash_of(OPEN)
    )
    base = factories.make_base(
        server, owner, name=WIDE * 2, place=LONG_TEXT[:200], clan=clan, x=13_000, z=13_000
    )
    factories.permit(base, member, level="admin", granted_by=owner)
    factories.permit(
        base, factories.make_user("former"), granted_by=owner, revoked_at=now, revoke_reason=WIDE * 5
    )
    BaseInvitation.objects.create(
        base=base, invited_by=owner, expires_at=now + timedelta(days=7), token_hash=hash_of(OPEN)
    )


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _appeals(server: GameServer, base: Base, visitors: Visitors) -> None:
    """Ban the member's player, and one whose appeal by link waits with an answer."""
    member = visitors[MEMBER]
    own = factories.make_ban(server, f"{WIDE}1", reason=LONG_TEXT)
    factories.make_infraction(server, base, ban=own, gamertag=own.gamertag)
    PlayerIdentity.objects.create(user=member, gamertag=own.gamertag, player_id=own.player_id)
    other = factories.make_ban(server, f"{WIDE}2", reason=LONG_TEXT)
    factories.make_infraction(server, base, ban=other, gamertag=other.gamertag)
    appeal = open_appeal(other, LONG_TEXT)
    add_words(appeal, WIDE * 10, by=visitors[STAFF], is_staff=True)


def _announcements(server: GameServer) -> None:
    channel = make_channel(name=WIDE * 2, topic=server)
    make_channel(name=f"{WIDE} gone", audience="staff", gone_at=timezone.now())
    for n, state in enumerate(("pending", "sent", "failed")):
        make_announcement(channel, f"key-{n}-{WIDE}", state=state, last_error=LONG_TEXT, attempts=12)


def _history(kind: ContentType, by: User) -> None:
    """Write a line into the history of a model's first row."""
    model = kind.model_class()
    if model is not None and (row := model._default_manager.order_by("pk").first()):
        LogEntry.objects.create(
            user=by,
            content_type=kind,
            object_id=str(row.pk),
            object_repr=str(row)[:200],
            action_flag=CHANGE,
            change_message=LONG_TEXT,
        )


# -- World of Tanks -----------------------------------------------------------------------------------------------


def _tanks(clan: SyncedClan, visitors: Visitors) -> None:
    now = timezone.now()
    many_tanks(clan, players=40, vehicles=120, each=30)
    for n, player in enumerate(Player.objects.filter(clan=clan).order_by("pk")[: len(NAMES)]):
        player.nickname = NAMES[n]
        player.role = "recruitment_officer"
        player.save()
    own = rows.player(clan, WIDE, user=visitors[MEMBER])
    worst = rows.vehicle(f"Jagdpanzer_{WIDE}", tag=WIDE)
    rows.garage_tank(own, worst, battles=10**6, wins=10**6 - 1, damage_dealt=10**9)
    VehicleListing.objects.create(realm=clan.realm, vehicle=worst, name=WIDE)
    for days in range(30):
        shared = {"player": own, "day": now.date() - timedelta(days=days), "taken_at": now}
        AccountSnapshot.objects.create(**shared, battles=20_000 - days * 7, wins=11_000 - days * 3)
        TankSnapshot.objects.create(**shared, tank=worst, battles=2_000 - days, wins=1_000 - days)
    for kind in RosterEvent.Kind.values:
        RosterEvent.objects.create(
            clan=clan, player=own, kind=kind, before=WIDE, after=NAMES[3], occurred_at=now
        )
    for n, state in enumerate(SyncRun.State.values):
        trouble = SyncTrouble.values[n % len(SyncTrouble.values)]
        SyncRun.objects.create(
            clan=clan, state=state, started_at=now, ended_at=now, trouble=trouble, error=LONG_TEXT
        )
    for n, section in enumerate(Section.values):
        trouble = SyncTrouble.values[n]
        SyncStatus.objects.create(
            clan=clan, section=section, trouble=trouble, last_error=LONG_TEXT, last_error_at=now
        )
