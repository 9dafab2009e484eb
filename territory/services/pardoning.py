"""Later decisions of staff: lift an infraction, and change the end of a ban."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clans.models import User
from common.periods import LAST
from territory.models import Ban, Infraction
from territory.services.bans import lift_ban
from territory.services.errors import NotPossibleError
from territory.services.notices import announce_pardon


@transaction.atomic
def lift_infraction(infraction: Infraction, *, by: User, reason: str) -> bool:
    """Lift a confirmed infraction, and its ban if the ban rests on nothing else; return whether a ban was lifted.

    A ban made by hand, or for other infractions too, stays. Raises NotPossibleError if the infraction is not confirmed.
    """
    # Lifting a ban locks in the same order.
    bans = Ban.objects.select_for_update(of=("self",)).filter(infractions=infraction.pk, lifted_at=None)
    ban = bans.first()
    held = Infraction.objects.select_for_update(no_key=True).get(pk=infraction.pk)
    if held.status != Infraction.Status.CONFIRMED:
        raise NotPossibleError(_("Infraction #%(number)d is not confirmed.") % {"number": held.pk})
    others = Infraction.objects.filter(ban=ban, status=Infraction.Status.CONFIRMED).exclude(pk=held.pk)
    if ban is not None and ban.created_by_id is None and not others.exists():
        lift_ban(ban, by=by, reason=reason)
        return True
    held.status, held.decided_by, held.decided_at = Infraction.Status.LIFTED, by, timezone.now()
    held.decision_reason = reason
    held.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
    announce_pardon([held.pk], reason=reason)
    return False


@transaction.atomic
def set_ban_end(ban: Ban, ends_at: datetime | None) -> None:
    """Set the end of a ban; None makes it permanent. Raises NotPossibleError if it is lifted, or the end is past."""
    held = Ban.objects.select_for_update().get(pk=ban.pk)
    if held.lifted_at is not None:
        raise NotPossibleError(_("This ban was lifted already."))
    if ends_at is not None and not timezone.now() < ends_at < LAST:
        raise NotPossibleError(_("A ban ends in the future, before the year 2200."))
    held.ends_at = ends_at
    held.save(update_fields=["ends_at"])
