"""An explanation for a terminal."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from clans.models import ClanMembership, User
from territory import wording
from territory.models import BasePermission
from territory.rules.facts import Right
from territory.services.explaining import (
    NEAR_M,
    Explanation,
    HeldRight,
    SeenBase,
    Standing,
    deciding_line,
)
from territory.services.naming import FoundBy, in_full
from territory.services.troubles import find_troubles

_LEVELS = dict([*BasePermission.Level.choices, *ClanMembership.Role.choices])


def lines(found: Explanation) -> Iterator[str]:
    """Return the explanation in lines of the active language, in sections with a title each."""
    sections = (
        (_("Placement"), _placement_lines),
        (_("Verdict"), _verdict_lines),
        (_("The rule, line by line"), _rule_lines),
        (_("Player"), _player_lines),
        (_("Bases near"), _base_lines),
        (_("Staff immunity"), _immunity_lines),
        (_("Game server"), _server_lines),
        (_("Bans in force"), _ban_lines),
        (_("What may be wrong"), _trouble_lines),
    )
    for number, (title, section) in enumerate(sections):
        yield from ["", title] if number else [title]
        yield from (f"  {_printable(line)}" for line in section(found))


def _printable(line: str) -> str:
    """Names are typed by anybody; none of them may steer the terminal."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in line)


def _placement_lines(found: Explanation) -> Iterator[str]:
    asked = found.question
    yield _("%(item)s at X=%(x)s, Z=%(z)s by “%(gamertag)s”") % {
        "item": wording.shown(asked.item),
        "x": wording.metres_in_words(asked.x),
        "z": wording.metres_in_words(asked.z),
        "gamertag": wording.shown(asked.gamertag),
    }
    yield _("on %(at)s, judged on %(now)s (%(zone)s)") % {
        "at": _time(found, asked.at),
        "now": _time(found, found.now),
        "zone": asked.server.time_zone,
    }
    here = asked.at.astimezone(asked.server.zone)
    if here.utcoffset() != here.replace(fold=1 - here.fold).utcoffset():
        yield _(
            "The clocks were put back then and showed this time twice; the one at UTC%(offset)s is meant. If it is the other, "
            "ask again with its zone."
        ) % {"offset": here.isoformat()[-len("+00:00") :]}


def _verdict_lines(found: Explanation) -> Iterator[str]:
    row, item = found.placement, found.verdict.item
    verdict = f"{row.get_outcome_display()} → {row.get_action_display()} ({wording.RULES[row.rule]})"
    if found.named.is_in_doubt:
        verdict = _(
            "%(verdict)s, but only for the player named below: the gamertag was also seen under another player id. Ask "
            "again with --player-id."
        ) % {"verdict": verdict}
    yield verdict
    names = {base.base_id: base.name for base in found.bases}
    yield from wording.reasons_in_words(row, names)
    yield str(wording.CONSEQUENCES[found.verdict.action])
    yield _("Item: %(policy)s (%(source)s)") % {
        "policy": wording.POLICIES[item.policy],
        "source": wording.POLICY_SOURCES[item.source],
    }


def _rule_lines(found: Explanation) -> Iterator[str]:
    decides = deciding_line(found.verdict)
    for number, words in wording.RULE_LINES.items():
        answer = _("yes: this decides") if number == decides else _("no") if number < decides else "-"
        yield f"{number}. {words} {answer}"


def _player_lines(found: Explanation) -> Iterator[str]:
    named = found.named
    words = {
        FoundBy.PLAYER_ID: _("Linked to %(person)s, found by the player id."),
        FoundBy.GAMERTAG: _(
            "Linked to %(person)s, found by the gamertag: the player id is still to be learned."
        ),
        FoundBy.DISPUTED: _("In conflict: the gamertag is linked to %(person)s under another player id.")
        if named.disputed
        else _("Not proven: the gamertag, or one that differs only by a suffix, is linked to %(person)s."),
        FoundBy.NOBODY: _("Nobody is linked: a stranger in every base."),
    }
    people = ", ".join(_person(user) for user in named.people) or _person(None)
    yield words[named.found_by] % {"person": people}
    if named.player_id:
        how = _("the one the gamertag is known under") if named.is_assumed else _("as given")
        yield _("Player id: %(player_id)s (%(how)s)") % {"player_id": named.player_id, "how": how}
    else:
        yield _("Player id: unknown")
    for one in named.bearers:
        values = {
            "gamertag": one.gamertag,
            "player_id": one.player_id or _("not learned yet"),
            "person": _person(one.user),
        }
        yield (
            _("Known: “%(gamertag)s”, player id %(player_id)s, person: %(person)s")
            if one.bears_now or one.player_id == named.player_id
            else _("Had this gamertag before: “%(gamertag)s”, player id %(player_id)s, person: %(person)s")
        ) % values
    for stay in found.memberships:
        values = {
            "person": in_full(stay.user),
            "clan": str(stay.clan),
            "period": _period(found, stay.joined_at, stay.left_at),
        }
        yield _("%(person)s in the clan %(clan)s %(period)s") % values


