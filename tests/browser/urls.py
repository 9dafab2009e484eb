"""The site's addresses, and one for each error page, which a browser could not bring about by itself."""

import secrets
from http import HTTPStatus

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.csrf import csrf_failure

from common.attempts import TooManyAttemptsError
from wotcs.urls import urlpatterns as site_urls

ERRORS: dict[int, Exception] = {
    HTTPStatus.BAD_REQUEST: SuspiciousOperation("wrong"),
    HTTPStatus.FORBIDDEN: PermissionDenied(),
    HTTPStatus.NOT_FOUND: Http404(),
    HTTPStatus.TOO_MANY_REQUESTS: TooManyAttemptsError(300),
    HTTPStatus.INTERNAL_SERVER_ERROR: RuntimeError("broken on purpose"),
}


def fail(request: HttpRequest, status: int) -> HttpResponse:
    """Answer with the error page of a status; 413 as its middleware renders it."""
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return render(request, "413.html", {"words": "W" * 60}, status=status)
    raise ERRORS[status]


def faulty(request: HttpRequest) -> HttpResponse:
    """Answer with a page that has a fault of nearly every kind, to prove that each is noticed."""
    weight = secrets.token_hex(200_000)  # half of it remains when it is compressed
    return HttpResponse(f"""<!doctype html><html lang="xx"><head><title> </title><script src="/nowhere.js"></script></head>
        <body bgcolor="#ffffff"><main><h1>Faults</h1><p style="margin: 0"><font color="#dddddd">pale</font></p><input>
        <a href="/nowhere">nowhere</a> <a href="#nowhere">no part</a><table width="3000"><tr><td>wide</td></tr></table>
        <div hidden>{weight}</div></main></body></html>""")


urlpatterns = [
    *site_urls,
    path("browser/faulty", faulty),
    path("browser/error/<int:status>", fail, name="browser-error"),
    path("browser/error/csrf", csrf_failure, name="browser-csrf"),
]
