"""The lines of "who you are in the games": each link with its proof, and what one can do about it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts import wording
from accounts.connections import xuid_is_proven
from accounts.me.doors import Doors
from clans.models import AccountLink, User
from face.parts import Kind, Text
from tanks.models import Player
from territory.models import PlayerIdentity

LinkKind, State = AccountLink.Kind, AccountLink.State
_ICONS = {LinkKind.DISCORD: "message-square", LinkKind.WARGAMING: "tank", LinkKind.XBOX: "link"}
_PLATES = {LinkKind.WARGAMING: "steel"}


@dataclass(frozen=True, slots=True)
class Way:
    """What one can do about a line: a page, or with `is_post` a button."""

    label: Text
    url: str
    css: str = ""
    is_post: bool = False


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One account elsewhere: what it is, its name, what stands behind it, its state, and the ways on.

    A line that `is_missing` is the one step that is left.
    """

    icon: str
    title: Text
    name: str
    sentences: Sequence[Text]
    kind: Kind | Literal[""] = ""
    state: Text = ""
    plate: str = ""
    is_missing: bool = False
    ways: Sequence[Way] = ()


@dataclass(frozen=True, slots=True)
class Links:
    """A person's links as they are stored, with the rows of the games behind them."""

    person: User
    links: Sequence[AccountLink]
    identities: Sequence[PlayerIdentity]
    claimed: Mapping[str, Player]

    def of(self, *kinds: AccountLink.Kind) -> list[AccountLink]:
        """Return the links of these kinds, the proven ones first."""
        return sorted((one for one in self.links if one.kind in kinds), key=lambda one: not one.is_proven)

    def identity_of(self, link: AccountLink) -> PlayerIdentity | None:
        """Return the player behind a proven link."""
        return next((one for one in self.identities if link.key in {one.player_id, one.gamertag_key}), None)

    @property
    def plays_dayz(self) -> bool:
        """Whether a player of DayZ is linked to the person, or claimed."""
        return bool(self.identities) or any(one.state == State.CLAIMED for one in self.of(*PLAYERS))


PLAYERS = (LinkKind.PLAYER_ID, LinkKind.GAMERTAG)


def links_of(person: User) -> Links:
    """Read a person's links. Three queries."""
    links = list(AccountLink.objects.filter(user=person).select_related("decided_by"))
    claims = [one.key for one in links if one.kind == LinkKind.WARGAMING and not one.is_proven]
    players = Player.objects.of_keys(claims).select_related("clan").defer("access_token")
    identities = list(PlayerIdentity.objects.filter(user=person).order_by("pk"))
    return Links(person, links, identities, {player.link_key: player for player in players})


def lines_of(links: Links, doors: Doors, now: datetime) -> list[LinkLine]:
    """Return the lines in their order: who the person is on Discord, in DayZ, on consoles, and in World of Tanks."""
    return [
        *_discord(links, doors, now),
        *_players(links, doors, now),
        *(_line(one, links, now) for one in links.of(LinkKind.XBOX, LinkKind.STEAM)),
        *_wargaming(links, doors, now),
        _password(links.person),
    ]


def _discord(links: Links, doors: Doors, now: datetime) -> Iterator[LinkLine]:
    lines = [_line(one, links, now) for one in links.of(LinkKind.DISCORD)]
    yield from lines
    if not lines and "discord" in doors:
        way = Way(_("Link"), doors["discord"], is_post=True)
        words = _("Sign in with one click, and bring your gamertag from there.")
        yield LinkLine("message-square", "Discord", _("not linked"), [words], ways=[way])


def _players(links: Links, doors: Doors, now: datetime) -> Iterator[LinkLine]:
    for one in links.of(*PLAYERS):
        line = _line(one, links, now)
        identity = links.identity_of(one) if one.is_proven else None
        if identity is None:
            yield line
            continue
        platform = identity.get_platform_display()
        title = f"{line.title} ({platform})" if platform else line.title
        yield replace(
            line, title=title, name=identity.gamertag, sentences=[*line.sentences, *_seen(identity, links)]
        )
    if not links.plays_dayz:
        yield _no_gamertag(doors)


def _seen(identity: PlayerIdentity, links: Links) -> Iterator[Text]:
    """Yield what is known of a player beyond the name."""
    if identity.player_id:
        yield _("The server knows you by your player id, whatever your gamertag will be.")
    else:
        yield _("Not seen in the log yet: the server learns who you are when you play next.")
    if identity.xuid:
        keys = [one.key for one in links.of(LinkKind.XBOX) if one.is_proven]
        is_proven = any(xuid_is_proven(identity.xuid, key) for key in keys)
        words = (
            _("XUID %(xuid)s, proven by your Xbox account") if is_proven else _("XUID %(xuid)s, not proven")
        )
        yield words % {"xuid": identity.xuid}


def _no_gamertag(doors: Doors) -> LinkLine:
    ways = [Way(_("Write it by hand; staff confirm it"), reverse("claim-gamertag"), "link")]
    if "discord:connections" in doors:
        bring = Way(_("Bring it from Discord"), doors["discord:connections"], "primary", is_post=True)
        ways.insert(0, bring)
    return LinkLine(
        "territory",
        "DayZ",
        _("no gamertag"),
        [_("Without it you are an intruder even in your own base.")],
        kind="review",
        state=pgettext("link", "Missing"),
        plate="warn",
        is_missing=True,
        ways=ways,
    )


def _wargaming(links: Links, doors: Doors, now: datetime) -> Iterator[LinkLine]:
    lines = links.of(LinkKind.WARGAMING)
    prove = Way(_("Prove it now"), doors.get("wargaming", ""), is_post=True)
    for one in lines:
        line = _line(one, links, now)
        is_open = "wargaming" in doors and one.state in {State.CLAIMED, State.REFUSED}
        yield replace(line, ways=[prove, *line.ways]) if is_open else line
    if lines:
        return
    ways = [Way(_("Sign in at Wargaming"), doors["wargaming"], is_post=True)] if "wargaming" in doors else []
    ways.append(Way(_("Write the nickname"), reverse("claim-wargaming"), "link"))
    words = _("Then you see your tanks here, and your clan's pages.")
    yield LinkLine("tank", "Wargaming", _("not linked"), [words], plate="steel", ways=ways)


def _line(link: AccountLink, links: Links, now: datetime) -> LinkLine:
    kind, state = wording.STATES[link.state]
    player = links.claimed.get(link.key)
    clan = str(player.clan) if player and player.clan else ""
    return LinkLine(
        _ICONS.get(LinkKind(link.kind), "territory"),
        wording.NAMES[link.kind],
        link.name or (link.key if link.kind != LinkKind.XBOX else ""),
        [wording.link_in_words(link, now, clan)],
        kind,
        state,
        _PLATES.get(LinkKind(link.kind), ""),
        ways=[_way_out(link)],
    )


def _way_out(link: AccountLink) -> Way:
    if link.is_proven:
        return Way(_("Unlink…"), reverse("unlink", args=[link.pk]), "quiet")
    return Way(_("Take it back"), reverse("withdraw-claim", args=[link.pk]), "quiet", is_post=True)


def _password(person: User) -> LinkLine:
    if person.has_usable_password():
        way = Way(_("Change the password"), reverse("account_change_password"))
        words = _("You sign in with it.")
    else:
        way = Way(_("Set a password"), reverse("account_set_password"))
        words = _("There is no password yet. With one you get in also when nothing else works.")
    return LinkLine("key-round", _("User name and password"), person.username, [words], ways=[way])
