"""What pages read of bans and appeals: as the banned player may see them, and as staff do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clans.models import User
from face.parts import Kind, Message, Step, Text
from justice.access import decides_cases, owns_ban, sees_cases
from justice.models import Appeal, AppealMessage
from territory.ban_codes import code_of
from territory.ladder import ladder_for_players
from territory.models import Ban, Case, CaseAct, Infraction
from territory.pages.wall.entries import kind_in_words

_State, _Lift = Appeal.State, Ban.LiftKind
_MOST_ACTS = 100
_BY_PERSON = (CaseAct.Kind.BAN, CaseAct.Kind.CONFIRM)
_LIFTS: dict[str, Text] = {
    _Lift.MISTAKE: gettext_lazy(
        "It was our mistake. The ban is lifted everywhere: off the ban lists, the wall and your record, and the channels that "
        "announced it are told."
    ),
    _Lift.MERCY: gettext_lazy(
        "The ban is lifted everywhere: off the ban lists. What happened stays on the record, marked as lifted."
    ),
    _Lift.EXPIRED: gettext_lazy("The ban's time is over; it was taken off the ban lists."),
    _Lift.SUPERSEDED: gettext_lazy("This ban was replaced by another one."),
    _Lift.REMOVED: gettext_lazy(
        "The ban was lifted at the game server's host. What happened stays on the record, marked as lifted."
    ),
}
_LIFTED: Text = gettext_lazy("The ban is lifted.")


# -- The ban, as its player reads it --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BanStory:
    """Why somebody is banned, without map, owner, distances or a base's place; those whose ban was a mistake read no act.

    `act` is the first of `acts` confirmed acts, `steps` the rule as it was applied to it. `is_by_machine`: no person decided.
    """

    ban: Ban
    code: str
    act: Infraction | None
    accusation: Text
    acts: int
    steps: Sequence[Step]
    is_by_machine: bool
    lifted: Text

    @property
    def is_in_force(self) -> bool:
        return self.ban.lifted_at is None


def story_of(ban: Ban) -> BanStory:
    """Read why a player is banned. Two queries."""
    confirmed = ban.infractions.filter(status=Infraction.Status.CONFIRMED).order_by("occurred_at", "pk")
    acts = list(confirmed.select_related("placement", "case")[:_MOST_ACTS])
    first = acts[0] if acts else None
    placement = first.placement if first else None
    return BanStory(
        ban=ban,
        code=code_of(ban.pk),
        act=first,
        accusation=kind_in_words(first) if first else "",
        acts=len(acts),
        steps=ladder_for_players(placement) if placement else [],
        is_by_machine=not banners_of(ban),
        lifted=_LIFTS.get(ban.lift_kind, _LIFTED) if ban.lifted_at else "",
    )


# -- Appeals --------------------------------------------------------------------------------------------------------


def newest_appeal(ban: Ban | None, *, by_link: bool | None = None) -> Appeal | None:
    """Return the newest appeal against a ban: any, or only one by link or by the proven player."""
    if ban is None:
        return None
    appeals = Appeal.objects.filter(ban=ban).select_related("ban__server", "decided_by")
    if by_link is not None:
        appeals = appeals.filter(by_link=by_link)
    return appeals.order_by("-pk").first()


def is_waiting(appeal: Appeal | None) -> bool:
    """Return whether an appeal waits for staff: it is open, and its ban in force."""
    return appeal is not None and appeal.state == _State.OPEN and appeal.ban.lifted_at is None


def free_again_at(ban: Ban, *, by_link: bool) -> datetime | None:
    """Return from when a ban may be appealed against after an answer; what came by link stops no proven player."""
    answered = Appeal.objects.filter(ban=ban, state=_State.KEPT)
    if not by_link:
        answered = answered.filter(by_link=False)
    last = answered.aggregate(at=Max("decided_at"))["at"]
    return last + ban.server.appeal_pause if last else None


@dataclass(frozen=True, slots=True)
class Status:
    """How an appeal stands: its pill, and a sentence."""

    kind: Kind
    words: Text
    sentence: Text


def status_of(story: BanStory, appeal: Appeal | None) -> Status:
    """Return how the newest appeal against a ban stands; everybody with the ban's link may read it."""
    if not story.is_in_force:
        return Status("lifted", _("Lifted"), story.lifted)
    if appeal is None or appeal.state == _State.REPLACED:
        return Status("observed", _("No appeal"), _("Nobody has appealed against this ban."))
    if appeal.state == _State.OPEN:
        return Status(
            "review", _("Waiting for staff"), _("An appeal is open. A person will read and answer it.")
        )
    if appeal.state == _State.KEPT:
        return Status("observed", _("Answered"), _("Staff have answered the appeal: the ban stays."))
    return Status("lifted", _("Granted"), _LIFTED)


