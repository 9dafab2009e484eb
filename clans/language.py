"""The language of the pages: an account's own choice, wherever its person signs in."""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.i18n import set_language as set_language_of_browser

from clans.models import User


class AccountLanguageMiddleware:
    """Speaks the language that the signed-in person has chosen; others get what their browser asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if language := _language_of_account(request):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


def _language_of_account(request: HttpRequest) -> str:
    if not request.session.session_key:
        return ""
    try:
        return request.user.language if request.user.is_authenticated else ""
    except DatabaseError:
        return ""  # what asks whether the database answers still gets its answer


def set_language(request: HttpRequest) -> HttpResponseBase:
    """Switch the language of this browser, and remember it with the account if the site speaks it."""
    answer = set_language_of_browser(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=language)
    return answer
