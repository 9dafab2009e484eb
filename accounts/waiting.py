"""What speaks for and against links that wait for a decision, in a fixed number of queries a page."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.db.models import CharField, Count, Max, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import seems_to_command, sees_links
from accounts.connections import xuid_is_proven
from accounts.wording import proof_in_words
from clans.models import AccountLink, Clan, ClanMembership, User
from clans.services.account_links import Kind, State, waiting_links
from face.moments import in_words
from face.parts import Kind as Look
from face.parts import isolated
from tanks.models import Player
from tanks.wording import role_in_words
from territory.models import Placement, PlayerIdentity
from territory.models.identity import folded_gamertag
from territory.rules.names import fold
from territory.selectors import oldest_searched

PAGE = 25
_SHOWN_REASON = 200


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that speaks for a link ("allowed"), against it ("invasion"), or gives pause ("review")."""

    look: Look
    words: str


@dataclass(frozen=True, slots=True)
class LinkedPerson:
    """A side of a link: a person, with what is proven and what was refused."""

    user: User
    proven: Sequence[AccountLink] = ()
    refused: Sequence[AccountLink] = ()

    @property
    def proofs(self) -> list[tuple[AccountLink, str]]:
        return [(link, proof_in_words(link)) for link in self.proven]

    def of_kind(self, kind: AccountLink.Kind) -> list[AccountLink]:
        return [link for link in self.proven if link.kind == kind]


@dataclass(frozen=True, slots=True)
class WaitingLink:
    """A link that waits: who asks, whose the account is now and by which proof, and what speaks for and against it."""

    link: AccountLink
    asker: LinkedPerson
    owner: LinkedPerson | None
    facts: Sequence[Fact]
    player: Player | None = None
    player_line: str = ""


@dataclass(frozen=True, slots=True)
class ClanPerson:
    """Somebody of a clan with an account: the player, the stay, and the role on this site."""

    player: Player
    stay: ClanMembership | None
    commands: bool

    @property
    def is_by_hand(self) -> bool:
        return self.stay is not None and self.stay.role_by_hand

    @property
    def role_words(self) -> str:
        return role_in_words(self.player.role)


# -- Pages --------------------------------------------------------------------------------------------------------


def waiting_page(number: str | None, now: datetime) -> Page[Any]:
    """Return a page of all links that wait, the oldest first."""
    return _page(waiting_links().order_by("created_at", "pk"), number, now)


def one_waiting(link: AccountLink, now: datetime) -> WaitingLink:
    return _with_facts([link], now)[0]


def clan_claims(clan: Clan, number: str | None, now: datetime) -> Page[Any]:
    """Return a page of the claims on the players of a clan, the oldest first."""
    players = Player.objects.filter(clan=clan).only("realm_id", "account_id")
    claims = claims_on([player.link_key for player in players])
    return _page(claims.order_by("created_at", "pk"), number, now)


def claims_on(keys: Sequence[str] | QuerySet[Any, Any]) -> QuerySet[AccountLink]:
    """Return the claims that wait on players with these keys."""
    claims = AccountLink.objects.filter(kind=Kind.WARGAMING, state=State.CLAIMED, key__in=keys)
    return claims.select_related("user")


def claims_waiting_for(user: User | AnonymousUser) -> int:
    """Return the number of claims on players of the clans that somebody commands, or for staff of all."""
    players = Player.objects.filter(clan__synced__isnull=False)
    if not sees_links(user):
        players = players.filter(clan__in=seems_to_command(user).values("pk"))
    key = Concat(Cast("realm_id", CharField()), Value(":"), Cast("account_id", CharField()))
    return claims_on(players.annotate(key=key).values("key")).count()


def clan_people(clan: Clan) -> list[ClanPerson]:
    """Return the people with an account among a clan's players, commanders first. Two queries."""
    players = Player.objects.filter(clan=clan, user__isnull=False).select_related("user")
    stays = ClanMembership.objects.filter(clan=clan, left_at__isnull=True)
    stay_of = {stay.user_id: stay for stay in stays}
    people = [
        _clan_person(player, stay_of.get(player.user_id or 0)) for player in players.defer("access_token")
    ]
    return sorted(people, key=lambda person: (not person.commands, str(person.player).casefold()))


def _clan_person(player: Player, stay: ClanMembership | None) -> ClanPerson:
    is_by_hand = stay is not None and stay.role_by_hand
    commands = stay.role == ClanMembership.Role.COMMANDER if stay and is_by_hand else player.commands
    return ClanPerson(player, stay, commands)


