"""Links of people to their accounts elsewhere, in sentences: how each was proven, when, and by whom."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from clans.models import AccountLink
from face.moments import day_in_words
from face.parts import Kind, Text, isolated

LinkKind, State, Proof = AccountLink.Kind, AccountLink.State, AccountLink.Proof

NAMES: Mapping[str, str] = {
    LinkKind.DISCORD: "Discord",
    LinkKind.WARGAMING: "Wargaming",
    LinkKind.STEAM: "Steam",
    LinkKind.XBOX: "Xbox",
    LinkKind.GAMERTAG: "DayZ",
    LinkKind.PLAYER_ID: "DayZ",
}
STATES: Mapping[str, tuple[Kind, Text]] = {
    State.CLAIMED: ("review", pgettext_lazy("link", "Waiting")),
    State.PROVEN: ("allowed", pgettext_lazy("link", "Proven")),
    State.DISPUTED: ("invasion", pgettext_lazy("link", "In dispute")),
    State.REFUSED: ("forbidden", pgettext_lazy("link", "Refused")),
}
COSTS: Mapping[str, tuple[Text, ...]] = {
    LinkKind.DISCORD: (
        gettext_lazy("You can no longer sign in with Discord, and staff no longer recognise you there."),
        gettext_lazy("The site stops reading your Xbox and Steam connections."),
    ),
    LinkKind.WARGAMING: (
        gettext_lazy("Your membership of the clan of this account ends here, and with it the clan's pages."),
        gettext_lazy("If you gave access to the garage, it is taken back, and what it showed is forgotten."),
    ),
    LinkKind.STEAM: (gettext_lazy("The site forgets that this Steam account is yours."),),
    LinkKind.XBOX: (
        gettext_lazy("The site forgets that this Xbox account is yours, and no longer sees a new gamertag."),
    ),
    LinkKind.GAMERTAG: (
        gettext_lazy("From then on the server does not know that you are you: also in your own base."),
    ),
    LinkKind.PLAYER_ID: (
        gettext_lazy("From then on the server does not know that you are you: also in your own base."),
        gettext_lazy("What you build there afterwards counts as an invasion, until the link is proven anew."),
    ),
}


def link_in_words(link: AccountLink, now: datetime, clan: str = "") -> str:
    """Return what stands behind a link: its proof, what it waits for, or why it was refused."""
    match State(link.state):
        case State.PROVEN:
            return _proof(link, now)
        case State.CLAIMED:
            return _claim(link, now, clan)
        case State.DISPUTED:
            return _("%(proof)s. It is linked to another account here, too: staff are comparing the two.") % {
                "proof": _proof(link, now)
            }
        case _refused:
            words = {"day": _day(link, now), "reason": isolated(link.note or _("no reason given"))}
            return _("Refused by staff, %(day)s: %(reason)s") % words


def _claim(link: AccountLink, now: datetime, clan: str) -> str:
    words = {"day": day_in_words(link.created_at, now), "clan": isolated(clan)}
    if link.kind == LinkKind.WARGAMING:
        if clan:
            return _("You entered it, %(day)s; an officer of %(clan)s has not confirmed it yet") % words
        return _("You entered it, %(day)s; nobody has confirmed it yet") % words
    return _("You entered it, %(day)s; staff have not confirmed it yet") % words


# By the proof, and for two of them by what else is known: the person who confirmed it, or that Discord said so.
_PROOFS: Mapping[tuple[str, bool], Text] = {
    (Proof.STAFF, False): gettext_lazy("Confirmed by staff, %(day)s"),
    (Proof.STAFF, True): gettext_lazy("Confirmed by %(person)s of staff, %(day)s"),
    (Proof.COMMANDER, False): gettext_lazy("Confirmed by the clan's command, %(day)s"),
    (Proof.COMMANDER, True): gettext_lazy("Confirmed by %(person)s, who commands the clan, %(day)s"),
    (Proof.OAUTH, False): gettext_lazy("Proven by your signing in with it, %(day)s"),
    (Proof.OAUTH, True): gettext_lazy("Proven by your Discord account, %(day)s"),
    (Proof.WARGAMING, False): gettext_lazy("Proven by your signing in at Wargaming, %(day)s"),
    (Proof.HASH, False): gettext_lazy("Computed from your Steam account, %(day)s"),
}
_ENTERED = gettext_lazy("Entered by staff, %(day)s")


def proof_in_words(link: AccountLink) -> str:
    """Return what proved a link, for somebody who judges it."""
    if link.proof == Proof.OAUTH and _is_by_discord(link):
        return _("by the Discord account")
    return link.get_proof_display()


def _is_by_discord(link: AccountLink) -> bool:
    return link.kind not in {LinkKind.DISCORD, LinkKind.WARGAMING}


def _proof(link: AccountLink, now: datetime) -> str:
    more = {Proof.OAUTH: _is_by_discord(link), Proof.WARGAMING: False, Proof.HASH: False}
    key = link.proof, more.get(Proof(link.proof), link.decided_by is not None)
    words = {"day": _day(link, now), "person": isolated(link.decided_by or "")}
    return str(_PROOFS.get(key, _ENTERED)) % words


def _day(link: AccountLink, now: datetime) -> str:
    return day_in_words(link.decided_at or link.created_at, now)
