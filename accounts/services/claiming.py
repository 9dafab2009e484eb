"""Which account of World of Tanks somebody means: by the rosters, and by the game's API for who joined a moment ago.

A nickname proves nothing: whoever is found may be claimed, and the claim waits for a commander or for staff.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Length
from django.utils import timezone

from clans.models import AccountLink, User
from clans.services.account_links import claim
from common.attempts import count_attempt
from common.numbers import row_number
from tanks.models import Player, Realm, SyncedClan
from tanks.services.realms import client_of
from tanks.wargaming import Client, WargamingError
from tanks.wargaming.answers import ListedAccount

MOST_CHOICES: Final = 10
LEAST_PART: Final = 3
# By address, in a window of attempts: a person needs a few, and nobody reads a roster by parts.
MOST_LOOKUPS: Final = 20
_LONGEST_NAME: Final = 100
# What the API takes; anything else is a name that the game gives nobody.
_NICKNAME: Final = re.compile(r"[A-Za-z0-9_]{1,24}")


class Outcome(StrEnum):
    FOUND = "found"
    CHOICE = "choice"
    NOT_FOUND = "not found"
    NO_CLAN = "no clan"
    TAKEN = "taken"
    YOURS = "yours"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account of the game in a clan of this site, and whom it is proven to belong to."""

    realm: Realm
    account_id: int
    nickname: str
    clan: SyncedClan
    owner_id: int | None = None

    @property
    def key(self) -> str:
        """The account's key in links of people."""
        return f"{self.realm.pk}:{self.account_id}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """Whom a text means. `nickname` is the account's in no clan of this site; without `asked_game` only rosters were read."""

    outcome: Outcome
    candidates: tuple[Candidate, ...] = ()
    nickname: str = ""
    asked_game: bool = True

    def chosen(self, key: str) -> Candidate | None:
        """Return the candidate that can be claimed: the only one, or the one of a choice with this key."""
        if self.outcome == Outcome.FOUND:
            return self.candidates[0]
        free = [one for one in self.candidates if one.owner_id is None and self.outcome == Outcome.CHOICE]
        return next((one for one in free if one.key == key), None)


def look_up(text: str, *, user_id: int | None = None, address: str = "") -> Lookup:
    """Find the account that somebody names: by its whole nickname or number, then by a part of the nickname.

    The game's API is asked where no roster has the whole name. Raises TooManyAttemptsError.
    """
    count_attempt("nickname", address, MOST_LOOKUPS)
    name = text.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        return Lookup(Outcome.NOT_FOUND)
    if whole := _on_rosters(_is_whole(name)):
        return _answer(whole, user_id)
    asked = _ask_game(name, is_whole=True)
    if asked.candidates:
        return _answer(asked.candidates, user_id)
    near = _on_rosters(_is_part(name), name)
    if not near and not asked.outsider and asked.is_complete and len(name) >= LEAST_PART:
        asked = _ask_game(name, is_whole=False)
        near, asked.outsider = asked.candidates[:MOST_CHOICES], ""
    outcome = Outcome.CHOICE if near else Outcome.NO_CLAN if asked.outsider else Outcome.NOT_FOUND
    return Lookup(outcome, tuple(near), asked.outsider, asked_game=asked.is_complete)


@transaction.atomic
def claim_chosen(user: User, chosen: Candidate) -> AccountLink:
    """Store that a person says an account of the game is theirs; who is on no roster yet has the clan synced next.

    Raises NotPossibleError as `claim` does.
    """
    player, _is_new = Player.objects.defer("access_token").get_or_create(
        realm=chosen.realm, account_id=chosen.account_id, defaults={"nickname": chosen.nickname}
    )
    if player.clan_id != chosen.clan.pk:
        SyncedClan.objects.filter(pk=chosen.clan.pk).update(sync_due_at=timezone.now())
    return claim(user, AccountLink.Kind.WARGAMING, player.link_key, name=chosen.nickname)


def _answer(whole: list[Candidate], user_id: int | None) -> Lookup:
    """Return the answer for a whole name: two realms may have it, and a number may be a nickname as well."""
    if len(whole) > 1:
        return Lookup(Outcome.CHOICE, tuple(whole[:MOST_CHOICES]))
    owner_id = whole[0].owner_id
    outcome = Outcome.FOUND if owner_id is None else Outcome.YOURS if owner_id == user_id else Outcome.TAKEN
    return Lookup(outcome, tuple(whole))


# -- On the rosters -----------------------------------------------------------------------------------------------


def _is_whole(name: str) -> Q:
    number = row_number(name)
    return Q(nickname__iexact=name) | (Q(account_id=number) if number else Q())


def _is_part(name: str) -> Q:
    return Q(nickname__icontains=name) if len(name) >= LEAST_PART else Q(pk__in=[])


def _on_rosters(fits: Q, name: str = "") -> list[Candidate]:
    """Return the players of synced clans that fit, at most MOST_CHOICES, those first that begin with the name."""
    begins = Case(When(nickname__istartswith=name, then=Value(0)), default=Value(1))
    players = (
        Player.objects.filter(fits, clan__synced__isnull=False)
        .select_related("realm", "clan__synced")
        .defer("access_token")
    )
    in_order = players.order_by(begins, Length("nickname"), "nickname", "pk")[:MOST_CHOICES]
    return [Candidate(one.realm, one.account_id, one.nickname, _synced(one), one.user_id) for one in in_order]


def _synced(player: Player) -> SyncedClan:
    assert player.clan is not None
    synced: SyncedClan = player.clan.synced
    return synced


# -- At the game --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Asked:
    """What the API says: members of this site's clans, an account in none of them, and whether every realm answered."""

    candidates: list[Candidate]
    outsider: str = ""
    is_complete: bool = True


def _ask_game(name: str, *, is_whole: bool) -> _Asked:
    """Ask the API of each realm that has a clan here; one that does not answer is left out."""
    asked = _Asked([])
    for realm, clans in _clans_by_realm().items():
        try:
            with client_of(realm, is_awaited=True) as client:
                accounts = _accounts(client, name, is_whole=is_whole)
        except WargamingError:
            asked.is_complete = False
            continue
        members = [one for one in accounts if one.clan_id in clans]
        owners = _owners(realm, members)
        asked.candidates += [
            Candidate(
                realm, one.account_id, one.nickname, clans[one.clan_id or 0], owners.get(one.account_id)
            )
            for one in members
        ]
        asked.outsider = asked.outsider or next((one.nickname for one in accounts), "")
    return asked


def _accounts(client: Client, name: str, *, is_whole: bool) -> list[ListedAccount]:
    """Return the accounts with this nickname or number, or with a nickname that begins like it, with their clans."""
    listed = client.account_list(name, is_whole=is_whole) if _NICKNAME.fullmatch(name) else ()
    numbers = [one.account_id for one in listed]
    if is_whole and (number := row_number(name)):
        numbers.append(number)
    return [one for one in client.account_clans(numbers).by_id.values() if one and one.nickname]


def _clans_by_realm() -> Mapping[Realm, Mapping[int, SyncedClan]]:
    by_realm: dict[Realm, dict[int, SyncedClan]] = {}
    for clan in SyncedClan.objects.filter(disbanded_at=None).select_related("realm"):
        by_realm.setdefault(clan.realm, {})[clan.wargaming_id] = clan
    return by_realm


def _owners(realm: Realm, accounts: Iterable[ListedAccount]) -> Mapping[int, int | None]:
    numbers = [one.account_id for one in accounts]
    linked = Player.objects.filter(realm=realm, account_id__in=numbers, user__isnull=False)
    return dict(linked.values_list("account_id", "user_id"))
