"""Bans: made with their infraction or by hand, lifted with a reason, carried to ban lists by deliveries."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import User
from common import bulk
from territory import wording
from territory.adm.grammar import is_full_id
from territory.hosts.banlist import ban_line
from territory.models import Ban, BanDelivery, BanExtension, BanList, GameServer
from territory.services.errors import NotPossibleError


@dataclass(frozen=True, slots=True)
class BannedPlayer:
    """A player to be banned by hand, by every identifier known."""

    player_id: str
    gamertag: str
    xuid: str = ""


@dataclass(frozen=True, slots=True)
class OffenceInWords:
    """An offence in words, with every known identifier of its player."""

    gamertag: str
    player_id: str
    xuid: str
    reason: str
    evidence: str
    base_name: str = ""
    ends_at: datetime | None = None


NO_GUID = (
    "BattlEye's GUID of this player is not known. It becomes known by the player's Steam account, once it is proven, or while the "
    "player is on the server under a name that the logs of the last days have for this player alone."
)
_NO_LONGER = timedelta(hours=1)
_MOST_AT_ONCE = 1_000
_STAGE = {
    "player_id": "text",
    "gamertag": "text",
    "xuid": "text",
    "reason": "text",
    "evidence": "text",
    "ends_at": "timestamptz",
}
# The update changes nothing. It locks an active ban, so that nobody lifts it while an infraction is added to it, and it
# makes the statement return the id of that ban too.
_INSERT = """
    INSERT INTO territory_ban (server_id, player_id, gamertag, xuid, reason, evidence, ends_at, created_at)
    SELECT %s, player_id, gamertag, xuid, reason, evidence, ends_at, %s FROM stage_ban ORDER BY player_id
    ON CONFLICT (server_id, player_id) WHERE lifted_at IS NULL AND player_id <> ''
    DO UPDATE SET player_id = EXCLUDED.player_id
    RETURNING id, player_id, xmax = 0
