"""How far a ban has come on its way to the game server's ban list, in words."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.utils.translation import gettext_lazy as _

from territory.models import Ban, BanDelivery, GameServer

_State = BanDelivery.State
# What staff must know first stands first: a ban may have deliveries to several lists.
_WORDS = {
    _State.FAILED: _State.FAILED.label,
    _State.FOREIGN: _State.FOREIGN.label,
    _State.PENDING: _State.PENDING.label,
    _State.LIFTING: _State.LIFTING.label,
    _State.APPLIED: _("written"),
    _State.LIFTED: _State.LIFTED.label,
}


def delivery_states() -> ArraySubquery:
    """Return the states of a ban's deliveries as a column of the bans' own query."""
    states = BanDelivery.objects.filter(ban=OuterRef("pk")).order_by().values("state").distinct()
    return ArraySubquery(states)


def delivery_in_words(ban: Ban, states: list[str]) -> str:
    """Return how a ban's deliveries stand together; the worst of them counts."""
    for state, words in _WORDS.items():
        if state in states:
            return str(words)
    if ban.server.ban_list == GameServer.BanList.NONE:
        return str(_("no list"))
    # The server got its list after the ban: the worker writes those that are in force and name a player id.
    return str(_WORDS[_State.PENDING]) if ban.player_id and ban.lifted_at is None else "-"
