"""The explanation of a verdict as one value, in titled sections for text, JSON and pages."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from territory import wording
from territory.ladder import ladder_of
from territory.models import GameServer, Placement
from territory.rules.names import fold
from territory.rules.verdict import RULE_VERSION
from territory.services.explaining.circumstances import Circumstances, find_circumstances
from territory.services.explaining.troubles import Hint, find_troubles
from territory.services.hearing import Case, reasons, verdict_columns


@dataclass(frozen=True, slots=True)
class Section:
    """A title and its lines, in the active language, without control characters."""

    key: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A finding with its circumstances, and the same in words."""

    seen: Circumstances
    hints: tuple[Hint, ...]
    sections: tuple[Section, ...]


def explain(server: GameServer, case: Case, *, now: datetime) -> Explanation:
    """Judge a placement that is not stored, as of `now`, in a read-only transaction.

    The case's `player_id` may be blank. The words are in the active language.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        seen = find_circumstances(server, case, now=now)
    hints = find_troubles(seen)
    return Explanation(seen, hints, _sections(seen, hints))


def as_json(explanation: Explanation) -> str:
    """Return the explanation as JSON: the verdict by its columns' names, codes, times in UTC, lengths in metres."""
    seen = explanation.seen
    case, finding = seen.case, seen.finding
    content = {
        "server": seen.server.slug,
        "gamertag": case.gamertag,
        "player_id": case.player_id,
        "found_by": seen.found_by,
        "item": case.item,
        "x": case.act.x,
        "z": case.act.z,
        "occurred_at": case.act.occurred_at,
        "judged_at": seen.now,
        **verdict_columns(finding),
        "reasons": reasons(finding.verdict),
        "rule_version": RULE_VERSION,
        "troubles": [asdict(hint) for hint in explanation.hints],
        "sections": [asdict(section) for section in explanation.sections],
    }
    return json.dumps(content, default=lambda time: time.astimezone(UTC).isoformat(), allow_nan=False)


def _sections(seen: Circumstances, hints: Iterable[Hint]) -> tuple[Section, ...]:
    troubles = [f"- {hint.words}" for hint in hints] or [_("Nothing looks wrong.")]
    parts: tuple[tuple[str, str, Iterable[str]], ...] = (
        ("placement", _("Placement"), _placement_lines(seen)),
        ("verdict", _("Verdict"), _verdict_lines(seen)),
        ("rule", _("The rule, line by line"), _rule_lines(seen)),
        ("player", _("Player"), _player_lines(seen)),
        ("bases", _("Bases near"), _base_lines(seen)),
        ("server", _("Game server"), _server_lines(seen)),
        ("troubles", _("What may be wrong"), troubles),
    )
    return tuple(
        Section(key, title, tuple(wording.shown(line, longest=len(line)) for line in lines))
        for key, title, lines in parts
    )


def _placement_lines(seen: Circumstances) -> Iterator[str]:
    case, act = seen.case, seen.case.act
    words = _("%(item)s at X=%(x)s, Z=%(z)s by “%(gamertag)s”")
    yield seen.say(words, item=case.item, x=act.x, z=act.z, gamertag=case.gamertag)
    words = _("on %(at)s, judged on %(now)s (%(zone)s)")
    yield seen.say(words, at=act.occurred_at, now=seen.now, zone=seen.server.zone)
    local = act.occurred_at.astimezone(seen.server.zone)
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        words = _(
            "The clocks went back then and showed this time twice. This is the time at UTC%(offset)s. If you mean the other, "
            "ask again with its zone."
        )
        yield seen.say(words, offset=local.isoformat()[-len("+00:00") :])


def _verdict_lines(seen: Circumstances) -> Iterator[str]:
    verdict = seen.finding.verdict
    outcome, action = Placement.Outcome(verdict.outcome).label, Placement.Action(verdict.action).label
    words = f"{outcome} → {action} ({wording.RULES[verdict.rule]})"
    for_one_only = _(
        "%(verdict)s, but only for the player named below: the gamertag was also seen under another player id. Ask "
        "again with --player-id."
    )
    yield seen.say(for_one_only, verdict=words) if seen.other_ids else words
    yield from seen.reasons
    yield str(wording.CONSEQUENCES[verdict.action])
    policy, source = wording.POLICIES[verdict.item.policy], wording.POLICY_SOURCES[verdict.item.source]
    yield seen.say(_("Item: %(policy)s (%(source)s)"), policy=policy, source=source)


