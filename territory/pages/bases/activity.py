"""What was done in a base besides building, and its alarms, for those who manage the base."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Page
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from face.parts import Chip, Kind
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
_LOOKS: Mapping[str, Kind] = {Standing.STRANGER: "invasion", Standing.DISPUTED: "review"}


@dataclass(frozen=True, slots=True)
class BaseActivity:
    """What happened in a base: one page of activity, the week's alarms, each with its words, and what is muted.

    Each activity has its `item_in_words` and the `look` of the pill that says whether the player had a right.
    """

    page: Page[Any]
    count: int
    strange: int
    chips: Sequence[Chip]
    alarms: Sequence[tuple[Alarm, str]]
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
            (one, acts_in_words(one)) for one in newest_alarms([base], since=since, now=now)[:MOST_ALARMS]
        ],
        mutes=mutes_in_force(base, at=now),
    )


def _page(rows: QuerySet[Activity], count: int, number: str | None) -> Page[Any]:
    page = counted_page(rows.defer("x", "z"), ACTIVITY_PAGE, number, count=count)
    for one in page.object_list:
        display = one.display if one.display != one.item else ""
        one.item_in_words = " · ".join(filter(None, [item_in_words(one.item), display]))
        one.look = _LOOKS.get(one.standing, "allowed")
    return page
