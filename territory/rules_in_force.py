"""The rule as it holds on each game server, for everybody: no places, and no word of who is immune."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

from django.utils.translation import gettext_lazy, ngettext

from face.parts import Text
from territory.item_names import pattern_in_words
from territory.models import GameServer, ItemRule
from territory.rules.facts import Mode, Policy
from territory.rules.items import DEFAULT_RULES, ItemPolicies, PolicyRule
from territory.services.facts import policy_rule

_MODES = {
    Mode.ENFORCE: gettext_lazy("An invasion or a forbidden item bans at once."),
    Mode.REVIEW: gettext_lazy("Nobody is banned at once: staff look at each case and confirm it first."),
    Mode.OBSERVE: gettext_lazy(
        "The server is only observed for now: verdicts are stored and nobody is banned."
    ),
}


@dataclass(frozen=True, slots=True)
class NamedItem:
    """An item, or a pattern of items, in words."""

    words: str
    pattern: str


@dataclass(frozen=True, slots=True)
class ServerRule:
    """What holds on one game server."""

    server: GameServer
    mode: Text
    margin_m: float
    age: str
    forbidden: Sequence[NamedItem]
    reviewed: Sequence[NamedItem]
    ignored: Sequence[NamedItem]


def rules_in_force() -> list[ServerRule]:
    """Return what holds on each active game server. Two queries."""
    rows = list(ItemRule.objects.all())
    return [
        _server_rule(server, [policy_rule(row) for row in rows if row.server_id in {None, server.pk}])
        for server in GameServer.objects.filter(is_active=True)
    ]


def default_items(policy: Policy) -> list[NamedItem]:
    """Return the items that have this policy where no rule of a server says otherwise."""
    return named_items(rule.pattern for rule in DEFAULT_RULES if rule.policy is policy)


def named_items(patterns: Iterable[str]) -> list[NamedItem]:
    """Return classes and patterns in words, by the alphabet; the colours of one item are one."""
    named: dict[str, list[str]] = {}
    for pattern in sorted(patterns, key=str.lower):
        named.setdefault(pattern_in_words(pattern), []).append(pattern)
    items = [NamedItem(words, ", ".join(classes)) for words, classes in named.items()]
    return sorted(items, key=lambda item: item.words.casefold())


def _server_rule(server: GameServer, rules: Sequence[PolicyRule]) -> ServerRule:
    policies = ItemPolicies(rules)
    patterns = {rule.pattern.lower(): rule.pattern for rule in (*DEFAULT_RULES, *rules)}.values()

    def with_policy(policy: Policy) -> list[NamedItem]:
        return named_items(_broadest(one for one in patterns if policies.decide(one).policy is policy))

    return ServerRule(
        server=server,
        mode=_MODES[Mode(server.mode)],
        margin_m=server.border_margin_m,
        age=_length_in_words(server.maximum_age),
        forbidden=with_policy(Policy.FORBIDDEN),
        reviewed=with_policy(Policy.PROTECTED_REVIEW),
        ignored=with_policy(Policy.IGNORED),
    )


def _broadest(patterns: Iterable[str]) -> list[str]:
    """Return the patterns without those that another of them covers."""
    given = list(patterns)
    return [
        one
        for one in given
        if not any(one != other and fnmatchcase(one.lower(), other.lower()) for other in given)
    ]


def _length_in_words(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    if minutes % 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = minutes // 60
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
