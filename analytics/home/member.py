"""What a member sees first: the own bases and rights, the own tanks, and what happened to them lately."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.home import territory
from analytics.home.figures import HIGHEST_TIER
from clans.models import AccountLink, Clan, User
from clans.services.account_links import claimed_keys
from clans.services.own_clans import stays_in_force
from face.parts import Entry, Kind, Text, isolated
from tanks.models import GarageTank, RosterEvent
from tanks.wording import event_in_words
from territory.item_names import item_in_words
from territory.models import (
    Alarm,
    Ban,
    Base,
    BasePermission,
    BaseRevision,
    GameServer,
    Infraction,
    PlayerIdentity,
)
from territory.pages.clans.my_clans import invitations_of
from territory.selectors import own_bans
from territory.services.alarms import newest_alarms
from territory.services.permissions import permissions_in_force

LOOKS_BACK = timedelta(days=30)
MOST_ENTRIES = 12
_ROSTER_ICONS = {
    RosterEvent.Kind.JOINED: "user-plus",
    RosterEvent.Kind.LEFT: "user-minus",
    RosterEvent.Kind.RENAMED: "pen-line",
    RosterEvent.Kind.ROLE_CHANGED: "star",
}


@dataclass(frozen=True, slots=True)
class BaseLine:
    """A base with how it fares: `kind` and `state` are its pill, `url` the page of the bases on its game server."""

    name: str
    url: str
    detail: str
    kind: Kind
    state: Text


def member_home(person: User, now: datetime) -> dict[str, Any]:
    """Return all that concerns a person, as the page names it, in a fixed number of queries.

    `needs_gamertag`: builds here, or may, and no gamertag is linked. `gamertag_waits`: it is claimed, and staff have not
    confirmed it yet.
    """
    owned = list(_bases(now).filter(owner=person))
    granted = permissions_in_force(at=now).filter(user=person).values("base")
    allowed = list(_bases(now).filter(pk__in=granted).exclude(owner=person))
    clans = list(Clan.objects.filter(pk__in=stays_in_force(at=now).filter(user=person).values("clan")))
    invasions = _invasions(owned, now)
    knows_gamertag = PlayerIdentity.objects.filter(user=person).exclude(gamertag="").exists()
    alarms = newest_alarms(owned, since=now - LOOKS_BACK, now=now) if owned else []
    today = [one for one in invasions if _is_today(one.occurred_at, now)]
    needs_gamertag = not (knows_gamertag or (person.is_staff and not owned and not allowed))
    return {
        "needs_gamertag": needs_gamertag,
        "gamertag_waits": needs_gamertag and bool(claimed_keys(person.pk, AccountLink.Kind.GAMERTAG)),
        "bans": own_bans(person),
        "bases": [_line(base, [one for one in today if one.base_id == base.pk]) for base in owned],
        "rights": [_line(base, []) for base in allowed],
        "clans": clans,
        "tanks": _tanks(person),
        "entries": _entries(person, owned, clans, invasions, alarms, now=now),
        "invasions_today": len(today),
        "last_invasion": invasions[0] if invasions else None,
        "alarms": territory.urgent_alarms(alarms, now),
        "sleepy": [base for base in owned if base.sleeps_at],
        "invited": len(invitations_of(person, at=now)),
    }


def _bases(now: datetime) -> QuerySet[Base]:
    return Base.objects.active_at(now).select_related("server", "clan")


def _is_today(moment: datetime, now: datetime) -> bool:
    return timezone.localtime(moment).date() == timezone.localtime(now).date()


def _line(base: Base, invasions: Sequence[Infraction]) -> BaseLine:
    parts = [
        str(base.server),
        _("%(metres)d m") % {"metres": base.radius_m},
        *([str(base.clan)] if base.clan else []),
    ]
    detail = " · ".join(parts)
    url = f"{reverse('bases')}?server={base.server.slug}"
    if base.server.mode == GameServer.Mode.OBSERVE:
        return BaseLine(base.name, url, detail, "observed", _("only observed"))
    if invasions:
        words = ngettext("%(count)d today", "%(count)d today", len(invasions)) % {"count": len(invasions)}
        return BaseLine(base.name, url, detail, "invasion", words)
    return BaseLine(base.name, url, detail, "allowed", _("all calm"))


def _tanks(person: User) -> dict[str, Any]:
    """Return the figures of a person's own vehicles; `highest` counts those of tier X, `win_percent` is None without battles."""
    sums = GarageTank.objects.filter(player__user=person, withdrawn_at=None, battles__gt=0).aggregate(
        vehicles=Count("pk"),
        highest=Count("pk", filter=Q(tank__tier=HIGHEST_TIER)),
        battles=Sum("battles", default=0),
        wins=Sum("wins", default=0),
    )
    battles = sums["battles"]
    return sums | {"win_percent": 100 * sums["wins"] / battles if battles else None}


