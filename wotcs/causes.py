"""The cause of what a page, a task or a command changes, for the audit."""

from collections.abc import Callable
from typing import Any

from celery import Task
from django.http import HttpRequest, HttpResponse

from common.causes import add_to_cause, cause

SENDERS = "api:"  # the beginning of the names of the HTTP API's addresses


class CauseMiddleware:
    """Says who is signed in, and the address's name: the address itself may hold a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with cause(user=lambda: request.user.pk):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        add_to_cause(**{"sender" if name.startswith(SENDERS) else "request": name})


class CausingTask(Task):  # type: ignore[type-arg]
    """A task that is the cause of what it changes."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with cause(task=self.name):
            return self.run(*args, **kwargs)