"""


def ban_offenders(server: GameServer, offences: Sequence[OffenceInWords], *, now: datetime) -> dict[str, int]:
    """Ban each offender until the end of the gravest offence, and return the id of each offender's active ban by player id.

    A player with an active ban keeps it; one that would end before is lengthened. Runs in the caller's transaction, in the
    order of the player ids, so that two workers that ban the same players do not deadlock.
    """
    if not offences:
        return {}
    gravest = _gravest(offences)
    staged = [(o.player_id, o.gamertag, o.xuid, o.reason, o.evidence, o.ends_at) for o in gravest.values()]
    bulk.stage_rows("stage_ban", _STAGE, staged)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [server.pk, now])
        rows = cursor.fetchall()
    new = [(ban_id, gravest[player_id]) for ban_id, player_id, is_new in rows if is_new]
    if new:
        _deliver(server.ban_lists.filter(is_active=True), new, now)
    _lengthen({ban_id: gravest[player_id] for ban_id, player_id, is_new in rows if not is_new}, now)
    return {player_id: ban_id for ban_id, player_id, _is_new in rows}


def _gravest(offences: Iterable[OffenceInWords]) -> dict[str, OffenceInWords]:
    """Return the offence of each player that asks for the longest ban, the first of equal ones."""
    gravest: dict[str, OffenceInWords] = {}
    for one in offences:
        known = gravest.setdefault(one.player_id, one)
        if is_longer(one.ends_at, known.ends_at):
            gravest[one.player_id] = one
    return gravest


def _lengthen(running: dict[int, OffenceInWords], now: datetime) -> None:
    """Lengthen those of these locked bans that end well before their offence asks, and record each change.

    Who builds on for a minute asks for a minute more with each act: that changes nothing.
    """
    ending = Ban.objects.filter(pk__in=running, ends_at__isnull=False)
    changes = [
        BanExtension(
            ban_id=ban.pk, extended_at=now, ended_at=ban.ends_at, ends_at=asked.ends_at, reason=asked.reason
        )
        for ban in ending
        if is_longer((asked := running[ban.pk]).ends_at, ban.ends_at and ban.ends_at + _NO_LONGER)
    ]
    BanExtension.objects.bulk_create(changes)
    for ends_at in {change.ends_at for change in changes}:
        longer = [change.ban_id for change in changes if change.ends_at == ends_at]
        Ban.objects.filter(pk__in=longer).update(ends_at=ends_at)


def is_longer(asked: datetime | None, ends_at: datetime | None) -> bool:
    """Return whether a ban until `asked` ends later than one until `ends_at`; None is permanent."""
    return ends_at is not None and (asked is None or asked > ends_at)


_DELIVERY_COLUMNS = ("ban_id", "ban_list_id", "line", "not_before", "last_error")


def _deliver(ban_lists: Iterable[BanList], new: Sequence[tuple[int, OffenceInWords]], now: datetime) -> None:
    """Store a delivery of each new ban for each ban list. The line shows `now` on the game server's clock.

    One for BattlEye's list has no line until the player's GUID is known (`services.guids`).
    """
    rows = []
    for ban_list in ban_lists:
        moment = now.astimezone(ban_list.server.zone)
        waits = ban_list.kind == BanList.Kind.BATTLEYE
        for ban_id, one in new:
            named = {"gamertag": one.gamertag, "reason": one.reason}
            line = "" if waits else ban_line(one.player_id, moment=moment, **named)
            rows.append((ban_id, ban_list.pk, line, now, NO_GUID if waits else ""))
    bulk.copy_rows("territory_bandelivery", _DELIVERY_COLUMNS, rows)


def _check_names(server: GameServer, player: BannedPlayer) -> None:
    """Raise NotPossibleError for a ban by hand that bans nobody."""
    if not player.player_id and not player.gamertag:
        raise NotPossibleError(_("Name the player: the player id of the log, or at least the gamertag."))
    if player.player_id and not is_full_id(player.player_id):
        raise NotPossibleError(str(wording.NOT_A_PLAYER_ID))
    if not player.player_id and server.ban_lists.filter(is_active=True).exists():
        raise NotPossibleError(
            _("This server's ban list needs the player id of the log: a name in it bans nobody.")
        )


def start_ban(
    server: GameServer,
    player: BannedPlayer,
    *,
    reason: str,
    by: User,
    ends_at: datetime | None,
    now: datetime,
) -> Ban:
    """Store a ban by hand with its deliveries, in the caller's transaction.

    Raises NotPossibleError for a player who is named badly, or has an active ban.
    """
    _check_names(server, player)
    try:
        with transaction.atomic():
            ban = Ban.objects.create(
                server=server, reason=reason, created_by=by, ends_at=ends_at, **asdict(player)
            )
    except IntegrityError as error:
        raise NotPossibleError(_("This player is banned already.")) from error
    offence = OffenceInWords(player.gamertag, player.player_id, player.xuid, reason, "")
    _deliver(server.ban_lists.filter(is_active=True), [(ban.pk, offence)], now)
    return ban


def lift_ban(ban: Ban, *, by: User | None, reason: str, kind: Ban.LiftKind) -> None:
    """Lift a ban, in the caller's transaction: its deliveries take it off the ban lists.

    One lifted by nobody as expired has reached its end. Raises NotPossibleError if the ban is lifted already, or was lengthened.
    """
    now = timezone.now()
    held = Ban.objects.select_for_update().get(pk=ban.pk)
    if held.lifted_at is not None:
        raise NotPossibleError(_("This ban was lifted already."))
    if by is None and kind == Ban.LiftKind.EXPIRED and (held.ends_at is None or held.ends_at > now):
        raise NotPossibleError(_("This ban was lengthened meanwhile."))
    held.lifted_at, held.lifted_by, held.lift_kind, held.lift_reason = now, by, kind, reason
    held.save(update_fields=["lifted_at", "lifted_by", "lift_kind", "lift_reason"])
    # The line must go, whatever the state of its delivery; a worker that writes it now keeps its claim until it is done.
    on_lists = BanDelivery.objects.filter(ban=held).exclude(state=BanDelivery.State.LIFTED)
    on_lists.restart(BanDelivery.State.LIFTING, now)


def put_back_ban(ban_id: int, *, now: datetime) -> None:
    """Put a lifted ban in force again, in the caller's transaction: its deliveries write it onto the ban lists again.

    Nothing happens if it is in force. Raises NotPossibleError if the player has another ban by now, or its end is past.
    """
    held = Ban.objects.select_for_update().get(pk=ban_id)
    if held.lifted_at is None:
        return
    if held.ends_at is not None and held.ends_at <= now:
        raise NotPossibleError(_("The time of this ban is over meanwhile."))
    held.lifted_at, held.lifted_by, held.lift_kind, held.lift_reason = None, None, "", ""
    try:
        with transaction.atomic():
            held.save(update_fields=["lifted_at", "lifted_by", "lift_kind", "lift_reason"])
    except IntegrityError as error:
        raise NotPossibleError(_("This player was banned anew meanwhile.")) from error
    BanDelivery.objects.filter(ban=held).restart(BanDelivery.State.PENDING, now)


def retry_deliveries(ban: Ban) -> int:
    """Restart the deliveries of a ban that failed or wait for another attempt; return how many."""
    now = timezone.now()
    state = BanDelivery.State.PENDING if ban.lifted_at is None else BanDelivery.State.LIFTING
    return BanDelivery.objects.filter(ban=ban).stuck(now).restart(state, now)


@transaction.atomic
def enqueue_missing(ban_list: BanList, *, now: datetime) -> int:
    """Store the deliveries of active bans made before the ban list existed or while it was off; return how many."""
    active = Ban.objects.filter(server=ban_list.server_id, lifted_at=None).exclude(player_id="")
    missing = active.exclude(deliveries__ban_list=ban_list).order_by("pk")[:_MOST_AT_ONCE]
    locked = missing.select_for_update(skip_locked=True)
    new = [(ban.pk, OffenceInWords(ban.gamertag, ban.player_id, ban.xuid, ban.reason, "")) for ban in locked]
    _deliver([ban_list], new, now)
    return len(new)
