"""The policy that an item has on each game server, and the rule that gives it: for staff who try out item rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from territory.models import GameServer, ItemRule
from territory.rules.items import ItemDecision, ItemPolicies
from territory.services.facts import policy_rule


@dataclass(frozen=True, slots=True)
class TriedItem:
    """An item's policy on a server; `pattern` is the deciding rule's, empty if no rule matches."""

    server: GameServer
    decision: ItemDecision
    pattern: str
    row: ItemRule | None


def try_item(name: str, *, is_part: bool) -> list[TriedItem]:
    """Return the item's policy on each game server. Two queries, whatever the number of servers."""
    rows = list(ItemRule.objects.all())
    return [_try_on(server, rows, name, is_part=is_part) for server in GameServer.objects.all()]


def _try_on(server: GameServer, rows: Sequence[ItemRule], name: str, *, is_part: bool) -> TriedItem:
    stored = {policy_rule(row): row for row in rows if row.server_id in {None, server.pk}}
    policies = ItemPolicies(stored)
    rule = policies.deciding_rule(name, is_part=is_part)
    decision = policies.decide(name, is_part=is_part)
    return TriedItem(server, decision, rule.pattern if rule else "", stored.get(rule) if rule else None)