def _rule_lines(seen: Circumstances) -> Iterator[str]:
    for number, step in enumerate(ladder_of(seen.judged, seen.base_names), 1):
        yield f"{number}. {step.question} {step.answer or '-'}"


def _player_lines(seen: Circumstances) -> Iterator[str]:
    words = {
        "player_id": _("Linked to %(person)s, found by the player id."),
        "gamertag": _("Linked to %(person)s, found by the gamertag: the player id is still to be learned."),
        "disputed": _("In conflict: the gamertag is linked to %(person)s under another player id.")
        if seen.finding.match.disputed_user_id
        else _("Not proven: the gamertag, or one that differs only by a suffix, is linked to %(person)s."),
        "nobody": _("Nobody is linked: a stranger in every base."),
    }
    yield seen.say(words[seen.found_by], person=[seen.person(one.user_id) for one in seen.people])
    how = _("the one the gamertag is known under") if seen.id_is_assumed else _("as given")
    words_of_id = _("Player id: %(player_id)s (%(how)s)") if seen.case.player_id else _("Player id: unknown")
    yield seen.say(words_of_id, player_id=seen.case.player_id, how=how)
    for one in seen.bearers:
        bears_now = fold(one.gamertag) == fold(seen.case.gamertag) or one.player_id == seen.case.player_id
        yield seen.say(
            _("Known: “%(gamertag)s”, player id %(player_id)s, person: %(person)s")
            if bears_now
            else _("Had this gamertag before: “%(gamertag)s”, player id %(player_id)s, person: %(person)s"),
            gamertag=one.gamertag,
            player_id=one.player_id or _("not learned yet"),
            person=seen.person(one.user_id),
        )
    for person in seen.people:
        name = seen.person(person.user_id)
        for clan_id, periods in person.memberships.items():
            for period in periods:
                words_of_clan = _("%(person)s in the clan %(clan)s %(period)s")
                yield seen.say(words_of_clan, person=name, clan=seen.clan(clan_id), period=period)
        for period in person.immunities:
            yield seen.say(_("%(person)s on the staff immunity list %(period)s"), person=name, period=period)


def _base_lines(seen: Circumstances) -> Iterator[str]:
    when = {
        "in_force": _("in force at the act"),
        "ended": _("ended before the act"),
        "not_yet": _("begins after the act"),
    }
    if not seen.bases:
        yield _("No base ever covered the place, and no base was in force then.")
    for base in seen.bases:
        state = base.state
        yield seen.say(
            _("“%(base)s” (#%(number)s) of %(owner)s, clan: %(clan)s"),
            base=base.name,
            number=state.base_id,
            owner=seen.person(state.owner_id),
            clan=seen.clan(state.clan_id),
        )
        yield "  " + seen.say(
            _("inside: %(distance)s m from the centre X=%(x)s, Z=%(z)s, radius %(radius)s m")
            if base.holds_place
            else _(
                "%(edge)s m beyond the edge: %(distance)s m from the centre X=%(x)s, Z=%(z)s, radius %(radius)s m"
            ),
            edge=base.edge_m,
            distance=base.distance_m,
            x=state.x,
            z=state.z,
            radius=state.radius_m,
        )
        yield f"  {seen.say('%(period)s', period=state.period)}: {when[seen.standing(state.period)]}"
        for right in base.rights:
            yield "  " + seen.say(
                _("%(right)s of %(person)s %(period)s: %(when)s"),
                right=right.right,
                person=seen.person(right.user_id),
                period=right.period,
                when=when[seen.standing(right.period)],
            )
        if seen.people and not base.rights:
            yield "  " + _("no right in it, at any time")


def _server_lines(seen: Circumstances) -> Iterator[str]:
    server = seen.server
    yield f"{server} ({server.slug}): {server.get_mode_display()}"
    words = _("Border margin %(margin)s m; a placement older than %(age)s h never bans by itself.")
    yield seen.say(words, margin=server.border_margin_m, age=server.maximum_age.total_seconds() / 3600)
