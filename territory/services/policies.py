"""What an item would mean on each game server, and which rule says so: for staff who try rules out."""

from collections.abc import Sequence
from dataclasses import dataclass

from territory.models import GameServer, ItemRule
from territory.rules.facts import Policy, PolicySource
from territory.rules.items import DEFAULT_RULES, ItemDecision, ItemPolicies
from territory.rules.items import ItemRule as Rule


@dataclass(frozen=True, slots=True)
class Tried:
    """An item's policy on a server; `pattern` is the deciding rule's, empty where no rule matches."""

    server: GameServer
    decision: ItemDecision
    pattern: str
    row: ItemRule | None


def try_item(name: str, *, is_part: bool) -> list[Tried]:
    """Return what the item means on each game server. Two queries, whatever the number of servers."""
    rows = list(ItemRule.objects.all())
    return [_try_on(server, rows, name, is_part=is_part) for server in GameServer.objects.all()]


def _try_on(server: GameServer, rows: Sequence[ItemRule], name: str, *, is_part: bool) -> Tried:
    own = {_rule(row): row for row in rows if row.server_id in {None, server.pk}}
    decision = ItemPolicies(own).decide(name, is_part=is_part)
    rule = _deciding([*own, *DEFAULT_RULES], own, name, decision, is_part=is_part)
    return Tried(server, decision, rule.pattern if rule else "", own.get(rule) if rule else None)


def _rule(row: ItemRule) -> Rule:
    source = PolicySource.SERVER if row.server_id else PolicySource.ALL_SERVERS
    return Rule(row.pattern, Policy(row.policy), source)


def _deciding(
    rules: Sequence[Rule], own: dict[Rule, ItemRule], name: str, decision: ItemDecision, *, is_part: bool
) -> Rule | None:
    """Find the rule that decides by asking what changes if rules said the opposite, so that the order is known in one place.

    A twin of a rule goes before it, and says something else: the decision changes exactly if the rule itself decides.
    """
    suspects = [rule for rule in rules if (rule.policy, rule.source) == (decision.policy, decision.source)]
    opposite = next(policy for policy in Policy if policy is not decision.policy)
    while suspects:
        some = suspects[: (len(suspects) + 1) // 2]
        twins = [Rule(rule.pattern, opposite, rule.source) for rule in some]
        is_among = ItemPolicies([*twins, *own]).decide(name, is_part=is_part) != decision
        if is_among and len(some) == 1:
            return some[0]
        suspects = some if is_among else suspects[len(some) :]
    return None
