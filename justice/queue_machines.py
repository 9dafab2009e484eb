"""What waits for a person because a machine does not get on: deliveries, announcements, servers, bans that do not hold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Case as Switch
from django.db.models import DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from announcements.models import Announcement
from justice.queue_values import QueueKind, Search, Waiting, cut, urls_of_bans, with_right
from territory.ban_codes import code_of
from territory.models import Ban, BanDelivery, GameServer
from territory.services.nets import bans_not_holding

_State = BanDelivery.State


# -- Deliveries, announcements, servers ---------------------------------------------------------------------------------------


def _deliveries(now: datetime) -> QuerySet[BanDelivery]:
    since = Coalesce("ban__lifted_at", "ban__created_at")
    return BanDelivery.objects.stuck(now).annotate(since=since).select_related("ban", "ban_list")


def _deliveries_in_words(rows: Sequence[Any]) -> list[Waiting]:
    return [
        Waiting(
            "delivery",
            row.pk,
            row.since,
            cut(row.ban.gamertag or row.ban.player_id),
            _delivery_in_words(row),
            f"{row.ban_list.get_kind_display()}: {cut(row.last_error)}" if row.last_error else "",
            "invasion",
            "mail",
        )
        for row in rows
    ]


def _delivery_in_words(row: BanDelivery) -> str:
    if row.state == _State.FOREIGN:
        return _("lifted, but a foreign line still bans")
    if row.state == _State.LIFTING or row.ban.lifted_at:
        return _("lifted, but the line is not off the list")
    return _("ban not delivered")


def _delivery_fits(search: Search) -> Q:
    return search.player("ban__") | Q(ban=search.ban) | Q(ban__cases=search.number)


def _announcements(_now: datetime) -> QuerySet[Announcement]:
    failed = Announcement.objects.filter(state=Announcement.State.FAILED)
    return failed.annotate(since=F("created_at")).select_related("channel")


def _announcements_in_words(rows: Sequence[Any]) -> list[Waiting]:
    words = _("“%(title)s” was not announced")
    return [
        Waiting(
            "announcement",
            row.pk,
            row.since,
            cut(str(row.channel)),
            words % {"title": cut(str(row.message.get("title", "")))},
            cut(row.last_error),
            "invasion",
            "megaphone",
        )
        for row in rows
    ]


def _announcement_fits(search: Search) -> Q:
    return Q(key__icontains=search.text) | Q(channel__name__icontains=search.text)


def _breakers(_now: datetime) -> QuerySet[GameServer]:
    return GameServer.objects.filter(tripped_at__isnull=False).annotate(since=F("tripped_at"))


def _breakers_in_words(rows: Sequence[Any]) -> list[Waiting]:
    return [
        Waiting(
            "breaker",
            row.pk,
            row.since,
            cut(str(row)),
            _("stopped banning by itself"),
            cut(row.tripped_because),
            "invasion",
            "shield-alert",
            reverse("server-breaker", args=[row.slug]),
        )
        for row in rows
    ]


def _breaker_fits(search: Search) -> Q:
    return Q(name__icontains=search.text) | Q(slug=search.text)


def _not_holding(now: datetime) -> QuerySet[Ban]:
    """Bans that do not hold. They are looked up at most once a minute: the lookup reads a week of placements."""
    seen = cache.get_or_set("queue-not-holding", lambda: _last_seen(now), 60) or []
    whens = [When(pk=pk, then=Value(datetime.fromisoformat(at))) for pk, at in seen]
    since = Switch(*whens, default=Value(now), output_field=DateTimeField())
    return Ban.objects.filter(pk__in=[pk for pk, _at in seen], lifted_at=None).annotate(since=since)


def _last_seen(now: datetime) -> list[tuple[int, str]]:
    """Return the bans that do not hold, each with when its player was seen last; as the cache keeps them."""
    return [(one.ban.pk, one.seen_at.isoformat()) for one in bans_not_holding(now=now)]


def _not_holding_in_words(rows: Sequence[Any]) -> list[Waiting]:
    urls = urls_of_bans([row.pk for row in rows])
    words = _("was seen in the game although the ban %(code)s is in force")
    return [
        Waiting(
            "holding",
            row.pk,
            row.since,
            cut(row.gamertag or row.player_id),
            words % {"code": code_of(row.pk)},
            "",
            "invasion",
            "ban",
            urls.get(row.pk, ""),
        )
        for row in rows
    ]


def _not_holding_fits(search: Search) -> Q:
    return search.player() | Q(pk=search.ban) | Q(cases=search.number)


MACHINES: Sequence[QueueKind] = (
    QueueKind(
        "delivery",
        gettext_lazy("Deliveries in trouble"),
        "mail",
        with_right("territory.view_bandelivery"),
        _deliveries,
        _deliveries_in_words,
        _delivery_fits,
        "ban__server",
    ),
    QueueKind(
        "announcement",
        gettext_lazy("Announcements in trouble"),
        "megaphone",
        with_right("announcements.view_announcement"),
        _announcements,
        _announcements_in_words,
        _announcement_fits,
        "channel__topic",
    ),
    QueueKind(
        "breaker",
        gettext_lazy("Servers that stopped"),
        "shield-alert",
        with_right("territory.view_gameserver"),
        _breakers,
        _breakers_in_words,
        _breaker_fits,
        "pk",
    ),
    QueueKind(
        "holding",
        gettext_lazy("Bans that do not hold"),
        "ban",
        with_right("territory.view_ban"),
        _not_holding,
        _not_holding_in_words,
        _not_holding_fits,
    ),
)
