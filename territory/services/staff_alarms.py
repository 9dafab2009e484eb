"""Alarms to staff about game servers and their hosts: what stops the main job while every page looks as ever.

An alarm is a value that follows from the rows, so it ends by itself. The servers' page, `inspect_db` and Discord show the same
ones. Its key names the cause and when that began: a cause is announced once, and again if it ended and came back.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils import translation
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from announcements.message import Field, Message, escape
from announcements.services import Announceable, announce_many, channel_troubles
from territory.models import BanDelivery, BanList, GameServer, LogSource
from territory.services import nets, room

COUNT_KEY: Final = "staff-alarms"
_STORED_SECONDS: Final = 3600
# What is wrong for a shorter time may pass by itself.
UNREADABLE_AFTER: Final = timedelta(hours=1)
REFUSED_AFTER: Final = timedelta(minutes=10)
# Older figures are of a server on which nobody plays.
_LATELY: Final = timedelta(hours=1)
_DAYS_BEFORE_END: Final = (1, 7, 30)
_IN_VAIN: Final = 8  # attempts of a delivery, over an hour at least
_RED, _AMBER = 0xC0392B, 0xD68910
# What the logs of a server say of players and of what they place, for a query of game servers.
SEEN: Final = {
    "players_until": Max("log_sources__log_files__players_until"),
    "placement_at": Max("log_sources__log_files__last_placement_at"),
    "silent_for": Max("log_sources__silent_for", filter=Q(log_sources__is_active=True)),
}
_Row = LogSource | BanList


@dataclass(frozen=True, slots=True)
class StaffAlarm:
    """What is wrong, and what to do next at this address. Failing is what lets nothing be judged, banned or told.

    Without a server it is about channels.
    """

    key: str
    server: GameServer | None
    is_failing: bool
    sentence: str
    next_step: str
    url: str


def silence(server: Any) -> tuple[timedelta | None, bool]:
    """Return for how long players were seen without a placement, and whether that is an alarm; the server has SEEN."""
    if server.players_until is None or server.silent_for is None:
        return None, False
    return server.silent_for, server.silent_for >= timedelta(hours=settings.ALARM_SILENCE_HOURS)


def alarms(now: datetime) -> list[StaffAlarm]:
    """Return all alarms about active game servers and channels, the failing ones first. Eight queries."""
    raised = [*_of_hosts(now), *_of_bans(now), *_of_channels()]
    return sorted(raised, key=lambda one: (not one.is_failing, str(one.server or ""), one.key))


def _of_hosts(now: datetime) -> list[StaffAlarm]:
    active = {"is_active": True, "server__is_active": True}
    sources = list(LogSource.objects.filter(**active).select_related("server"))
    lists = list(BanList.objects.filter(**active).select_related("server"))
    watched = {one.server_id for one in sources if one.kind != LogSource.Kind.API}
    servers = {one.pk: one for one in GameServer.objects.filter(is_active=True).annotate(**SEEN)}
    rows: list[_Row] = [*sources, *lists]
    in_vain = Q(state=BanDelivery.State.FAILED) | Q(state__in=BanDelivery.WAITING, attempts__gte=_IN_VAIN)
    stuck = dict(BanDelivery.objects.filter(in_vain).order_by().values_list("ban_list").annotate(Count("pk")))
    return [
        *(alarm for pk, one in servers.items() if pk in watched for alarm in _silent(one)),
        *(alarm for one in sources for alarm in _late(one, servers[one.server_id], now)),
        *(alarm for row in rows for of in _OF_ROWS for alarm in of(row, now)),
        *(alarm for one in lists for alarm in _full(one, now)),
        *(alarm for one in lists for alarm in _unwritten(one, stuck.get(one.pk, 0), now)),
    ]


def _silent(server: Any) -> Iterator[StaffAlarm]:
    silent, is_alarm = silence(server)
    if silent is None or not is_alarm:
        return
    words = _("Players are seen on %(server)s, but nothing that they placed for %(hours)d hours.")
    yield StaffAlarm(
        key=f"silent-{server.pk}-{_moment(server.placement_at)}",
        server=server,
        is_failing=True,
        sentence=words % {"server": server, "hours": silent // timedelta(hours=1)},
        next_step=_("Switch on “Building” and “Placement” in the host's admin log."),
        url=reverse("server-setup", args=[server.slug]),
    )


def _late(source: LogSource, server: Any, now: datetime) -> Iterator[StaffAlarm]:
    limit = timedelta(minutes=settings.ALARM_LAG_MINUTES)
    if source.lag is None or source.last_event_at is None or source.lag <= limit:
        return
    read_at = source.last_event_at + source.lag
    is_api = source.kind == LogSource.Kind.API
    is_played = is_api or (server.players_until and server.players_until > read_at - source.lag - _LATELY)
    if read_at < now - _LATELY or not is_played:
        return
    yield _alarm(
        source,
        f"late-{now:%Y%m%d}",
        _("What happens on %(server)s is known %(minutes)d minutes later."),
        _("Bans come as late. Look how often the host publishes its log, and whether it is slow."),
        is_failing=False,
        minutes=source.lag // timedelta(minutes=1),
    )


def _refused(row: _Row, now: datetime) -> Iterator[StaffAlarm]:
    if row.refused_at is None or row.refused_at > now - REFUSED_AFTER:
        return
    yield _alarm(
        row,
        f"refused-{_moment(row.refused_at)}",
        _("%(row)s: the host refuses the password or token for %(time)s."),
        _("Enter a new one. What waits is done as soon as the host takes it."),
        time=timesince(row.refused_at, now, depth=1),
    )


def _unreadable(row: _Row, now: datetime) -> Iterator[StaffAlarm]:
    since = row.last_read_at
    tried_since = since or row.created_at
    if not row.last_error or [*_refused(row, now)] or tried_since > now - UNREADABLE_AFTER:
        return
    yield _alarm(
        row,
        f"unreadable-{_moment(since)}",
        _("%(row)s: not reached for %(time)s.") if since else _("%(row)s: never reached."),
        _(
            "Test it on the set-up page, which says what to do. It is tried again until it works; switch it off if nobody "
            "needs it."
        ),
        time=timesince(since or now, now, depth=1),
    )


def _ending(row: _Row, now: datetime) -> Iterator[StaffAlarm]:
    """A token that ends soon: an alarm of its own 30 days, 7 days and a day before."""
    if row.secret_ends_at is None:
        return
    days = next((one for one in _DAYS_BEFORE_END if row.secret_ends_at <= now + timedelta(days=one)), None)
    if days is None:
        return
    left = max(0, (row.secret_ends_at - now).days)
    words = ngettext(
        "%(row)s: the token ends in %(count)d day.", "%(row)s: the token ends in %(count)d days.", left
    )
    yield _alarm(
        row,
        f"ending-{days}-{_moment(row.secret_ends_at)}",
        words if row.secret_ends_at > now else _("%(row)s: the token has ended."),
        _("Make a new long-life token at the host, and enter it."),
        is_failing=days == 1,
        count=left,
    )


_OF_ROWS: Sequence[Callable[[_Row, datetime], Iterator[StaffAlarm]]] = (_refused, _unreadable, _ending)


def _full(ban_list: BanList, now: datetime) -> Iterator[StaffAlarm]:
    if ban_list.size is None or ban_list.size < ban_list.max_bytes * room.NEAR:
        return
    yield _alarm(
        ban_list,
        f"full-{now:%G%V}",
        _("%(row)s: %(percent)d %% full."),
        _(
            "Take out lines of others that nobody needs. Without room, bans of players not seen for longest leave the list "
            "until these are seen again."
        ),
        is_failing=False,
        percent=ban_list.size * 100 // ban_list.max_bytes,
    )


def _unwritten(ban_list: BanList, stuck: int, now: datetime) -> Iterator[StaffAlarm]:
    """A list that can be read, and does not take what is written."""
    if not stuck or [*_refused(ban_list, now), *_unreadable(ban_list, now)]:
        return
    words = ngettext(
        "%(row)s: %(count)d ban or pardon cannot be written.",
        "%(row)s: %(count)d bans and pardons cannot be written.",
        stuck,
    )
    step = _("Each delivery shows why. Those that failed are started anew in the queue.")
    yield _alarm(ban_list, f"unwritten-{now:%G%V}", words, step, count=stuck)


def _alarm(
    row: _Row, cause: str, words: str, next_step: str, *, is_failing: bool = True, **values: object
) -> StaffAlarm:
    """Return an alarm about a row; the cause says when it began too."""
    kind = _("Log of %(server)s") if isinstance(row, LogSource) else _("Ban list of %(server)s")
    title = f"{kind % {'server': row.server}} ({row.get_kind_display()})"
    # The place of the row on the set-up page, with its last error, its test and its form.
    url = f"{reverse('server-setup', args=[row.server.slug])}#{row.anchor}"
    sentence = words % {"row": title, "server": row.server, **values}
    return StaffAlarm(f"{cause}-{row.anchor}", row.server, is_failing, sentence, next_step, url)


def _of_bans(now: datetime) -> list[StaffAlarm]:
    """Bans that do not hold, one alarm for each server; staff are told of each by itself (`nets`)."""
    bans = [one.ban for one in nets.bans_not_holding(now=now) if one.ban.server.is_active]
    servers = {ban.server_id: ban.server for ban in bans}
    return [_not_holding(servers[pk], count) for pk, count in Counter(ban.server_id for ban in bans).items()]


def _not_holding(server: GameServer, count: int) -> StaffAlarm:
    words = ngettext(
        "%(count)d ban on %(server)s does not hold: the player was seen since.",
        "%(count)d bans on %(server)s do not hold: the players were seen since.",
        count,
    )
    return StaffAlarm(
        key=f"not-holding-{server.pk}",
        server=server,
        is_failing=True,
        sentence=words % {"count": count, "server": server},
        next_step=_("Look whether the game server reads this ban list."),
        url=f"{reverse('review')}?kind=holding",
    )


def _of_channels() -> Iterator[StaffAlarm]:
    """Channels that cannot be written to. The channels that can are told by `announcements.services` itself."""
    troubles, url = channel_troubles(), reverse("admin:announcements_channel_changelist")
    words = _("The webhook of the channel %(channel)s is gone.")
    for name, gone_at in troubles.gone.items():
        yield StaffAlarm(
            key=f"gone-{name}-{_moment(gone_at)}",
            server=None,
            is_failing=True,
            sentence=words % {"channel": name},
            next_step=_("Make a new webhook in Discord and enter its address. What waits is sent then."),
            url=url,
        )
    if troubles.blocked_until:
        yield StaffAlarm(
            key="blocked",
            server=None,
            is_failing=False,
            sentence=_("Discord takes no message from this site for now: every channel waits."),
            next_step=_(
                "Nothing is lost. If it comes back, look what else sends to Discord from this address."
            ),
            url=url,
        )


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y%m%dT%H%M%S}" if moment else "never"


# -- Discord ----------------------------------------------------------------------------------------------------------


def announce(*, now: datetime) -> int:
    """Announce each alarm about a host to staff once; return how many announcements stand.

    Every channel of staff that can be written to gets it. How many alarms there are is kept for /healthz.
    """
    with translation.override(settings.LANGUAGE_CODE), transaction.atomic():
        of_hosts = _of_hosts(now)
        announced = announce_many([_announceable(one, one.server) for one in of_hosts if one.server])
        others = [*_of_bans(now), *_of_channels()]
    cache.set(COUNT_KEY, len(of_hosts) + len(others), _STORED_SECONDS)
    return announced


def _announceable(alarm: StaffAlarm, server: GameServer) -> Announceable:
    step = [escape(alarm.next_step), *([f"{settings.SITE_URL}{alarm.url}"] if settings.SITE_URL else [])]
    message = Message(
        title=_("Alarm"),
        description=escape(alarm.sentence),
        fields=(Field(_("What to do"), "\n".join(step), inline=False),),
        colour=_RED if alarm.is_failing else _AMBER,
    )
    return Announceable(topic=server.pk, key=f"alarm-{alarm.key}", messages={"staff": message})
