"""Refuse requests before any page handles them, in the reader's language; programs get JSON."""

import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.attempts import TooManyAttemptsError

Application = Callable[[dict[str, Any], Any], Any]


class RefusalMiddleware:
    """Refuses bodies beyond DATA_UPLOAD_MAX_MEMORY_SIZE unread, and visitors after too many attempts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            for_programs = _("The body is too large: send fewer events at a time.")
            return _refuse(request, 413, for_programs if _is_api(request) else _("Send less at a time."))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 429 for a page that raised TooManyAttemptsError."""
        if not isinstance(exception, TooManyAttemptsError):
            return None
        minutes = -(-exception.wait_seconds // 60)
        words = ngettext("Try again in %(count)d minute.", "Try again in %(count)d minutes.", minutes)
        answer = _refuse(request, 429, words % {"count": minutes})
        answer["Retry-After"] = str(exception.wait_seconds)
        return answer


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _refuse(request: HttpRequest, status: int, words: str) -> HttpResponse:
    if _is_api(request):
        return JsonResponse({"detail": words}, status=status)
    return render(request, f"{status}.html", {"words": words}, status=status)


def with_length(application: Application) -> Application:
    """Give a chunked body its length, as Django needs it, and read at most one byte more than is accepted."""

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        # Only a server that knows where the body ends sets it.
        if environ.get("HTTP_TRANSFER_ENCODING") and environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return call


def without_traceback(record: logging.LogRecord) -> bool:
    """Remove the traceback from a refusal's log line, where it helps nobody, and let every record pass."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = record.exc_text = None
    return True