# -- What is known ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Known:
    """What was read about a page of links: people by key, rivals and owners by the link's kind and key."""

    now: datetime
    people: dict[int, LinkedPerson] = field(default_factory=dict)
    rivals: dict[tuple[str, str], int] = field(default_factory=dict)
    owners: dict[tuple[str, str], AccountLink] = field(default_factory=dict)
    identities: dict[str, list[PlayerIdentity]] = field(default_factory=lambda: defaultdict(list))
    players: dict[str, Player] = field(default_factory=dict)
    seen: dict[str, list[tuple[str, datetime]]] = field(default_factory=lambda: defaultdict(list))


def _page(links: QuerySet[AccountLink], number: str | None, now: datetime) -> Page[Any]:
    page = Paginator(links, PAGE).get_page(number)
    rows: Page[Any] = page
    rows.object_list = _with_facts(list(page.object_list), now)
    return rows


def _with_facts(links: Sequence[AccountLink], now: datetime) -> list[WaitingLink]:
    known = _known(links, now)
    return [_waiting(link, known) for link in links]


def _known(links: Sequence[AccountLink], now: datetime) -> _Known:
    known = _Known(now)
    keys = {link.key for link in links}
    of_keys = AccountLink.objects.filter(key__in=keys)
    waiting = of_keys.filter(state__in=[State.CLAIMED, State.DISPUTED]).order_by()
    counts = waiting.values_list("kind", "key").annotate(Count("pk"))
    known.rivals = {(kind, key): count for kind, key, count in counts}
    proven = of_keys.filter(state=State.PROVEN).select_related("user")
    known.owners = {(link.kind, link.key): link for link in proven}
    _read_identities(known, links)
    wargaming = [link.key for link in links if link.kind == Kind.WARGAMING]
    players = Player.objects.of_keys(wargaming).select_related("clan").defer("access_token")
    known.players = {player.link_key: player for player in players} if wargaming else {}
    users = {link.user_id: link.user for link in (*links, *known.owners.values())}
    identities = chain.from_iterable(known.identities.values())
    users |= {one.user_id: one.user for one in identities if one.user_id and one.user}
    known.people = _people(users)
    return known


def _read_identities(known: _Known, links: Sequence[AccountLink]) -> None:
    """Read who bears the gamertags and player ids, and when the newest placements saw them."""
    names = {link.key for link in links if link.kind == Kind.GAMERTAG}
    ids = {link.key for link in links if link.kind == Kind.PLAYER_ID}
    if not names and not ids:
        return
    fits = Q(gamertag_key__in=names) | Q(player_id__in=ids)
    for one in PlayerIdentity.objects.filter(fits, user__isnull=False).select_related("user"):
        known.identities[one.player_id if one.player_id in ids else one.gamertag_key].append(one)
    placements = Placement.objects.filter(pk__gt=oldest_searched()).annotate(
        bearer=folded_gamertag("gamertag")
    )
    seen = placements.filter(Q(bearer__in=names) | Q(player_id__in=ids), occurred_at__isnull=False).order_by()
    for bearer, player_id, at in seen.values_list("bearer", "player_id").annotate(Max("occurred_at")):
        known.seen[player_id if player_id in ids else bearer].append((player_id, at))


def _people(users: Mapping[int, User]) -> dict[int, LinkedPerson]:
    by_state: dict[tuple[int, str], list[AccountLink]] = defaultdict(list)
    decided = AccountLink.objects.filter(user_id__in=users, state__in=[State.PROVEN, State.REFUSED])
    for link in decided.order_by("-decided_at", "pk"):
        by_state[link.user_id, link.state].append(link)
    return {
        pk: LinkedPerson(user, by_state[pk, State.PROVEN], by_state[pk, State.REFUSED])
        for pk, user in users.items()
    }


# -- For and against ----------------------------------------------------------------------------------------------


def _waiting(link: AccountLink, known: _Known) -> WaitingLink:
    asker = known.people[link.user_id]
    owner_id, owner_link = _owner(link, known)
    owner = known.people.get(owner_id or 0)
    player = known.players.get(link.key) if link.kind == Kind.WARGAMING else None
    facts = [
        *_of_owner(link, owner, owner_link, known),
        *_of_proof(link),
        *(_of_player(link, asker, player) if player else ()),
        *(_of_gamertag(link, asker, known) if link.kind == Kind.GAMERTAG else ()),
        *_of_past(link, asker),
    ]
    return WaitingLink(
        link, asker, owner, facts, player, _line_of_player(player, known.now) if player else ""
    )


