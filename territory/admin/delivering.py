"""How far a ban has come on its way to the game server's ban lists, in words."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from territory.models import BanDelivery, BanList

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


def with_deliveries(bans: QuerySet[Any]) -> QuerySet[Any]:
    """Return the bans with the states of their deliveries, and whether their server has a list, in their own query."""
    states = BanDelivery.objects.filter(ban=OuterRef("pk")).order_by().values("state").distinct()
    lists = BanList.objects.filter(server=OuterRef("server"), is_active=True)
    annotated: QuerySet[Any] = bans.annotate(
        delivery_states=ArraySubquery(states), has_ban_list=Exists(lists)
    )
    return annotated


def delivery_in_words(ban: Any) -> str:
    """Return how the deliveries of one of `with_deliveries` stand together; the worst of them counts."""
    for state, words in _WORDS.items():
        if state in ban.delivery_states:
            return str(words)
    if not ban.has_ban_list:
        return str(_("no list"))
    # The server got its list after the ban: the worker writes those that are in force and name a player id.
    return str(_WORDS[_State.PENDING]) if ban.player_id and ban.lifted_at is None else "-"
