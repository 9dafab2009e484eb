"""Reads for pages and commands about syncs: each in a fixed number of queries, whatever the number of rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.utils.text import capfirst

from common.numbers import row_number
from face.parts import Kind
from tanks import wording
from tanks.models import GarageTank, Player, Section, SyncedClan, SyncRun, SyncStatus
from tanks.wording import Text, TroubleWords

RUNS_SHOWN = 20
# Whoever looks again within this time after a sync was asked for does not make another, even if that one failed.
ASKED_LATELY = timedelta(minutes=5)
_LOOKS: Mapping[SyncRun.State, tuple[Kind, str]] = {
    SyncRun.State.WAITING: ("observed", "clock"),
    SyncRun.State.RUNNING: ("lifted", "refresh-cw"),
    SyncRun.State.DONE: ("allowed", ""),
    SyncRun.State.PARTIAL: ("review", ""),
    SyncRun.State.FAILED: ("invasion", "circle-x"),
    SyncRun.State.ABANDONED: ("invasion", "circle-x"),
}
UNFINISHED = (SyncRun.State.WAITING, SyncRun.State.RUNNING)


@dataclass(frozen=True, slots=True)
class TankData:
    """How many vehicles of a clan's present members are stored for all to see, and when they were last read."""

    vehicles: int
    last_success_at: datetime | None

    def is_due(self, now: datetime) -> bool:
        """Return whether there is nothing, or what there is is older than the interval between syncs."""
        oldest = now - timedelta(minutes=settings.WOT_SYNC_MINUTES)
        return not self.vehicles or self.last_success_at is None or self.last_success_at < oldest


@dataclass(frozen=True, slots=True)
class SectionRow:
    """How fresh one section is, in words. `notes` say what is not whole although it was read."""

    status: SyncStatus
    label: str
    hint: Text
    words: TroubleWords | None
    technical: str
    notes: list[str]


@dataclass(frozen=True, slots=True)
class SectionTrouble:
    """What is wrong with some sections, in one set of words."""

    words: TroubleWords
    sections: list[SectionRow]


@dataclass(frozen=True, slots=True)
class RunRow:
    """A sync with what the page says of it; `kind` and `sign` are the look of its state."""

    run: SyncRun
    kind: Kind
    sign: str
    took: str
    words: TroubleWords | None


def tank_data(clan: SyncedClan) -> TankData:
    vehicles = GarageTank.objects.shown_to(None).filter(player__clan=clan).count()
    status = SyncStatus.objects.filter(clan=clan, section=Section.TANKS).first()
    return TankData(vehicles, status.last_success_at if status else None)


def lately_asked(clan: SyncedClan, now: datetime) -> list[SyncRun]:
    """Return the syncs that keep a new one from being made: those that wait or run, or were asked for just now."""
    lately = Q(state__in=UNFINISHED) | Q(requested_at__gt=now - ASKED_LATELY)
    return list(SyncRun.objects.filter(lately, clan=clan))


def unfinished_run(clan: SyncedClan) -> SyncRun | None:
    """Return the sync that waits or runs, the newest if there are several."""
    return SyncRun.objects.filter(clan=clan, state__in=UNFINISHED).first()


def chosen_run(clan: SyncedClan, number: str | None) -> SyncRun | None:
    """Return the clan's sync with this number, else its newest one."""
    runs = SyncRun.objects.filter(clan=clan)
    pk = row_number(number)
    return (runs.filter(pk=pk).first() if pk else None) or runs.first()


def newest_runs(clan: SyncedClan) -> list[RunRow]:
    """Return the clan's newest syncs with the people who asked for them."""
    runs = SyncRun.objects.filter(clan=clan).select_related("requested_by")[:RUNS_SHOWN]
    return [_run_row(run) for run in runs]


def section_rows(clan: SyncedClan) -> list[SectionRow]:
    """Return every section in the order in which they are done, also those that never were."""
    statuses = {status.section: status for status in SyncStatus.objects.filter(clan=clan)}
    missing = _missing_battles(clan)
    return [
        _section_row(
            statuses.get(section) or SyncStatus(clan=clan, section=section, unreadable=0),
            missing if section == Section.TANKS else "",
        )
        for section in Section.values
    ]


def troubles_of(rows: Iterable[SectionRow]) -> list[SectionTrouble]:
    """Return the troubles of sections, each once with the sections that have it."""
    by_kind: dict[str, SectionTrouble] = {}
    for row in rows:
        if row.words:
            by_kind.setdefault(row.status.trouble, SectionTrouble(row.words, [])).sections.append(row)
    return list(by_kind.values())


def _missing_battles(clan: SyncedClan) -> str:
    short = Player.objects.filter(clan=clan, garage_missing__gt=0)
    missing = short.aggregate(players=Count("pk"), battles=Sum("garage_missing", default=0))
    return wording.missing_battles_in_words(missing["players"], missing["battles"])


def _run_row(run: SyncRun) -> RunRow:
    took, words = wording.duration_in_words(run.duration), wording.trouble_words(run.trouble)
    return RunRow(run, *_LOOKS[SyncRun.State(run.state)], took, words)


def _section_row(status: SyncStatus, missing: str) -> SectionRow:
    return SectionRow(
        status=status,
        label=capfirst(status.get_section_display()),
        hint=wording.SECTION_HINTS[status.section],
        words=wording.trouble_words(status.trouble),
        technical=status.last_error if status.trouble or status.unreadable else "",
        notes=[note for note in (wording.unreadable_in_words(status.unreadable), missing) if note],
    )
