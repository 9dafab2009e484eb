"""What was done in a base besides building, and its alarms, for those who manage the base."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.core.paginator import Page
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from face.parts import Chip, Kind, Text
from territory.item_names import item_in_words
from territory.models import Activity, Alarm, AlarmMute, Base
from territory.selectors import counted_page
from territory.services.alarms import acts_in_words, mutes_in_force, newest_alarms

ACTIVITY_PAGE = 25
ALARM_DAYS = 7
MOST_ALARMS = 10
MOST_AWAY_DAYS = 90
Standing = Activity.Standing
_STRANGERS = (Standing.STRANGER, Standing.DISPUTED)
_FRIENDS = (Standing.OWNER, Standing.PERMISSION, Standing.CLAN, Standing.IMMUNE)
_WHO: Mapping[str, Sequence[Standing]] = {"strangers": _STRANGERS, "friends": _FRIENDS}
_KINDS: Mapping[str, Kind] = {Standing.STRANGER: "invasion", Standing.DISPUTED: "review"}


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """An activity in words; `kind` and `standing` are the pill that says whether the player had a right."""

    gamertag: str
    act: str
    item: str
    kind: Kind
    standing: Text
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """An alarm in words."""

    alarm: Alarm
    words: str


@dataclass(frozen=True, slots=True)
class BaseActivity:
    """What happened in a base: one page of activity, the week's alarms and what is muted."""

    page: "Page[ActivityLine]"
    count: int
    strange: int
    chips: Sequence[Chip]
    alarms: Sequence[AlarmLine]
    mutes: Sequence[AlarmMute]


class AwayForm(forms.Form):
    """How long an owner is away; the base does not fall asleep meanwhile."""

    days = forms.IntegerField(
        label=gettext_lazy("Days away"),
        min_value=0,
        max_value=MOST_AWAY_DAYS,
        help_text=gettext_lazy("At most 90; 0 ends the leave."),
    )


def base_activity(base: Base, *, who: str, number: str | None, now: datetime) -> BaseActivity:
    """Return what happened in a base, the newest first, in six queries. `who` is "strangers", "friends" or blank."""
    rows = Activity.objects.filter(base=base)
    by_standing = dict(rows.order_by().values_list("standing").annotate(Count("pk")))
    counts = {one: sum(by_standing.get(held, 0) for held in _WHO[one]) for one in _WHO}
    total = sum(by_standing.values())
    who = who if who in _WHO else ""
    shown = rows.filter(standing__in=_WHO[who]) if who else rows
    since = now - timedelta(days=ALARM_DAYS)
    return BaseActivity(
        page=_page(shown.order_by("-occurred_at", "-pk"), counts.get(who, total), number),
        count=total,
        strange=counts["strangers"],
        chips=[
            Chip(_("Everybody"), "?", total, is_chosen=not who),
            Chip(
                _("Without a right"), "?who=strangers", counts["strangers"], who == "strangers", "v-invasion"
            ),
            Chip(_("With a right"), "?who=friends", counts["friends"], who == "friends", "v-allowed"),
        ],
        alarms=[
            AlarmLine(one, acts_in_words(one))
            for one in newest_alarms([base], since=since, now=now)[:MOST_ALARMS]
        ],
        mutes=mutes_in_force(base, at=now),
    )


def _page(rows: QuerySet[Activity], count: int, number: str | None) -> "Page[ActivityLine]":
    page = counted_page(rows.defer("x", "z"), ACTIVITY_PAGE, number, count=count)
    page.object_list = [_line(one) for one in page.object_list]
    return page


def _line(one: Activity) -> ActivityLine:
    return ActivityLine(
        gamertag=one.gamertag,
        act=str(Activity.Kind(one.kind).label),
        item=" · ".join(
            filter(None, [item_in_words(one.item), one.display if one.display != one.item else ""])
        ),
        kind=_KINDS.get(one.standing, "allowed"),
        standing=Standing(one.standing).label,
        occurred_at=one.occurred_at,
    )
