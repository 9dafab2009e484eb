"""Infractions: recorded with the verdict, each in its case; `deciding` has what staff do about them.

The acts of one player, of one type, in one base, within a minute are an incident: they are announced and shown as one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.translation import gettext as _

from common import bulk
from territory.models import Base, GameServer, Infraction, PlayerIdentity
from territory.rules.verdict import Action, Hold, Outcome
from territory.services.alarms import ForeignAct, raise_alarms
from territory.services.bans import OffenceInWords, ban_offenders
from territory.services.cases import GuiltyAct, Subject, join_cases, lock_cases
from territory.services.hearing import Finding
from territory.services.notices import announce_incidents
from territory.services.offences import earlier_offences, stored_kinds

# Before or after the first act recorded. Windows do not chain: an hour of building makes sixty incidents.
WINDOW = timedelta(minutes=1)


def record(server: GameServer, guilty: Sequence[Finding], *, now: datetime) -> tuple[int, int]:
    """Write infractions of guilty placements, bans with their deliveries, and announcements; return how many of the latter two.

    Runs in the transaction of the verdicts, in a fixed number of queries. Texts are in the community's language.
    """
    if not guilty:
        return 0, 0
    lock_cases(server.pk)
    with translation.override(settings.LANGUAGE_CODE):
        offences = _offences(server, guilty, now)
        pairs = list(zip(guilty, offences, strict=True))
        bans = ban_offenders(server, [offence for one, offence in pairs if _is_banned(one)], now=now)
        ids = bulk.next_ids(Infraction, len(guilty))
        acts = [_act(number, *pair, bans) for number, pair in zip(ids, pairs, strict=True)]
        repeats = _repeats(server, acts)
        cases = join_cases(server, acts, now=now)
        rows = [
            _row(act, one, offence)
            | {"server_id": server.pk, "case_id": cases[act.number]}
            | {"repeats_id": repeats.get(act.number), "detected_at": now}
            for act, (one, offence) in zip(acts, pairs, strict=True)
        ]
        bulk.copy_rows("territory_infraction", list(rows[0]), (tuple(row.values()) for row in rows))
    announced = announce_incidents(server, {repeats.get(number, number) for number in ids})
    announced += raise_alarms(server, [act for one in guilty if (act := _foreign_act(one))], now=now)
    return sum(map(_is_banned, guilty)), announced


def _foreign_act(one: Finding) -> ForeignAct | None:
    """Return an invasion as its base's owner hears of it; None where the player may be a friend."""
    if one.verdict.charged is None or Hold.DISPUTED in one.verdict.holds:
        return None
    case = one.case
    return ForeignAct(
        one.verdict.charged.base_id, case.player_id, case.gamertag, case.act.occurred_at, is_invasion=True
    )


def _is_banned(one: Finding) -> bool:
    return one.verdict.action is Action.BAN


def _act(number: int, one: Finding, offence: OffenceInWords, bans: Mapping[str, int]) -> GuiltyAct:
    return GuiltyAct(
        number,
        one.case.player_id,
        offence.gamertag,
        _type(one).value,
        one.verdict.charged.base_id if one.verdict.charged else None,
        offence.base_name,
        one.case.act.occurred_at,
        bans[offence.player_id] if _is_banned(one) else None,
    )


def _type(one: Finding) -> Infraction.Type:
    is_forbidden = one.verdict.outcome is Outcome.FORBIDDEN
    return Infraction.Type.FORBIDDEN_ITEM if is_forbidden else Infraction.Type.TERRITORY_INVASION


def _row(act: GuiltyAct, one: Finding, offence: OffenceInWords) -> dict[str, object]:
    status = Infraction.Status.CONFIRMED if act.ban_id else Infraction.Status.REVIEW
    return {
        "id": act.number,
        "placement_id": one.case.placement_id,
        "base_id": act.base_id,
        "ban_id": act.ban_id,
        "user_id": one.match.user_id,
        "infraction_type": act.kind,
        "status": status.value,
        "gamertag": offence.gamertag,
        "player_id": offence.player_id,
        "xuid": offence.xuid,
        "item": one.case.item,
        "base_name": offence.base_name,
        "description": offence.reason,
        "evidence": offence.evidence,
        "occurred_at": act.occurred_at,
        "asks_until": offence.ends_at,
    }


