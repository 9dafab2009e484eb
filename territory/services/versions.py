"""The versions of a game server's rule: everything that its verdicts depend on, from one moment to the next."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from common.locks import LockKind, lock_transaction
from territory.models import GameServer, ItemRule, RuleVersion
from territory.rules.items import PolicyRule
from territory.rules.verdict import RULE_VERSION
from territory.services.facts import policy_rule


def current_version(server: GameServer, rules: Sequence[PolicyRule], *, now: datetime) -> RuleVersion:
    """Return the version that holds on a server with these item rules; a new one if anything of it has changed.

    Runs in the caller's transaction. One query if nothing has changed.
    """
    policies = sorted([rule.pattern, rule.policy.value, rule.source.value] for rule in rules)
    digest = _digest(server, policies)
    newest = _newest(server)
    if newest is not None and newest.digest == digest:
        return newest
    lock_transaction(LockKind.RULE_VERSION, server.pk)
    newest = _newest(server)
    if newest is not None and newest.digest == digest:
        return newest
    return RuleVersion.objects.create(
        server=server,
        number=newest.number + 1 if newest else 1,
        since=now,
        engine=RULE_VERSION,
        mode=server.mode,
        border_margin_m=server.border_margin_m,
        maximum_age=server.maximum_age,
        policies=policies,
        digest=digest,
    )


@transaction.atomic
def note_versions() -> int:
    """Begin a version on each active game server whose settings or item rules have changed; return how many began.

    Called when staff have saved a setting, and each minute. Two queries, and one a server.
    """
    now, rows = timezone.now(), list(ItemRule.objects.all())
    begun = 0
    for server in GameServer.objects.filter(is_active=True):
        rules = [policy_rule(row) for row in rows if row.server_id in {None, server.pk}]
        begun += current_version(server, rules, now=now).since == now
    return begun


def _newest(server: GameServer) -> RuleVersion | None:
    return RuleVersion.objects.filter(server=server).order_by("-number").first()


def _digest(server: GameServer, policies: Sequence[Sequence[str]]) -> str:
    age = server.maximum_age.total_seconds()
    text = json.dumps([RULE_VERSION, server.mode, server.border_margin_m, age, policies])
    return hashlib.sha256(text.encode()).hexdigest()
