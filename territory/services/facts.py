"""Loads the frozen facts a batch of placements is judged by, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from clans.models import ClanMembership
from territory.index import BaseIndex
from territory.models import Base, BasePermission, BaseRevision, GameServer, ItemRule, StaffImmunity
from territory.rules.facts import STRANGER, BaseState, Period, Person, Policy, PolicySource
from territory.rules.items import ItemPolicies
from territory.rules.items import ItemRule as Rule

_Periods = dict[int, dict[int, tuple[Period, ...]]]


@dataclass(frozen=True, slots=True)
class People:
    """What people hold on a server, by user id; somebody unknown is a stranger."""

    by_id: Mapping[int, Person]

    def get(self, user_id: int | None) -> Person:
        """Return what the person holds; None is a player without a linked account."""
        return self.by_id.get(user_id, STRANGER) if user_id is not None else STRANGER


def load_policies(server: GameServer) -> ItemPolicies:
    """Return the item policies of a server: its own rules, those for all servers, the default ones. One query."""
    rows = ItemRule.objects.filter(Q(server=server) | Q(server=None)).values_list(
        "pattern", "policy", "server_id"
    )
    return ItemPolicies(
        Rule(pattern, Policy(policy), PolicySource.SERVER if server_id else PolicySource.ALL_SERVERS)
        for pattern, policy, server_id in rows
    )


def load_bases(server: GameServer, *, since: datetime) -> BaseIndex:
    """Return the index over every state of the server's bases that was in force at `since` or later. Two queries."""
    columns = ("owner_id", "clan_id", "x", "z", "radius_m")
    current = Base.objects.filter(Q(removed_at=None) | Q(removed_at__gt=since), server=server)
    former = BaseRevision.objects.filter(server=server, valid_to__gt=since)
    states = [
        BaseState(pk, owner, clan, x, z, radius_m, Period(changed_at or registered_at, removed_at))
        for pk, owner, clan, x, z, radius_m, registered_at, changed_at, removed_at in current.values_list(
            "id", *columns, "registered_at", "changed_at", "removed_at"
        )
    ]
    states += [
        BaseState(base_id, owner, clan, x, z, radius_m, Period(valid_from, valid_to))
        for base_id, owner, clan, x, z, radius_m, valid_from, valid_to in former.values_list(
            "base_id", *columns, "valid_from", "valid_to"
        )
    ]
    return BaseIndex(states, margin_m=server.border_margin_m)


def load_people(server: GameServer, user_ids: Iterable[int]) -> People:
    """Return what each of these people holds on the server, at any time. Three queries."""
    ids = sorted(set(user_ids))
    permissions = _periods(
        BasePermission.objects.filter(user__in=ids, base__server=server).values_list(
            "user_id", "base_id", "granted_at", "revoked_at"
        )
    )
    memberships = _periods(
        ClanMembership.objects.filter(user__in=ids).values_list("user_id", "clan_id", "joined_at", "left_at")
    )
    immunities = _periods(
        StaffImmunity.objects.filter(user__in=ids, server=server).values_list(
            "user_id", "server_id", "granted_at", "revoked_at"
        )
    )
    return People(
        {
            user_id: Person(
                user_id,
                permissions.get(user_id, {}),
                memberships.get(user_id, {}),
                immunities.get(user_id, {}).get(server.pk, ()),
            )
            for user_id in ids
        }
    )


def _periods(rows: Iterable[tuple[int, int, datetime, datetime | None]]) -> _Periods:
    """Group rows of (user, thing, start, end) into periods by user and thing."""
    found: _Periods = defaultdict(dict)
    for user_id, thing_id, start, end in rows:
        found[user_id][thing_id] = (*found[user_id].get(thing_id, ()), Period(start, end))
    return found
