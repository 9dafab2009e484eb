"""One-time links to set a password: by e-mail where the site sends any, else made by staff."""

from collections.abc import Iterable
from urllib.parse import urljoin

from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from clans.models import User
from face.models import Community


def password_link(person: User, site: str) -> str:
    """Return an address below `site` by which a password is set once, within PASSWORD_RESET_TIMEOUT.

    It ends with the next sign-in too. Whoever has it is the person: it stands in no log and no history.
    """
    arguments = {
        "uidb36": user_pk_to_url_str(person),
        "key": default_token_generator.make_token(person),
    }
    return urljoin(site, reverse("account_reset_password_from_key", kwargs=arguments))


def people_with_address(email: str) -> list[int]:
    """Return the keys of the people who may set a new password by a message to this e-mail address."""
    return list(User.objects.filter(email__iexact=email, is_active=True).values_list("pk", flat=True)[:10])


def send_password_links(people: Iterable[int], site: str, language: str) -> None:
    """Send each person a link, to the address that is stored, in the person's language or else in that of the page."""
    community = Community.objects.current()
    for person in User.objects.filter(pk__in=people, is_active=True).exclude(email=""):
        with translation.override(person.language or language):
            context = {
                "person": person,
                "community": community,
                "link": password_link(person, site),
                "site": site,
            }
            words = render_to_string("account/email/password_link.txt", context)
            subject, _blank, body = words.strip().partition("\n")
            send_mail(subject, body.strip() + "\n", None, [person.email])
