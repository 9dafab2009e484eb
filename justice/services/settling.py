"""Identity conflicts resolved together with the cases that wait because of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import User
from common.causes import cause
from face.parts import isolated
from territory.models import Case, IdentityConflict, Infraction
from territory.rules.verdict import Hold, Outcome
from territory.services import hearing
from territory.services.cases import lock_cases
from territory.services.deciding import dismiss_case
from territory.services.identities import find_matches
from territory.services.merging import link_seen_player, tell_apart
from territory.services.previews import Effect, EffectPlace, Standing, effects
from territory.services.rejudging import cases_of


@dataclass(frozen=True, slots=True)
class Settled:
    """The cases of the player seen: dismissed with the conflict, and those that still wait."""

    dismissed: Sequence[Case]
    waiting: Sequence[Case]


@transaction.atomic
def settle_conflict(conflict: IdentityConflict, *, is_same: bool, by: User, reason: str) -> Settled:
    """Resolve a conflict; for one person on two accounts, dismiss the waiting cases that the rule allows by now.

    Only cases whose acts wait for nothing but the conflict are heard again. Raises NotPossibleError if the conflict is
    resolved, or the player cannot be linked.
    """
    now = timezone.now()
    with cause(reason=reason):
        if not is_same:
            tell_apart(conflict, by=by, now=now)
            return Settled([], waiting_cases(conflict))
        link_seen_player(conflict, by=by, now=now)
        waiting = _hold_cases(conflict)
        allowed = [case for case in waiting if _is_allowed(case, now)]
        for case in allowed:
            dismiss_case(case, by=by, reason=reason)
    return Settled(allowed, [case for case in waiting if case not in allowed])


def _hold_cases(conflict: IdentityConflict) -> list[Case]:
    """Lock the cases of every game server where the player waits, in one order, and return those of the player as they are then.

    An act that joined a case after it was heard would be dismissed unheard.
    """
    for server_id in sorted({case.server_id for case in waiting_cases(conflict)}):
        lock_cases(server_id)
    return waiting_cases(conflict)


def waiting_cases(conflict: IdentityConflict) -> list[Case]:
    """Return the waiting cases of the player seen, the oldest first. One query."""
    cases = Case.objects.waiting().filter(player_id=conflict.player_id)
    return list(cases.select_related("server", "base"))


def _is_allowed(case: Case, now: datetime) -> bool:
    """Return whether every waiting act of a case was held by the conflict alone, and the rule allows it now."""
    acts = case.infractions.filter(status=Infraction.Status.REVIEW).values_list("placement", flat=True)
    numbers = [number for number in acts if number is not None]
    held = [
        replace(act, judged_at=None)
        for act, said in cases_of(case.server, numbers)
        if said.holds == (Hold.DISPUTED.value,)
    ]
    if not held or len(held) < len(acts):
        return False
    findings = hearing.hear(case.server, held, now=now, match=find_matches)
    return all(finding.verdict.outcome is Outcome.ALLOWED for finding in findings)


def preview_conflict(conflict: IdentityConflict, *, is_same: bool, by: User) -> list[Effect]:
    """Return what resolving a conflict would change: it is resolved and taken back. Raises what resolving raises."""
    servers = {case.server_id: case.server for case in waiting_cases(conflict)}
    players = [conflict.player_id]
    before = {pk: Standing.of(server, players) for pk, server in servers.items()}
    with transaction.atomic():
        settled = settle_conflict(conflict, is_same=is_same, by=by, reason="-")
        after = {pk: Standing.of(server, players) for pk, server in servers.items()}
        transaction.set_rollback(True)
    changes = [
        effect
        for pk in servers
        for effect in effects(before[pk], after[pk])
        if effect.place != EffectPlace.BAN
    ]
    words = _("Case %(number)d still waits for a decision.")
    left = [Effect(EffectPlace.CASE, words % {"number": case.pk}) for case in settled.waiting]
    return [Effect(EffectPlace.BAN, _rights_in_words(conflict, is_same=is_same)), *changes, *left]


def _rights_in_words(conflict: IdentityConflict, *, is_same: bool) -> str:
    if not is_same:
        return _("The player seen is a stranger like any other from now on.")
    words = _("The player id seen is linked to %(person)s, who holds the same rights under both from now on.")
    return words % {"person": isolated(conflict.identity.user or "")}
