"""Infractions: recorded with the verdict, confirmed or dismissed by staff where the rule left it to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clans.models import User
from common import bulk
from territory.models import Base, GameServer, Infraction, PlayerIdentity
from territory.rules.verdict import Action, Outcome, Verdict
from territory.services import bans
from territory.services.errors import NotPossibleError
from territory.services.incidents import NewInfraction, find_repeats
from territory.services.notices import announce_confirmed, announce_incidents, announce_pardon
from territory.services.offence import Offence


@dataclass(frozen=True, slots=True)
class Guilty:
    """A guilty act that is punished or goes to staff."""

    placement_id: int
    gamertag: str
    player_id: str
    xuid: str
    item: str
    x: float
    z: float
    occurred_at: datetime
    verdict: Verdict
    user_id: int | None

    @property
    def is_banned(self) -> bool:
        """Tell whether the ban follows at once."""
        return self.verdict.action is Action.BAN


def record(server: GameServer, guilty: Sequence[Guilty], *, now: datetime) -> tuple[int, int]:
    """Write infractions, bans with their deliveries, and announcements; return how many bans and announcements.

    Runs in the transaction of the verdicts, in a fixed number of queries. Texts are in the community's language.
    """
    if not guilty:
        return 0, 0
    with translation.override(settings.LANGUAGE_CODE):
        offences = _offences(guilty)
        banned = [offence for one, offence in zip(guilty, offences, strict=True) if one.is_banned]
        ban_ids = bans.ban_offenders(server, banned, now=now)
        ids = bulk.next_ids(Infraction, len(guilty))
        cases = [_Case(*parts) for parts in zip(ids, guilty, offences, strict=True)]
        repeats = find_repeats(server, [case.act for case in cases])
        rows = [(*_row(case, server, ban_ids, now), repeats.get(case.number)) for case in cases]
        bulk.copy_rows("territory_infraction", _COLUMNS, rows)
    announced = announce_incidents(server, {repeats.get(number, number) for number in ids})
    return len(banned), announced


@dataclass(frozen=True, slots=True)
class _Case:
    """An infraction about to be written: its number, the act, and the act in words."""

    number: int
    guilty: Guilty
    offence: Offence

    @property
    def act(self) -> NewInfraction:
        one = self.guilty
        base_id = one.verdict.charged.base_id if one.verdict.charged else None
        return NewInfraction(
            self.number, one.player_id, infraction_type(one.verdict), base_id, one.occurred_at
        )


_COLUMNS = (
    "id",
    "server_id",
    "placement_id",
    "ban_id",
    "base_id",
    "user_id",
    "infraction_type",
    "status",
    "gamertag",
    "player_id",
    "xuid",
    "item",
    "base_name",
    "description",
    "evidence",
    "occurred_at",
    "detected_at",
    "repeats_id",
)


def _row(case: _Case, server: GameServer, ban_ids: dict[str, int], now: datetime) -> bulk.Row:
    one, offence = case.guilty, case.offence
    charged = one.verdict.charged
    return (
        case.number,
        server.pk,
        one.placement_id,
        ban_ids[one.player_id] if one.is_banned else None,
        charged.base_id if charged else None,
        one.user_id,
        infraction_type(one.verdict).value,
        (Infraction.Status.CONFIRMED if one.is_banned else Infraction.Status.REVIEW).value,
        one.gamertag,
        one.player_id,
        offence.xuid,
        one.item,
        offence.base_name,
        offence.reason,
        offence.evidence,
        one.occurred_at,
        now,
    )


def infraction_type(verdict: Verdict) -> Infraction.Type:
    """Return the type of infraction a guilty verdict is."""
    if verdict.outcome is Outcome.FORBIDDEN:
        return Infraction.Type.FORBIDDEN_ITEM
    return Infraction.Type.TERRITORY_INVASION


def _offences(guilty: Sequence[Guilty]) -> list[Offence]:
    names, xuids = _base_names(guilty), _xuids(guilty)
    return [_offence(one, names, one.xuid or xuids.get(one.player_id, "")) for one in guilty]


def _offence(one: Guilty, names: dict[int, str], xuid: str) -> Offence:
    charged = one.verdict.charged
    place = {"x": _metres(one.x), "z": _metres(one.z)}
    if charged is None:
        base_name = ""
        reason = _("Forbidden item - placed '%(item)s'") % {"item": one.item}
        evidence = _("Coordinates X=%(x)s, Z=%(z)s") % place
    else:
        base_name = names[charged.base_id]
        reason = _("Territory invasion - tried to build '%(item)s' in the base '%(base)s'") % {
            "item": one.item,
            "base": base_name,
        }
        evidence = _("Coordinates X=%(x)s, Z=%(z)s, Distance: %(distance)sm") % (
            place | {"distance": _metres(charged.distance_m)}
        )
    return Offence(one.gamertag, one.player_id, xuid, reason, evidence, base_name)


def _metres(value: float) -> str:
    """Write metres as the log does: one decimal, none for a whole number."""
    return f"{value:.1f}".removesuffix(".0")


def _base_names(guilty: Iterable[Guilty]) -> dict[int, str]:
    ids = {one.verdict.charged.base_id for one in guilty if one.verdict.charged}
    return dict(Base.objects.filter(pk__in=ids).values_list("pk", "name"))


def _xuids(guilty: Iterable[Guilty]) -> dict[str, str]:
    """Return the XUIDs known of the players; the log never has them."""
    known = PlayerIdentity.objects.filter(player_id__in={one.player_id for one in guilty}, xuid__isnull=False)
    return {
        player_id: xuid for player_id, xuid in known.values_list("player_id", "xuid") if player_id and xuid
    }


@transaction.atomic
def confirm_infraction(infraction: Infraction, *, by: User, reason: str) -> None:
    """Confirm an infraction that waited for staff: ban the player, and tell it in public.

    Raises NotPossibleError when it does not wait any more.
    """
    held = _lock_waiting(infraction)
    offence = Offence(
        held.gamertag, held.player_id, held.xuid, held.description, held.evidence, held.base_name
    )
    ban_ids = bans.ban_offenders(held.server, [offence], now=timezone.now())
    held.ban_id = ban_ids[held.player_id]
    _decide(held, Infraction.Status.CONFIRMED, by=by, reason=reason)
    announce_confirmed(held)


@transaction.atomic
def dismiss_infraction(infraction: Infraction, *, by: User, reason: str) -> None:
    """Dismiss an infraction that waited for staff. Raises NotPossibleError when it does not wait any more."""
    _decide(_lock_waiting(infraction), Infraction.Status.DISMISSED, by=by, reason=reason)
    announce_pardon([infraction.pk], reason=reason)


def _lock_waiting(infraction: Infraction) -> Infraction:
    # Without its key: whoever writes an act that repeats this one must not wait for it, holding what we want next.
    rows = Infraction.objects.select_for_update(of=["self"], no_key=True).select_related("server")
    held = rows.get(pk=infraction.pk)
    if held.status != Infraction.Status.REVIEW:
        raise NotPossibleError(_("Infraction #%(number)d was decided already.") % {"number": held.pk})
    return held


def _decide(held: Infraction, status: Infraction.Status, *, by: User, reason: str) -> None:
    held.status = status
    held.decided_by = by
    held.decided_at = timezone.now()
    held.decision_reason = reason
    held.save(update_fields=["status", "ban", "decided_by", "decided_at", "decision_reason"])