def _offences(server: GameServer, guilty: Sequence[Finding], now: datetime) -> list[OffenceInWords]:
    base_ids = {one.verdict.charged.base_id for one in guilty if one.verdict.charged}
    names = dict(Base.objects.filter(pk__in=base_ids).values_list("pk", "name"))
    xuids, ends = _xuids(guilty), _ends(server, guilty, now)
    return [
        replace(
            _offence(one, names, one.case.xuid or xuids.get(one.case.player_id, "")),
            ends_at=ends.get((_type(one), one.case.player_id)),
        )
        for one in guilty
    ]


def _ends(
    server: GameServer, guilty: Sequence[Finding], now: datetime
) -> dict[tuple[str, str], datetime | None]:
    """Return the end of each ban by type and player id, for the types to which the server gives lengths of its own."""
    kinds = {key: kind for key, kind in stored_kinds(server).items() if kind.lengths_days}
    ends: dict[tuple[str, str], datetime | None] = {}
    for key in kinds.keys() & {_type(one).value for one in guilty}:
        players = {one.case.player_id for one in guilty if _type(one) == key}
        earlier = earlier_offences(server, key, players)
        ends |= {(key, player): kinds[key].ends_at(earlier[player], now) for player in players}
    return ends


def _offence(one: Finding, names: dict[int, str], xuid: str) -> OffenceInWords:
    charged = one.verdict.charged
    place = {"x": _metres(one.case.act.x), "z": _metres(one.case.act.z)}
    if charged is None:
        base_name = ""
        reason = _("Forbidden item - placed '%(item)s'") % {"item": one.case.item}
        evidence = _("Coordinates X=%(x)s, Z=%(z)s") % place
    else:
        base_name = names[charged.base_id]
        reason = _("Territory invasion - tried to build '%(item)s' in the base '%(base)s'") % {
            "item": one.case.item,
            "base": base_name,
        }
        evidence = _("Coordinates X=%(x)s, Z=%(z)s, Distance: %(distance)sm") % (
            place | {"distance": _metres(charged.distance_m)}
        )
    return OffenceInWords(one.case.gamertag, one.case.player_id, xuid, reason, evidence, base_name)


def _metres(value: float) -> str:
    """Write metres as the log does: one decimal, none for a whole number."""
    return f"{value:.1f}".removesuffix(".0")


def _xuids(guilty: Iterable[Finding]) -> dict[str, str]:
    """Return the XUIDs known of the players; the log never has them."""
    known = PlayerIdentity.objects.filter(
        player_id__in={one.case.player_id for one in guilty}, xuid__isnull=False
    )
    return {str(player_id): str(xuid) for player_id, xuid in known.values_list("player_id", "xuid")}


def _repeats(server: GameServer, acts: Sequence[GuiltyAct]) -> dict[int, int]:
    """Return the number of the infraction that an act repeats, by the act's number; acts that begin an incident are left out.

    The caller holds the lock of the server's cases, so that two workers do not begin the same incident.
    """
    firsts = _known(server, acts)
    repeats: dict[int, int] = {}
    for act in acts:
        known = firsts.setdefault(act.subject, [])
        first = next((number for number, at in known if abs(act.occurred_at - at) <= WINDOW), None)
        if first is None:
            known.append((act.number, act.occurred_at))
        else:
            repeats[act.number] = first
    return repeats


def _known(server: GameServer, acts: Sequence[GuiltyAct]) -> dict[Subject, list[tuple[int, datetime]]]:
    """Return number and time of the first act of each incident that still counts and is near in time."""
    moments = [act.occurred_at for act in acts]
    near = Infraction.objects.filter(
        server=server,
        player_id__in={act.player_id for act in acts},
        status__in=[Infraction.Status.REVIEW, Infraction.Status.CONFIRMED],
        occurred_at__range=(min(moments) - 2 * WINDOW, max(moments) + 2 * WINDOW),
        from_old_system=False,
    )
    firsts = near.order_by("pk").values_list(
        "player_id",
        "infraction_type",
        "base_id",
        Coalesce("repeats_id", "pk"),
        Coalesce("repeats__occurred_at", "occurred_at"),
    )
    known: dict[Subject, list[tuple[int, datetime]]] = {}
    for *subject, number, at in firsts:
        known.setdefault(tuple(subject), []).append((number, at))
    return known
