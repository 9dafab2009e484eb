"""Players of the old system."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from common import bulk
from tanks.models import Player, Realm, SyncedClan

_NEW: Final = {"realm_id": "bigint", "account_id": "bigint", "nickname": "text", "first_seen": "timestamptz"}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where everything goes: a realm, the clan that roles are for (None: none is known), and the moment of moving in."""

    realm: Realm
    clan: SyncedClan | None
    at: datetime


@transaction.atomic
def store_players(nicknames: Mapping[int, str], to: Destination) -> set[int]:
    """Make the players that are missing and name those without a name; return the account ids that were written.

    Whoever has a name keeps it: the sync knows better.
    """
    before = _stored(nicknames, to)
    new = sorted(nicknames.keys() - before.keys())
    rows = [(to.realm.pk, number, nicknames[number], to.at) for number in new]
    bulk.insert_rows("tanks_player", _NEW, rows, conflict="ON CONFLICT DO NOTHING")
    named = [
        (pk, nicknames[number]) for number, (pk, name) in before.items() if not name and nicknames[number]
    ]
    bulk.update_rows("tanks_player", "id", {"id": "bigint", "nickname": "text"}, named)
    renamed = {pk for pk, _ in named}
    return {*new, *(number for number, (pk, _) in before.items() if pk in renamed)}


def players_of(account_ids: set[int], to: Destination) -> tuple[dict[int, int], int]:
    """Return primary keys by account id, locked in the order of a sync, and how many players had to be made."""
    made = len(store_players(dict.fromkeys(account_ids, ""), to))
    return {number: pk for number, (pk, _) in _stored(account_ids, to).items()}, made


def _stored(account_ids: Mapping[int, str] | set[int], to: Destination) -> dict[int, tuple[int, str]]:
    wanted = Player.objects.filter(realm=to.realm, account_id__in=list(account_ids))
    rows = wanted.select_for_update().order_by("pk").values_list("account_id", "pk", "nickname")
    return {number: (pk, nickname) for number, pk, nickname in rows}