def _owner(link: AccountLink, known: _Known) -> tuple[int | None, AccountLink | None]:
    """Return whose the account is now, if it is somebody else's: a gamertag also through the player id that bears it."""
    proven = known.owners.get((link.kind, link.key))
    if proven is not None:
        return (proven.user_id, proven) if proven.user_id != link.user_id else (None, None)
    others = (one for one in known.identities.get(link.key, ()) if one.user_id != link.user_id)
    return next((one.user_id for one in others), None), None


def _of_owner(
    link: AccountLink, owner: LinkedPerson | None, proven: AccountLink | None, known: _Known
) -> Iterable[Fact]:
    rivals = known.rivals.get((link.kind, link.key), 1) - 1
    if owner is None:
        yield Fact("allowed", _("Nobody else here has this account."))
    elif proven is not None and proven.decided_at:
        text = _("It belongs to %(person)s: %(proof)s, %(when)s.")
        words = {"proof": proof_in_words(proven), "when": in_words(proven.decided_at, known.now)}
        yield Fact("invasion", text % {"person": isolated(owner.user), **words})
    else:
        yield Fact("invasion", _("It belongs to %(person)s.") % {"person": isolated(owner.user)})
    if rivals:
        text = ngettext(
            "%(count)d other person says the same.", "%(count)d other people say the same.", rivals
        )
        yield Fact("review", text % {"count": rivals})


def _of_proof(link: AccountLink) -> Iterable[Fact]:
    if link.state == State.DISPUTED:
        yield Fact("allowed", _("Proof: %(proof)s.") % {"proof": proof_in_words(link)})
    elif link.kind == Kind.WARGAMING:
        yield Fact("review", _("Only said so: no sign-in at Wargaming."))


def _of_player(link: AccountLink, asker: LinkedPerson, player: Player) -> Iterable[Fact]:
    if player.clan is None:
        yield Fact("review", _("The player is in no clan of this site now."))
    others = [one for one in asker.of_kind(Kind.WARGAMING) if one.key != link.key]
    if others:
        names = ", ".join(isolated(one.name or one.key) for one in others)
        yield Fact("review", _("Has another account here: %(names)s.") % {"names": names})


def _of_gamertag(link: AccountLink, asker: LinkedPerson, known: _Known) -> Iterable[Fact]:
    yield _of_log(known.seen.get(link.key, ()), known.now)
    xbox = asker.of_kind(Kind.XBOX)
    if not xbox:
        yield Fact("review", _("Has connected no Xbox account on Discord."))
    elif any(fold(one.name) == fold(link.name) for one in xbox):
        yield Fact("allowed", _("The Xbox account on Discord has this gamertag."))
    else:
        yield Fact(
            "invasion", _("The Xbox account on Discord is %(name)s.") % {"name": isolated(xbox[0].name)}
        )
    if link.xuid and any(xuid_is_proven(link.xuid, one.key) for one in xbox):
        yield Fact("allowed", _("The XUID fits the Xbox account on Discord."))
    elif link.xuid:
        yield Fact("review", _("The XUID was typed in; nothing proves it."))


def _of_log(sightings: Collection[tuple[str, datetime]], now: datetime) -> Fact:
    ids = {player_id for player_id, _at in sightings if player_id}
    if not sightings:
        return Fact("review", _("Not in the log lately."))
    last = in_words(max(at for _id, at in sightings), now)
    if len(ids) > 1:
        text = _("%(count)d different players bore this name lately, the last time: %(when)s.")
        return Fact("invasion", text % {"count": len(ids), "when": last})
    return Fact("allowed", _("In the log, the last time: %(when)s.") % {"when": last})


def _of_past(link: AccountLink, asker: LinkedPerson) -> Iterable[Fact]:
    if link.note:
        yield Fact("review", _("About this account before: %(note)s") % {"note": _cut(link.note)})
    refused = [one for one in asker.refused if one.kind == link.kind and one.key != link.key]
    for one in refused[:3]:
        words = {"name": isolated(one.name or one.key), "reason": _cut(one.note)}
        yield Fact("review", _("Was refused %(name)s before: %(reason)s") % words)


def _cut(text: str) -> str:
    return isolated(text if len(text) <= _SHOWN_REASON else text[:_SHOWN_REASON] + "…")


def _line_of_player(player: Player, now: datetime) -> str:
    """Return the player's place in the clan in one line: role, since when, last battle."""
    parts = [str(player), str(player.clan or ""), role_in_words(player.role)]
    if player.joined_clan_at:
        parts.append(_("in the clan since %(when)s") % {"when": in_words(player.joined_clan_at, now)})
    if player.last_battle_at:
        parts.append(_("last battle %(when)s") % {"when": in_words(player.last_battle_at, now)})
    return " · ".join(filter(None, parts))
