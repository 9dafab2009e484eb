"""What every page for people who have signed in is wrapped in: its methods, the way to the sign-in, and no copy in a cache."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib.auth.decorators import login_required
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def _for_members(*methods: str) -> Callable[[View], View]:
    def wrapped(view: View) -> View:
        return require_http_methods(methods)(never_cache(login_required(view)))

    return wrapped


members_page = _for_members("GET", "HEAD")
members_form = _for_members("GET", "HEAD", "POST")
members_act = _for_members("POST")
