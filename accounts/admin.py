"""People for staff, with what gets them back in. The library's own rows are shown on people's profiles, not here."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.services.factors import remove_factors
from accounts.services.links import password_link
from clans.models import User
from common.admin.decisions import Question, ask
from territory.admin.people import PlayerAdmin

for _model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)

_LINK = Question(
    gettext_lazy("Make a link to set a password"),
    gettext_lazy(
        "Whoever has the link sets this person's password: hand it to nobody else. It works once, for a day."
    ),
    gettext_lazy("Make the link"),
    form=None,
)
_FACTOR = Question(
    gettext_lazy("Remove the second factor"),
    gettext_lazy(
        "For somebody who lost telephone, keys and recovery codes. Make sure that it is this person who asks. All their "
        "browsers are signed out."
    ),
    gettext_lazy("Remove it"),
    form=None,
)
admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(PlayerAdmin):
    """Adds what only those may do who may set the person's password."""

    actions = ("make_password_link", "remove_second_factor")

    def _buttons(self, request: HttpRequest, row: Any) -> list[tuple[str, str]]:
        return super()._buttons(request, row) if self.has_change_permission(request, row) else []

    def _confirmed(
        self, request: HttpRequest, people: QuerySet[User], question: Question
    ) -> User | HttpResponse | None:
        """Return the one chosen person, whose password the reader may set; until that is confirmed the page that asks."""
        chosen = list(people[:2])
        if len(chosen) != 1:
            messages.error(request, _("Choose one person."))
            return None
        if not self.has_change_permission(request, chosen[0]):
            messages.error(request, _("Only superusers change people with powers."))
            return None
        answer = ask(self, request, people, question)
        return chosen[0] if isinstance(answer, dict) else answer

    @admin.action(description=gettext_lazy("Make a link to set a password"), permissions=["change"])
    def make_password_link(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        person = self._confirmed(request, queryset, _LINK)
        if not isinstance(person, User):
            return person
        self.log_change(request, person, _("A link to set a password was made."))
        link = format_html("<code>{}</code>", password_link(person, request.build_absolute_uri("/")))
        text = _("The link for {person}. Copy it now, it is never shown again: {link}")
        messages.warning(request, format_html(text, person=person, link=link))
        return None

    make_password_link.suits = lambda people: people.filter(is_active=True)  # type: ignore[attr-defined]

    @admin.action(description=gettext_lazy("Remove the second factor"), permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        person = self._confirmed(request, queryset, _FACTOR)
        if not isinstance(person, User):
            return person
        with transaction.atomic():
            remove_factors(person)
            self.log_change(request, person, _("The second factor was removed."))
        messages.success(request, _("The second factor was removed."))
        return None

    remove_second_factor.suits = lambda people: people.filter(  # type: ignore[attr-defined]
        Exists(Authenticator.objects.filter(user=OuterRef("pk")))
    )
