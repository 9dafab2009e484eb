"""The community's logo, the privacy page, and the living page of all parts."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from face import samples
from face.models import Community


@require_safe
@cache_control(max_age=300, public=True)
def logo(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - every view takes it
    """The community's logo."""
    community = Community.objects.current()
    if not community.logo_type:
        raise Http404
    return HttpResponse(bytes(community.logo or b""), content_type=community.logo_type)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What this site stores about people, why, and for how long."""
    return render(request, "face/privacy.html")


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Every part in every state, for those who build pages: only in development, and for staff."""
    if not (settings.DEBUG or request.user.is_staff):
        raise Http404
    return render(request, "face/components.html", samples.of_parts(timezone.now() - timedelta(minutes=3)))
