"""What can go wrong while somebody signs in elsewhere: each trouble has its words, on one page."""

from urllib.parse import urlencode

from django.db.models import TextChoices
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Trouble(TextChoices):
    CANCELLED = "cancelled", _("You cancelled it there. Nothing was linked.")
    EXPIRED = "expired", _("That took too long, or you used an old page. Start again.")
    FORGED = (
        "forged",
        _(
            "This answer does not belong to a sign-in that this browser has begun, or it was used already. Start again."
        ),
    )
    REFUSED = "refused", _("The sign-in was refused there. Start again.")
    UNAVAILABLE = "unavailable", _("There is no answer from there just now. Try again in a few minutes.")
    MISMATCH = "mismatch", _("The answer names another account than the one that was proven. Start again.")
    LINKED = "linked", _("This account is linked to somebody here.")
    NOT_YOURS = "not-yours", _("This account is not linked to you. Link it first.")


def trouble_response(trouble: Trouble, provider: str) -> HttpResponse:
    """Send a browser on to the page of a trouble, whose address holds nothing of what came."""
    query = urlencode({"why": trouble.value, "with": provider})
    answer = redirect(f"{reverse('socialaccount_login_error')}?{query}")
    answer["Referrer-Policy"] = "no-referrer"
    return answer