def thread_of(appeal: Appeal, *, for_staff: bool = False) -> list[Message]:
    """Return the words of an appeal, with what came of it at the end. Staff's names are for staff. One query."""
    rows = AppealMessage.objects.filter(appeal=appeal).select_related("by").order_by("pk")
    said = [Message(_author(row, appeal, for_staff), row.at, row.text, row.is_staff) for row in rows]
    if appeal.decided_at is None:
        return said
    by = str(appeal.decided_by) if for_staff and appeal.decided_by else _("Staff")
    return [*said, Message(by, appeal.decided_at, str(_outcome_in_words(appeal)), is_staff=True)]


def _author(row: AppealMessage, appeal: Appeal, for_staff: bool) -> Text:  # noqa: FBT001
    if row.is_staff:
        return str(row.by) if for_staff and row.by else _("Staff")
    if not for_staff:
        return _("You")
    return appeal.ban.gamertag if appeal.by_link or appeal.person is None else str(appeal.person)


def _outcome_in_words(appeal: Appeal) -> Text:
    if appeal.state == _State.GRANTED:
        return _LIFTS.get(appeal.ban.lift_kind, _LIFTED)
    if appeal.state == _State.REPLACED:
        return _("The player has appealed with an account of their own; this appeal by link is closed.")
    return _("The ban stays, and this appeal is closed.")


# -- Who decides ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Why somebody does not decide an appeal, blank if they do; `exception` says why somebody does who banned the player."""

    why_not: Text = ""
    exception: Text = ""

    @property
    def may_decide(self) -> bool:
        return not self.why_not


def banners_of(ban: Ban) -> set[int]:
    """Return the people who banned: by hand, or by confirming a case of the ban. One query."""
    acts = CaseAct.objects.filter(case__ban=ban, kind__in=_BY_PERSON, by__isnull=False)
    return {*acts.values_list("by", flat=True), *([ban.created_by_id] if ban.created_by_id else [])}


def say_of(reader: User, appeal: Appeal) -> Say:
    """Return whether a member of staff decides an appeal."""
    ban = appeal.ban
    if not decides_cases(reader):
        return Say(_("Your rights do not include deciding."))
    if appeal.person_id == reader.pk or owns_ban(reader, ban):
        return Say(_("You are the banned player. Somebody else decides."))
    banners = banners_of(ban)
    if reader.pk not in banners or not ban.server.appeals_by_others:
        return Say()
    if _others_decide(banners, ban):
        return Say(_("You banned this player. Somebody else decides about the appeal."))
    words = _("You banned this player yourself. You may decide, because nobody else on staff can.")
    return Say(exception=words)


def _others_decide(banners: set[int], ban: Ban) -> bool:
    # The backend is named: with several, Django asks which one's rights count.
    staff = User.objects.with_perm("territory.change_case", backend="clans.backends.PasswordBackend")
    others = staff.filter(is_staff=True).exclude(pk__in=banners)
    return any(decides_cases(one) and not owns_ban(one, ban) for one in others)


def reads_appeals(reader: User) -> bool:
    """Return whether a member of staff reads the words of appeals."""
    return sees_cases(reader) and reader.has_perm("justice.view_appeal")


def appeal_context(case: Case, reader: User) -> dict[str, Any]:
    """Return what `justice/_appeal.html` shows to staff on the page of a case; `appeal` is None without one."""
    appeal = newest_appeal(case.ban) if reads_appeals(reader) else None
    if appeal is None:
        return {"appeal": None, "thread": [], "may_decide": False}
    say = say_of(reader, appeal)
    return {
        "case": case,
        "appeal": appeal,
        "thread": thread_of(appeal, for_staff=True),
        "appeal_waits": is_waiting(appeal),
        "may_decide": say.may_decide,
        "say": say,
        "earlier_appeals": Appeal.objects.filter(ban=case.ban).exclude(pk=appeal.pk).count(),
    }
