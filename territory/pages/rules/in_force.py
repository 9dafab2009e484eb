"""The rule as it holds on each game server, and as it held before, for everybody: no places, and no word of who is immune."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from face.parts import Text
from territory import wording
from territory.item_names import pattern_in_words
from territory.models import GameServer, ItemRule, RuleVersion
from territory.rules.facts import Mode, Policy, PolicySource
from territory.rules.items import DEFAULT_RULES, ItemPolicies, PolicyRule
from territory.services.facts import policy_rule

VERSIONS_SHOWN = 20
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
    history: Sequence["HeldVersion"] = ()


@dataclass(frozen=True, slots=True)
class HeldVersion:
    """A version of a server's rule: when it held, and what it changed in sentences; `until` is None for the present one."""

    number: int
    since: datetime
    until: datetime | None
    changes: Sequence[str]


def rules_in_force() -> list[ServerRule]:
    """Return what holds on each active game server, with its newest versions. Three queries."""
    rows, histories = list(ItemRule.objects.all()), _histories()
    return [
        _server_rule(
            server,
            server,
            [policy_rule(row) for row in rows if row.server_id in {None, server.pk}],
            histories.get(server.pk, ()),
        )
        for server in GameServer.objects.filter(is_active=True)
    ]


def rule_of_version(version: RuleVersion) -> tuple[ServerRule, HeldVersion]:
    """Return what held under a version with its server, and when. One query."""
    beside = RuleVersion.objects.filter(
        server=version.server_id, number__in=[version.number - 1, version.number + 1]
    )
    near = {one.number: one for one in beside}
    rules = [
        PolicyRule(name, Policy(policy), PolicySource(source)) for name, policy, source in version.policies
    ]
    held = _held(version, near.get(version.number - 1), near.get(version.number + 1))
    return _server_rule(version.server, version, rules), held


def _histories() -> Mapping[int, Sequence[HeldVersion]]:
    """Return the newest versions of each active game server, the newest first. One query."""
    by_server: dict[int, list[RuleVersion]] = {}
    for version in RuleVersion.objects.filter(server__is_active=True).order_by("server", "-number"):
        by_server.setdefault(version.server_id, []).append(version)
    return {pk: _history(versions)[:VERSIONS_SHOWN] for pk, versions in by_server.items()}


def _history(versions: Sequence[RuleVersion]) -> list[HeldVersion]:
    newer = [None, *versions[:-1]]
    older = [*versions[1:], None]
    return [_held(*one) for one in zip(versions, older, newer, strict=True)]


def _held(version: RuleVersion, before: RuleVersion | None, after: RuleVersion | None) -> HeldVersion:
    changes = list(_changes(before, version)) if before else [_("The first version.")]
    return HeldVersion(version.number, version.since, after.since if after else None, changes)


def _changes(before: RuleVersion, after: RuleVersion) -> Iterator[str]:
    """Yield in sentences what changed from one version to the next."""
    settings = (
        (_("What follows"), before.get_mode_display(), after.get_mode_display()),
        (_("Border margin"), *(_metres(one.border_margin_m) for one in (before, after))),
        (_("Maximum age"), *(_length_in_words(one.maximum_age) for one in (before, after))),
        (_("Rule of the program"), str(before.engine), str(after.engine)),
    )
    for name, old, new in settings:
        if old != new:
            yield _("%(what)s: %(old)s → %(new)s") % {"what": name, "old": old, "new": new}
    yield from _item_changes(before.policies, after.policies)


def _item_changes(before: Iterable[Sequence[str]], after: Iterable[Sequence[str]]) -> Iterator[str]:
    old, new = ({(name, source): policy for name, policy, source in rules} for rules in (before, after))
    for key in sorted(old.keys() | new.keys(), key=lambda one: (one[0].lower(), one[1])):
        if old.get(key) != new.get(key):
            words = {"item": pattern_in_words(key[0])}
            words |= {"old": _policy(old.get(key)), "new": _policy(new.get(key))}
            yield _("%(item)s: %(old)s → %(new)s") % words


def _policy(policy: str | None) -> str:
    return str(wording.POLICIES[policy]) if policy else _("no rule of its own")


def _metres(length: float) -> str:
    return f"{wording.metres_in_words(length)} m"


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


def _server_rule(
    server: GameServer,
    settings: GameServer | RuleVersion,
    rules: Sequence[PolicyRule],
    history: Sequence[HeldVersion] = (),
) -> ServerRule:
    policies = ItemPolicies(rules)
    patterns = {rule.pattern.lower(): rule.pattern for rule in (*DEFAULT_RULES, *rules)}.values()

    def with_policy(policy: Policy) -> list[NamedItem]:
        return named_items(_broadest(one for one in patterns if policies.decide(one).policy is policy))

    return ServerRule(
        server=server,
        mode=_MODES[Mode(settings.mode)],
        margin_m=settings.border_margin_m,
        age=_length_in_words(settings.maximum_age),
        forbidden=with_policy(Policy.FORBIDDEN),
        reviewed=with_policy(Policy.PROTECTED_REVIEW),
        ignored=with_policy(Policy.IGNORED),
        history=history,
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