def _person(user: User | None) -> str:
    return _("nobody") if user is None else in_full(user)


def _base_lines(found: Explanation) -> Iterator[str]:
    if not found.bases:
        yield _("None within %(distance)d m, at any time.") % {"distance": NEAR_M}
    for base in found.bases:
        yield _("“%(base)s” (#%(number)d) of %(owner)s, clan: %(clan)s") % {
            "base": base.name,
            "number": base.base_id,
            "owner": in_full(base.owner),
            "clan": base.clan or _("none"),
        }
        yield "  " + _place(base)
        yield "  " + _in_force(found, base)
        for right in base.rights:
            yield "  " + _right(found, right)
        if not base.rights and found.named.user_ids:
            yield "  " + _("no right in it, at any time")


def _place(base: SeenBase) -> str:
    words = (
        _("inside: %(distance)s m from the centre X=%(x)s, Z=%(z)s, radius %(radius)s m")
        if base.holds_place
        else _(
            "%(edge)s m beyond the edge: %(distance)s m from the centre X=%(x)s, Z=%(z)s, radius %(radius)s m"
        )
    )
    return words % {
        "edge": wording.metres_in_words(base.edge_m),
        "distance": wording.metres_in_words(base.distance_m),
        "radius": wording.metres_in_words(base.radius_m),
        "x": wording.metres_in_words(base.x),
        "z": wording.metres_in_words(base.z),
    }


def _in_force(found: Explanation, base: SeenBase) -> str:
    period = _period(found, base.period.start, base.period.end)
    words = {
        Standing.IN_FORCE: _("in force at the act: so %(period)s"),
        Standing.ENDED: _("no longer in force at the act: so %(period)s"),
        Standing.NOT_YET: _("not yet in force at the act: so %(period)s"),
    }
    return words[base.standing] % {"period": period}


def _right(found: Explanation, right: HeldRight) -> str:
    words = str(wording.RIGHTS[right.right])
    if right.right is not Right.OWNER:
        words = f"{words} ({_LEVELS.get(right.level, right.level)})"
    holder = next((user for user in found.named.people if user.pk == right.user_id), None)
    return _("%(right)s of %(person)s %(period)s: %(when)s") % {
        "right": words,
        "person": _person(holder),
        "period": _period(found, right.period.start, right.period.end),
        "when": _when(right),
    }


def _when(right: HeldRight) -> str:
    if right.standing is Standing.IN_FORCE:
        return _("held at the act")
    if right.at_judging:
        return _("not held at the act, held at judging")
    return _("ended before the act") if right.standing is Standing.ENDED else _("begins after the act")


def _immunity_lines(found: Explanation) -> Iterator[str]:
    if not found.immunities:
        yield _("nobody")
    for one in found.immunities:
        yield f"{in_full(one.user)} {_period(found, one.granted_at, one.revoked_at)}"


def _server_lines(found: Explanation) -> Iterator[str]:
    server = found.question.server
    yield f"{server} ({server.slug}): {server.get_mode_display()}"
    yield _("Border margin %(margin)s m; a placement older than %(age)s h never bans by itself.") % {
        "margin": wording.metres_in_words(server.border_margin_m),
        "age": wording.metres_in_words(server.maximum_age.total_seconds() / 3600),
    }
    if not server.is_active:
        yield _("The server is switched off.")


def _ban_lines(found: Explanation) -> Iterator[str]:
    if not found.bans:
        yield _("no ban")
    for ban in found.bans:
        states = ", ".join(str(one.get_state_display()) for one in ban.deliveries.all())
        period = _period(found, ban.created_at, ban.ends_at)
        yield f"#{ban.pk} {ban.gamertag or ban.player_id} {period}: {ban.reason}" + (
            f" [{states}]" if states else ""
        )


def _trouble_lines(found: Explanation) -> Iterator[str]:
    hints = find_troubles(found)
    if not hints:
        yield _("Nothing was found.")
    for hint in hints:
        yield f"- {wording.trouble_in_words(hint.trouble, hint.values, found.question.server.zone)}"


def _time(found: Explanation, moment: datetime) -> str:
    return wording.moment_in_words(moment, found.question.server.zone)


def _period(found: Explanation, start: datetime, end: datetime | None) -> str:
    if end is None:
        return _("since %(start)s") % {"start": _time(found, start)}
    return _("from %(start)s until %(end)s") % {"start": _time(found, start), "end": _time(found, end)}
