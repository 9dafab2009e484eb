"""Open a case about a placement that was allowed then, and that today's rule holds for guilty."""

from datetime import datetime

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from clans.models import User
from justice.models import CaseNote
from territory.models import Case, Placement
from territory.services.rejudging import accuse


@transaction.atomic
def open_case(number: int, *, by: User, now: datetime) -> Case:
    """Open the case, with a note that says who did it and why. Raises NotPossibleError as `accuse` does."""
    try:
        case = accuse(number, now=now)
    except Placement.DoesNotExist as error:
        raise Http404 from error
    words = _(
        "Opened by hearing placement %(number)s again: it was allowed then, and today's rule says otherwise."
    )
    CaseNote.objects.create(case=case, by=by, at=now, text=words % {"number": number})
    return case
