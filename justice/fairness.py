"""How fair the community is, in figures of the last four weeks; each says how it is counted."""

import statistics
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from face.parts import Stat, Text
from justice.models import Appeal
from territory.models import Ban, CaseAct, Infraction

DAYS = 28
_State = Appeal.State


@dataclass(frozen=True, slots=True)
class Fairness:
    """The figures; `hours` is the median time to an answer, None where nobody was answered."""

    bans: int
    mistakes: int
    hours: float | None
    opened: int
    granted: int
    kept: int
    waiting: int

    @property
    def is_early(self) -> bool:
        """True if nothing has happened that figures could be made of."""
        return not (self.bans or self.opened or self.granted or self.kept or self.waiting)


def fairness_of(now: datetime) -> Fairness:
    """Count in three queries, over the game servers that publish their wall."""
    since = now - timedelta(days=DAYS)
    return Fairness(**_bans(since), hours=_median_hours(since), **_appeals(since))


def _bans(since: datetime) -> dict[str, int]:
    bans = automatic_bans().filter(created_at__gte=since, server__is_wall_public=True)
    return bans.aggregate(
        bans=Count("pk"),
        mistakes=Count("pk", filter=Q(lift_kind=Ban.LiftKind.MISTAKE, lifted_at__isnull=False)),
    )


def automatic_bans() -> QuerySet[Ban]:
    """Return the bans that the rule made by itself: for a placement, and not by confirming a case at that moment."""
    by_rule = Infraction.objects.filter(ban=OuterRef("pk"), placement__isnull=False)
    confirmed = CaseAct.objects.filter(
        kind=CaseAct.Kind.CONFIRM,
        at=OuterRef("created_at"),
        case__server=OuterRef("server"),
        case__player_id=OuterRef("player_id"),
    )
    return Ban.objects.filter(Exists(by_rule), ~Exists(confirmed), created_by=None).order_by()


def _public_appeals() -> QuerySet[Appeal]:
    return Appeal.objects.filter(ban__server__is_wall_public=True).order_by()


def _appeals(since: datetime) -> dict[str, int]:
    decided = Q(decided_at__gte=since, decided_by__isnull=False)
    return _public_appeals().aggregate(
        opened=Count("pk", filter=Q(opened_at__gte=since) & ~Q(state=_State.REPLACED)),
        granted=Count("pk", filter=decided & Q(state=_State.GRANTED)),
        kept=Count("pk", filter=decided & Q(state=_State.KEPT)),
        waiting=Count("pk", filter=Q(state=_State.OPEN, ban__lifted_at=None)),
    )


def _median_hours(since: datetime) -> float | None:
    """Return the median time from an appeal to the first words or the decision of a person, of those answered since."""
    by_person = Q(messages__is_staff=True, messages__by__isnull=False)
    appeals = _public_appeals().annotate(said_at=Min("messages__at", filter=by_person))
    answered = appeals.filter(Q(said_at__gte=since) | Q(decided_at__gte=since, decided_by__isnull=False))
    rows = answered.values_list("opened_at", "said_at", F("decided_at"), "decided_by")
    firsts = [
        (opened_at, min(at for at in (said_at, decided_at if by else None) if at))
        for opened_at, said_at, decided_at, by in rows
    ]
    hours = [(first - opened_at).total_seconds() / 3600 for opened_at, first in firsts if first >= since]
    return statistics.median(hours) if hours else None


# -- In words -------------------------------------------------------------------------------------------------------


def finding(figures: Fairness) -> str:
    """Return the figures in a sentence."""
    if figures.is_early:
        return _("Too early to say: in 28 days nobody was banned automatically, and nobody appealed.")
    if not figures.bans:
        return _("No automatic ban in 28 days.")
    words = ngettext(
        "Of %(bans)d automatic ban in 28 days, %(mistakes)d was lifted as our mistake.",
        "Of %(bans)d automatic bans in 28 days, %(mistakes)d were lifted as our mistakes.",
        figures.bans,
    )
    return words % {"bans": figures.bans, "mistakes": figures.mistakes}


def figures_in_words(figures: Fairness) -> list[tuple[Stat, Text]]:
    """Return each figure with how it is counted, in the order of the page."""
    early = _("too early to say")
    hours = "" if figures.hours is None else number_format(round(figures.hours, 1), decimal_pos=1)
    mistakes = figures.mistakes if figures.bans else None
    return [
        (
            Stat(_("Automatic bans"), figures.bans),
            _(
                "Bans of the last 28 days that the rule made by itself. Bans by staff, and those that staff confirmed first, do not count."
            ),
        ),
        (
            Stat(_("Lifted as mistakes"), mistakes, note="" if figures.bans else early),
            _("Those of them that staff have lifted as a mistake until now, with or without an appeal."),
        ),
        (
            Stat(_("Hours to an answer"), hours or None, note=_("median") if hours else early),
            _(
                "From an appeal to the first words or the decision of a person; the median of the appeals first answered in the last 28 days."
            ),
        ),
        (
            Stat(_("Appeals opened"), figures.opened),
            _(
                "Appeals of the last 28 days. One by link that the player's own appeal replaced does not count twice."
            ),
        ),
        (
            Stat(_("Appeals granted"), figures.granted),
            _(
                "Appeals of which a person lifted the ban in the last 28 days. A ban whose time was over is not granted."
            ),
        ),
        (
            Stat(_("Appeals with the ban kept"), figures.kept),
            _("Appeals that a person answered in the last 28 days by keeping the ban."),
        ),
        (Stat(_("Appeals open now"), figures.waiting), _("Appeals that wait for a decision at this moment.")),
    ]
