"""Appeals: opened, talked about, and decided once. Each writer waits for the game server's turn, as whoever decides cases does."""

from datetime import datetime

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import User
from common.errors import NotPossibleError
from face.moments import in_words
from justice.appeals import free_again_at, say_of
from justice.models import Appeal, AppealMessage
from territory.models import Ban, Infraction
from territory.services.bans import lift_ban
from territory.services.cases import lock_cases
from territory.services.deciding import lift_case

MOST_LETTERS = 2_000
MOST_MESSAGES = 20  # of the player, in one appeal
_SALT = "justice.appeal-thread"
_State, _Lift = Appeal.State, Ban.LiftKind


class DecidedError(NotPossibleError):
    """Somebody has decided the appeal already, or its ban was lifted otherwise."""

    def __init__(self, appeal: Appeal) -> None:
        super().__init__(_("Somebody has decided this appeal already."))
        self.appeal = appeal


def thread_token(appeal: Appeal) -> str:
    """Return the signed number of an appeal by link: whoever wrote it reads its thread by it."""
    return signing.Signer(salt=_SALT).sign(str(appeal.pk))


def appeal_of_token(token: str) -> Appeal | None:
    """Return the appeal by link whose token this is, with its ban and server; None for a token that is not ours."""
    try:
        number = int(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return Appeal.objects.select_related("ban__server").filter(pk=number, by_link=True).first()


@transaction.atomic
def open_appeal(ban: Ban, text: str, *, person: User | None = None) -> Appeal:
    """Appeal against a ban in force: as the proven player, or without a person by the ban's link.

    The proven player's appeal replaces an open one by link. Raises NotPossibleError while another is open, in the pause
    after an answer, and if the ban is lifted.
    """
    now, held = timezone.now(), _hold(ban)
    if held.lifted_at is not None:
        raise NotPossibleError(_("This ban is lifted already."))
    free_at = free_again_at(held, by_link=person is None)
    if free_at and free_at > now:
        words = _("Staff have answered. You can appeal again from %(moment)s on.")
        raise NotPossibleError(words % {"moment": in_words(free_at, now)})
    replaceable = Q(by_link=True) if person else Q(pk__in=[])
    opened = Appeal.objects.filter(ban=held, state=_State.OPEN)
    opened.filter(replaceable).update(state=_State.REPLACED, decided_at=now)
    if opened.exists():
        raise NotPossibleError(_("An appeal against this ban is open already. A person will answer it."))
    appeal = Appeal.objects.create(ban=held, person=person, by_link=person is None, opened_at=now)
    AppealMessage.objects.create(appeal=appeal, by=person, text=text, at=now)
    return appeal


@transaction.atomic
def add_words(appeal: Appeal, text: str, *, by: User | None, is_staff: bool = False) -> AppealMessage:
    """Add words to an open appeal. Raises DecidedError if it is closed, NotPossibleError after too many by the player."""
    held = _hold_open(appeal)
    if not is_staff and held.messages.filter(is_staff=False).count() >= MOST_MESSAGES:
        raise NotPossibleError(_("You have written a lot. Please wait until staff have read it."))
    return AppealMessage.objects.create(appeal=held, by=by, text=text, is_staff=is_staff)


@transaction.atomic
def keep(appeal: Appeal, text: str, *, by: User) -> Appeal:
    """Answer an appeal and close it: the ban stays. Raises DecidedError if it is closed."""
    held = _answer(appeal, text, by)
    return _close(held, _State.KEPT, by, timezone.now())


@transaction.atomic
def grant(appeal: Appeal, text: str, *, kind: Ban.LiftKind, by: User) -> Appeal:
    """Grant an appeal: answer, and lift the ban as a mistake or out of mercy, everywhere. Raises DecidedError if it is closed."""
    held = _answer(appeal, text, by)
    _lift(held.ban, kind=kind, by=by, reason=text)
    return _close(held, _State.GRANTED, by, timezone.now())


def _lift(ban: Ban, *, kind: Ban.LiftKind, by: User, reason: str) -> None:
    """Lift a ban with all its cases; one without is lifted by itself."""
    cases = list(ban.cases.filter(infractions__status=Infraction.Status.CONFIRMED).distinct().order_by("-pk"))
    for case in cases if kind == _Lift.MISTAKE else cases[:1]:
        lift_case(case, by=by, kind=kind, reason=reason)
    ban.refresh_from_db()
    if ban.lifted_at is None:
        lift_ban(ban, by=by, reason=reason, kind=kind)
        ban.refresh_from_db()


def settle_appeals() -> int:
    """Close the open appeals whose ban was lifted otherwise, and open those again whose granting was undone; return how many."""
    lifted = Appeal.objects.filter(state=_State.OPEN, ban__lifted_at__isnull=False)
    undone = Appeal.objects.filter(state=_State.GRANTED, ban__lifted_at=None)
    changed = [*lifted.select_related("ban")[:500], *undone.select_related("ban")[:500]]
    return sum(_settle(appeal) for appeal in changed)


@transaction.atomic
def _settle(appeal: Appeal) -> bool:
    ban = _hold(appeal.ban)
    held = Appeal.objects.get(pk=appeal.pk)
    others = Appeal.objects.filter(ban=ban, pk__gt=held.pk)
    if held.state == _State.OPEN and ban.lifted_at is not None:
        by = ban.lifted_by if ban.lift_kind in {_Lift.MISTAKE, _Lift.MERCY} else None
        _close(held, _State.GRANTED, by, ban.lifted_at)
    elif held.state == _State.GRANTED and ban.lifted_at is None and not others.exists():
        _close(held, _State.OPEN, None, None)
    else:
        return False
    return True


def _hold(ban: Ban) -> Ban:
    lock_cases(ban.server_id)
    return Ban.objects.select_related("server", "lifted_by").get(pk=ban.pk)


def _hold_open(appeal: Appeal) -> Appeal:
    ban = _hold(appeal.ban)
    held = Appeal.objects.select_related("decided_by").get(pk=appeal.pk)
    held.ban = ban
    if held.state != _State.OPEN or ban.lifted_at is not None:
        raise DecidedError(held)
    return held


def _answer(appeal: Appeal, text: str, by: User) -> Appeal:
    """Hold an open appeal that somebody may decide, with their words added."""
    held = _hold_open(appeal)
    if why_not := say_of(by, held).why_not:
        raise NotPossibleError(str(why_not))
    AppealMessage.objects.create(appeal=held, by=by, text=text, is_staff=True)
    return held


def _close(held: Appeal, state: Appeal.State, by: User | None, at: datetime | None) -> Appeal:
    held.state, held.decided_by, held.decided_at = state, by, at
    held.save(update_fields=["state", "decided_by", "decided_at"])
    return held