# -- What happened ------------------------------------------------------------------------------------------------


def _entries(
    person: User,
    bases: Collection[Base],
    clans: Collection[Clan],
    invasions: Sequence[Infraction],
    alarms: Sequence[Alarm],
    *,
    now: datetime,
) -> list[Entry]:
    since = now - LOOKS_BACK
    names = {base.pk: base.name for base in bases}
    found = [
        *(_of_invasion(one, now) for one in invasions),
        *_of_permissions(person, names, since, now),
        *_of_changes(names, since),
        *_of_rosters(clans, since),
        *territory.of_alarms(alarms),
        *territory.of_released(person, since, now),
        *territory.of_memberships(person, bases, since, now),
    ]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:MOST_ENTRIES]


def _invasions(bases: Collection[Base], now: datetime) -> list[Infraction]:
    """Return the confirmed invasions of the bases, the newest first; owners read them whether or not the wall is public."""
    return list(
        Infraction.objects.incidents()
        .filter(base__in=bases, infraction_type=Infraction.Type.TERRITORY_INVASION)
        .filter(occurred_at__range=(now - LOOKS_BACK, now))
        .select_related("ban")
        .order_by("-occurred_at")[:100]
    )


def _of_invasion(invasion: Infraction, now: datetime) -> Entry:
    words = _("%(player)s invaded %(base)s") % {
        "player": isolated(invasion.gamertag[:60]),
        "base": isolated(invasion.base_name),
    }
    consequence = _consequence(invasion.ban, now)
    item = item_in_words(invasion.item)
    detail = f"{isolated(item[:60])} · {consequence}" if item else consequence
    return Entry(invasion.occurred_at, words, detail, kind="invasion")


def _consequence(ban: Ban | None, now: datetime) -> str:
    if ban is None:
        return _("Nobody was banned for it.")
    is_over = ban.lifted_at or (ban.ends_at and ban.ends_at <= now)
    return _("The ban is over.") if is_over else _("Banned.")


def _of_permissions(person: User, names: dict[int, str], since: datetime, now: datetime) -> Iterator[Entry]:
    granted = (
        permissions_in_force(at=now)
        .filter(Q(base__in=names) | Q(user=person), granted_at__gte=since)
        .select_related("base", "user", "granted_by")
        .order_by("-granted_at")[:MOST_ENTRIES]
    )
    for one in granted:
        yield Entry(one.granted_at, _permission_in_words(one, person), icon="key-round", url=reverse("bases"))


def _permission_in_words(permission: BasePermission, reader: User) -> str:
    words = {
        "person": isolated(permission.user),
        "giver": isolated(permission.granted_by),
        "base": isolated(permission.base.name),
    }
    if permission.user_id != reader.pk:
        return _("%(person)s may build in %(base)s") % words
    if permission.granted_by is None:
        return _("You may build in %(base)s") % words
    return _("%(giver)s let you build in %(base)s") % words


def _of_changes(names: dict[int, str], since: datetime) -> Iterator[Entry]:
    changed = BaseRevision.objects.filter(base__in=names, valid_to__gte=since).order_by("-valid_to")
    for one in changed[:MOST_ENTRIES]:
        yield Entry(
            one.valid_to, _("%(base)s was changed") % {"base": isolated(names[one.base_id])}, icon="map-pin"
        )


def _of_rosters(clans: Collection[Clan], since: datetime) -> Iterator[Entry]:
    events = RosterEvent.objects.filter(clan__in=clans, occurred_at__gte=since).select_related("player")
    for one in events[:MOST_ENTRIES]:
        icon = _ROSTER_ICONS[RosterEvent.Kind(one.kind)]
        yield Entry(one.occurred_at, event_in_words(one), kind="lifted", icon=icon)
