"""Parts of pages that refresh themselves (static/js/live.js): a part that has not changed is not sent again."""

import hashlib
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

View = Callable[[HttpRequest], HttpResponse]


def answers_unchanged(view: View) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer 304 without a body to a page whose part (`?partial=1`) has not changed since it was last sent."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponseBase:
        response = view(request)
        if "partial" not in request.GET:
            return response
        response["ETag"] = etag = quote_etag(hashlib.sha256(response.content).hexdigest())
        return get_conditional_response(request, etag=etag, response=response) or response

    return answer
